//! The table of jobs, as comma-separated values.

use std::io::Write;

use serde::Serialize;

use super::Report;
use crate::simulation::Outcome;

/// A line. Instants are seconds since the epoch, durations are seconds. What is not known of a job that never ended is empty.
#[derive(Debug, Serialize)]
pub(super) struct Row<'a> {
    /// The job's number in the log.
    job: i64,
    user: &'a str,
    project: &'a str,
    /// The name of its queue in OAR.
    queue: &'a str,
    /// When it was submitted.
    submission: i64,
    /// The first second of the execution that ended by itself.
    start: Option<i64>,
    /// The first second after it.
    end: Option<i64>,
    /// From the submission to `start`.
    wait: Option<u64>,
    /// From `start` to `end`.
    run: Option<u64>,
    /// The walltime that it asked for.
    walltime: i64,
    /// How many processors it asked for.
    processors: u32,
    /// How many resources it held.
    resources: Option<u64>,
    /// Which resources it held, as `1-4 7`.
    resource_set: String,
    /// `max(1, (wait + run) / max(run, 10))`, to four decimals.
    bounded_slowdown: Option<String>,
    /// How often it lost its resources to another job and began again.
    kills: usize,
    /// `ended`, `never started`, or `never ended` where it was killed and could not start again.
    status: &'a str,
}

const COLUMNS: &[&str] = &[
    "job",
    "user",
    "project",
    "queue",
    "submission",
    "start",
    "end",
    "wait",
    "run",
    "walltime",
    "processors",
    "resources",
    "resource_set",
    "bounded_slowdown",
    "kills",
    "status",
];

pub(super) fn write(report: &Report<'_>, writer: impl Write) -> Result<(), csv::Error> {
    // The column names are there also when there is no job.
    let mut table = csv::WriterBuilder::new().has_headers(false).from_writer(writer);
    table.write_record(COLUMNS)?;
    for outcome in Outcome::all(report.workload, report.trace) {
        let (job, execution) = (outcome.job, outcome.execution);
        table.serialize(Row {
            job: job.number,
            user: &job.user,
            project: &job.project,
            queue: &report.queues.of(job.queue).name,
            submission: job.submit.0,
            start: execution.map(|execution| execution.start.0),
            end: execution.map(|execution| execution.end.0),
            wait: execution.map(|execution| ahead(job.submit.0, execution.start.0)),
            run: execution.map(|execution| ahead(execution.start.0, execution.end.0)),
            walltime: job.requested.0,
            processors: job.size,
            resources: execution.map(|execution| execution.resources.len()),
            resource_set: execution.map(|execution| execution.resources.to_string()).unwrap_or_default(),
            bounded_slowdown: outcome.bounded_slowdown().map(|slowdown| format!("{slowdown:.4}")),
            kills: outcome.kills,
            status: outcome.status(),
        })?;
    }
    table.flush()?;
    Ok(())
}

/// The seconds from one instant to a later one.
fn ahead(from: i64, to: i64) -> u64 {
    if to > from { to.abs_diff(from) } else { 0 }
}
