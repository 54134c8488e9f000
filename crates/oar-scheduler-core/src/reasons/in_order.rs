//! The holds of a round, to be asked which of them touch a window.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::bits::{self, Stretch};
use crate::gantt::Hold;
use crate::units::{JobId, Time};

/// The numbers of the holds, sorted. Those that end first have the lowest ranks.
pub(super) struct InOrder {
    /// By rank.
    numbers: Vec<usize>,
    begins: Vec<Time>,
    ends: Vec<Time>,
    /// By number.
    ranks: Vec<usize>,
    /// All ranks, as a set.
    all: Vec<u64>,
    /// By begin: begin, and the rank.
    by_begin: Vec<(Time, usize)>,
    /// Those of container jobs, as they arrived.
    containers: Vec<usize>,
    /// Whether some job holds twice.
    pub has_twins: bool,
}

/// Holds that touch a window.
#[derive(Debug, Clone)]
pub(super) struct Meant {
    /// Those that end in some time.
    ranks: Range<usize>,
    /// They begin by then.
    begin: Time,
}

impl InOrder {
    pub fn new(holds: &[Hold]) -> Self {
        let mut by_end: Vec<(Time, JobId, usize)> =
            holds.iter().zip(0..).map(|(hold, number)| (hold.end, hold.job.id, number)).collect();
        by_end.sort_unstable();
        let numbers: Vec<usize> = by_end.iter().map(|(_, _, number)| *number).collect();
        let mut ranks = vec![0; numbers.len()];
        for (rank, number) in numbers.iter().enumerate() {
            ranks.get_mut(*number).into_iter().for_each(|known| *known = rank);
        }
        let begins: Vec<Time> = numbers.iter().filter_map(|number| holds.get(*number)).map(|hold| hold.begin).collect();
        let mut by_begin: Vec<_> = begins.iter().copied().zip(0..).collect();
        by_begin.sort_unstable();
        let jobs: BTreeSet<JobId> = by_end.iter().map(|(_, job, _)| *job).collect();
        let containers = holds.iter().enumerate().filter(|(_, hold)| hold.job.has_type("container"));
        let all = bits::set(std::iter::once(0..number_of(numbers.len())), bits::words(number_of(numbers.len())));
        Self {
            begins,
            ends: by_end.iter().map(|(end, ..)| *end).collect(),
            numbers,
            ranks,
            all,
            by_begin,
            containers: containers.map(|(number, _)| number).collect(),
            has_twins: jobs.len() < holds.len(),
        }
    }

    /// Those of container jobs, as they arrived.
    pub fn containers(&self) -> &[usize] {
        &self.containers
    }

    /// The number of the hold with this rank.
    pub fn number(&self, rank: usize) -> Option<usize> {
        self.numbers.get(rank).copied()
    }

    /// All numbers, by rank.
    pub fn numbers(&self) -> &[usize] {
        &self.numbers
    }

    /// All ranks, as a set.
    pub fn all(&self) -> &[u64] {
        &self.all
    }

    /// The ranks of some holds, as a set.
    pub fn set(&self, numbers: impl IntoIterator<Item = usize>) -> Vec<u64> {
        let mut set = vec![0; self.all.len()];
        self.add(&mut set, numbers);
        set
    }

    /// Adds some holds to a set of ranks.
    pub fn add(&self, set: &mut [u64], numbers: impl IntoIterator<Item = usize>) {
        numbers.into_iter().filter_map(|number| self.ranks.get(number)).for_each(|rank| bits::add(set, *rank));
    }

    /// Those that end in `[at, last]` and begin by `begin`.
    pub fn meant(&self, at: Time, last: Time, begin: Time) -> Meant {
        let first = self.ends.partition_point(|end| *end < at);
        let behind = self.ends.partition_point(|end| *end <= last);
        Meant { ranks: first..behind.max(first), begin }
    }

    /// The ranks of the holds of a set that are meant, those that end last first.
    pub fn ranks<'s>(&'s self, set: &'s [u64], meant: &Meant) -> impl Iterator<Item = usize> + use<'s> {
        let Meant { ranks, begin } = meant.clone();
        let begun = self.by_begin.partition_point(|(known, _)| *known <= begin);
        // By end, unless only few have begun: then those.
        let (ranks, begun) = if ranks.len() <= 8 * begun {
            (ranks, Vec::new())
        } else {
            let begun = self.by_begin.get(..begun).unwrap_or_default().iter().map(|(_, rank)| *rank);
            let mut begun: Vec<usize> = begun.filter(|rank| ranks.contains(rank) && bits::has(set, *rank)).collect();
            begun.sort_unstable();
            (0..0, begun)
        };
        let by_end = Stretch::new(&(number_of(ranks.start)..number_of(ranks.end))).backwards(set);
        by_end.filter(move |rank| self.has_begun(*rank, begin)).chain(begun.into_iter().rev())
    }

    /// Whether the hold with this rank is of a set, and meant.
    pub fn is_meant(&self, rank: usize, set: &[u64], meant: &Meant) -> bool {
        meant.ranks.contains(&rank) && bits::has(set, rank) && self.has_begun(rank, meant.begin)
    }

    fn has_begun(&self, rank: usize, at: Time) -> bool {
        self.begins.get(rank).is_some_and(|begin| *begin <= at)
    }
}

fn number_of(rank: usize) -> u32 {
    u32::try_from(rank).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;
    use crate::job::Job;

    #[test]
    fn the_holds_that_are_meant_are_found_by_end_and_by_begin() {
        let mut random = Rng::with_seed(41);
        for _ in 0..2_000 {
            let number = random.usize(0..300);
            let latest = random.i64(1..200);
            let drawn = |job: i64| {
                let (begin, end) = (Time(random.i64(0..200)), Time(random.i64(0..=latest)));
                Hold::of_nothing(Job { id: JobId(job), ..Job::default() }, begin, end)
            };
            let holds: Vec<Hold> = (0..300).take(number).map(drawn).collect();
            let in_order = InOrder::new(&holds);
            let some: Vec<usize> = (0..holds.len()).filter(|_| random.u8(0..3) > 0).collect();
            let set = in_order.set(some.iter().copied());
            let at = Time(random.i64(-20..220));
            let (last, begin) = (Time(random.i64(-20..220)), Time(random.i64(-20..220)));
            let mut expected: Vec<(Time, JobId, usize)> =
                some.iter().map(|number| (holds[*number].end, holds[*number].job.id, *number)).collect();
            expected.retain(|(end, _, number)| (at..=last).contains(end) && holds[*number].begin <= begin);
            expected.sort_unstable();
            expected.reverse();
            let expected: Vec<usize> = expected.into_iter().map(|(_, _, number)| number).collect();
            let meant = in_order.meant(at, last, begin);
            let numbers =
                |ranks: Vec<usize>| ranks.into_iter().map(|rank| in_order.numbers()[rank]).collect::<Vec<_>>();
            assert_eq!(numbers(in_order.ranks(&set, &meant).collect()), expected);
            let ranks = (0..holds.len()).rev().filter(|rank| in_order.is_meant(*rank, &set, &meant));
            assert_eq!(numbers(ranks.collect()), expected);
            assert_eq!(
                in_order.ranks(in_order.all(), &in_order.meant(Time(-1), Time(400), Time(400))).count(),
                holds.len()
            );
        }
    }
}
