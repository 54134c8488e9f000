//! The machine as jobs see it: with the resources that are missing, or as if these did not exist.

use crate::hierarchy::{Group, Hierarchy, RequestError, Size};
use crate::job::Moldable;
use crate::procset::ProcSet;
use crate::snapshot::Resources;

/// What requests are matched on.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub usable: ProcSet,
    /// What a request without filter means.
    pub default: ProcSet,
    pub hierarchy: Hierarchy,
}

impl Machine {
    /// Looks up what an alternative asks for.
    ///
    /// # Errors
    /// When it makes no sense on this machine.
    pub fn resolve<'a>(&'a self, moldable: &'a Moldable) -> Result<Vec<Group<'a>>, RequestError> {
        self.hierarchy.resolve(moldable, &self.default)
    }

    /// How many resources an alternative takes.
    pub fn size(&self, moldable: &Moldable) -> Size {
        self.hierarchy.size(moldable, &self.default).unwrap_or(Size::UNKNOWN)
    }
}

/// The machines of a site: most jobs have one without missing resources, others accept them.
#[derive(Debug, Clone)]
pub(crate) struct Machines {
    without_missing: Machine,
    /// `None` when nothing is missing: then all jobs have the same.
    whole: Option<Machine>,
}

impl Machines {
    pub fn new(resources: &Resources) -> Self {
        let Resources { usable, missing, default, hierarchy, .. } = resources;
        let machine = |usable: ProcSet, hierarchy: Hierarchy| Machine { usable, default: default.clone(), hierarchy };
        if missing.is_empty() {
            return Self { without_missing: machine(usable.clone(), hierarchy.clone()), whole: None };
        }
        Self {
            without_missing: machine(usable.difference(missing), hierarchy.without(missing)),
            whole: Some(machine(usable.union(missing), hierarchy.clone())),
        }
    }

    /// The machine of the jobs that accept missing resources, or of those that do not.
    pub fn of(&self, accepts_missing: bool) -> &Machine {
        self.whole.as_ref().filter(|_| accepts_missing).unwrap_or(&self.without_missing)
    }

    /// With all there is.
    pub fn whole(&self) -> &Machine {
        self.of(true)
    }

    /// Whether accepting missing resources makes a difference.
    pub fn differ(&self) -> bool {
        self.whole.is_some()
    }
}
