//! The time that a simulation takes up.

use oar_scheduler_core::Time;

use crate::simulation::Trace;
use crate::workload::Workload;

/// From the first to the last instant that anything is known of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub from: Time,
    pub to: Time,
}

impl Span {
    /// From the first submission to the last end. Without any job, second 0.
    pub fn of(workload: &Workload, trace: &Trace) -> Self {
        let submissions = workload.jobs.iter().map(|job| job.submit);
        let instants =
            submissions.chain(trace.executions.iter().flat_map(|execution| [execution.start, execution.end]));
        let (from, to) = instants.fold((Time(i64::MAX), Time(i64::MIN)), |(from, to), at| (from.min(at), to.max(at)));
        if from > to { Self { from: Time(0), to: Time(0) } } else { Self { from, to } }
    }

    /// Its length in seconds; at least 1, so that it can be drawn.
    pub fn seconds(self) -> f64 {
        seconds(self.from, self.to).max(1.0)
    }

    /// An instant as seconds from the beginning.
    pub fn at(self, instant: Time) -> f64 {
        seconds(self.from, instant)
    }

    /// The instant so many seconds from the beginning.
    pub fn instant(self, seconds: f64) -> Time {
        Time(self.from.0.saturating_add(seconds.round() as i64))
    }
}

/// The seconds from one instant to another, of any two instants.
pub(super) fn seconds(from: Time, to: Time) -> f64 {
    (i128::from(to.0) - i128::from(from.0)) as f64
}
