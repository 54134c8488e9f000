//! What a policy is.

use oar_scheduler_core::{ProcSet, Time};

use crate::workload::Job;

/// Decides who starts. It keeps its own account of who waits and who runs, from what it is told and what it has decided.
pub(crate) trait Policy {
    /// Whether it decides after every single event, or once all events of an instant are known.
    fn decides_after_each_event(&self) -> bool {
        false
    }

    /// A job waits from now on: it was submitted, or lost its resources.
    fn submitted(&mut self, job: usize, now: Time);

    /// A job has ended, sooner or later than expected.
    fn ended(&mut self, job: usize);

    /// Who starts now.
    ///
    /// # Errors
    /// When it cannot decide at all, such as for quotas that cannot be read.
    fn decide(&mut self, now: Time, event: Event) -> Result<Decision, String>;
}

/// After what a policy decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// This job was submitted.
    Submission(usize),
    /// A job has ended.
    End,
    /// Everything of an instant.
    Instant,
}

/// What a policy decides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Decision {
    /// The running besteffort jobs that lose their resources, before anything starts.
    pub kills: Vec<usize>,
    /// Who starts, in this order.
    pub starts: Vec<Start>,
    /// When it wants to decide again even if nothing happens until then.
    pub wake: Option<Time>,
    /// Whether it wants to decide again at once: there are jobs that it has not looked at yet.
    pub again: bool,
}

/// A job that starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Start {
    pub job: usize,
    /// What it gets; `None`: as many resources as it has processors, the lowest that are free.
    pub resources: Option<ProcSet>,
}

/// The processors of a job.
pub(super) fn size(jobs: &[Job], job: usize) -> u64 {
    jobs.get(job).map_or(0, |job| u64::from(job.size))
}

impl Decision {
    /// These jobs start, on whatever is free.
    pub fn start(jobs: impl IntoIterator<Item = usize>) -> Self {
        let starts = jobs.into_iter().map(|job| Start { job, resources: None }).collect();
        Self { starts, ..Self::default() }
    }
}
