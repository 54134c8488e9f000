//! `oar-bench sweep`: measures a series of numbers of jobs.

use std::process::Command;

use clap::{Args, value_parser};
use comfy_table::{CellAlignment, Table, presets};
use oar_scheduler_sim::mix::Mix;
use oar_scheduler_sim::numbers::grouped;
use oar_scheduler_sim::output::{Output, Status};
use serde::{Deserialize, Serialize};

use crate::case::{JOBS_MAX, Name, Settings};
use crate::error::Error;
use crate::fit::exponent;
use crate::process::{output_of, own_program};
use crate::run::Measured;
use crate::text::{memory, seconds};

/// The format of a series.
pub(crate) const FORMAT: &str = "oar-bench-sweep/1";

/// Measure a series of numbers of jobs, and how fast time and memory grow with them.
///
/// Each number is measured in a process of its own. The exponent k says that the cost grows as jobs^k: it is fitted to the
/// logarithms by least squares; of memory, to what the placement needs beyond the snapshot.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The workload.
    #[arg(value_enum, ignore_case = true)]
    workload: Mix,

    /// The numbers of jobs, such as `1000,2000,5000`.
    #[arg(long, required = true, value_delimiter = ',', value_parser = value_parser!(u64).range(1..=JOBS_MAX))]
    jobs: Vec<u64>,

    #[command(flatten)]
    settings: Settings,

    /// How many times each round is decided; the median counts.
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u32).range(1..=1000))]
    repeat: u32,

    /// Leave out the reasons.
    #[arg(long)]
    no_reasons: bool,

    /// Print one line of JSON, which `oar-bench plot` draws.
    #[arg(long)]
    json: bool,
}

/// A series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sweep {
    pub format: String,
    #[serde(flatten)]
    pub name: Name,
    pub points: Vec<Measured>,
    pub exponents: Exponents,
}

/// How fast costs grow: as jobs to this power.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Exponents {
    pub placement: Option<f64>,
    pub reasons: Option<f64>,
    pub memory: Option<f64>,
}

impl Exponents {
    fn of(points: &[Measured]) -> Self {
        let of = |cost: fn(&Measured) -> f64| exponent(points.iter().map(|point| (point.jobs as f64, cost(point))));
        Self {
            placement: of(|point| point.placement_seconds.median),
            reasons: of(|point| point.reasons_seconds.map_or(0.0, |times| times.median)),
            memory: of(|point| point.memory_bytes.of_placement() as f64),
        }
    }
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Status, Error> {
    let points = arguments.jobs.iter().map(|jobs| point(arguments, *jobs)).collect::<Result<Vec<_>, _>>()?;
    let Some(name) = points.first().map(|point| point.name.clone()) else { return Ok(Status::Success) };
    let exponents = Exponents::of(&points);
    let sweep = Sweep { format: FORMAT.to_owned(), name, points, exponents };
    if arguments.json {
        output.json(&sweep)?
    } else {
        output.line(table(&sweep))?
    }
    Ok(Status::Success)
}

/// Measures one number of jobs, in a process of its own: the peak of memory is then its own too.
fn point(arguments: &Arguments, jobs: u64) -> Result<Measured, Error> {
    let mut command = Command::new(own_program()?);
    let Settings { cores, seed, with } = &arguments.settings;
    command.args(["run", arguments.workload.name(), "--json", "--no-plain"]);
    let numbers = [("--jobs", jobs), ("--cores", (*cores).into()), ("--seed", *seed)];
    for (option, number) in numbers.into_iter().chain([("--repeat", arguments.repeat.into())]) {
        command.args([option, &number.to_string()]);
    }
    command.args(with.iter().flat_map(|feature| ["--with", feature.name()]));
    command.args(arguments.no_reasons.then_some("--no-reasons"));
    let program = format!("oar-bench run {} --jobs {jobs}", arguments.workload.name());
    serde_json::from_slice(&output_of(&mut command, &program)?).map_err(|error| Error::Format {
        path: program.into(),
        expected: "one line of JSON",
        problem: error.to_string(),
    })
}

fn table(sweep: &Sweep) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["jobs", "placement", "reasons", "slots", "candidates", "placed", "memory", "of the placement"]);
    for point in &sweep.points {
        table.add_row([
            grouped(point.jobs as f64),
            seconds(point.placement_seconds.median),
            point.reasons_seconds.map_or("–".to_owned(), |times| seconds(times.median)),
            grouped(point.slots as f64),
            grouped(point.candidates as f64),
            grouped(point.placed as f64),
            memory(point.memory_bytes.placement_peak),
            memory(point.memory_bytes.of_placement()),
        ]);
    }
    let power = |exponent: Option<f64>| exponent.map_or("–".to_owned(), |exponent| format!("jobs^{exponent:.2}"));
    let Exponents { placement, reasons, memory } = sweep.exponents;
    let none = String::new;
    table.add_row([
        "grows as".to_owned(),
        power(placement),
        power(reasons),
        none(),
        none(),
        none(),
        none(),
        power(memory),
    ]);
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{}\n{table}", sweep.name)
}

#[cfg(test)]
pub(crate) mod tests;
