//! `oar-bench python`: what it costs to come from Python, and to go back.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, value_parser};
use oar_scheduler_core::Snapshot;
use oar_scheduler_sim::output::{Output, Status};
use serde::{Deserialize, Serialize};

use crate::case::{self, Case, Name};
use crate::driver::Driver;
use crate::error::Error;
use crate::run::Times;
use crate::snapshot;

mod table;

/// Our Python, which calls the module.
const DRIVER: Driver = Driver { script: include_str!("python/driver.py"), answer: "what the module did" };

/// Measure a round in Python: reading the waiting jobs' objects, placing them, writing their places.
///
/// The module `oar_scheduler_redox` of a virtual environment gets the jobs as plain Python objects, on an empty machine, and takes the parts' times itself.
#[derive(Debug, Args)]
#[command(
    after_long_help = "Times are of the wall clock. What Python takes to get the jobs' attributes, in a loop, is reported beside what reading takes."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    case: case::Options,

    /// The Python virtual environment in which the module is installed (`make redox-venv`).
    #[arg(long, value_name = "FOLDER", default_value = "target/redox-venv")]
    venv: PathBuf,

    /// How many times the round is decided.
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u32).range(1..=1000))]
    repeat: u32,

    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Measured {
    format: &'static str,
    #[serde(flatten)]
    name: Name,
    jobs: u64,
    placed: u64,
    repeat: u32,
    module_version: String,
    python_version: String,
    /// What Python takes to get the attributes.
    access_seconds: Times,
    reading_seconds: Times,
    placing_seconds: Times,
    writing_seconds: Times,
    /// Reading beyond that, for each waiting job, in microseconds (medians).
    reading_microseconds_a_job: f64,
    /// Writing, for each job with a place, in microseconds (median).
    writing_microseconds_a_job: f64,
}

/// What the driver writes.
#[derive(Debug, Deserialize)]
struct Answer {
    version: String,
    python: String,
    rounds: Vec<Parts>,
    access: Vec<f64>,
    placed: u64,
}

#[derive(Debug, Deserialize)]
struct Parts {
    reading: f64,
    placing: f64,
    writing: f64,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Status, Error> {
    let case = arguments.case.case();
    if let Some(feature) = case.feature {
        return Err(Error::NotInPython(feature.name()));
    }
    let answer = ask(&snapshot::of(&case.round()), arguments)?;
    let measured = measured(&case, arguments.repeat, &answer);
    if arguments.json {
        output.json(&measured)?;
    } else {
        output.line(table::of(&measured))?;
    }
    Ok(Status::Success)
}

#[allow(clippy::cast_precision_loss)]
fn measured(case: &Case, repeat: u32, answer: &Answer) -> Measured {
    let times = |seconds: Vec<f64>| {
        Times::of(
            &seconds.into_iter().map(|one| Duration::try_from_secs_f64(one).unwrap_or_default()).collect::<Vec<_>>(),
        )
    };
    let part = |part: fn(&Parts) -> f64| times(answer.rounds.iter().map(part).collect());
    let (access, reading) = (times(answer.access.clone()), part(|parts| parts.reading));
    let writing = part(|parts| parts.writing);
    let a_job = |seconds: f64, jobs: u64| seconds * 1e6 / jobs.max(1) as f64;
    Measured {
        format: "oar-bench-python/1",
        name: case.name(),
        jobs: case.jobs,
        placed: answer.placed,
        repeat,
        module_version: answer.version.clone(),
        python_version: answer.python.clone(),
        access_seconds: access,
        reading_seconds: reading,
        placing_seconds: part(|parts| parts.placing),
        writing_seconds: writing,
        reading_microseconds_a_job: a_job((reading.median - access.median).max(0.0), case.jobs),
        writing_microseconds_a_job: a_job(writing.median, answer.placed),
    }
}

/// Has a round decided in the Python of a virtual environment.
fn ask(snapshot: &Snapshot, arguments: &Arguments) -> Result<Answer, Error> {
    let no_module = |problem: String| Error::NoModule { venv: arguments.venv.clone(), problem };
    let python = arguments.venv.join("bin").join("python");
    if !python.exists() {
        return Err(no_module("there is no `bin/python` in it".to_owned()));
    }
    DRIVER.ask(&python, snapshot, &[arguments.repeat.to_string()], no_module)
}
