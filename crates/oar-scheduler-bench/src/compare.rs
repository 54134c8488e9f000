//! `oar-bench compare`: the same round decided by an installed OAR3.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use oar_scheduler_core::{JobId, ProcSet, Snapshot, Time};
use oar_scheduler_sim::output::{Output, Status};
use serde::{Deserialize, Serialize};

use crate::case::{self, Case, Name};
use crate::driver::Driver;
use crate::error::Error;
use crate::feature::Feature;
use crate::measure::{Memory, place_all_groups, timed};
use crate::snapshot;

mod table;

/// Our Python, which calls OAR3's.
const DRIVER: Driver = Driver { script: include_str!("compare/driver.py"), answer: "what OAR3 decided" };

/// Let an installed OAR3 decide the same round, and compare cost and decisions.
///
/// OAR3's function `schedule_id_jobs_ct` gets the same jobs, on the same machine, in the same order; its CPU time is of that
/// call alone, without logs.
#[derive(Debug, Args)]
#[command(
    after_long_help = "Exit status: 0 if all decisions are the same; 1 if some differ; 2 if there was nothing to compare."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    case: case::Options,

    /// The Python virtual environment in which OAR3 is installed.
    #[arg(long, value_name = "FOLDER")]
    oar3: PathBuf,

    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

/// What both did.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Comparison {
    format: &'static str,
    #[serde(flatten)]
    name: Name,
    jobs: u64,
    oar3_version: String,
    ours: Cost,
    oar3: Cost,
    /// How many times longer OAR3 takes.
    times_faster: f64,
    /// Jobs with the same start and the same resources, or without a place in both.
    same: usize,
    /// By job.
    differences: Vec<Difference>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Cost {
    /// CPU time of the placement.
    seconds: f64,
    /// Of the process that placed.
    peak_bytes: u64,
    placed: usize,
}

/// A job that is placed otherwise; `None`: it has no place.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Difference {
    job: JobId,
    ours: Option<Place>,
    oar3: Option<Place>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    start: Time,
    resources: ProcSet,
}

/// What the driver writes.
#[derive(Debug, Deserialize)]
struct Decided {
    version: String,
    seconds: f64,
    peak_bytes: u64,
    places: Vec<PlaceOf>,
}

#[derive(Debug, Deserialize)]
struct PlaceOf {
    job: JobId,
    #[serde(flatten)]
    place: Place,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Status, Error> {
    let case = arguments.case.case();
    if let Some(feature @ (Feature::TemporalQuotas | Feature::Timesharing)) = case.feature {
        return Err(Error::NotComparable(feature.name()));
    }
    let snapshot = snapshot::of(&case.round());
    let theirs = decide(&snapshot, &arguments.oar3)?;
    let comparison = compare(&case, &snapshot, theirs)?;
    if arguments.json {
        output.json(&comparison)?
    } else {
        output.line(table::of(&comparison))?
    }
    Ok(if comparison.differences.is_empty() { Status::Success } else { Status::Different })
}

/// Has the snapshot decided by the OAR3 of a virtual environment.
fn decide(snapshot: &Snapshot, venv: &Path) -> Result<Decided, Error> {
    let python = venv.join("bin").join("python");
    if !python.exists() {
        return Err(Error::NoPython(venv.to_owned()));
    }
    DRIVER.ask(&python, snapshot, &[], |problem| Error::NoOar3 { venv: venv.to_owned(), problem })
}

fn compare(case: &Case, snapshot: &Snapshot, theirs: Decided) -> Result<Comparison, Error> {
    let (round, time) = timed(|| place_all_groups(snapshot));
    let peak_bytes = Memory::read().peak;
    let mine = round?.finish_without_reasons().assignments.into_iter();
    let mut mine: BTreeMap<JobId, Place> =
        mine.map(|place| (place.job, Place { start: place.start, resources: place.resources })).collect();
    let ours = Cost { seconds: time.as_secs_f64(), peak_bytes, placed: mine.len() };
    let oar3 = Cost { seconds: theirs.seconds, peak_bytes: theirs.peak_bytes, placed: theirs.places.len() };
    let mut others: BTreeMap<JobId, Place> = theirs.places.into_iter().map(|of| (of.job, of.place)).collect();
    let waiting = snapshot.groups.iter().flat_map(|group| &group.waiting_jobs).map(|waiting| waiting.job.id);
    let both = waiting.map(|job| Difference { job, ours: mine.remove(&job), oar3: others.remove(&job) });
    let (same, differences): (Vec<Difference>, Vec<Difference>) = both.partition(|both| both.ours == both.oar3);
    Ok(Comparison {
        format: "oar-bench-compare/1",
        name: case.name(),
        jobs: case.jobs,
        oar3_version: theirs.version,
        ours,
        oar3,
        times_faster: oar3.seconds / ours.seconds.max(1e-9),
        same: same.len(),
        differences,
    })
}

#[cfg(test)]
mod tests;
