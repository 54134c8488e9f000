//! How a figure is spread over the jobs of a group.

use std::collections::BTreeMap;

use super::sizes::SizeClass;
use super::work;
use crate::queues::Queues;
use crate::simulation::{Outcome, percentile};

/// The users that are told of one by one; the others are one group.
pub(super) const USERS_MAX: usize = 20;

/// The spread of a figure over the jobs of a group; all 0 if the group has no job.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Spread {
    pub count: usize,
    pub mean: f64,
    pub p5: f64,
    pub p25: f64,
    pub median: f64,
    pub p75: f64,
    pub p95: f64,
}

impl Spread {
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |share| percentile(&values, share);
        Self {
            count: values.len(),
            mean: mean(&values),
            p5: at(0.05),
            p25: at(0.25),
            median: at(0.5),
            p75: at(0.75),
            p95: at(0.95),
        }
    }
}

/// The mean; 0 without values.
pub(super) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// A group of jobs with the spread of a figure.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    pub name: String,
    /// The processor-seconds that its jobs stand for.
    pub work: f64,
    pub spread: Spread,
}

/// A figure of a job that has ended.
pub(super) type Figure = fn(&Outcome<'_>) -> Option<f64>;

/// The groups of jobs that the size classes make, ascending.
pub(super) fn by_size(outcomes: &[Outcome<'_>], figure: Figure) -> Vec<Group> {
    let groups = grouped(outcomes, figure, |outcome| SizeClass::of(outcome.job.size));
    groups.into_iter().map(|(class, members)| members.group(class.name())).collect()
}

/// The groups of jobs that the queues make: those of high priority first.
pub(super) fn by_queue(outcomes: &[Outcome<'_>], queues: &Queues, figure: Figure) -> Vec<Group> {
    let key = |outcome: &Outcome<'_>| {
        let queue = queues.of(outcome.job.queue);
        (std::cmp::Reverse(queue.priority), queue.name.as_str())
    };
    grouped(outcomes, figure, key).into_iter().map(|((_, name), members)| members.group(name.to_owned())).collect()
}

/// The groups of jobs that the users make, the one with the most work first; those after the first [`USERS_MAX`] together.
pub(super) fn by_user(outcomes: &[Outcome<'_>], figure: Figure) -> Vec<Group> {
    let mut users: Vec<(&str, Members)> =
        grouped(outcomes, figure, |outcome| outcome.job.user.as_str()).into_iter().collect();
    users.sort_by(|(_, a), (_, b)| b.work.total_cmp(&a.work));
    let others = users.split_off(users.len().min(USERS_MAX));
    let mut groups: Vec<Group> = users.into_iter().map(|(user, members)| members.group(user.to_owned())).collect();
    if !others.is_empty() {
        let name = format!("{} others", others.len());
        let together = others.into_iter().fold(Members::default(), |mut together, (_, members)| {
            together.work += members.work;
            together.values.extend(members.values);
            together
        });
        groups.push(together.group(name));
    }
    groups
}

#[derive(Default)]
struct Members {
    work: f64,
    values: Vec<f64>,
}

impl Members {
    fn group(self, name: String) -> Group {
        Group { name, work: self.work, spread: Spread::of(self.values) }
    }
}

fn grouped<'a, K: Ord>(
    outcomes: &'a [Outcome<'a>],
    figure: Figure,
    key: impl Fn(&'a Outcome<'a>) -> K,
) -> BTreeMap<K, Members> {
    let mut groups: BTreeMap<K, Members> = BTreeMap::new();
    for outcome in outcomes {
        let members = groups.entry(key(outcome)).or_default();
        members.work += work(outcome.job);
        members.values.extend(figure(outcome));
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::super::artificial::Example;
    use super::*;

    #[test]
    fn a_spread_does_not_depend_on_the_order() {
        let spread = Spread::of(vec![50.0, 10.0, 40.0, 20.0, 30.0]);
        assert_eq!((spread.count, spread.mean, spread.p25, spread.median, spread.p75), (5, 30.0, 20.0, 30.0, 40.0));
        assert_eq!(Spread::of(Vec::new()), Spread::default());
    }

    #[test]
    fn groups_are_told_with_their_work_and_the_smaller_users_together() {
        let example = Example::by_hand();
        let outcomes = Outcome::all(&example.workload, &example.trace);
        let wait: Figure = |outcome| outcome.wait();
        let told = |groups: Vec<Group>| -> Vec<(String, f64, usize, f64)> {
            groups.into_iter().map(|group| (group.name, group.work, group.spread.count, group.spread.mean)).collect()
        };
        let expected = [("eve", 400.0, 1, 30.0), ("bob", 300.0, 1, 240.0), ("ada", 290.0, 1, 0.0)];
        assert_eq!(told(by_user(&outcomes, wait)), expected.map(|(name, a, b, c)| (name.to_owned(), a, b, c)));
        let expected = [("default", 690.0, 2, 15.0), ("besteffort", 300.0, 1, 240.0)];
        let by_queue = told(by_queue(&outcomes, &example.queues, wait));
        assert_eq!(by_queue, expected.map(|(name, a, b, c)| (name.to_owned(), a, b, c)));
        let expected = [("2-4", 900.0, 3, 90.0), ("9-16", 90.0, 0, 0.0)];
        assert_eq!(told(by_size(&outcomes, wait)), expected.map(|(name, a, b, c)| (name.to_owned(), a, b, c)));

        let mut many = Example::empty(4, 2, 1);
        for user in 0..25 {
            many.submit(&format!("user {user:02}"), 0, 0, 1000 - user, 1);
            many.hold(usize::try_from(user).unwrap(), (0, user, user + 10), "1", false);
        }
        let groups = by_user(&Outcome::all(&many.workload, &many.trace), wait);
        assert_eq!((groups.len(), groups[19].name.as_str(), groups[20].name.as_str()), (21, "user 19", "5 others"));
        // The users 20 to 24 waited 20 to 24 seconds.
        assert_eq!((groups[20].spread.count, groups[20].spread.median), (5, 22.0));
    }
}
