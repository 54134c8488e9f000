//! Whether a round can start anybody at all.
//!
//! A plan made anew is the same plan as long as nobody ends and the order of the jobs stays: every planned start is the earliest one. So after a round, and
//! until the next end, only jobs that came since, and those that are placed after them, can start.

use std::collections::BTreeMap;

use oar_scheduler_core::Job;

/// What is free, and the fewest resources with which waiting jobs could start, by group of queues. Normal jobs take the resources of besteffort jobs for
/// free, besteffort jobs do not.
#[derive(Debug, Clone)]
pub(super) struct Outlook {
    resources: u64,
    held: BTreeMap<Kind, u64>,
    waiting: Vec<BTreeMap<(Kind, u64), usize>>,
    /// Since the last round: whether anything but submissions happened.
    anything: bool,
    /// Since the last round: the jobs that came, by group.
    came: Vec<Vec<(Kind, u64)>>,
}

/// Normal or besteffort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Normal,
    Besteffort,
}

impl Kind {
    pub fn of(job: &Job) -> Self {
        if job.is_besteffort() { Self::Besteffort } else { Self::Normal }
    }
}

impl Outlook {
    /// Nobody waits for a machine of so many resources.
    pub fn new(resources: u64, groups: usize) -> Self {
        let (held, waiting) = (BTreeMap::new(), vec![BTreeMap::new(); groups]);
        Self { resources, held, waiting, anything: false, came: vec![Vec::new(); groups] }
    }

    /// A job waits that needs at least so many resources.
    pub fn waits(&mut self, group: usize, kind: Kind, fewest: u64) {
        if let (Some(waiting), Some(came)) = (self.waiting.get_mut(group), self.came.get_mut(group)) {
            *waiting.entry((kind, fewest)).or_default() += 1;
            came.push((kind, fewest));
        }
    }

    /// It waits no more.
    pub fn leaves(&mut self, group: usize, kind: Kind, fewest: u64) {
        let Some(waiting) = self.waiting.get_mut(group) else { return };
        if let Some(count) = waiting.get_mut(&(kind, fewest)) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(&(kind, fewest));
            }
        }
    }

    /// A job starts on so many resources.
    pub fn started(&mut self, kind: Kind, resources: u64) {
        *self.held.entry(kind).or_default() += resources;
    }

    /// A job leaves so many resources.
    pub fn stopped(&mut self, kind: Kind, resources: u64) {
        let held = self.held.entry(kind).or_default();
        *held = held.saturating_sub(resources);
        self.changed();
    }

    /// Something else has changed: the next round must look at everybody.
    pub fn changed(&mut self) {
        self.anything = true;
    }

    /// Whether somebody may start.
    pub fn is_open(&self) -> bool {
        let came = self.came.iter().position(|came| !came.is_empty());
        let (first, came) = match came {
            _ if self.anything => (0, [].as_slice()),
            Some(first) => (first + 1, self.came.get(first).map(Vec::as_slice).unwrap_or_default()),
            None => return false,
        };
        let behind = self.waiting.iter().skip(first).flat_map(BTreeMap::keys);
        came.iter().chain(behind).any(|&(kind, fewest)| fewest <= self.free(kind))
    }

    fn free(&self, kind: Kind) -> u64 {
        let held = |kind: Kind| self.held.get(&kind).copied().unwrap_or(0);
        let left = self.resources.saturating_sub(held(Kind::Normal));
        if kind == Kind::Normal { left } else { left.saturating_sub(held(Kind::Besteffort)) }
    }

    /// A round has taken place.
    pub fn planned(&mut self) {
        self.anything = false;
        self.came.iter_mut().for_each(Vec::clear);
    }
}

#[cfg(test)]
mod tests {
    use super::Kind::{Besteffort, Normal};
    use super::*;

    #[test]
    fn only_new_jobs_and_those_behind_them_can_start_until_something_ends() {
        let mut outlook = Outlook::new(4, 3);
        outlook.waits(1, Normal, 2);
        assert!(outlook.is_open());
        outlook.planned();
        assert!(!outlook.is_open());
        // One comes behind: too large.
        outlook.waits(2, Normal, 5);
        assert!(!outlook.is_open());
        // One comes in front: the one behind it may have its chance.
        outlook.waits(0, Normal, 5);
        assert!(outlook.is_open());
        outlook.planned();
        outlook.started(Normal, 4);
        outlook.stopped(Normal, 1);
        assert!(!outlook.is_open());
        outlook.stopped(Normal, 1);
        assert!(outlook.is_open());
        outlook.leaves(1, Normal, 2);
        assert!(!outlook.is_open());
    }

    #[test]
    fn only_normal_jobs_take_besteffort_resources_for_free() {
        let mut outlook = Outlook::new(4, 2);
        outlook.started(Besteffort, 3);
        outlook.waits(1, Besteffort, 2);
        assert!(!outlook.is_open());
        outlook.waits(0, Normal, 4);
        assert!(outlook.is_open());
        outlook.started(Normal, 1);
        outlook.planned();
        outlook.changed();
        assert!(!outlook.is_open());
    }
}
