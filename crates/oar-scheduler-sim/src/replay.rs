//! `oar-sim replay`: decides rounds again.

use std::io;
use std::path::PathBuf;

use clap::Args;
use oar_scheduler_core::{Plan, plan};
use oar_scheduler_hooks::Plugins;
use serde::Serialize;

use crate::input::{Line, Lines, Problem, Round, read_round};
use crate::output::{Output, Status};
use crate::text::printable;

mod check;
mod explain;

/// Decide scheduling rounds from files, and print their plans.
///
/// Each line of a file is a round: a snapshot (oar-scheduler-snapshot/1), or an object with `snapshot` and perhaps `name` and
/// `expected` (a plan). Each round gives one line: its plan (oar-scheduler-plan/1) as JSON, after the `name` of the round if it has
/// one.
#[derive(Args)]
#[command(after_long_help = "\
What is printed:
  (no option)          one plan a line, as JSON
  --explain            for each round, what becomes of each job and why, as text
  --check              the rounds that differ from their `expected` plan, then `N passed, M failed`
  --check --explain    the same, with what becomes of each job in the rounds that differ

Files may be gzipped; whatever their name, it shows in their content. Blank lines are skipped. \
A line may have up to 1 GiB. A line that cannot be used is reported on standard error, and the others go on.

Exit status: 0; 1 if --check found a difference; 2 if anything could not be read or decided.")]
pub(crate) struct Arguments {
    /// Compare each plan with the `expected` of its line: the same jobs, each with the same place or without one. (An `expected`
    /// that gives `could_start_at` for a refused reservation is compared with that, too.)
    #[arg(long)]
    check: bool,

    /// Tell in words what becomes of each job and why, instead of printing JSON.
    #[arg(long)]
    explain: bool,

    /// Files of rounds, one a line; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// A plan with the name of its round.
#[derive(Serialize)]
struct PlanLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(flatten)]
    plan: &'a Plan,
}

/// A decided round.
struct Replayed {
    line: Line,
    round: Round,
    plan: Plan,
}

impl Replayed {
    /// The round's name, if it has one, and its place.
    fn title(&self) -> String {
        match &self.round.name {
            Some(name) => format!("{} ({})", printable(name), self.line.place),
            None => self.line.place.to_string(),
        }
    }
}

pub(crate) fn run(arguments: &Arguments, plugins: &Plugins, output: &mut Output) -> io::Result<Status> {
    let (mut passed, mut failed) = (0_usize, 0_usize);
    for file in &arguments.files {
        let lines = match Lines::open(file) {
            Ok(lines) => lines,
            Err(problem) => {
                output.problem(problem);
                continue;
            }
        };
        for line in lines {
            let replayed = match line.and_then(|line| replay(line, plugins)) {
                Ok(replayed) => replayed,
                Err(problem) => {
                    output.problem(problem);
                    continue;
                }
            };
            if arguments.check {
                let Some(expected) = &replayed.round.expected else {
                    let problem = "expected a plan to compare with, found none: the line has no `expected`";
                    output.problem(Problem::new(&replayed.line.place, problem));
                    continue;
                };
                let differences = check::differences(expected, &replayed.plan);
                if differences.is_empty() {
                    passed += 1;
                    continue;
                }
                failed += 1;
                check::write(&replayed, &differences, output)?;
            }
            if arguments.explain {
                explain::write(&replayed, output)?;
            } else if !arguments.check {
                output.json(&PlanLine { name: replayed.round.name.as_deref(), plan: &replayed.plan })?;
            }
        }
    }
    if arguments.check {
        output.line(format_args!("{passed} passed, {failed} failed"))?;
    }
    Ok(if failed == 0 { Status::Success } else { Status::Different })
}

fn replay(line: Line, plugins: &Plugins) -> Result<Replayed, Problem> {
    let round = read_round(&line)?;
    let plan = plan(&round.snapshot, plugins).map_err(|error| Problem::new(&line.place, error))?;
    Ok(Replayed { line, round, plan })
}
