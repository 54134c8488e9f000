//! Conservative backfilling: every job has a reservation, and starts early only if that delays nobody who came before it.
//!
//! As in OAR, the plan is made anew at each event, in the order of submission, so that everybody profits from a job that ends early. D. Feitelson,
//! A. Weil, IPPS 1998. Processors are only counted: a job needs as many of them at each moment of its walltime, not always the same ones.

use std::collections::BTreeMap;

use oar_scheduler_core::{Seconds, Time};

use super::policy::{Decision, Event, Policy, size};
use crate::workload::Job;

/// The policy's account.
pub(crate) struct Conservative<'a> {
    jobs: &'a [Job],
    processors: u64,
    /// In order of submission.
    waiting: Vec<usize>,
    /// When the walltime of each running job is over.
    running: BTreeMap<usize, Time>,
}

impl<'a> Conservative<'a> {
    /// On a machine of so many processors.
    pub fn new(jobs: &'a [Job], processors: u64) -> Self {
        Self { jobs, processors, waiting: Vec::new(), running: BTreeMap::new() }
    }

    /// For each waiting job, the smallest size from it on.
    fn smallest_to_come(&self) -> Vec<u64> {
        let sizes = self.waiting.iter().rev().map(|&job| size(self.jobs, job));
        let smallest = sizes.scan(u64::MAX, |smallest, size| {
            *smallest = size.min(*smallest);
            Some(*smallest)
        });
        let mut smallest: Vec<u64> = smallest.collect();
        smallest.reverse();
        smallest
    }
}

impl Policy for Conservative<'_> {
    fn submitted(&mut self, job: usize, _: Time) {
        self.waiting.push(job);
    }

    fn ended(&mut self, job: usize) {
        self.running.remove(&job);
    }

    fn decide(&mut self, now: Time, _: Event) -> Result<Decision, String> {
        let of = |job: &usize| self.jobs.get(*job).map_or((0, Seconds(0)), |job| (u64::from(job.size), job.requested));
        let running = self.running.iter().map(|(job, end)| (*end, of(job).0));
        let mut profile = Profile::new(now, self.processors, running);
        let mut starts = Vec::new();
        for (job, smallest) in self.waiting.iter().zip(self.smallest_to_come()) {
            // Once the smallest job to come does not fit into what is free now, nobody else starts.
            if smallest > profile.free_now() {
                break;
            }
            let (size, walltime) = of(job);
            let start = profile.earliest(size, walltime);
            if let Some(start) = start {
                profile.hold(start, walltime, size);
            }
            if start == Some(now) {
                starts.push(*job);
            }
        }
        for &job in &starts {
            self.running.insert(job, now + of(&job).1);
        }
        self.waiting.retain(|job| !self.running.contains_key(job));
        Ok(Decision::start(starts))
    }
}

/// How many processors are free from each instant on; the first is now, the last goes on for ever.
pub(super) struct Profile {
    steps: Vec<(Time, u64)>,
}

impl Profile {
    /// On a machine where jobs hold so many until then.
    pub fn new(now: Time, processors: u64, running: impl Iterator<Item = (Time, u64)>) -> Self {
        let mut ends: Vec<(Time, u64)> = running.filter(|(end, _)| *end > now).collect();
        ends.sort_unstable();
        let mut free = processors.saturating_sub(ends.iter().map(|(_, size)| size).sum());
        let mut steps = vec![(now, free)];
        for (end, size) in ends {
            free += size;
            match steps.last_mut() {
                Some((begin, last)) if *begin == end => *last = free,
                _ => steps.push((end, free)),
            }
        }
        Self { steps }
    }

    fn free_now(&self) -> u64 {
        self.steps.first().map_or(0, |(_, free)| *free)
    }

    /// The first instant from which on so many are free for so long.
    pub fn earliest(&self, size: u64, walltime: Seconds) -> Option<Time> {
        let mut start = None;
        for &(begin, free) in &self.steps {
            if start.is_some_and(|start| begin >= start + walltime) {
                break;
            }
            start = if free < size { None } else { start.or(Some(begin)) };
        }
        start
    }

    /// Takes so many away.
    pub fn hold(&mut self, start: Time, walltime: Seconds, size: u64) {
        let (first, last) = (self.cut(start), self.cut(start + walltime));
        for (_, free) in self.steps.get_mut(first..last).unwrap_or_default() {
            *free = free.saturating_sub(size);
        }
    }

    /// The instants at which something changes.
    #[cfg(test)]
    pub fn instants(&self) -> impl Iterator<Item = Time> {
        self.steps.iter().map(|(begin, _)| *begin)
    }

    /// Whether so many are free for so long from an instant on.
    #[cfg(test)]
    pub fn fits(&self, start: Time, walltime: Seconds, size: u64) -> bool {
        let first = self.steps.partition_point(|(begin, _)| *begin <= start).saturating_sub(1);
        let mut during = self.steps.iter().skip(first).take_while(|(begin, _)| *begin < start + walltime);
        during.all(|(_, free)| *free >= size)
    }

    /// The place of the step that begins at an instant, made if there is none.
    fn cut(&mut self, at: Time) -> usize {
        let place = self.steps.partition_point(|(begin, _)| *begin < at);
        if self.steps.get(place).is_none_or(|(begin, _)| *begin != at) {
            let free = place.checked_sub(1).and_then(|before| self.steps.get(before)).map_or(0, |(_, free)| *free);
            self.steps.insert(place, (at, free));
        }
        place
    }
}
