//! `oar-bench instructions`: a measure that does not depend on how busy the machine is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::{Args, ValueEnum};
use oar_scheduler_sim::mix::Mix;
use oar_scheduler_sim::output::{Output, Status};
use serde::{Deserialize, Serialize};

use crate::case::{self, Case, Name};
use crate::error::{Error, cannot_read, cannot_write};
use crate::feature::Feature;
use crate::measure::place_all_groups;
use crate::process::{output_of, own_program};
use crate::snapshot;

mod callgrind;
mod table;

/// The format of the baseline.
const FORMAT: &str = "oar-bench-instructions/1";
/// The jobs and the cores of every case.
const JOBS: u64 = 300;
const CORES: u32 = 10_000;
/// The workload that features are measured on.
const OF_FEATURES: Mix = Mix::Normal;

/// Count the instructions of the placement of small workloads, and compare them with a baseline.
///
/// The counts are valgrind's (callgrind), of the placement alone: six workloads plain, and one with each feature. They are the
/// same each time, however busy the machine is; another compiler gives others.
#[derive(Debug, Args)]
#[command(after_long_help = "Exit status: 0; 1 if a count grew beyond the tolerance; 2 if nothing could be counted.")]
pub(crate) struct Arguments {
    /// The file of the counts to compare with.
    #[arg(long, value_name = "FILE", default_value = "docs/benchmarks/instructions.json")]
    baseline: PathBuf,

    /// Changes of more per cent than this are marked.
    #[arg(long, value_name = "PERCENT", default_value_t = 2.0, value_parser = percent)]
    tolerance: f64,

    /// Write what is counted to the baseline.
    #[arg(long)]
    update: bool,

    /// Count only the cases whose names have this in them.
    #[arg(long, value_name = "TEXT", conflicts_with = "update")]
    only: Option<String>,
}

/// Place a workload once, and print how many jobs have a place: what instructions are counted of.
///
/// No clock is read: valgrind does not cope with the one of the kernel's vDSO that `run` reads.
#[derive(Debug, Args)]
pub(crate) struct PlaceArguments {
    #[command(flatten)]
    case: case::Options,
}

pub(crate) fn place(arguments: &PlaceArguments, output: &mut Output) -> Result<Status, Error> {
    let snapshot = snapshot::of(&arguments.case.case().round());
    output.line(place_all_groups(&snapshot)?.assignments().count())?;
    Ok(Status::Success)
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| (0.0..=1000.0).contains(number));
    number.ok_or_else(|| "expected a percentage from 0 to 1000".to_owned())
}

/// Counts to compare with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Baseline {
    format: String,
    /// What `rustc --version` says.
    compiler: String,
    /// By case.
    instructions: BTreeMap<String, u64>,
}

/// A case and what it costs.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Counted {
    case: String,
    instructions: u64,
    before: Option<u64>,
}

impl Counted {
    /// The change in per cent.
    fn change(&self) -> Option<f64> {
        let before = self.before.filter(|before| *before > 0)? as f64;
        Some((self.instructions as f64 - before) / before * 100.0)
    }
}

/// The cases, in the order in which they are shown.
fn cases() -> impl Iterator<Item = Case> {
    let plain = Mix::value_variants().iter().filter(|mix| mix.levels().len() == 4).map(|mix| (*mix, None));
    let with = Feature::value_variants().iter().map(|feature| (OF_FEATURES, Some(*feature)));
    plain.chain(with).map(|(workload, feature)| Case { workload, jobs: JOBS, cores: CORES, seed: 1, feature })
}

/// What a case is called in the baseline.
fn title(case: &Case) -> String {
    let Name { workload, with, .. } = case.name();
    with.map_or_else(|| workload.clone(), |feature| format!("{workload} with {feature}"))
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Status, Error> {
    if cfg!(debug_assertions) {
        output.warning("this is not a release build: its counts say nothing");
    }
    let compiler = compiler();
    let before = if arguments.update { None } else { read(&arguments.baseline, output)? };
    if let Some(before) = before.as_ref().filter(|before| before.compiler != compiler) {
        output.warning(format_args!("the baseline is of {}, this is {compiler}", before.compiler));
    }
    let mut counted = Vec::new();
    let is_chosen = |case: &Case| arguments.only.as_ref().is_none_or(|only| title(case).contains(only));
    for case in cases().filter(is_chosen) {
        let before = before.as_ref().and_then(|before| before.instructions.get(&title(&case)).copied());
        counted.push(Counted { case: title(&case), instructions: callgrind::count(&case)?, before });
    }
    output.line(table::of(&counted, arguments.tolerance))?;
    if arguments.update {
        let instructions = counted.iter().map(|counted| (counted.case.clone(), counted.instructions)).collect();
        write(&arguments.baseline, &Baseline { format: FORMAT.to_owned(), compiler, instructions })?;
    }
    let grew = |counted: &Counted| counted.change().is_some_and(|change| change > arguments.tolerance);
    Ok(if counted.iter().any(grew) { Status::Different } else { Status::Success })
}

/// The compiler of this machine, which is likely to have built this.
fn compiler() -> String {
    let version = output_of(Command::new("rustc").arg("--version"), "rustc --version");
    version.map_or_else(|_| "unknown".to_owned(), |version| String::from_utf8_lossy(&version).trim().to_owned())
}

/// Reads the baseline; without one there is nothing to compare with.
fn read(path: &Path, output: &mut Output) -> Result<Option<Baseline>, Error> {
    let text = match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            output.warning(format_args!("{}: there is no baseline yet: `--update` writes one", path.display()));
            return Ok(None);
        }
        text => text.map_err(cannot_read(path))?,
    };
    let wrong =
        |problem| Error::Format { path: path.to_owned(), expected: "a baseline of `oar-bench instructions`", problem };
    let baseline: Baseline = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
    if baseline.format == FORMAT { Ok(Some(baseline)) } else { Err(wrong(format!("the format {:?}", baseline.format))) }
}

fn write(path: &Path, baseline: &Baseline) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(baseline).map_err(std::io::Error::from).map_err(cannot_write(path))?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(cannot_write(path))?;
    }
    std::fs::write(path, text + "\n").map_err(cannot_write(path))
}

#[cfg(test)]
mod tests;
