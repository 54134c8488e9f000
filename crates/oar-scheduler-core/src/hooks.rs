//! Plugins: what a site may put in the place of the engine's own decisions.

use crate::gantt::Gantt;
use crate::hierarchy::Hierarchy;
use crate::job::{Job, WaitingJob};
use crate::procset::ProcSet;
use crate::units::{JobId, MoldableId, Time};

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

/// The plugins of a site, handed to the engine. By default there are none.
///
/// A plugin's answer is checked: resources that are not available are refused, jobs that do not exist are ignored. The name `default` stands for the
/// engine's own way and never reaches a plugin.
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
    fn assign(&self, call: &PluginCall, request: &AssignRequest<'_>) -> Result<Option<Placement>, HookError> {
        Err(HookError::Unknown)
    }

    /// `EXTRA_METASCHED`: called before each queue group, and once after the last (`next` is then `None`).
    ///
    /// # Errors
    /// When the plugin fails; the error is reported and the round goes on.
    fn before_group(&self, request: &mut BeforeGroup<'_>) -> Result<(), HookError> {
        Ok(())
    }
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

    fn assign(&self, call: &PluginCall, request: &AssignRequest<'_>) -> Result<Option<Placement>, HookError> {
        (**self).assign(call, request)
    }

    fn before_group(&self, request: &mut BeforeGroup<'_>) -> Result<(), HookError> {
        (**self).before_group(request)
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
}

/// What a finding plugin gets.
#[derive(Debug, Clone, Copy)]
pub struct FindRequest<'a> {
    /// The job, with what it asks for.
    pub job: &'a WaitingJob,
    /// Which of its alternatives.
    pub moldable: usize,
    /// What is available over the whole window, filters not applied.
    pub available: &'a ProcSet,
    /// The resources that a request without filter means.
    pub default_resources: &'a ProcSet,
    /// The machine.
    pub hierarchy: &'a Hierarchy,
    /// Whether the window begins with the timeline.
    pub beginning: bool,
}

/// What an assigning plugin gets.
#[derive(Debug, Clone, Copy)]
pub struct AssignRequest<'a> {
    /// The job, with what it asks for.
    pub job: &'a WaitingJob,
    /// Who holds what.
    pub gantt: &'a Gantt,
    /// The resources that a request without filter means.
    pub default_resources: &'a ProcSet,
    /// The machine.
    pub hierarchy: &'a Hierarchy,
    /// The earliest start that the job's dependencies allow.
    pub earliest_start: Time,
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

/// What is told before each queue group.
#[derive(Debug)]
pub struct BeforeGroup<'a> {
    /// The queues of the group before; `None` before the first.
    pub previous: Option<&'a [String]>,
    /// The queues of the group to come; `None` after the last.
    pub next: Option<&'a [String]>,
    /// Who holds what; the plugin may add to it.
    pub gantt: &'a mut Gantt,
}

/// A plugin with its arguments, as written in a job type: `NAME[:positional][:key=value]…`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PluginCall {
    /// The plugin's name.
    pub name: String,
    /// Positional arguments.
    pub args: Vec<String>,
    /// Keyword arguments, in order.
    pub kwargs: Vec<(String, String)>,
}

impl PluginCall {
    /// The plugin that a job names by a type `find` or `assign`, if it does.
    #[must_use]
    pub fn of(job: &Job, job_type: &str) -> Option<Self> {
        job.type_value(job_type).map(Self::parse).filter(|call| call.name != "default")
    }

    /// Reads the value of a type `find` or `assign`. `k=v` is a keyword (the value keeps further `=`); `=x` is positional.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut parts = text.split(':');
        let mut call = Self { name: parts.next().unwrap_or_default().to_owned(), ..Self::default() };
        for part in parts {
            match part.split_once('=') {
                Some((key, value)) if !key.is_empty() => call.kwargs.push((key.to_owned(), value.to_owned())),
                _ => call.args.push(part.to_owned()),
            }
        }
        call
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugin_calls_have_positional_and_keyword_arguments() {
        let call = |text| {
            let PluginCall { name, args, kwargs } = PluginCall::parse(text);
            (
                name,
                args.join("|"),
                kwargs.iter().map(|(key, value)| format!("{key}->{value}")).collect::<Vec<_>>().join("|"),
            )
        };
        let expect = |name: &str, args: &str, kwargs: &str| (name.to_owned(), args.to_owned(), kwargs.to_owned());
        assert_eq!(call("f"), expect("f", "", ""));
        assert_eq!(call("f:a:b=1:c=x=y:=z"), expect("f", "a|=z", "b->1|c->x=y"));
        assert_eq!(call("coorm:tcp:10.0.0.1:4242:timeout=5"), expect("coorm", "tcp|10.0.0.1|4242", "timeout->5"));
    }
}
