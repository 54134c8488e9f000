//! The figures of a simulation in an administrator's words.

use super::Report;
use super::numbers::{count, grouped, percent, short, time};
use super::table::Table;
use crate::simulation::Outcome;
use crate::workload::Dropped;

/// The jobs that never ended and are listed, at most.
const LEFT_MAX: usize = 50;

/// What was simulated.
pub(super) fn settings(report: &Report<'_>) -> Table {
    let zone = report.clock.zone.iana_name().unwrap_or("a fixed offset from UTC");
    let machine = format!("{} resources", grouped(report.platform.size() as f64));
    let facts = [("Log", report.workload.name.as_str()), ("Machine", &machine), ("Policy", &report.summary.policy)];
    let facts = facts.into_iter().filter(|(name, _)| report.settings.iter().all(|(chosen, _)| chosen != name));
    let facts = facts.map(|(name, value)| vec![name.to_owned(), value.to_owned()]);
    let chosen = report.settings.iter().map(|(name, value)| vec![name.clone(), value.clone()]);
    let zone = vec!["Dates".to_owned(), format!("as the clocks of {zone} show them")];
    let rows = facts.chain(chosen).chain(std::iter::once(zone)).collect();
    Table { caption: "What was simulated".to_owned(), heads: Vec::new(), rows }
}

/// What came out.
pub(super) fn figures(report: &Report<'_>) -> Table {
    let summary = report.summary;
    let times = |mean: f64, median: f64, p95: f64, text: fn(f64) -> String| {
        format!("mean {}, median {}, 95 % of the jobs at most {}", text(mean), text(median), text(p95))
    };
    let (wait, slowdown) = (
        times(summary.mean_wait, summary.median_wait, summary.p95_wait, time),
        times(summary.mean_bounded_slowdown, summary.median_bounded_slowdown, summary.p95_bounded_slowdown, short),
    );
    let planning =
        format!("mean {}, longest {}", planning(summary.planning_time_mean), planning(summary.planning_time_max));
    let rows = [
        ("Jobs simulated", count(summary.jobs)),
        ("Jobs that never started", count(summary.never_started)),
        ("From the first submission to the last end", time(summary.makespan as f64)),
        ("Utilisation of the machine, without lost work", percent(summary.utilisation)),
        ("Waiting time", wait),
        ("Bounded slowdown: (wait + run) / run, runs of under 10 s counted as 10 s", slowdown),
        ("Besteffort executions killed", count(summary.kills)),
        ("Share of the machine lost to kills", percent(summary.lost_to_kills)),
        ("Rounds of the scheduler", grouped(summary.rounds as f64)),
        ("CPU time of a round", planning),
    ];
    let rows = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
    Table { caption: "What came out".to_owned(), heads: Vec::new(), rows }
}

fn planning(seconds: f64) -> String {
    match seconds {
        _ if !seconds.is_finite() => "–".to_owned(),
        _ if seconds < 1.0 => format!("{} ms", short(seconds * 1000.0)),
        _ => format!("{} s", short(seconds)),
    }
}

/// The records that were left out, if there are any.
pub(super) fn dropped(report: &Report<'_>) -> Option<Table> {
    let causes = report.summary.dropped.iter().filter(|(_, records)| **records > 0);
    let row = |(cause, records): (&Dropped, &u64)| vec![cause_in_words(*cause).to_owned(), grouped(*records as f64)];
    let rows: Vec<Vec<String>> = causes.map(row).collect();
    let caption = "Records of the log that were left out".to_owned();
    let heads = ["cause", "records"].map(str::to_owned).to_vec();
    (!rows.is_empty()).then_some(Table { caption, heads, rows })
}

fn cause_in_words(cause: Dropped) -> &'static str {
    match cause {
        Dropped::Unusable => "cannot be read, or repeats the number of another record",
        Dropped::NegativeSubmission => "submitted before the log begins",
        Dropped::NoRunTime => "did not run, or nobody knows how long",
        Dropped::NoRequestedTime => "no walltime",
        Dropped::NoProcessors => "no processors",
        Dropped::TooLarge => "asks for more processors than the machine has",
        Dropped::Refused => "its request does not fit on the empty machine",
    }
}

/// The jobs that never ran to their end, if there are any; the first ones if there are many.
pub(super) fn left(report: &Report<'_>, outcomes: &[Outcome<'_>]) -> Option<Table> {
    let left: Vec<&Outcome<'_>> = outcomes.iter().filter(|outcome| outcome.execution.is_none()).collect();
    let row = |outcome: &&Outcome<'_>| {
        let job = outcome.job;
        vec![
            job.number.to_string(),
            job.user.clone(),
            report.queues.of(job.queue).name.clone(),
            report.clock.date(job.submit),
            grouped(f64::from(job.size)),
            time(job.requested.0 as f64),
            outcome.status().to_owned(),
        ]
    };
    let heads = ["job", "user", "queue", "submission", "processors", "walltime", "status"];
    let caption = match left.len() {
        number if number > LEFT_MAX => format!("Jobs that never ended: the first {LEFT_MAX} of {}", count(number)),
        _ => "Jobs that never ended".to_owned(),
    };
    let rows: Vec<Vec<String>> = left.iter().take(LEFT_MAX).map(row).collect();
    (!rows.is_empty()).then_some(Table { caption, heads: heads.map(str::to_owned).to_vec(), rows })
}
