//! The earliest window in which a job fits.

use crate::gantt::{Gantt, Hold, View};
use crate::hierarchy::Size;
use crate::hooks::HookError;
use crate::job::Job;
use crate::procset::ProcSet;
use crate::quotas::{Claim, Counts, Quotas, TakenOver, Usage, Violation};
use crate::sharing::{Access, Sharing};
use crate::timeline::Timeline;
use crate::units::{Seconds, Time};

/// A job looking for its place among those that hold theirs.
#[derive(Debug, Clone)]
pub struct Search<'a> {
    gantt: &'a Gantt,
    job: &'a Job,
    view: View<'a>,
    access: Access,
    superseded: Option<&'a Hold>,
    quotas: Option<&'a Quotas>,
}

impl<'a> Search<'a> {
    /// What the job's types say about where it may be.
    #[must_use]
    pub fn new(gantt: &'a Gantt, job: &'a Job) -> Self {
        let sharing = Sharing::of(job);
        let superseded = sharing.supersedes.filter(|&id| !gantt.scheduled(id).is_empty());
        Self {
            gantt,
            job,
            view: View::of(job),
            access: superseded.map_or(sharing.access, Access::HeldBy),
            superseded: superseded.and_then(|id| gantt.holds().iter().find(|hold| hold.job.id == id)),
            quotas: gantt.quotas().filter(|quotas| quotas.concern(job)),
        }
    }

    /// Whether nothing but free resources of the machine, and quotas, decides about the job's place.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.view.container.is_none() && self.access == Access::Free
    }

    /// The timeline that the job is placed on.
    #[must_use]
    pub fn view(&self) -> View<'a> {
        self.view
    }

    /// What it may use besides free resources.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// The quotas, if they limit the job.
    #[must_use]
    pub fn quotas(&self) -> Option<&'a Quotas> {
        self.quotas
    }

    /// The job's timeline; `None` when its container has none.
    #[must_use]
    pub fn timeline(&self) -> Option<&'a Timeline> {
        self.gantt.timeline(self.view)
    }

    /// What the job may take in every second of `[begin, end]`.
    #[must_use]
    pub fn available(&self, begin: Time, end: Time) -> ProcSet {
        self.gantt.available(self.view, &self.access, begin, end).unwrap_or_default()
    }

    /// The last second that the job may hold.
    #[must_use]
    pub fn horizon(&self) -> Time {
        let window_end = self.quotas.and_then(Quotas::window_end);
        window_end.map_or(self.gantt.end(), |end| end.min(self.gantt.end()))
    }

    /// The first start from `from` on at which `find` finds resources for `window` that the quotas allow to a job of this walltime.
    /// `find` gets what is available, and the start; it is not asked where fewer resources are available than its `size` says, or where that size is exact and the quotas do not allow it. The window is
    /// the walltime, but for a reservation, which needs the security time at its end not to be free.
    ///
    /// # Errors
    /// The first that `find` gives.
    pub fn earliest(
        &self,
        window: Seconds,
        walltime: Seconds,
        from: Time,
        size: Size,
        mut find: impl FnMut(&ProcSet, Time) -> Result<Option<ProcSet>, HookError>,
    ) -> Result<Option<(Time, ProcSet)>, HookError> {
        let Some(timeline) = self.timeline() else { return Ok(None) };
        let horizon = self.horizon();
        let counts = !matches!(self.access, Access::HeldBy(_));
        let fewest = size.fewest.max(1);
        let mut shortages = timeline.shortages(&self.access, if counts { fewest } else { 0 });
        for start in self.starts(timeline, from) {
            let end = start.end_of(window);
            if end > horizon {
                break;
            }
            if shortages.meet(start, end) || size.is_exact && !self.allows(size.fewest, start, end, walltime) {
                continue;
            }
            let available = self.available(start, end);
            if available.len() < fewest {
                continue;
            }
            if let Some(found) = find(&available, start)?
                && self.is_allowed(&found, start, end, walltime)
            {
                return Ok(Some((start, found)));
            }
        }
        Ok(None)
    }

    /// Where the job can start, ascending: where something begins or ends on its timeline or, if they limit it, in the quotas.
    fn starts(&self, timeline: &Timeline, from: Time) -> Vec<Time> {
        let mut starts: Vec<Time> = timeline.starts(from.max(self.gantt.now())).collect();
        if let Some(quotas) = self.quotas {
            let first = starts.first().copied().unwrap_or(from);
            let changes = self.gantt.usage(self.view.besteffort).changes().chain(quotas.changes());
            starts.extend(changes.filter(|&instant| instant > first));
            starts.sort_unstable();
            starts.dedup();
        }
        starts
    }

    /// Whether the quotas allow so many default resources over `[begin, end]`, if that does not depend on which ones they are.
    #[must_use]
    pub fn allows(&self, count: u64, begin: Time, end: Time, walltime: Seconds) -> bool {
        let Some(quotas) = self.quotas.filter(|_| self.superseded.is_none()) else { return true };
        let (usage, counts) = (self.gantt.usage(self.view.besteffort), Counts::of_job(count, walltime.0));
        quotas.violations(usage, Claim { job: self.job, begin, end, counts, takes_over: None }).next().is_none()
    }

    /// Whether the quotas allow these resources over `[begin, end]`.
    #[must_use]
    pub fn is_allowed(&self, found: &ProcSet, begin: Time, end: Time, walltime: Seconds) -> bool {
        let usage = self.gantt.usage(self.view.besteffort);
        self.violations(usage, found, begin, end, walltime).is_empty()
    }

    /// The limits that these resources would exceed over `[begin, end]`, on top of this usage.
    #[must_use]
    pub fn violations(
        &self,
        usage: &Usage,
        found: &ProcSet,
        begin: Time,
        end: Time,
        walltime: Seconds,
    ) -> Vec<Violation> {
        let Some(quotas) = self.quotas else { return Vec::new() };
        let counts = self.gantt.counts(found, walltime);
        let takes_over = self.superseded.filter(|hold| usage.includes(hold.job.id));
        let takes_over = takes_over.map(|hold| {
            let shared = self.gantt.counts(&found.intersection(&hold.resources), hold.walltime);
            TakenOver { job: &hold.job, begin: hold.begin, end: hold.end, counts: Counts { jobs: 0, ..shared } }
        });
        quotas.violations(usage, Claim { job: self.job, begin, end, counts, takes_over }).collect()
    }
}
