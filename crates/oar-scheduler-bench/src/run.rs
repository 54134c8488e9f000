//! `oar-bench run`: measures one case.

use std::collections::HashMap;
use std::time::Duration;

use clap::{Args, value_parser};
use oar_scheduler_core::{Effort, JobId, ProcSet, Snapshot, Time};
use oar_scheduler_sim::output::{Output, Status};
use serde::{Deserialize, Serialize};

use crate::case::{self, Case, Name};
use crate::error::Error;
use crate::measure::{Memory, place_all_groups, timed};
use crate::snapshot;

mod table;

/// Measure the placement of all jobs of a workload, and the reasons of those that wait.
///
/// The machine is empty, and all jobs wait. The same options stand for the same jobs, everywhere.
#[derive(Debug, Args)]
#[command(
    after_long_help = "CPU times are of one thread. Memory is of the whole process: its peak includes the snapshot."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub case: case::Options,

    /// How many times the round is decided.
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u32).range(1..=1000))]
    repeat: u32,

    /// Leave out the reasons.
    #[arg(long)]
    no_reasons: bool,

    /// With `--with`: do not decide the round without the feature too, to compare.
    #[arg(long)]
    no_plain: bool,

    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measured {
    #[serde(flatten)]
    pub name: Name,
    /// How many jobs wait, without those that a feature adds.
    pub jobs: u64,
    pub repeat: u32,
    /// CPU time of the placement.
    pub placement_seconds: Times,
    /// CPU time of the reasons.
    pub reasons_seconds: Option<Times>,
    pub memory_bytes: MemoryUse,
    /// The slots of all timelines, in the end.
    pub slots: usize,
    /// The windows on which a request was matched.
    pub candidates: u64,
    /// The jobs that have a place, those that a feature adds included.
    pub placed: usize,
    /// Jobs placed in a second of CPU time (the median).
    pub jobs_per_second: f64,
    /// With a feature: the share of the jobs that have another start or other resources than without.
    pub unlike_plain: Option<f64>,
}

/// CPU times of several runs, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Times {
    pub min: f64,
    pub median: f64,
    pub max: f64,
}

/// The memory of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MemoryUse {
    /// When the snapshot was there, and nothing else.
    pub snapshot: u64,
    /// The peak up to the first placement's end.
    pub placement_peak: u64,
    /// The peak of all.
    pub peak: u64,
}

impl MemoryUse {
    /// What the placement needs beyond the snapshot.
    pub fn of_placement(&self) -> u64 {
        self.placement_peak.saturating_sub(self.snapshot)
    }
}

impl Times {
    /// Of at least one run.
    pub fn of(runs: &[Duration]) -> Self {
        let mut seconds: Vec<f64> = runs.iter().map(Duration::as_secs_f64).collect();
        seconds.sort_by(f64::total_cmp);
        let at = |rank: usize| seconds.get(rank).copied().unwrap_or_default();
        let (below, above) = (at(seconds.len().saturating_sub(1) / 2), at(seconds.len() / 2));
        Self { min: at(0), median: (below + above) / 2.0, max: at(seconds.len().saturating_sub(1)) }
    }
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Status, Error> {
    let measured = measure(arguments)?;
    if arguments.json {
        output.json(&measured)?
    } else {
        output.line(table::of(&measured))?
    }
    Ok(Status::Success)
}

fn measure(arguments: &Arguments) -> Result<Measured, Error> {
    let case = arguments.case.case();
    let snapshot = snapshot::of(&case.round());
    let memory_snapshot = Memory::read().now;
    let compares = case.feature.is_some() && !arguments.no_plain;
    let mut decided = Decided::of(&snapshot, !arguments.no_reasons)?;
    let placement_peak = decided.placement_peak.max(memory_snapshot);
    let mut placements = vec![decided.placement];
    let mut reasons = Vec::from_iter(decided.reasons);
    for _ in 1..arguments.repeat {
        decided = Decided::of(&snapshot, !arguments.no_reasons)?;
        placements.push(decided.placement);
        reasons.extend(decided.reasons);
    }
    // The system counts in steps: a later peak may seem smaller.
    let peak = Memory::read().peak.max(placement_peak);
    let memory_bytes = MemoryUse { snapshot: memory_snapshot, placement_peak, peak };
    let placement_seconds = Times::of(&placements);
    Ok(Measured {
        name: case.name(),
        jobs: case.jobs,
        repeat: arguments.repeat,
        placement_seconds,
        reasons_seconds: (!reasons.is_empty()).then(|| Times::of(&reasons)),
        memory_bytes,
        slots: decided.effort.slots,
        candidates: decided.effort.candidates,
        placed: decided.placed,
        jobs_per_second: decided.placed as f64 / placement_seconds.median.max(1e-9),
        unlike_plain: compares.then(|| unlike_plain(&case, &snapshot)).transpose()?,
    })
}

/// What a round cost.
struct Decided {
    placement: Duration,
    reasons: Option<Duration>,
    placement_peak: u64,
    effort: Effort,
    placed: usize,
}

impl Decided {
    fn of(snapshot: &Snapshot, with_reasons: bool) -> Result<Self, Error> {
        let (round, placement) = timed(|| place_all_groups(snapshot));
        let round = round?;
        Ok(Self {
            placement,
            placement_peak: Memory::read().peak,
            reasons: with_reasons.then(|| timed(|| round.reasons()).1),
            effort: round.effort(),
            placed: round.assignments().count(),
        })
    }
}

/// Where and when each job is.
fn places(snapshot: &Snapshot) -> Result<HashMap<JobId, (Time, ProcSet)>, Error> {
    let round = place_all_groups(snapshot)?;
    Ok(round.assignments().map(|place| (place.job, (place.start, place.resources.clone()))).collect())
}

/// The share of a case's own jobs that have another place than without its feature.
fn unlike_plain(case: &Case, snapshot: &Snapshot) -> Result<f64, Error> {
    let plain = snapshot::of(&case.plain().round());
    let (with, without) = (places(snapshot)?, places(&plain)?);
    let jobs = plain.groups.iter().flat_map(|group| &group.waiting_jobs).map(|waiting| waiting.job.id);
    let unlike = jobs.filter(|job| with.get(job) != without.get(job)).count();
    Ok(unlike as f64 / case.jobs as f64)
}

#[cfg(test)]
mod tests;
