//! How two plans of a round differ.

use std::collections::{BTreeMap, BTreeSet};

use oar_scheduler_core::{Assignment, JobId, Plan, Time};
use serde::Serialize;

use super::Key;
use crate::input::NamedPlan;

/// A way in which the second plan treats a job otherwise than the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Change {
    /// It starts earlier.
    Earlier,
    /// It starts later.
    Later,
    /// It has other resources.
    Elsewhere,
    /// It runs as another of its alternatives.
    OtherAlternative,
    /// It has the same alternative with another walltime.
    OtherWalltime,
    /// It has a place now.
    NewlyPlaced,
    /// It has lost its place.
    NoLongerPlaced,
    /// Its reservation is refused with another proposal.
    OtherProposal,
    /// Only the first plan knows it.
    OnlyInA,
    /// Only the second plan knows it.
    OnlyInB,
}

impl Change {
    pub const ALL: [Self; 10] = [
        Self::Earlier,
        Self::Later,
        Self::Elsewhere,
        Self::OtherAlternative,
        Self::OtherWalltime,
        Self::NewlyPlaced,
        Self::NoLongerPlaced,
        Self::OtherProposal,
        Self::OnlyInA,
        Self::OnlyInB,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Earlier => "earlier",
            Self::Later => "later",
            Self::Elsewhere => "elsewhere",
            Self::OtherAlternative => "with another alternative",
            Self::OtherWalltime => "with another walltime",
            Self::NewlyPlaced => "newly placed",
            Self::NoLongerPlaced => "no longer placed",
            Self::OtherProposal => "refused with another proposal",
            Self::OnlyInA => "only in the first",
            Self::OnlyInB => "only in the second",
        }
    }
}

/// What a plan says of a job: its place, or that it has none, and perhaps when it could start.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Outcome<'a> {
    Placed(&'a Assignment),
    NotPlaced {
        #[serde(skip_serializing_if = "Option::is_none")]
        could_start_at: Option<Time>,
    },
}

/// A job that the plans treat differently.
#[derive(Debug, Serialize)]
pub(super) struct JobDifference<'a> {
    pub job: JobId,
    pub changes: Vec<Change>,
    /// `None`: the plan does not know the job.
    pub a: Option<Outcome<'a>>,
    pub b: Option<Outcome<'a>>,
}

/// Two plans of a round compared; one of them may be missing.
#[derive(Debug)]
pub(super) struct Comparison<'a> {
    pub key: Key,
    pub a: Option<&'a Plan>,
    pub b: Option<&'a Plan>,
    pub same_jobs: usize,
    pub different_jobs: Vec<JobDifference<'a>>,
}

impl<'a> Comparison<'a> {
    pub fn of(key: Key, a: Option<&'a NamedPlan>, b: Option<&'a NamedPlan>) -> Self {
        let (a, b) = (a.map(|named| &named.plan), b.map(|named| &named.plan));
        let mut comparison = Self { key, a, b, same_jobs: 0, different_jobs: Vec::new() };
        let (Some(a), Some(b)) = (a, b) else { return comparison };
        let (a, b) = (outcomes(a), outcomes(b));
        let jobs: BTreeSet<JobId> = a.keys().chain(b.keys()).copied().collect();
        for job in jobs {
            let (a, b) = (a.get(&job).copied(), b.get(&job).copied());
            let changes = changes(a, b);
            if changes.is_empty() {
                comparison.same_jobs += 1;
            } else {
                comparison.different_jobs.push(JobDifference { job, changes, a, b });
            }
        }
        comparison
    }

    pub fn is_same(&self) -> bool {
        self.a.is_some() && self.b.is_some() && self.different_jobs.is_empty()
    }

    /// The times of the two rounds, if they are not the same.
    pub fn times(&self) -> Option<(Time, Time)> {
        self.a.zip(self.b).map(|(a, b)| (a.now, b.now)).filter(|(a, b)| a != b)
    }
}

/// The rounds of both files, those of the first in its order, then those that only the second has.
pub(super) fn pairs<'a>(a: &'a [(Key, NamedPlan)], b: &'a [(Key, NamedPlan)]) -> Vec<Comparison<'a>> {
    let in_a: BTreeSet<&Key> = a.iter().map(|(key, _)| key).collect();
    let by_key: BTreeMap<&Key, &NamedPlan> = b.iter().map(|(key, plan)| (key, plan)).collect();
    let of_a = a.iter().map(|(key, plan)| Comparison::of(key.clone(), Some(plan), by_key.get(key).copied()));
    let only_in_b = b.iter().filter(|(key, _)| !in_a.contains(key));
    of_a.chain(only_in_b.map(|(key, plan)| Comparison::of(key.clone(), None, Some(plan)))).collect()
}

fn outcomes(plan: &Plan) -> BTreeMap<JobId, Outcome<'_>> {
    let placed = plan.assignments.iter().map(|assignment| (assignment.job, Outcome::Placed(assignment)));
    let others = plan
        .unscheduled
        .iter()
        .map(|unscheduled| (unscheduled.job, Outcome::NotPlaced { could_start_at: unscheduled.could_start_at }));
    placed.chain(others).collect()
}

fn changes(a: Option<Outcome<'_>>, b: Option<Outcome<'_>>) -> Vec<Change> {
    let (a, b) = match (a, b) {
        (None, None) => return Vec::new(),
        (Some(_), None) => return vec![Change::OnlyInA],
        (None, Some(_)) => return vec![Change::OnlyInB],
        (Some(a), Some(b)) => (a, b),
    };
    match (a, b) {
        (Outcome::Placed(a), Outcome::Placed(b)) => {
            let candidates = [
                (Change::Earlier, b.start < a.start),
                (Change::Later, b.start > a.start),
                (Change::Elsewhere, b.resources != a.resources),
                (Change::OtherAlternative, b.moldable != a.moldable),
                (Change::OtherWalltime, b.moldable == a.moldable && b.walltime != a.walltime),
            ];
            candidates.into_iter().filter(|(_, is_so)| *is_so).map(|(change, _)| change).collect()
        }
        (Outcome::NotPlaced { .. }, Outcome::Placed(_)) => vec![Change::NewlyPlaced],
        (Outcome::Placed(_), Outcome::NotPlaced { .. }) => vec![Change::NoLongerPlaced],
        (a, b) if a == b => Vec::new(),
        _ => vec![Change::OtherProposal],
    }
}
