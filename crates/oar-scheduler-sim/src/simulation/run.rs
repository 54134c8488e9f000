//! From event to event.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::time::Duration;

use oar_scheduler_core::{ProcSet, Time};

use super::check;
use super::policy::{Decision, Event, Policy, Start};
use super::trace::{Execution, Left, Trace};
use crate::platform::Platform;
use crate::workload::{Job, Workload};

/// Who looks on while a simulation runs.
pub(crate) trait Watch {
    /// The CPU time used so far, by which planning is measured.
    fn cpu_time(&self) -> Duration;

    /// So many jobs have ended.
    fn progress(&mut self, ended: usize);
}

/// Runs a workload. At one instant submissions come first, then ends, then starts; ends of one instant come in the order in which their jobs started.
///
/// # Errors
/// When the policy cannot decide, or does what no scheduler may do: the simulation checks itself.
pub(crate) fn run(
    workload: &Workload,
    platform: &Platform,
    policy: &mut dyn Policy,
    watch: &mut dyn Watch,
) -> Result<Trace, String> {
    let mut simulation = Simulation {
        jobs: &workload.jobs,
        submitted: 0,
        waiting: BTreeMap::new(),
        running: HashMap::new(),
        ends: BinaryHeap::new(),
        free: platform.resources.default.clone(),
        wake: None,
        ended: 0,
        trace: Trace::default(),
    };
    while let Some(now) = simulation.next_instant() {
        simulation.instant(now, policy, watch)?;
        watch.progress(simulation.ended);
    }
    let mut trace = simulation.trace;
    trace.left = simulation.waiting.into_iter().map(|(job, queued)| Left { job, queued }).collect();
    check::check(workload, platform, &trace)?;
    Ok(trace)
}

struct Simulation<'a> {
    jobs: &'a [Job],
    /// How many jobs were submitted so far.
    submitted: usize,
    /// Since when each waiting job waits.
    waiting: BTreeMap<usize, Time>,
    /// The execution of each running job.
    running: HashMap<usize, usize>,
    /// When which execution will end by itself, unless it is killed before.
    ends: BinaryHeap<Reverse<(Time, usize)>>,
    /// What nobody holds.
    free: ProcSet,
    wake: Option<Time>,
    ended: usize,
    trace: Trace,
}

impl Simulation<'_> {
    fn next_instant(&self) -> Option<Time> {
        let submission = self.jobs.get(self.submitted).map(|job| job.submit);
        let end = self.ends.peek().map(|Reverse((end, _))| *end);
        [submission, end, self.wake].into_iter().flatten().min()
    }

    fn instant(&mut self, now: Time, policy: &mut dyn Policy, watch: &dyn Watch) -> Result<(), String> {
        self.wake = self.wake.filter(|wake| *wake > now);
        let ending = self.end_until(now);
        let each = policy.decides_after_each_event();
        while self.jobs.get(self.submitted).is_some_and(|job| job.submit <= now) {
            let job = self.submitted;
            self.submitted += 1;
            self.waiting.insert(job, now);
            policy.submitted(job, now);
            if each {
                self.decide(now, Event::Submission(job), policy, watch)?;
            }
        }
        for job in ending {
            self.ended += 1;
            policy.ended(job);
            if each {
                self.decide(now, Event::End, policy, watch)?;
            }
        }
        if !each {
            // What a killed job leaves over may be of use to others; and who moved up has not been looked at yet.
            while self.decide(now, Event::Instant, policy, watch)? {}
        }
        Ok(())
    }

    /// Lets the policy decide, and tells whether it must decide again at once.
    fn decide(&mut self, now: Time, event: Event, policy: &mut dyn Policy, watch: &dyn Watch) -> Result<bool, String> {
        let before = watch.cpu_time();
        let decision = policy.decide(now, event)?;
        self.trace.rounds.add(watch.cpu_time().saturating_sub(before));
        let Decision { kills, starts, wake, again } = decision;
        self.wake = wake;
        for &job in &kills {
            self.kill(job, now)?;
        }
        for start in starts {
            self.start(start, now)?;
        }
        for &job in &kills {
            policy.submitted(job, now);
        }
        Ok(again || !kills.is_empty())
    }

    fn job(&self, job: usize) -> Result<&Job, String> {
        self.jobs.get(job).ok_or_else(|| format!("the policy speaks of job {job}, which does not exist"))
    }

    fn start(&mut self, Start { job, resources }: Start, now: Time) -> Result<(), String> {
        let Job { number, run, size, .. } = *self.job(job)?;
        let queued =
            self.waiting.remove(&job).ok_or_else(|| format!("job {number} starts at {now} without waiting"))?;
        // Who chooses resources may know of better units than processors.
        let least = if resources.is_some() { 1 } else { u64::from(size) };
        let resources = resources.unwrap_or_else(|| lowest(&self.free, size));
        let taken = resources.difference(&self.free);
        if !taken.is_empty() {
            return Err(format!("job {number} starts at {now} on {resources}, of which {taken} are not free"));
        }
        if resources.len() < least {
            let found = resources.len();
            return Err(format!("job {number} of {size} processors starts at {now} on {found} resources"));
        }
        self.free = self.free.difference(&resources);
        let (execution, end) = (self.trace.executions.len(), now + run);
        self.running.insert(job, execution);
        self.ends.push(Reverse((end, execution)));
        self.trace.executions.push(Execution { job, queued, start: now, end, resources, killed: false });
        Ok(())
    }

    /// Ends what ends by itself until now: its resources are free from now on, before the policy is told. Returns the jobs in the order of their ends, and of
    /// one instant in that of their starts.
    fn end_until(&mut self, now: Time) -> Vec<usize> {
        let mut ended = Vec::new();
        while let Some(Reverse((_, execution))) = self.ends.peek().copied().filter(|Reverse((end, _))| *end <= now) {
            self.ends.pop();
            // A killed one has ended before.
            if let Some(execution) = self.trace.executions.get(execution).filter(|execution| !execution.killed) {
                self.free = self.free.union(&execution.resources);
                self.running.remove(&execution.job);
                ended.push(execution.job);
            }
        }
        ended
    }

    fn kill(&mut self, job: usize, now: Time) -> Result<(), String> {
        let number = self.job(job)?.number;
        let execution = self.running.remove(&job).and_then(|execution| self.trace.executions.get_mut(execution));
        let execution = execution.ok_or_else(|| format!("job {number} is killed at {now} without running"))?;
        execution.end = now;
        execution.killed = true;
        self.free = self.free.union(&execution.resources);
        self.waiting.insert(job, now);
        Ok(())
    }
}

/// The lowest resources of a set, as many as there are or asked for.
fn lowest(set: &ProcSet, count: u32) -> ProcSet {
    let mut missing = count;
    ProcSet::from_ranges(set.ranges().map_while(|range| {
        let (first, last) = range.into_inner();
        let taken = missing.min((last - first).saturating_add(1));
        missing -= taken;
        (taken > 0).then(|| first..=first + (taken - 1))
    }))
}

impl super::trace::Rounds {
    fn add(&mut self, time: Duration) {
        self.count += 1;
        self.total += time;
        self.longest = self.longest.max(time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_resources_are_taken() {
        let set: ProcSet = "3-4 8 10-19".parse().unwrap();
        for (count, expected) in [(0, ""), (1, "3"), (3, "3-4 8"), (5, "3-4 8 10-11"), (99, "3-4 8 10-19")] {
            assert_eq!(lowest(&set, count).to_string(), expected);
        }
    }
}
