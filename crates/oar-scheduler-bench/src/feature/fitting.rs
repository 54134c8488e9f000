//! Which jobs fit into which resources.

use std::collections::HashMap;

use oar_scheduler_core::{ProcSet, Resources};

use crate::case::Ask;
use crate::machine::Machine;
use crate::snapshot;

/// Answers for each set of resources and each request once.
#[derive(Debug)]
pub(super) struct Fitting {
    machine: Resources,
    sets: Vec<ProcSet>,
    known: HashMap<(usize, Ask), bool>,
}

impl Fitting {
    /// Of these sets of a machine's resources.
    pub fn new(machine: &Machine, sets: impl Into<Vec<ProcSet>>) -> Self {
        Self { machine: machine.resources(), sets: sets.into(), known: HashMap::new() }
    }

    /// Whether a set, all of it free, can hold what is asked.
    pub fn fits(&mut self, set: usize, ask: &Ask) -> bool {
        let (machine, sets) = (&self.machine, &self.sets);
        // The walltime does not matter.
        let ask = Ask { minutes: 1, ..*ask };
        let held = || sets.get(set).and_then(|set| snapshot::held(machine, set, &ask));
        *self.known.entry((set, ask)).or_insert_with(|| held().is_some())
    }

    /// The sets.
    pub fn into_sets(self) -> Vec<ProcSet> {
        self.sets
    }
}
