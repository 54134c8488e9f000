//! EASY backfilling: the first job of the queue has a reservation, the others may start as long as they do not delay it.
//!
//! D. Lifka, "The ANL/IBM SP scheduling system", JSSPP 1995; A. Mu'alem, D. Feitelson, IEEE TPDS 12(6), 2001. The order of events is that of Gaussier et
//! al., SC'15, so that their figures come out: the scheduler runs after every event; after a submission only if the job might start at once.

use std::collections::{BTreeMap, HashMap};

use oar_scheduler_core::Time;
use serde::Deserialize;

use super::policy::{Decision, Event, Policy, size};
use crate::workload::Job;

/// In which order the jobs behind the first are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BackfillOrder {
    /// As they came.
    #[default]
    Fcfs,
    /// The shortest requested walltime first; of equal ones as they came.
    Sjf,
}

/// The policy's account.
pub(crate) struct Easy<'a> {
    jobs: &'a [Job],
    processors: u64,
    order: BackfillOrder,
    waiting: Vec<usize>,
    /// The running jobs with their processors, by when their walltime is over and by the order in which they started.
    running: BTreeMap<(Time, u64), u64>,
    running_keys: HashMap<usize, (Time, u64)>,
    started: u64,
}

impl<'a> Easy<'a> {
    /// On a machine of so many processors.
    pub fn new(jobs: &'a [Job], processors: u64, order: BackfillOrder) -> Self {
        let (waiting, running, running_keys) = (Vec::new(), BTreeMap::new(), HashMap::new());
        Self { jobs, processors, order, waiting, running, running_keys, started: 0 }
    }

    /// What is free by walltimes, even if a job whose walltime is over has not yet ended.
    fn free(&self, now: Time) -> u64 {
        let used: u64 = self.running.range((now.next(), 0)..).map(|(_, size)| size).sum();
        self.processors.saturating_sub(used)
    }

    fn start(&mut self, job: usize, now: Time) {
        let Some(found) = self.jobs.get(job) else { return };
        let key = (now + found.requested, self.started);
        self.started += 1;
        self.running.insert(key, u64::from(found.size));
        self.running_keys.insert(job, key);
    }

    /// When the first job can start at the latest, and how many processors are left over then.
    fn reservation(&self, size: u64, now: Time, mut free: u64) -> (Time, u64) {
        let mut ends = self.running.range((now.next(), 0)..).peekable();
        while let Some((&(end, _), size_of_one)) = ends.next() {
            free += size_of_one;
            let is_last_of_instant = ends.peek().is_none_or(|((next, _), _)| *next != end);
            if free >= size && is_last_of_instant {
                return (end, free - size);
            }
        }
        // More than the machine has: it never starts, and nobody delays it.
        (Time(i64::MAX), 0)
    }

    /// The jobs behind the first, in the order in which they are tried.
    fn candidates(&self) -> Vec<usize> {
        let mut behind = self.waiting.get(1..).unwrap_or_default().to_vec();
        if self.order == BackfillOrder::Sjf {
            behind.sort_by_key(|&job| self.jobs.get(job).map(|job| job.requested));
        }
        behind
    }
}

impl Policy for Easy<'_> {
    fn decides_after_each_event(&self) -> bool {
        true
    }

    fn submitted(&mut self, job: usize, _: Time) {
        self.waiting.push(job);
    }

    fn ended(&mut self, job: usize) {
        if let Some(key) = self.running_keys.remove(&job) {
            self.running.remove(&key);
        }
    }

    fn decide(&mut self, now: Time, event: Event) -> Result<Decision, String> {
        let jobs = self.jobs;
        let mut free = self.free(now);
        if let Event::Submission(job) = event
            && size(jobs, job) > free
        {
            return Ok(Decision::default());
        }
        let mut starts = Vec::new();
        let fitting = self.waiting.iter().take_while(|&&job| {
            let fits = size(jobs, job) <= free;
            free -= if fits { size(jobs, job) } else { 0 };
            fits
        });
        starts.extend(fitting.copied());
        self.waiting.drain(..starts.len());
        starts.iter().for_each(|&job| self.start(job, now));
        if let Some(first) = self.waiting.first().copied().filter(|_| free > 0) {
            let (reserved, mut left_over) = self.reservation(size(jobs, first), now, free);
            let mut backfilled = Vec::new();
            for job in self.candidates() {
                let ends_before = self.jobs.get(job).is_some_and(|job| now + job.requested <= reserved);
                if size(jobs, job) <= free && (ends_before || size(jobs, job) <= left_over) {
                    free -= size(jobs, job);
                    left_over -= if ends_before { 0 } else { size(jobs, job) };
                    backfilled.push(job);
                }
            }
            backfilled.iter().for_each(|&job| self.start(job, now));
            self.waiting.retain(|job| !backfilled.contains(job));
            starts.extend(backfilled);
        }
        Ok(Decision::start(starts))
    }
}
