//! Until when the quotas refuse a job.

use super::rules::{Counts, Limits};
use super::usage::Steps;
use crate::units::Time;

/// The limits of one job with what is used of them.
#[derive(Debug)]
pub(crate) struct Limiter<'a> {
    /// When which rule set comes into force.
    pub(super) periods: &'a [(Time, usize)],
    /// The limits of the job in each rule set, and the usage that they are compared with; `None`: it has none.
    pub(super) sets: Vec<Option<(Limits, Option<&'a Steps>)>>,
}

impl Limiter<'_> {
    /// If these counts over `[begin, end]` exceed a limit: the first start of a window as long that leaves behind the last instant at which they do.
    pub fn refused_until(&self, begin: Time, end: Time, counts: Counts) -> Option<Time> {
        let mut period_end = Time(i64::MAX);
        let behind = self.periods.partition_point(|(from, _)| *from <= end);
        let mut over = self.periods.get(behind).map(|(from, _)| *from);
        for &(from, set) in self.periods.get(..behind).unwrap_or_default().iter().rev() {
            period_end = over.map_or(period_end, Time::previous);
            if let Some(Some((limits, steps))) = self.sets.get(set) {
                let exceeds = |used: Counts| limits.exceeded(used, counts).next().is_some();
                let (first, last) = (from.max(begin), period_end.min(end));
                let until = match steps {
                    Some(steps) => steps.last(first, last, exceeds),
                    None => exceeds(Counts::default()).then_some(Time(i64::MAX)),
                };
                if let Some(until) = until {
                    return Some(over.map_or(until, |over| over.min(until)));
                }
            }
            if from <= begin {
                break;
            }
            over = Some(from);
        }
        None
    }
}
