//! What a finding plugin gets.

use crate::hierarchy::{self, Hierarchy};
use crate::job::{Moldable, Request, WaitingJob};
use crate::procset::ProcSet;

/// What a finding plugin gets: an alternative of a job, and what is available in the window that is looked at.
#[derive(Debug, Clone, Copy)]
pub struct FindRequest<'a> {
    /// The job, with what it asks for.
    pub job: &'a WaitingJob,
    /// Which of its alternatives, counted from 0.
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

impl<'a> FindRequest<'a> {
    /// The alternative.
    #[must_use]
    pub fn alternative(&self) -> Option<&'a Moldable> {
        self.job.moldables.get(self.moldable)
    }

    /// The groups of what the alternative asks for.
    #[must_use]
    pub fn groups(&self) -> &'a [Request] {
        self.alternative().map(|alternative| alternative.requests.as_slice()).unwrap_or_default()
    }

    /// What is available to a group: what its properties select.
    #[must_use]
    pub fn available_to(&self, group: &Request) -> ProcSet {
        self.available.intersection(group.filter.as_ref().unwrap_or(self.default_resources))
    }

    /// What the engine itself takes for the alternative; the empty set when that is not possible.
    #[must_use]
    pub fn matched(&self) -> ProcSet {
        self.matched_in(self.available)
    }

    /// The same, of these resources only. They should be available.
    #[must_use]
    pub fn matched_in(&self, resources: &ProcSet) -> ProcSet {
        let matched = self.alternative().and_then(|alternative| {
            let groups = self.hierarchy.resolve(alternative, self.default_resources).ok()?;
            hierarchy::find(&groups, resources)
        });
        matched.unwrap_or_default()
    }

    /// What the engine itself takes of these resources for a single group, one of the alternative's or one made from it.
    #[must_use]
    pub fn group_matched_in(&self, group: &Request, resources: &ProcSet) -> ProcSet {
        let matched = self.hierarchy.resolve_group(group, self.default_resources).ok();
        matched.and_then(|group| hierarchy::find(&[group], resources)).unwrap_or_default()
    }
}
