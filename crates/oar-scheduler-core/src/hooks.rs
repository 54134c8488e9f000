//! Plugins: what a site may put in the place of the engine's own decisions.

use crate::job::WaitingJob;
use crate::procset::ProcSet;
use crate::units::{JobId, MoldableId, Time};

mod assign;
mod before_group;
mod call;
mod find;

pub use assign::AssignRequest;
pub use before_group::{BeforeGroup, Preparation, PropertyChange};
pub use call::PluginCall;
pub use find::FindRequest;

/// What a plugin answers when it cannot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// Nobody offers a plugin of this name. The job that names it waits.
    #[error("there is no such plugin")]
    Unknown,
    /// The plugin failed. The job that names it waits; the round goes on.
    #[error("{0}")]
    Failed(String),
}

impl HookError {
    /// A failure, told in words that make sense after the plugin's name.
    pub fn failed(problem: impl Into<String>) -> Self {
        Self::Failed(problem.into())
    }
}

/// The plugins of a site, handed to the engine. By default there are none.
///
/// A plugin's answer is checked: resources that are not available are refused, jobs that do not exist are ignored. The name `default` in a job type
/// stands for the engine's own way and never reaches a plugin.
#[allow(unused_variables)]
pub trait Hooks {
    /// `JOB_PRIORITY=CUSTOM`: the jobs to place, in order. A job that is left out is not placed in this round.
    ///
    /// # Errors
    /// When there is no such plugin, or it fails: the group is then placed in order of job number.
    fn sort(&self, request: &SortRequest<'_>) -> Result<Vec<JobId>, HookError> {
        Err(HookError::Unknown)
    }

    /// Job type `find=NAME[:args]`: the resources for one candidate window; the empty set when there are none.
    ///
    /// # Errors
    /// When there is no such plugin, or it fails.
    fn find(&self, call: &PluginCall, request: &FindRequest<'_>) -> Result<ProcSet, HookError> {
        Err(HookError::Unknown)
    }

    /// Job type `assign=NAME[:args]`: the placement of a job; `None` when it has none in this round.
    ///
    /// # Errors
    /// When there is no such plugin, or it fails.
    fn assign(&self, call: &PluginCall, request: &mut AssignRequest<'_>) -> Result<Option<Placement>, HookError> {
        Err(HookError::Unknown)
    }

    /// `EXTRA_METASCHED`, if the snapshot names a plugin: called before each queue group, and once after the last (`next` is then `None`).
    ///
    /// # Errors
    /// When there is no such plugin, or it fails: the error is reported once and the round goes on, as if it had not been called.
    fn before_group(&self, request: &BeforeGroup<'_>) -> Result<Preparation, HookError> {
        Err(HookError::Unknown)
    }

    /// A waiting job has been handled, for those who measure what it cost. `candidates`: on how many windows requests have been matched in the round so far.
    fn handled(&self, job: JobId, candidates: u64) {}
}

/// No plugins.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHooks;

impl Hooks for NoHooks {}

impl<H: Hooks + ?Sized> Hooks for &H {
    fn sort(&self, request: &SortRequest<'_>) -> Result<Vec<JobId>, HookError> {
        (**self).sort(request)
    }

    fn find(&self, call: &PluginCall, request: &FindRequest<'_>) -> Result<ProcSet, HookError> {
        (**self).find(call, request)
    }

    fn assign(&self, call: &PluginCall, request: &mut AssignRequest<'_>) -> Result<Option<Placement>, HookError> {
        (**self).assign(call, request)
    }

    fn before_group(&self, request: &BeforeGroup<'_>) -> Result<Preparation, HookError> {
        (**self).before_group(request)
    }

    fn handled(&self, job: JobId, candidates: u64) {
        (**self).handled(job, candidates);
    }
}

/// What a sorting plugin gets.
#[derive(Debug, Clone, Copy)]
pub struct SortRequest<'a> {
    /// The plugin's name (`CUSTOM_JOB_SORTING`).
    pub name: &'a str,
    /// Its configuration (`CUSTOM_JOB_SORTING_CONFIG`).
    pub config: &'a str,
    /// The queues of the group.
    pub queues: &'a [String],
    /// The time of the round.
    pub now: Time,
    /// The waiting jobs, by number.
    pub jobs: &'a [&'a WaitingJob],
    /// The resources that a request without filter means.
    pub default_resources: &'a ProcSet,
}

/// Where and when a job is placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The alternative.
    pub moldable: MoldableId,
    /// The first second.
    pub start: Time,
    /// The resources.
    pub resources: ProcSet,
}
