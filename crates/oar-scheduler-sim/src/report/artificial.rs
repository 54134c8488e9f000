//! Simulations for tests: one made by hand, and plausible ones of any size.

use std::collections::BTreeMap;

use fastrand::Rng;
use jiff::tz::TimeZone;
use oar_scheduler_core::{Hierarchy, JobId, ProcSet, ResourceId, Resources, Seconds, Time};

use super::Report;
use super::spread::mean;
use crate::platform::Platform;
use crate::queues::Queues;
use crate::simulation::Outcome;
use crate::simulation::percentile;
use crate::simulation::{Execution, Left, Summary, Trace};
use crate::text::Clock;
use crate::workload::{Dropped, Job, Workload};

/// Everything that a report needs.
#[derive(Debug, Clone)]
pub(super) struct Example {
    pub title: String,
    pub settings: Vec<(String, String)>,
    pub workload: Workload,
    pub trace: Trace,
    pub platform: Platform,
    pub queues: Queues,
    pub summary: Summary,
    pub clock: Clock,
}

/// 2026-03-02 00:00 in Paris, a Monday.
pub(super) const MONDAY: i64 = 1_772_406_000;
const DAY: i64 = 86_400;

impl Example {
    /// No job on a machine of so many resources, in hosts of `host` resources and switches of `switch` hosts.
    pub fn empty(resources: u32, host: u32, switch: u32) -> Self {
        let queues = ["0=default,priority=3", "1=besteffort,priority=0,besteffort", "*=admin,priority=10"];
        let queues = queues.map(|queue| queue.parse().unwrap());
        let blocks = |size: u32| -> Vec<ProcSet> {
            let firsts = (1..=resources).step_by(size.max(1) as usize);
            firsts.map(|first| ProcSet::from_ranges([first..=(first + (size - 1)).min(resources)])).collect()
        };
        let all = ProcSet::from_ranges([1..=resources]);
        let resources = Resources {
            default: all.clone(),
            usable: all,
            hierarchy: Hierarchy::new(
                &[("host".to_owned(), blocks(host)), ("switch".to_owned(), blocks(host * switch))].into(),
            ),
            ..Resources::default()
        };
        Self {
            title: "A simulation".to_owned(),
            settings: vec![("Scheduling period".to_owned(), "60 s".to_owned())],
            workload: Workload { name: "example.swf".to_owned(), ..Workload::default() },
            trace: Trace::default(),
            platform: Platform { resources },
            queues: Queues::new(&queues).unwrap(),
            summary: Summary {
                policy: "first come, first served, with backfilling".to_owned(),
                jobs: 0,
                dropped: BTreeMap::new(),
                never_started: 0,
                makespan: 0,
                utilisation: 0.0,
                mean_wait: 0.0,
                median_wait: 0.0,
                p95_wait: 0.0,
                mean_bounded_slowdown: 0.0,
                median_bounded_slowdown: 0.0,
                p95_bounded_slowdown: 0.0,
                kills: 0,
                lost_to_kills: 0.0,
                rounds: 0,
                planning_time_mean: 0.0,
                planning_time_max: 0.0,
            },
            clock: Clock { zone: TimeZone::get("Europe/Paris").unwrap() },
        }
    }

    /// Four jobs on four resources, over 400 seconds. Job 2 is besteffort, and killed by job 3; job 4 never starts.
    pub fn by_hand() -> Self {
        let mut example = Self::empty(4, 2, 1);
        for (user, queue, submit, run, size) in
            [("ada", 0, 0, 100, 2), ("bob", 1, 10, 150, 2), ("eve", 0, 120, 100, 4), ("ada", 0, 200, 10, 9)]
        {
            example.submit(user, queue, submit, run, size);
        }
        example.hold(0, (0, 0, 100), "1-2", false);
        example.hold(1, (10, 50, 150), "3-4", true);
        example.hold(2, (120, 150, 250), "1-4", false);
        example.hold(1, (150, 250, 400), "1-2", false);
        example.trace.left.push(Left { job: 3, queued: Time(200) });
        example.sum_up();
        example
    }

    pub fn submit(&mut self, user: &str, queue: i64, submit: i64, run: i64, size: u32) {
        let number = self.workload.jobs.len() as i64 + 1;
        self.workload.jobs.push(Job {
            number,
            id: JobId(number),
            submit: Time(submit),
            run: Seconds(run),
            requested: Seconds(run.saturating_mul(2)),
            size,
            user: user.to_owned(),
            project: "unknown".to_owned(),
            queue,
        });
    }

    pub fn hold(&mut self, job: usize, (queued, start, end): (i64, i64, i64), resources: &str, killed: bool) {
        let (queued, start, end) = (Time(queued), Time(start), Time(end));
        let resources = resources.parse().unwrap();
        self.trace.executions.push(Execution { job, queued, start, end, resources, killed });
    }

    /// So many jobs over so many days, on hosts of 12 resources; always the same.
    pub fn of_jobs(jobs: usize, resources: u32, days: i64) -> Self {
        let mut example = Self::empty(resources, 12, 24);
        example.title = "Ninety days of a laboratory's cluster".to_owned();
        let mut random = Rng::with_seed(7);
        let mut submissions: Vec<i64> = (0..jobs).map(|_| submission(&mut random, days)).collect();
        submissions.sort_unstable();
        // What keeps the machine busy for four fifths of the time.
        let room = f64::from(resources) * (days * DAY) as f64 * 0.8 / jobs.max(1) as f64;
        for submit in submissions {
            let user = format!("{}", 100 + (60.0 * random.f64().powi(3)) as u32);
            let size = 1_u32 << (random.f64() * random.f64() * f64::from(resources.max(2)).log2()) as u32;
            let run = (room / f64::from(size) * 3.6 * random.f64().powi(4)).clamp(5.0, 5.0 * DAY as f64) as i64;
            let queue = if random.f64() < 0.2 { 1 } else { 0 };
            example.submit(&user, queue, submit, run, size);
        }
        example.place(&mut random);
        example.workload.dropped = [(Dropped::NoRunTime, 1234), (Dropped::TooLarge, 5)].into();
        example.sum_up();
        example
    }

    /// Places all jobs in the order of submission, as early as possible; some besteffort jobs are killed once.
    fn place(&mut self, random: &mut Rng) {
        let count = usize::try_from(self.platform.size()).unwrap();
        let mut free = vec![i64::MIN; count];
        for (at, job) in self.workload.jobs.iter().enumerate() {
            let size = usize::try_from(job.size).unwrap();
            let mut queued = job.submit.0;
            let is_killed = job.queue == 1 && random.f64() < 0.2;
            for killed in [true, false].into_iter().skip(usize::from(!is_killed)) {
                let mut sorted = free.clone();
                let start = (*sorted.select_nth_unstable(size - 1).1).max(queued);
                let end = start + if killed { job.run.0 / 2 } else { job.run.0 };
                let mut held = Vec::new();
                for (resource, free) in (1..).zip(&mut free).filter(|(_, free)| **free <= start).take(size) {
                    *free = end;
                    held.push(ResourceId(resource));
                }
                let resources = held.into_iter().collect();
                let (queued_at, start, end) = (Time(queued), Time(start), Time(end));
                self.trace.executions.push(Execution { job: at, queued: queued_at, start, end, resources, killed });
                queued = end.0;
            }
        }
        self.trace.executions.sort_by_key(|execution| execution.start);
    }

    /// Works out the summary.
    pub fn sum_up(&mut self) {
        let outcomes = Outcome::all(&self.workload, &self.trace);
        let sorted = |of: fn(&Outcome<'_>) -> Option<f64>| {
            let mut values: Vec<f64> = outcomes.iter().filter_map(of).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let (waits, slowdowns) = (sorted(|outcome| outcome.wait()), sorted(|outcome| outcome.bounded_slowdown()));
        let span = super::span::Span::of(&self.workload, &self.trace);
        let work = |killed: bool| -> f64 {
            let executions = self.trace.executions.iter().filter(|execution| execution.killed == killed);
            executions.map(|of| super::span::seconds(of.start, of.end) * of.resources.len() as f64).sum()
        };
        let whole = span.seconds() * self.platform.size().max(1) as f64;
        self.summary = Summary {
            policy: self.summary.policy.clone(),
            jobs: self.workload.jobs.len(),
            dropped: self.workload.dropped.clone(),
            never_started: self.trace.left.len(),
            makespan: span.to.0.saturating_sub(span.from.0),
            utilisation: work(false) / whole,
            mean_wait: mean(&waits),
            median_wait: percentile(&waits, 0.5),
            p95_wait: percentile(&waits, 0.95),
            mean_bounded_slowdown: mean(&slowdowns),
            median_bounded_slowdown: percentile(&slowdowns, 0.5),
            p95_bounded_slowdown: percentile(&slowdowns, 0.95),
            kills: self.trace.executions.iter().filter(|execution| execution.killed).count(),
            lost_to_kills: work(true) / whole,
            rounds: self.trace.executions.len() as u64,
            planning_time_mean: 0.0034,
            planning_time_max: 0.21,
        };
    }

    pub fn report(&self) -> Report<'_> {
        Report {
            title: &self.title,
            settings: &self.settings,
            workload: &self.workload,
            trace: &self.trace,
            platform: &self.platform,
            queues: &self.queues,
            summary: &self.summary,
            clock: &self.clock,
        }
    }
}

/// More by day than by night, and less at weekends.
fn submission(random: &mut Rng, days: i64) -> i64 {
    loop {
        let at = random.i64(0..days * DAY);
        let (hour, day) = (at / 3600 % 24, at / DAY % 7);
        let by_day = if (8..19).contains(&hour) { 1.0 } else { 0.25 };
        if random.f64() < by_day * if day >= 5 { 0.4 } else { 1.0 } {
            return MONDAY + at;
        }
    }
}
