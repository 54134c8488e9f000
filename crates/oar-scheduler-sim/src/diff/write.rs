//! Comparisons for people and for programs.

use std::collections::BTreeMap;
use std::io;

use oar_scheduler_core::{Assignment, Time};
use serde::Serialize;

use super::compare::{Change, Comparison, JobDifference, Outcome};
use crate::output::Output;
use crate::text::{counted, duration, from_now};

/// The rounds that differ, with their jobs, and a summary as the last line.
pub(super) fn text(comparisons: &[Comparison<'_>], output: &mut Output) -> io::Result<()> {
    for comparison in comparisons.iter().filter(|comparison| !comparison.is_same()) {
        let key = &comparison.key;
        let (Some(plan), Some(_)) = (comparison.a, comparison.b) else {
            let which = if comparison.a.is_some() { "first" } else { "second" };
            output.line(format_args!("{key}: only in the {which} file"))?;
            continue;
        };
        let same = comparison.same_jobs;
        let different = counted(comparison.different_jobs.len(), "job");
        output.line(format_args!("{key}: {different} treated differently, {same} the same"))?;
        for difference in &comparison.different_jobs {
            output.line(format_args!("  job {}: {}", difference.job, words(difference, plan.now)))?;
        }
    }
    output.line(Summary::of(comparisons))
}

fn words(difference: &JobDifference<'_>, now: Time) -> String {
    let (Some(a), Some(b)) = (difference.a, difference.b) else {
        let name = difference.changes.first().map(|change| change.name()).unwrap_or_default();
        let outcome = difference.a.or(difference.b);
        return format!("{name}: {}", outcome.map(|outcome| place(outcome, now)).unwrap_or_default());
    };
    let (Outcome::Placed(a), Outcome::Placed(b)) = (a, b) else {
        let name = difference.changes.first().map(|change| change.name()).unwrap_or_default();
        return format!("{name}: {}, was: {}", place(b, now), place(a, now));
    };
    let described = difference.changes.iter().map(|change| described(*change, a, b, now));
    described.collect::<Vec<_>>().join("; ")
}

fn described(change: Change, a: &Assignment, b: &Assignment, now: Time) -> String {
    let starts = || format!("{}, was {}", from_now(b.start, now), from_now(a.start, now));
    match change {
        Change::Earlier => format!("{} earlier: {}", duration(a.start - b.start), starts()),
        Change::Later => format!("{} later: {}", duration(b.start - a.start), starts()),
        Change::Elsewhere => format!("elsewhere: {}, was {}", b.resources, a.resources),
        Change::OtherAlternative => {
            format!("another alternative: {} ({} s), was {} ({} s)", b.moldable, b.walltime, a.moldable, a.walltime)
        }
        Change::OtherWalltime => format!("another walltime: {} s, was {} s", b.walltime, a.walltime),
        other => other.name().to_owned(),
    }
}

fn place(outcome: Outcome<'_>, now: Time) -> String {
    match outcome {
        Outcome::Placed(assignment) => format!("{} on {}", from_now(assignment.start, now), assignment.resources),
        Outcome::NotPlaced { could_start_at: Some(at) } => format!("no place, it could start at {}", from_now(at, now)),
        Outcome::NotPlaced { could_start_at: None } => "no place".to_owned(),
    }
}

/// The figures of all rounds together.
#[derive(Debug, Serialize)]
struct Summary {
    rounds: usize,
    different_rounds: usize,
    same_jobs: usize,
    different_jobs: usize,
    /// How many jobs have each change. A job may have several.
    changes: BTreeMap<Change, usize>,
}

impl Summary {
    fn of(comparisons: &[Comparison<'_>]) -> Self {
        let jobs = || comparisons.iter().flat_map(|comparison| &comparison.different_jobs);
        let count = |change: Change| jobs().filter(|difference| difference.changes.contains(&change)).count();
        Self {
            rounds: comparisons.len(),
            different_rounds: comparisons.iter().filter(|comparison| !comparison.is_same()).count(),
            same_jobs: comparisons.iter().map(|comparison| comparison.same_jobs).sum(),
            different_jobs: jobs().count(),
            changes: Change::ALL.into_iter().map(|change| (change, count(change))).collect(),
        }
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rounds = counted(self.rounds, "round");
        if self.different_rounds == 0 {
            return write!(formatter, "{rounds}, {}: no difference", counted(self.same_jobs, "job"));
        }
        let jobs = counted(self.same_jobs + self.different_jobs, "job");
        write!(formatter, "{rounds}, {} different; {jobs}, {} different", self.different_rounds, self.different_jobs)?;
        let changes = self.changes.iter().filter(|(_, count)| **count > 0);
        let changes: Vec<String> = changes.map(|(change, count)| format!("{count} {}", change.name())).collect();
        if changes.is_empty() { Ok(()) } else { write!(formatter, ": {}", changes.join(", ")) }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    rounds: Vec<RoundForm<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct RoundForm<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    /// Present if the other file does not have the round: `a` or `b`.
    #[serde(skip_serializing_if = "Option::is_none")]
    only_in: Option<&'static str>,
    now: Option<Time>,
    same_jobs: usize,
    jobs: &'a [JobDifference<'a>],
}

/// One document with the rounds that differ and the summary.
pub(super) fn json(comparisons: &[Comparison<'_>], output: &mut Output) -> io::Result<()> {
    let different = comparisons.iter().filter(|comparison| !comparison.is_same());
    let rounds = different.map(|comparison| {
        let (name, line) = match &comparison.key {
            super::Key::Name(name, _) => (Some(name.as_str()), None),
            super::Key::Line(line) => (None, Some(*line)),
        };
        let only_in = match (comparison.a, comparison.b) {
            (Some(_), None) => Some("a"),
            (None, _) => Some("b"),
            (Some(_), Some(_)) => None,
        };
        let now = comparison.a.or(comparison.b).map(|plan| plan.now);
        let (same_jobs, jobs) = (comparison.same_jobs, comparison.different_jobs.as_slice());
        RoundForm { name, line, only_in, now, same_jobs, jobs }
    });
    output.json(&Document { rounds: rounds.collect(), summary: Summary::of(comparisons) })
}
