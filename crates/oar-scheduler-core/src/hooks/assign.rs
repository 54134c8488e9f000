//! What an assigning plugin gets.

use std::fmt;

use super::{FindRequest, HookError, Hooks, Placement, PluginCall};
use crate::gantt::Gantt;
use crate::hierarchy::Hierarchy;
use crate::job::WaitingJob;
use crate::procset::ProcSet;
use crate::round::Finder;
use crate::search::Search;
use crate::sharing::Access;
use crate::units::Time;

/// What an assigning plugin gets: a job, the state of the round, and the ways in which the engine itself looks for places.
///
/// Alternatives are counted from 0, as in `job.moldables`. A start before [`AssignRequest::earliest_start`] is as good as that.
pub struct AssignRequest<'a> {
    /// The job, with what it asks for.
    pub job: &'a WaitingJob,
    /// The resources that a request without filter means.
    pub default_resources: &'a ProcSet,
    /// The machine.
    pub hierarchy: &'a Hierarchy,
    /// The earliest start that the job's dependencies and its own dates allow; never before the round.
    pub earliest_start: Time,
    pub(crate) finder: Finder<'a>,
    pub(crate) hooks: &'a dyn Hooks,
}

impl AssignRequest<'_> {
    /// Who holds what.
    #[must_use]
    pub fn gantt(&self) -> &Gantt {
        self.finder.gantt
    }

    /// What the job may take, and what the quotas allow it, over windows of the plugin's choice.
    #[must_use]
    pub fn search(&self) -> Search<'_> {
        Search::new(self.finder.gantt, self.job)
    }

    /// What is available to a job that sees what this one sees, with this access, from each instant on at which something begins or has ended, of the resources
    /// that requests can ask for.
    #[must_use]
    pub fn availability(&mut self, access: &Access) -> Vec<(Time, ProcSet)> {
        self.finder.availability(self.job, access)
    }

    /// The last second that the job may hold, its security time included.
    #[must_use]
    pub fn last_second(&self) -> Time {
        self.finder.last_second(self.job).min(self.search().horizon())
    }

    /// The earliest place of an alternative from `from` on, with the resources that the engine itself takes.
    #[must_use]
    pub fn earliest(&mut self, moldable: usize, from: Time) -> Option<Placement> {
        let alternative = self.job.moldables.get(moldable)?;
        let (start, resources) = self.finder.earliest(self.job, alternative, from.max(self.earliest_start))?;
        Some(Placement { moldable: alternative.id, start, resources })
    }

    /// The earliest place of an alternative from `from` on, with the resources that `find` takes of those that are available: it is asked about one window after
    /// the other, and answers with the empty set where it finds nothing.
    ///
    /// # Errors
    /// When `find` fails, or takes what is not available.
    pub fn earliest_with(
        &mut self,
        moldable: usize,
        from: Time,
        mut find: impl FnMut(&FindRequest<'_>) -> Result<ProcSet, HookError>,
    ) -> Result<Option<Placement>, HookError> {
        let from = from.max(self.earliest_start);
        let Some(alternative) = self.job.moldables.get(moldable) else { return Ok(None) };
        let found = self.finder.earliest_with(self.job, moldable, from, &mut find)?;
        Ok(found.map(|(start, resources)| Placement { moldable: alternative.id, start, resources }))
    }

    /// The earliest place of an alternative from `from` on, with the resources that the plugin of the job's type `find` takes; the engine itself when the job
    /// has no such type.
    ///
    /// # Errors
    /// When that plugin does not exist, or fails.
    pub fn earliest_as_asked(&mut self, moldable: usize, from: Time) -> Result<Option<Placement>, HookError> {
        let hooks = self.hooks;
        match PluginCall::of(&self.job.job, "find") {
            None => Ok(self.earliest(moldable, from)),
            Some(call) => self.earliest_with(moldable, from, |request| hooks.find(&call, request)),
        }
    }
}

impl fmt::Debug for AssignRequest<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AssignRequest")
            .field("job", self.job)
            .field("earliest_start", &self.earliest_start)
            .finish_non_exhaustive()
    }
}
