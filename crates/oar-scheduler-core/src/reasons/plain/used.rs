//! What was used of the quotas when a job was handled.

use crate::gantt::{Gantt, Hold};
use crate::quotas::{Quotas, Usage, Violation};

/// What is used of the quotas as one plane shows it, hold by hold.
#[derive(Debug, Default)]
pub(super) struct Used {
    usage: Usage,
    /// How many holds of the list it has seen.
    followed: usize,
}

impl Used {
    /// Counts all holds up to this number that the plane shows.
    pub fn follow(&mut self, gantt: &Gantt, quotas: &Quotas, besteffort: bool, upto: usize) {
        for hold in gantt.holds().get(self.followed..upto).unwrap_or_default() {
            if (besteffort || !hold.hidden) && hold.is_counted() {
                let counts = gantt.counts(&hold.resources, hold.walltime);
                self.usage.count(quotas, &hold.job, hold.begin, hold.end, counts);
            }
        }
        self.followed = self.followed.max(upto);
    }

    /// The limits that are exceeded without some of the holds.
    pub fn without(
        &mut self,
        gone: &[&Hold],
        gantt: &Gantt,
        quotas: &Quotas,
        violations: impl FnOnce(&Usage) -> Vec<Violation>,
    ) -> Vec<Violation> {
        let gone = gone.iter().filter(|hold| hold.is_counted());
        let gone: Vec<_> = gone.map(|hold| (*hold, gantt.counts(&hold.resources, hold.walltime))).collect();
        for (hold, counts) in &gone {
            self.usage.uncount(quotas, &hold.job, hold.begin, hold.end, *counts);
        }
        let violations = violations(&self.usage);
        for (hold, counts) in gone {
            self.usage.count(quotas, &hold.job, hold.begin, hold.end, counts);
        }
        violations
    }
}
