//! What is wrong with a log.

use crate::input::{Place, Problem};
use crate::text::counted;

/// So many faults are told one by one.
const TOLD_MAX: usize = 20;

/// The faults of a log: the first ones and the last in full, all of them counted.
#[derive(Debug, Default)]
pub(super) struct Faults {
    first: Vec<Problem>,
    /// Of those that are not among the first.
    last: Option<Problem>,
    count: usize,
}

impl Faults {
    pub fn add(&mut self, fault: Problem) {
        self.count += 1;
        if self.first.len() < TOLD_MAX {
            self.first.push(fault);
        } else {
            self.last = Some(fault);
        }
    }

    pub fn count(&self) -> usize {
        self.count
    }

    /// A line for each of the first faults, and one for how many more there are. That one tells the last, which may be the
    /// reason of all others: a damaged file shows at its end.
    pub fn messages(&self, file: &Place) -> impl Iterator<Item = String> {
        let more = counted(self.count - self.first.len(), "more fault");
        let rest = self.last.iter().map(move |last| format!("{file}: {more}; the last: {last}"));
        self.first.iter().map(Problem::to_string).chain(rest)
    }
}
