//! The figures of a simulation.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::workload::Dropped;

/// The figures that `simulate --json` prints. Times are seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Summary {
    /// The policy, in words.
    pub policy: String,
    /// How many jobs were simulated.
    pub jobs: usize,
    /// How many records of the log were left out, by cause.
    pub dropped: BTreeMap<Dropped, u64>,
    /// How many jobs never started, because nothing could let them.
    pub never_started: usize,
    /// From the first submission to the last end.
    pub makespan: i64,
    /// The share of the machine's time from the first submission to the last end that jobs used; killed work not counted.
    pub utilisation: f64,
    /// From submission to the start of the execution that ended by itself.
    pub mean_wait: f64,
    pub median_wait: f64,
    pub p95_wait: f64,
    /// `max(1, (wait + run) / max(run, 10))`: Feitelson, Rudolph 1998.
    pub mean_bounded_slowdown: f64,
    pub median_bounded_slowdown: f64,
    pub p95_bounded_slowdown: f64,
    /// How often a besteffort job lost its resources.
    pub kills: usize,
    /// The share of the machine's time that killed executions used.
    pub lost_to_kills: f64,
    /// The rounds of the scheduler: how many, and the CPU time of planning.
    pub rounds: u64,
    pub planning_time_mean: f64,
    pub planning_time_max: f64,
}
