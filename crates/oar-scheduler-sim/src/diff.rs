//! `oar-sim diff`: compares plans.

use std::io;
use std::path::PathBuf;

use clap::Args;

use crate::input::{Lines, NamedPlan, read_plan};
use crate::output::{Output, Status};
use crate::text::printable;

mod compare;
mod write;

use compare::Comparison;

/// Compare the plans of two files, job by job.
///
/// The files hold plans as `oar-sim replay` prints them, one a line. Rounds are matched by name (the second of a name with the second),
/// those without a name by their line number; two files of one plan each are compared whatever its name. Reasons, priorities and
/// warnings are not compared.
#[derive(Args)]
#[command(
    after_long_help = "Exit status: 0 if the plans are the same, 1 if they differ, 2 if anything could not be read."
)]
pub(crate) struct Arguments {
    /// Plans, one a line, plain or gzipped; `-` is standard input.
    a: PathBuf,

    /// The plans to compare them with.
    b: PathBuf,

    /// Compare this round only: a name, or a line number.
    #[arg(long, value_name = "NAME|LINE")]
    round: Option<String>,

    /// Print one JSON document: `rounds` (those that differ) and `summary`.
    #[arg(long)]
    json: bool,
}

/// What plans of two files are matched by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// A name, and how many rounds of that name come before.
    Name(String, usize),
    /// The line of a round without a name.
    Line(u64),
}

impl Key {
    fn is(&self, round: &str) -> bool {
        match self {
            Self::Name(name, _) => name == round,
            Self::Line(line) => round == line.to_string(),
        }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name, 0) => printable(name).fmt(formatter),
            Self::Name(name, before) => write!(formatter, "{} (number {})", printable(name), before + 1),
            Self::Line(line) => write!(formatter, "line {line}"),
        }
    }
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Status> {
    if arguments.a == arguments.b && arguments.a.as_os_str() == "-" {
        output.problem("expected standard input for one of the two files, found it for both");
        return Ok(Status::Success);
    }
    let (a, b) = (read(&arguments.a, output), read(&arguments.b, output));
    if a.is_empty() || b.is_empty() {
        // A file without any plan is a problem, and was reported.
        return Ok(Status::Success);
    }
    let comparisons = match (a.as_slice(), b.as_slice()) {
        ([(key, a)], [(_, b)]) => vec![Comparison::of(key.clone(), Some(a), Some(b))],
        _ => compare::pairs(&a, &b),
    };
    let wanted = |comparison: &Comparison<'_>| arguments.round.as_ref().is_none_or(|round| comparison.key.is(round));
    let comparisons: Vec<Comparison<'_>> = comparisons.into_iter().filter(wanted).collect();
    if let (Some(round), true) = (&arguments.round, comparisons.is_empty()) {
        let (a, b) = (arguments.a.display(), arguments.b.display());
        output.problem(format_args!("expected a round {round:?} in {a} or {b}, found none"));
    }
    for comparison in &comparisons {
        if let Some((a, b)) = comparison.times() {
            output.problem(format_args!(
                "{}: expected plans of the same moment, found now = {a} in the first and {b} in the second",
                comparison.key
            ));
        }
    }
    if arguments.json {
        write::json(&comparisons, output)?;
    } else {
        write::text(&comparisons, output)?;
    }
    Ok(if comparisons.iter().all(Comparison::is_same) { Status::Success } else { Status::Different })
}

/// The plans of a file that can be read; the problems of the others are reported.
fn read(file: &std::path::Path, output: &mut Output) -> Vec<(Key, NamedPlan)> {
    let lines = match Lines::open(file) {
        Ok(lines) => lines,
        Err(problem) => {
            output.problem(problem);
            return Vec::new();
        }
    };
    let mut plans: Vec<(Key, NamedPlan)> = Vec::new();
    let mut seen: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for line in lines {
        let numbered = line.and_then(|line| read_plan(&line).map(|plan| (line.number, plan)));
        match numbered {
            Ok((number, plan)) => {
                let key = match &plan.name {
                    Some(name) => {
                        let before = seen.entry(name.clone()).or_default();
                        *before += 1;
                        Key::Name(name.clone(), *before - 1)
                    }
                    None => Key::Line(number),
                };
                plans.push((key, plan));
            }
            Err(problem) => output.problem(problem),
        }
    }
    plans
}
