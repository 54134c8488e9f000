//! What is not as expected.

use std::collections::BTreeMap;
use std::io;

use oar_scheduler_core::{Assignment, JobId, Plan, Time};

use super::Replayed;
use crate::output::Output;
use crate::text::from_now;

/// What a plan says of one job.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome<'a> {
    Placed(&'a Assignment),
    NotPlaced { could_start_at: Option<Time> },
    NotInPlan,
}

/// A job that is not as expected.
#[derive(Debug, PartialEq)]
pub(super) struct Difference<'a> {
    job: JobId,
    expected: Outcome<'a>,
    found: Outcome<'a>,
}

/// The jobs of either plan that differ, by number.
pub(super) fn differences<'a>(expected: &'a Plan, found: &'a Plan) -> Vec<Difference<'a>> {
    let (expected, found) = (outcomes(expected), outcomes(found));
    let of =
        |outcomes: &BTreeMap<JobId, Outcome<'a>>, job: JobId| outcomes.get(&job).cloned().unwrap_or(Outcome::NotInPlan);
    let jobs: std::collections::BTreeSet<JobId> = expected.keys().chain(found.keys()).copied().collect();
    let both = jobs.into_iter().map(|job| Difference { job, expected: of(&expected, job), found: of(&found, job) });
    both.filter(|pair| !agree(&pair.expected, &pair.found)).collect()
}

fn outcomes(plan: &Plan) -> BTreeMap<JobId, Outcome<'_>> {
    let placed = plan.assignments.iter().map(|assignment| (assignment.job, Outcome::Placed(assignment)));
    let others = plan
        .unscheduled
        .iter()
        .map(|unscheduled| (unscheduled.job, Outcome::NotPlaced { could_start_at: unscheduled.could_start_at }));
    placed.chain(others).collect()
}

fn agree(expected: &Outcome<'_>, found: &Outcome<'_>) -> bool {
    match (expected, found) {
        // What is not said is not compared.
        (Outcome::NotPlaced { could_start_at: None }, Outcome::NotPlaced { .. }) => true,
        _ => expected == found,
    }
}

/// Writes the differences of a round.
pub(super) fn write(replayed: &Replayed, differences: &[Difference<'_>], output: &mut Output) -> io::Result<()> {
    output.line(format_args!("FAILED {}", replayed.title()))?;
    let now = replayed.plan.now;
    for Difference { job, expected, found } in differences {
        output.line(format_args!("  job {job}: {}", what_differs(expected, found)))?;
        output.line(format_args!("    expected: {}", words(expected, now)))?;
        output.line(format_args!("    found:    {}", words(found, now)))?;
    }
    Ok(())
}

fn what_differs(expected: &Outcome<'_>, found: &Outcome<'_>) -> String {
    match (expected, found) {
        (Outcome::Placed(expected), Outcome::Placed(found)) => {
            let fields = [
                ("start", expected.start != found.start),
                ("moldable", expected.moldable != found.moldable),
                ("walltime", expected.walltime != found.walltime),
                ("resources", expected.resources != found.resources),
            ];
            let names: Vec<&str> = fields.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();
            format!("other {}", names.join(", "))
        }
        (Outcome::NotInPlan, _) => "was not expected in the plan".to_owned(),
        (_, Outcome::NotInPlan) => "is missing from the plan".to_owned(),
        (Outcome::Placed(_), _) => "has no place".to_owned(),
        (_, Outcome::Placed(_)) => "should have no place".to_owned(),
        _ => "other could_start_at".to_owned(),
    }
}

fn words(outcome: &Outcome<'_>, now: Time) -> String {
    match outcome {
        Outcome::Placed(Assignment { moldable, start, walltime, resources, .. }) => {
            let when = from_now(*start, now);
            format!("start {start} ({when}), moldable {moldable}, walltime {walltime}, resources {resources}")
        }
        Outcome::NotPlaced { could_start_at: Some(at) } => {
            format!("no place, could_start_at {at} ({})", from_now(*at, now))
        }
        Outcome::NotPlaced { could_start_at: None } => "no place".to_owned(),
        Outcome::NotInPlan => "not in the plan".to_owned(),
    }
}
