//! What the parts of a round cost (`--trace`).

use std::cell::RefCell;
use std::time::{Duration, Instant};

use oar_scheduler_core::{
    AssignRequest, BeforeGroup, FindRequest, HookError, Hooks, JobId, Placement, PluginCall, Preparation, ProcSet,
    SortRequest,
};
use rustix::time::{ClockId, clock_gettime};

/// How many of the most expensive jobs are told of.
const JOBS_MAX: usize = 20;

/// The phases of a round so far.
#[derive(Debug)]
pub(super) struct Trace {
    /// When the last one ended.
    last: Mark,
    phases: Vec<Phase>,
    jobs: Vec<JobCost>,
}

/// What it cost to place a job, or to find that it has no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct JobCost {
    job: JobId,
    time: Duration,
    /// On how many windows its requests were matched.
    candidates: u64,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    time: Instant,
    cpu: Duration,
    statements: u64,
}

#[derive(Debug)]
struct Phase {
    name: &'static str,
    time: Duration,
    cpu: Duration,
    statements: u64,
}

impl Mark {
    fn now(statements: u64) -> Self {
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        Self { time: Instant::now(), cpu: Duration::try_from(cpu).unwrap_or_default(), statements }
    }
}

impl Trace {
    /// `statements`: how many have been run so far.
    pub fn new(statements: u64) -> Self {
        Self { last: Mark::now(statements), phases: Vec::new(), jobs: Vec::new() }
    }

    /// Ends a phase. Those of one name are added up.
    pub fn end(&mut self, name: &'static str, statements: u64) {
        let (last, now) = (self.last, Mark::now(statements));
        self.last = now;
        let cost = Phase {
            name,
            time: now.time.duration_since(last.time),
            cpu: now.cpu.saturating_sub(last.cpu),
            statements: now.statements.saturating_sub(last.statements),
        };
        match self.phases.iter_mut().find(|phase| phase.name == name) {
            Some(phase) => phase.add(&cost),
            None => self.phases.push(cost),
        }
    }

    /// Adds the jobs of a round.
    pub fn add(&mut self, jobs: Timed<'_>) {
        self.jobs.extend(jobs.handled.into_inner().jobs);
    }

    /// A line for each phase, one for all, and one for each of the most expensive jobs.
    pub fn lines(&self) -> Vec<String> {
        let mut all = Phase { name: "all", time: Duration::ZERO, cpu: Duration::ZERO, statements: 0 };
        for phase in &self.phases {
            all.add(phase);
        }
        let mut jobs = self.jobs.clone();
        jobs.sort_by_key(|cost| std::cmp::Reverse(cost.time));
        let rest = jobs.len().saturating_sub(JOBS_MAX);
        let rest = (rest > 0).then(|| format!("and {rest} jobs that cost less"));
        let phases = self.phases.iter().chain([&all]).map(Phase::line);
        phases.chain(jobs.iter().take(JOBS_MAX).map(JobCost::line)).chain(rest).collect()
    }
}

impl JobCost {
    fn line(&self) -> String {
        let Self { job, time, candidates } = self;
        format!("{:<24}{:>9.3} ms{candidates:>7} windows", format!("job {job}"), time.as_secs_f64() * 1000.0)
    }
}

/// The plugins of a site, and a note of when each job has been handled.
pub(super) struct Timed<'p> {
    plugins: &'p dyn Hooks,
    handled: RefCell<Handled>,
}

#[derive(Debug)]
struct Handled {
    last: Instant,
    candidates: u64,
    jobs: Vec<JobCost>,
}

impl<'p> Timed<'p> {
    pub fn new(plugins: &'p dyn Hooks) -> Self {
        let handled = Handled { last: Instant::now(), candidates: 0, jobs: Vec::new() };
        Self { plugins, handled: RefCell::new(handled) }
    }
}

impl Hooks for Timed<'_> {
    fn sort(&self, request: &SortRequest<'_>) -> Result<Vec<JobId>, HookError> {
        self.plugins.sort(request)
    }

    fn find(&self, call: &PluginCall, request: &FindRequest<'_>) -> Result<ProcSet, HookError> {
        self.plugins.find(call, request)
    }

    fn assign(&self, call: &PluginCall, request: &mut AssignRequest<'_>) -> Result<Option<Placement>, HookError> {
        self.plugins.assign(call, request)
    }

    fn before_group(&self, request: &BeforeGroup<'_>) -> Result<Preparation, HookError> {
        self.plugins.before_group(request)
    }

    fn handled(&self, job: JobId, candidates: u64) {
        let (now, mut handled) = (Instant::now(), self.handled.borrow_mut());
        let (time, count) = (now.duration_since(handled.last), candidates.saturating_sub(handled.candidates));
        handled.jobs.push(JobCost { job, time, candidates: count });
        (handled.last, handled.candidates) = (now, candidates);
    }
}

impl Phase {
    fn add(&mut self, other: &Self) {
        self.time += other.time;
        self.cpu += other.cpu;
        self.statements += other.statements;
    }

    fn line(&self) -> String {
        let [time, cpu] = [self.time, self.cpu].map(|duration| duration.as_secs_f64() * 1000.0);
        format!("{:<24}{time:>9.1} ms{cpu:>9.1} ms of CPU{:>5} statements", self.name, self.statements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_of_one_name_are_added_up() {
        let mut trace = Trace::new(7);
        for (name, statements) in [("reading", 10), ("deciding", 10), ("reading", 15)] {
            trace.end(name, statements);
        }
        let counts = trace
            .lines()
            .iter()
            .map(|line| line.split_whitespace().rev().nth(1).unwrap_or_default().to_owned())
            .collect::<Vec<_>>();
        assert_eq!(counts, ["8", "0", "8"]);
        assert!(trace.lines()[0].starts_with("reading "));
    }

    #[test]
    fn the_most_expensive_jobs_are_told_of() {
        let mut trace = Trace::new(0);
        let plugins = oar_scheduler_core::NoHooks;
        let timed = Timed::new(&plugins);
        for job in 1..=25 {
            timed.handled(JobId(job), job as u64 * 10);
        }
        trace.add(timed);
        let lines = trace.lines();
        assert_eq!(lines.len(), 1 + JOBS_MAX + 1);
        assert!(lines[1].starts_with("job ") && lines[1].ends_with(" 10 windows"), "{lines:?}");
        assert_eq!(lines.last().map(String::as_str), Some("and 5 jobs that cost less"));
    }
}
