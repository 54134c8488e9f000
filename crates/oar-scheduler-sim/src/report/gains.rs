//! Who waits longer, and who less: several simulations of one workload compared.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::sizes::SizeClass;
use super::work;
use crate::simulation::Outcome;
use crate::simulation::Trace;
use crate::workload::{Job, Workload};

/// A simulation with its name. The workloads may differ in which jobs were left out: jobs are the same if their numbers are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compared<'a> {
    pub name: &'a str,
    pub workload: &'a Workload,
    pub trace: &'a Trace,
}

/// Mean waiting times by groups of jobs, under each simulation. Only jobs that ended under all of them count.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Gains {
    /// The names of the simulations.
    pub names: Vec<String>,
    /// How many jobs are compared.
    pub jobs: usize,
    /// How many jobs are not, because they are missing, or did not end, under one of them.
    pub left_out: usize,
    /// The one with the most work first.
    pub users: Vec<Gain>,
    /// The smallest first. The name of a group is the range of its sizes, in processors.
    pub sizes: Vec<Gain>,
    /// By the number that the log gives; `none` for jobs without a queue.
    pub queues: Vec<Gain>,
}

/// A group of jobs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Gain {
    pub group: String,
    /// How many jobs of it are compared.
    pub jobs: usize,
    /// Their processor-seconds.
    pub work: f64,
    /// In seconds, under each simulation.
    pub mean_waits: Vec<f64>,
    /// The same less that of the first simulation: who waits less has a negative one.
    pub differences: Vec<f64>,
}

/// Writes a line a group of jobs, under a line of column names: the kind of group, its name, its jobs and processor-seconds, then for each simulation the mean
/// wait and its difference to the first.
///
/// # Errors
/// When the writer fails.
pub(crate) fn gains_table(gains: &Gains, writer: impl std::io::Write) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(writer);
    let of_each = gains.names.iter().flat_map(|name| [format!("mean_wait {name}"), format!("difference {name}")]);
    writer.write_record(["kind", "group", "jobs", "work"].map(str::to_owned).into_iter().chain(of_each))?;
    for (kind, groups) in [("user", &gains.users), ("processors", &gains.sizes), ("queue", &gains.queues)] {
        for gain in groups {
            let facts = [kind.to_owned(), gain.group.clone(), gain.jobs.to_string(), gain.work.to_string()];
            let of_each = gain.mean_waits.iter().zip(&gain.differences);
            let of_each = of_each.flat_map(|(wait, difference)| [wait.to_string(), difference.to_string()]);
            writer.write_record(facts.into_iter().chain(of_each))?;
        }
    }
    writer.flush()?;
    Ok(())
}

/// Compares simulations with the first one.
pub(crate) fn gains(compared: &[Compared<'_>]) -> Gains {
    let waits: Vec<BTreeMap<i64, f64>> = compared.iter().map(waits).collect();
    let numbers = compared.iter().flat_map(|one| one.workload.jobs.iter().map(|job| job.number));
    let known: BTreeSet<i64> = numbers.collect();
    let first = compared.first().map(|first| first.workload.jobs.as_slice()).unwrap_or_default();
    let in_all = |job: &Job| waits.iter().map(|waits| waits.get(&job.number).copied()).collect::<Option<Vec<f64>>>();
    let jobs: Vec<(&Job, Vec<f64>)> = first.iter().filter_map(|job| Some((job, in_all(job)?))).collect();
    let mut users: Vec<Gain> = grouped(&jobs, |job| job.user.as_str(), ToString::to_string);
    users.sort_by(|a, b| b.work.total_cmp(&a.work));
    let queue = |number: &i64| if *number < 0 { "none".to_owned() } else { number.to_string() };
    Gains {
        names: compared.iter().map(|one| one.name.to_owned()).collect(),
        jobs: jobs.len(),
        left_out: known.len().saturating_sub(jobs.len()),
        users,
        sizes: grouped(&jobs, |job| SizeClass::of(job.size), |class| class.name()),
        queues: grouped(&jobs, |job| job.queue, queue),
    }
}

/// The waiting times of the jobs that ended, by number.
fn waits(compared: &Compared<'_>) -> BTreeMap<i64, f64> {
    let outcomes = Outcome::all(compared.workload, compared.trace);
    outcomes.iter().filter_map(|outcome| Some((outcome.job.number, outcome.wait()?))).collect()
}

fn grouped<'a, K: Ord>(
    jobs: &'a [(&'a Job, Vec<f64>)],
    key: impl Fn(&'a Job) -> K,
    name: impl Fn(&K) -> String,
) -> Vec<Gain> {
    let mut groups: BTreeMap<K, Vec<&(&Job, Vec<f64>)>> = BTreeMap::new();
    for entry in jobs {
        groups.entry(key(entry.0)).or_default().push(entry);
    }
    groups.into_iter().map(|(key, members)| Gain::of(name(&key), &members)).collect()
}

impl Gain {
    fn of(group: String, members: &[&(&Job, Vec<f64>)]) -> Self {
        let mut sums: Vec<f64> = Vec::new();
        for (_, waits) in members {
            sums.resize(waits.len(), 0.0);
            sums.iter_mut().zip(waits).for_each(|(sum, wait)| *sum += wait);
        }
        let mean_waits = sums.iter().map(|sum| sum / members.len().max(1) as f64).collect();
        Self::new(group, members.len(), members.iter().map(|(job, _)| work(job)).sum(), mean_waits)
    }

    fn new(group: String, jobs: usize, work: f64, mean_waits: Vec<f64>) -> Self {
        let first = mean_waits.first().copied().unwrap_or_default();
        let differences = mean_waits.iter().map(|wait| wait - first).collect();
        Self { group, jobs, work, mean_waits, differences }
    }

    /// Several groups as one.
    pub(super) fn together(group: String, gains: &[Self]) -> Self {
        let jobs: usize = gains.iter().map(|gain| gain.jobs).sum();
        let simulations = gains.first().map_or(0, |gain| gain.mean_waits.len());
        let sum = |at: usize| -> f64 {
            gains.iter().map(|gain| gain.mean_waits.get(at).copied().unwrap_or_default() * gain.jobs as f64).sum()
        };
        let mean_waits = (0..simulations).map(|at| sum(at) / jobs.max(1) as f64).collect();
        Self::new(group, jobs, gains.iter().map(|gain| gain.work).sum(), mean_waits)
    }
}

#[cfg(test)]
mod tests {
    use super::super::artificial::Example;
    use super::*;

    #[test]
    fn groups_gain_and_lose_against_the_first_simulation() {
        let example = Example::by_hand();
        let mut later = example.trace.clone();
        // Job 1 starts 60 seconds later, the second execution of job 2 ends as before.
        later.executions[0].start.0 += 60;
        let mut without_third = example.workload.clone();
        without_third.jobs[2].number = 99;
        let compared = [
            Compared { name: "before", workload: &example.workload, trace: &example.trace },
            Compared { name: "after", workload: &without_third, trace: &later },
        ];
        let gains = gains(&compared);
        // Jobs 1 and 2; job 3 is missing after, 99 before, and job 4 never starts.
        assert_eq!((gains.jobs, gains.left_out), (2, 3));
        let of = |gains: &[Gain], group: &str| gains.iter().find(|gain| gain.group == group).unwrap().clone();
        let ada = of(&gains.users, "ada");
        assert_eq!((ada.jobs, ada.mean_waits, ada.differences), (1, vec![0.0, 60.0], vec![0.0, 60.0]));
        let small = of(&gains.sizes, "2-4");
        assert_eq!((small.jobs, small.mean_waits, small.differences), (2, vec![120.0, 150.0], vec![0.0, 30.0]));
        assert_eq!(gains.queues.iter().map(|gain| gain.group.as_str()).collect::<Vec<_>>(), ["0", "1"]);
    }

    #[test]
    fn several_groups_are_one_weighed_by_their_jobs() {
        let gain = |jobs, waits: [f64; 2]| Gain::new(String::new(), jobs, 1.0, waits.to_vec());
        let together = Gain::together("all".to_owned(), &[gain(1, [10.0, 40.0]), gain(3, [50.0, 0.0])]);
        assert_eq!((together.jobs, together.mean_waits, together.differences), (4, vec![40.0, 10.0], vec![0.0, -30.0]));
    }

    #[test]
    fn nothing_compared_is_nothing() {
        let none = gains(&[]);
        assert_eq!((none.jobs, none.left_out, none.users.len()), (0, 0, 0));
    }
}
