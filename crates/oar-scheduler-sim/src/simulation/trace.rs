//! What happened in a simulation.

use std::time::Duration;

use oar_scheduler_core::{ProcSet, Time};

/// Everything that happened; the metrics, tables and pictures are drawn from it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace {
    /// In the order in which they started.
    pub executions: Vec<Execution>,
    /// The jobs that never ran to their end.
    pub left: Vec<Left>,
    /// The rounds of the scheduler.
    pub rounds: Rounds,
}

/// A job on its resources, once. A besteffort job that is killed runs again later, from zero, as another execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Execution {
    /// The job's place in the workload.
    pub job: usize,
    /// When it began to wait for this execution: its submission, or when it was killed before.
    pub queued: Time,
    /// The first second.
    pub start: Time,
    /// The first second after it.
    pub end: Time,
    /// What it holds.
    pub resources: ProcSet,
    /// Whether it was a besteffort job that lost its resources to another job.
    pub killed: bool,
}

/// A job that still waits when nothing can happen any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Left {
    /// The job's place in the workload.
    pub job: usize,
    /// Since when it waits.
    pub queued: Time,
}

/// The cost of planning.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rounds {
    /// How often the scheduler planned.
    pub count: u64,
    /// CPU time of all rounds.
    pub total: Duration,
    /// CPU time of the longest.
    pub longest: Duration,
}
