//! First come, first served, without backfilling: nobody starts before those who came earlier.

use std::collections::VecDeque;

use oar_scheduler_core::Time;

use super::policy::{Decision, Event, Policy, size};
use crate::workload::Job;

/// The policy's account.
pub(crate) struct Fcfs<'a> {
    jobs: &'a [Job],
    free: u64,
    waiting: VecDeque<usize>,
}

impl<'a> Fcfs<'a> {
    /// On a machine of so many processors.
    pub fn new(jobs: &'a [Job], processors: u64) -> Self {
        Self { jobs, free: processors, waiting: VecDeque::new() }
    }
}

impl Policy for Fcfs<'_> {
    fn submitted(&mut self, job: usize, _: Time) {
        self.waiting.push_back(job);
    }

    fn ended(&mut self, job: usize) {
        self.free += size(self.jobs, job);
    }

    fn decide(&mut self, _: Time, _: Event) -> Result<Decision, String> {
        let mut starts = Vec::new();
        while let Some(job) = self.waiting.front().copied().filter(|&job| size(self.jobs, job) <= self.free) {
            self.waiting.pop_front();
            self.free -= size(self.jobs, job);
            starts.push(job);
        }
        Ok(Decision::start(starts))
    }
}
