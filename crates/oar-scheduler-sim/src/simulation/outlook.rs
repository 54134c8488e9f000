//! Whether a round can start anybody at all.
//!
//! A plan made anew is the same plan as long as nobody ends and the order of the jobs stays: every planned start is the earliest one. So after a round, and
//! until the next end, only jobs that came since, and those that are placed after them, can start.

use std::collections::BTreeMap;

/// What is free, and the fewest resources with which waiting jobs could start, by group of queues.
#[derive(Debug, Clone)]
pub(super) struct Outlook {
    /// Resources that no normal job holds.
    pub free: u64,
    waiting: Vec<BTreeMap<u64, usize>>,
    /// Since the last round: whether anything but submissions happened.
    anything: bool,
    /// Since the last round: the fewest resources of a job that came, by group.
    came: Vec<Option<u64>>,
}

impl Outlook {
    /// Nobody waits for a machine of so many resources.
    pub fn new(resources: u64, groups: usize) -> Self {
        Self { free: resources, waiting: vec![BTreeMap::new(); groups], anything: false, came: vec![None; groups] }
    }

    /// A job waits that needs at least so many resources.
    pub fn waits(&mut self, group: usize, fewest: u64) {
        if let (Some(waiting), Some(came)) = (self.waiting.get_mut(group), self.came.get_mut(group)) {
            *waiting.entry(fewest).or_default() += 1;
            *came = Some(came.map_or(fewest, |known| known.min(fewest)));
        }
    }

    /// It waits no more.
    pub fn leaves(&mut self, group: usize, fewest: u64) {
        let Some(waiting) = self.waiting.get_mut(group) else { return };
        if let Some(count) = waiting.get_mut(&fewest) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(&fewest);
            }
        }
    }

    /// Something else has changed: the next round must look at everybody.
    pub fn changed(&mut self) {
        self.anything = true;
    }

    /// Whether somebody may start.
    pub fn is_open(&self) -> bool {
        let first = if self.anything { Some(0) } else { self.came.iter().position(Option::is_some) };
        let Some(first) = first else { return false };
        let fewest = |group: &BTreeMap<u64, usize>| group.keys().next().copied();
        let came = self.came.get(first).copied().flatten();
        let behind = self.waiting.iter().skip(first + usize::from(!self.anything)).filter_map(fewest);
        came.into_iter().chain(behind).min().is_some_and(|fewest| fewest <= self.free)
    }

    /// A round has taken place.
    pub fn planned(&mut self) {
        self.anything = false;
        self.came.iter_mut().for_each(|came| *came = None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_jobs_and_those_behind_them_can_start_until_something_ends() {
        let mut outlook = Outlook::new(4, 3);
        outlook.waits(1, 2);
        assert!(outlook.is_open());
        outlook.planned();
        assert!(!outlook.is_open());
        // One comes behind: too large.
        outlook.waits(2, 5);
        assert!(!outlook.is_open());
        // One comes in front: the one behind it may have its chance.
        outlook.waits(0, 5);
        assert!(outlook.is_open());
        outlook.planned();
        outlook.free = 1;
        outlook.changed();
        assert!(!outlook.is_open());
        outlook.free = 2;
        assert!(outlook.is_open());
        outlook.leaves(1, 2);
        assert!(!outlook.is_open());
    }
}
