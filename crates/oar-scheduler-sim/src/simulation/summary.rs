//! The figures of a simulation.

use std::collections::BTreeMap;

use serde::Serialize;

use super::outcome::Outcome;
use super::trace::Trace;
use crate::workload::{Dropped, Workload};

/// The figures that `simulate --json` prints. Times are seconds; a figure of no job is 0.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Summary {
    /// The policy, in words.
    pub policy: String,
    /// How many jobs were simulated.
    pub jobs: usize,
    /// How many records of the log were left out, by cause.
    pub dropped: BTreeMap<Dropped, u64>,
    /// How many jobs never ran to their end, because nothing could let them.
    pub never_started: usize,
    /// From the first submission to the last end.
    pub makespan: i64,
    /// The share of the machine's time from the first submission to the last end that jobs used; killed work not counted.
    pub utilisation: f64,
    /// From submission to the start of the execution that ended by itself.
    pub mean_wait: f64,
    pub median_wait: f64,
    pub p95_wait: f64,
    /// `max(1, (wait + run) / max(run, 10))`: D. Feitelson, L. Rudolph, JSSPP 1998.
    pub mean_bounded_slowdown: f64,
    pub median_bounded_slowdown: f64,
    pub p95_bounded_slowdown: f64,
    /// How often a besteffort job lost its resources.
    pub kills: usize,
    /// The share of the machine's time that killed executions used.
    pub lost_to_kills: f64,
    /// How often the scheduler planned.
    pub rounds: u64,
    /// CPU time of a round.
    pub planning_time_mean: f64,
    pub planning_time_max: f64,
}

impl Summary {
    /// The figures of what happened on a machine of so many resources.
    pub fn of(policy: String, workload: &Workload, trace: &Trace, resources: u64) -> Self {
        let outcomes = Outcome::all(workload, trace);
        let waits = Figures::new(outcomes.iter().filter_map(Outcome::wait).collect());
        let slowdowns = Figures::new(outcomes.iter().filter_map(Outcome::bounded_slowdown).collect());
        let first = workload.jobs.iter().map(|job| job.submit).min().unwrap_or_default();
        let last = trace.executions.iter().map(|execution| execution.end).max().unwrap_or(first);
        let makespan = (last - first).0.max(0);
        let capacity = (makespan as f64 * resources as f64).max(1.0);
        let work = |killed: bool| {
            let executions = trace.executions.iter().filter(|execution| execution.killed == killed);
            executions
                .map(|execution| (execution.end - execution.start).0 as f64 * execution.resources.len() as f64)
                .sum::<f64>()
                + 0.0
        };
        Self {
            policy,
            jobs: workload.jobs.len(),
            dropped: workload.dropped.clone(),
            never_started: trace.left.len(),
            makespan,
            utilisation: work(false) / capacity,
            mean_wait: waits.mean,
            median_wait: waits.median,
            p95_wait: waits.p95,
            mean_bounded_slowdown: slowdowns.mean,
            median_bounded_slowdown: slowdowns.median,
            p95_bounded_slowdown: slowdowns.p95,
            kills: trace.executions.iter().filter(|execution| execution.killed).count(),
            lost_to_kills: work(true) / capacity,
            rounds: trace.rounds.count,
            planning_time_mean: trace.rounds.total.as_secs_f64() / trace.rounds.count.max(1) as f64,
            planning_time_max: trace.rounds.longest.as_secs_f64(),
        }
    }
}

struct Figures {
    mean: f64,
    median: f64,
    p95: f64,
}

impl Figures {
    fn new(mut values: Vec<f64>) -> Self {
        // In the order of submission: the sum depends on it in the last digits.
        // The sum of nothing is -0.
        let mean = (values.iter().sum::<f64>() + 0.0) / values.len().max(1) as f64;
        values.sort_unstable_by(f64::total_cmp);
        Self { mean, median: percentile(&values, 0.5), p95: percentile(&values, 0.95) }
    }
}

/// The value below which this share of sorted values lies, interpolated between the two nearest; 0 of none.
pub(crate) fn percentile(sorted: &[f64], share: f64) -> f64 {
    let rank = share * sorted.len().saturating_sub(1) as f64;
    let value = |rank: f64| sorted.get(rank as usize).copied().unwrap_or_default();
    let (below, above) = (value(rank.floor()), value(rank.ceil()));
    below + (above - below) * rank.fract()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use oar_scheduler_core::{JobId, Seconds, Time};

    use super::super::trace::{Execution, Left, Rounds};
    use super::*;
    use crate::workload::Job;

    fn job(number: i64, submit: i64, run: i64) -> Job {
        let (user, project) = (String::new(), String::new());
        let (submit, run, requested) = (Time(submit), Seconds(run), Seconds(1000));
        Job { number, id: JobId(number), submit, run, requested, size: 2, user, project, queue: 1 }
    }

    fn execution(job: usize, start: i64, end: i64, killed: bool) -> Execution {
        let resources = "1-2".parse().unwrap();
        Execution { job, queued: Time(0), start: Time(start), end: Time(end), resources, killed }
    }

    #[test]
    fn figures_are_those_of_jobs_that_ended() {
        let workload = Workload {
            jobs: vec![job(1, 100, 50), job(2, 100, 5), job(3, 100, 90), job(4, 100, 1)],
            ..Workload::default()
        };
        let executions = vec![
            execution(0, 100, 150, false),
            execution(2, 100, 110, true),
            execution(1, 150, 155, false),
            execution(2, 210, 300, false),
        ];
        let rounds = Rounds { count: 4, total: Duration::from_secs(2), longest: Duration::from_secs(1) };
        let trace = Trace { executions, left: vec![Left { job: 3, queued: Time(100) }], rounds };
        let summary = Summary::of("p".to_owned(), &workload, &trace, 4);
        assert_eq!((summary.jobs, summary.never_started, summary.kills, summary.makespan), (4, 1, 1, 200));
        assert_eq!(summary.utilisation, (50.0 + 5.0 + 90.0) * 2.0 / 800.0);
        assert_eq!(summary.lost_to_kills, 20.0 / 800.0);
        // Waits 0, 50 and 110; slowdowns 1, 55/10 and 200/90.
        assert_eq!((summary.mean_wait, summary.median_wait), (160.0 / 3.0, 50.0));
        assert!((summary.p95_wait - 104.0).abs() < 1e-9);
        assert!((summary.mean_bounded_slowdown - (1.0 + 5.5 + 200.0 / 90.0) / 3.0).abs() < 1e-12);
        assert_eq!((summary.planning_time_mean, summary.planning_time_max), (0.5, 1.0));
    }

    #[test]
    fn no_jobs_have_figures_of_zero() {
        let summary = Summary::of(String::new(), &Workload::default(), &Trace::default(), 4);
        assert_eq!((summary.utilisation, summary.mean_bounded_slowdown, summary.p95_wait), (0.0, 0.0, 0.0));
        assert!(summary.mean_wait.is_sign_positive() && summary.mean_bounded_slowdown.is_sign_positive());
    }

    #[test]
    fn percentiles_lie_between_values() {
        for (share, expected) in [(0.0, 1.0), (0.5, 2.5), (0.95, 3.85), (1.0, 4.0)] {
            assert!((percentile(&[1.0, 2.0, 3.0, 4.0], share) - expected).abs() < 1e-9);
        }
    }
}
