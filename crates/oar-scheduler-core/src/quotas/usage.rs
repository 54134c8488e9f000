//! What is used of the quotas, over time.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::rules::{CounterKey, Counts};
use super::{Counters, Quotas, TakenOver};
use crate::job::Job;
use crate::units::{JobId, Time};

/// The counters of the quotas, each a step function of time. Only counters that some rule looks at are kept.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    counters: BTreeMap<CounterKey, Steps>,
    changes: BTreeSet<Time>,
    jobs: BTreeSet<JobId>,
}

impl Usage {
    /// Counts a hold over `[begin, end]`.
    pub fn count(&mut self, quotas: &Quotas, job: &Job, begin: Time, end: Time, counts: Counts) {
        self.count_in(&quotas.counters(job), job.id, begin, end, counts);
    }

    /// Takes back what was counted of a hold. That there was a hold stays known.
    pub(crate) fn uncount(&mut self, quotas: &Quotas, job: &Job, begin: Time, end: Time, counts: Counts) {
        self.count_in(&quotas.counters(job), job.id, begin, end, Counts::default().minus(counts));
    }

    /// Counts a hold in these counters only.
    pub(crate) fn count_in(&mut self, counters: &Counters, job: JobId, begin: Time, end: Time, counts: Counts) {
        self.changes.extend([begin, end.next()]);
        self.jobs.insert(job);
        for counter in counters {
            self.counters.entry(counter.clone()).or_default().add(begin, end, counts);
        }
    }

    /// Whether a hold of this job was counted.
    #[must_use]
    pub fn includes(&self, job: JobId) -> bool {
        self.jobs.contains(&job)
    }

    /// The instants at which a counted hold begins or has ended.
    pub fn changes(&self) -> impl DoubleEndedIterator<Item = Time> + '_ {
        self.changes.iter().copied()
    }

    /// The values of a counter.
    pub(super) fn steps(&self, counter: &CounterKey) -> Option<&Steps> {
        self.counters.get(counter)
    }

    /// The first instant after `instant` at which a counted hold begins or has ended.
    pub(crate) fn next_change(&self, instant: Time) -> Option<Time> {
        self.changes.range((Bound::Excluded(instant), Bound::Unbounded)).next().copied()
    }

    /// The highest value of each figure over `[begin, end]`, without what is taken over.
    pub(super) fn peak(&self, counter: &CounterKey, begin: Time, end: Time, taken_over: &[&TakenOver<'_>]) -> Counts {
        let Some(steps) = self.counters.get(counter) else { return Counts::default() };
        if taken_over.is_empty() {
            return steps.peak(begin, end);
        }
        let mut left = steps.clone();
        for taken in taken_over {
            left.add(taken.begin, taken.end, Counts::default().minus(taken.counts));
        }
        left.peak(begin, end)
    }
}

/// A step function: each value holds from its instant to the next one's; before the first it is zero.
#[derive(Debug, Clone, Default)]
pub(super) struct Steps(Vec<(Time, Counts)>);

impl Steps {
    fn add(&mut self, begin: Time, end: Time, counts: Counts) {
        if end < begin {
            return;
        }
        let first = self.step_at(begin);
        let last = self.step_at(end.next());
        for (_, value) in self.0.get_mut(first..last).unwrap_or_default() {
            *value = value.plus(counts);
        }
    }

    /// The index of the step that begins at `instant`, made if there is none.
    fn step_at(&mut self, instant: Time) -> usize {
        let at = self.0.partition_point(|&(begin, _)| begin < instant);
        if self.0.get(at).is_none_or(|&(begin, _)| begin != instant) {
            let before = at.checked_sub(1).and_then(|before| self.0.get(before));
            let value = before.map_or_else(Counts::default, |&(_, value)| value);
            self.0.insert(at, (instant, value));
        }
        at
    }

    /// The end (the first second after it) of the last step in `[begin, end]` whose value is of this kind.
    pub fn last(&self, begin: Time, end: Time, is_wanted: impl Fn(Counts) -> bool) -> Option<Time> {
        let behind = self.0.partition_point(|&(start, _)| start <= end);
        let mut over = self.0.get(behind).map_or(Time(i64::MAX), |(start, _)| *start);
        for &(start, value) in self.0.get(..behind).unwrap_or_default().iter().rev() {
            if is_wanted(value) {
                return Some(over);
            }
            if start <= begin {
                return None;
            }
            over = start;
        }
        is_wanted(Counts::default()).then_some(over)
    }

    fn peak(&self, begin: Time, end: Time) -> Counts {
        let first = self.0.partition_point(|&(start, _)| start <= begin).saturating_sub(1);
        let overlapping = self.0.get(first..).unwrap_or_default().iter().take_while(|&&(start, _)| start <= end);
        // The first step may begin after the window does: then the window also sees the zero before it.
        overlapping.fold(Counts::default(), |peak, &(_, value)| peak.max(value))
    }
}
