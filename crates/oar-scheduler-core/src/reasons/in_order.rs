//! The holds of a round, to be asked which of them touch a window.

use std::collections::BTreeSet;

use crate::gantt::Hold;
use crate::units::{JobId, Time};

/// The numbers of the holds, sorted.
pub(super) struct InOrder {
    /// By end, then by job: end, job, and the number of the hold.
    by_end: Vec<(Time, JobId, usize)>,
    /// By begin: begin, and the place among those by end.
    by_begin: Vec<(Time, usize)>,
    /// Those of container jobs, as they arrived.
    containers: Vec<usize>,
    /// Whether some job holds twice.
    pub has_twins: bool,
}

impl InOrder {
    pub fn new(holds: &[Hold]) -> Self {
        let numbered = holds.iter().enumerate();
        let mut by_end: Vec<_> = numbered.map(|(number, hold)| (hold.end, hold.job.id, number)).collect();
        by_end.sort_unstable();
        let begins = by_end.iter().filter_map(|(_, _, number)| holds.get(*number)).map(|hold| hold.begin);
        let mut by_begin: Vec<_> = begins.zip(0..).collect();
        by_begin.sort_unstable();
        let jobs: BTreeSet<JobId> = by_end.iter().map(|(_, job, _)| *job).collect();
        let numbered = holds.iter().enumerate();
        let containers =
            numbered.filter(|(_, hold)| hold.job.has_type("container")).map(|(number, _)| number).collect();
        Self { has_twins: jobs.len() < by_end.len(), by_end, by_begin, containers }
    }

    /// Those of container jobs, as they arrived.
    pub fn containers(&self) -> &[usize] {
        &self.containers
    }

    /// The numbers of the holds that end in `[at, last]` and begin by `begin`, those that end last first, and perhaps some that begin later.
    pub fn ending(&self, at: Time, last: Time, begin: Time) -> Vec<usize> {
        let by_end =
            self.by_end.partition_point(|(end, ..)| *end < at)..self.by_end.partition_point(|(end, ..)| *end <= last);
        let begun = self.by_begin.partition_point(|(known, _)| *known <= begin);
        let mut places: Vec<usize> = if by_end.len() <= 8 * begun {
            by_end.collect()
        } else {
            let begun = self.by_begin.get(..begun).unwrap_or_default().iter().map(|(_, place)| *place);
            begun.filter(|place| by_end.contains(place)).collect()
        };
        places.sort_unstable();
        places.iter().rev().filter_map(|place| self.by_end.get(*place)).map(|(_, _, number)| *number).collect()
    }
}
