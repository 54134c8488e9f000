//! How each job fared.

use oar_scheduler_core::Time;

use super::trace::{Execution, Trace};
use crate::workload::{Job, Workload};

/// A job shorter than this, in seconds, counts as this long in the bounded slowdown.
const SHORT: f64 = 10.0;

/// A job with what became of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome<'a> {
    pub job: &'a Job,
    /// The execution that ended by itself.
    pub execution: Option<&'a Execution>,
    /// How many executions were killed.
    pub kills: usize,
}

impl<'a> Outcome<'a> {
    /// All jobs, in the order of the workload.
    pub fn all(workload: &'a Workload, trace: &'a Trace) -> Vec<Self> {
        let new = |job| Self { job, execution: None, kills: 0 };
        let mut outcomes: Vec<Self> = workload.jobs.iter().map(new).collect();
        for execution in &trace.executions {
            match outcomes.get_mut(execution.job) {
                Some(outcome) if execution.killed => outcome.kills += 1,
                Some(outcome) => outcome.execution = Some(execution),
                None => {}
            }
        }
        outcomes
    }

    /// From the submission to the start of the execution that ended by itself, in seconds.
    pub fn wait(&self) -> Option<f64> {
        self.execution.map(|execution| seconds(self.job.submit, execution.start).max(0.0))
    }

    /// How long that execution was, in seconds.
    pub fn run(&self) -> Option<f64> {
        self.execution.map(|execution| seconds(execution.start, execution.end).max(0.0))
    }

    /// `max(1, (wait + run) / max(run, 10))`: D. Feitelson, L. Rudolph, JSSPP 1998.
    pub fn bounded_slowdown(&self) -> Option<f64> {
        let (wait, run) = (self.wait()?, self.run()?);
        Some(((wait + run) / run.max(SHORT)).max(1.0))
    }

    /// In words, for tables.
    pub fn status(&self) -> &'static str {
        match (self.execution, self.kills) {
            (Some(_), _) => "ended",
            (None, 0) => "never started",
            (None, _) => "never ended",
        }
    }
}

fn seconds(from: Time, to: Time) -> f64 {
    (to - from).0 as f64
}
