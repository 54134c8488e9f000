//! The holds of a round, to be asked which of them touch a window.

use std::collections::BTreeSet;

use crate::gantt::Hold;
use crate::units::{JobId, Time};

/// The numbers of the holds, sorted. Those that end first have the lowest ranks.
pub(super) struct InOrder {
    by_end: Vec<Numbered>,
    /// By begin: begin, and the rank by end.
    by_begin: Vec<(Time, usize)>,
    /// Those of container jobs, as they arrived.
    containers: Vec<usize>,
    /// Whether some job holds twice.
    pub has_twins: bool,
}

/// Some of the holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meant {
    /// They end in `[at, last]`.
    pub at: Time,
    pub last: Time,
    /// They begin by then.
    pub begin: Time,
    /// They are among the first so many of the list.
    pub before: usize,
}

/// A hold; in the order of the ends, then of the jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Numbered {
    end: Time,
    job: JobId,
    number: usize,
    begin: Time,
}

impl InOrder {
    pub fn new(holds: &[Hold]) -> Self {
        let numbered = holds.iter().enumerate();
        let of =
            |(number, hold): (usize, &Hold)| Numbered { end: hold.end, job: hold.job.id, number, begin: hold.begin };
        let mut by_end: Vec<Numbered> = numbered.map(of).collect();
        by_end.sort_unstable();
        let mut by_begin: Vec<_> = by_end.iter().map(|hold| hold.begin).zip(0..).collect();
        by_begin.sort_unstable();
        let jobs: BTreeSet<JobId> = by_end.iter().map(|hold| hold.job).collect();
        let numbered = holds.iter().enumerate();
        let containers =
            numbered.filter(|(_, hold)| hold.job.has_type("container")).map(|(number, _)| number).collect();
        Self { has_twins: jobs.len() < by_end.len(), by_end, by_begin, containers }
    }

    /// Those of container jobs, as they arrived.
    pub fn containers(&self) -> &[usize] {
        &self.containers
    }

    /// The number of the hold with this rank.
    pub fn number(&self, rank: usize) -> Option<usize> {
        self.by_end.get(rank).map(|hold| hold.number)
    }

    /// All numbers, by rank.
    pub fn numbers(&self) -> impl Iterator<Item = usize> {
        self.by_end.iter().map(|hold| hold.number)
    }

    /// The ranks of the holds that are meant, those that end last first.
    pub fn ranks(&self, meant: Meant) -> impl Iterator<Item = usize> {
        let by_end = self.by_end.partition_point(|hold| hold.end < meant.at)
            ..self.by_end.partition_point(|hold| hold.end <= meant.last);
        let begun = self.by_begin.partition_point(|(known, _)| *known <= meant.begin);
        // By end, unless only few have begun: then those.
        let (by_end, begun) = if by_end.len() <= 8 * begun {
            (by_end, Vec::new())
        } else {
            let begun = self.by_begin.get(..begun).unwrap_or_default().iter().map(|(_, rank)| *rank);
            let mut begun: Vec<usize> = begun.filter(|rank| by_end.contains(rank)).collect();
            begun.sort_unstable();
            (0..0, begun)
        };
        by_end.rev().chain(begun.into_iter().rev()).filter(move |rank| self.is_meant(*rank, meant))
    }

    /// Whether the hold with this rank is meant.
    pub fn is_meant(&self, rank: usize, meant: Meant) -> bool {
        self.by_end.get(rank).is_some_and(|hold| {
            hold.number < meant.before && hold.begin <= meant.begin && (meant.at..=meant.last).contains(&hold.end)
        })
    }
}
