//! The earliest window in which a job fits.

use std::collections::BTreeSet;

use crate::bits;
use crate::gantt::{Gantt, Hold, Line, View};
use crate::hierarchy::{Places, Size, Wanted};
use crate::hooks::HookError;
use crate::job::{Job, WaitingJob};
use crate::procset::ProcSet;
use crate::quotas::{Claim, Counts, Quotas, TakenOver, Usage, Violation};
use crate::sharing::{Access, Sharing};
use crate::timeline::{Fit, Scratch};
use crate::units::{Seconds, Time};

/// The time for which a job looks for a place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    /// How long its resources must be free: the walltime, but for a reservation, which needs the security time at its end not to be free.
    pub window: Seconds,
    /// Its walltime.
    pub walltime: Seconds,
    /// The last second that it may hold.
    pub last: Time,
    /// How many resources it takes.
    pub size: Size,
}

/// What a search found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The first start at which what is asked is free.
    pub free_from: Option<Time>,
    /// The first one at which, besides, the quotas allow as few resources as it may take.
    pub bound: Option<Time>,
    /// The place.
    pub place: Option<(Time, ProcSet)>,
}

/// What is looked for on a timeline.
pub(crate) trait Asked: Fit {
    /// The resources to take of the free places of a window, if they do.
    ///
    /// # Errors
    /// When a plugin decides, and fails.
    fn take(&mut self, places: &Places, free: &[u64], start: Time) -> Result<Option<ProcSet>, HookError>;
}

impl Asked for Wanted<'_> {
    fn take(&mut self, places: &Places, free: &[u64], _: Time) -> Result<Option<ProcSet>, HookError> {
        Ok(self.taken(free).map(|taken| places.resources(&taken)))
    }
}

/// Resources that are matched as a set: by the hierarchy, or by a plugin.
#[derive(Debug)]
pub(crate) struct Matched<F> {
    /// It needs so many resources at least.
    pub fewest: u32,
    /// Finds the resources among those that are available over the window that begins there.
    pub find: F,
}

impl<F> Fit for Matched<F> {
    fn filter(&self) -> Option<&[u64]> {
        None
    }

    fn fewest(&self) -> u32 {
        self.fewest
    }

    fn fits(&mut self, free: &[u64]) -> bool {
        bits::count(free) >= self.fewest
    }

    fn restart(&mut self, _: u32) {}

    fn first(&self) -> u32 {
        0
    }

    fn begins(&self) -> usize {
        0
    }

    fn kind(&self) -> Option<(u32, u32)> {
        None
    }

    fn wider(&self) -> Option<u32> {
        None
    }

    fn most(&self) -> u32 {
        u32::MAX
    }
}

impl<F: FnMut(&ProcSet, Time) -> Result<Option<ProcSet>, HookError>> Asked for Matched<F> {
    fn take(&mut self, places: &Places, free: &[u64], start: Time) -> Result<Option<ProcSet>, HookError> {
        (self.find)(&places.resources(&bits::ranges(free)), start)
    }
}

/// A job looking for its place among those that hold theirs.
#[derive(Debug, Clone)]
pub struct Search<'a> {
    gantt: &'a Gantt,
    job: &'a Job,
    view: View<'a>,
    access: Access,
    /// What the job takes over.
    superseded: Vec<&'a Hold>,
    quotas: Option<&'a Quotas>,
}

impl<'a> Search<'a> {
    /// What the job says about where it may be.
    #[must_use]
    pub fn new(gantt: &'a Gantt, waiting: &'a WaitingJob) -> Self {
        let job = &waiting.job;
        let sharing = Sharing::of(job);
        let superseded = sharing.supersedes.filter(|&id| !gantt.scheduled(id).is_empty());
        Self {
            gantt,
            job,
            view: View::of(waiting),
            access: superseded.map_or(sharing.access, Access::HeldBy),
            superseded: superseded
                .map_or_else(Vec::new, |id| gantt.holds().iter().filter(|hold| hold.job.id == id).collect()),
            quotas: gantt.quotas().filter(|quotas| quotas.concern(job)),
        }
    }

    /// The timeline that the job sees.
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

    /// The job.
    #[must_use]
    pub fn job(&self) -> &'a Job {
        self.job
    }

    /// Whether the job takes over what a scheduled job holds.
    #[must_use]
    pub fn takes_over(&self) -> bool {
        !self.superseded.is_empty()
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

    /// The first start from `from` on at which what is `asked` is free on a timeline that is up to date, and the quotas allow it.
    ///
    /// # Errors
    /// The first that `asked` gives.
    pub(crate) fn earliest(
        &self,
        line: &mut Line,
        span: Span,
        from: Time,
        asked: &mut impl Asked,
        scratch: &mut Scratch,
    ) -> Result<Found, HookError> {
        let mut found = Found::default();
        let horizon = self.horizon().min(span.last);
        let limiter = self.quotas.map(|quotas| quotas.limiter(self.gantt.usage(self.view.besteffort), self.job));
        // A job that takes over another's share may be allowed where it seems not to be.
        let sure = limiter.as_ref().filter(|_| !self.takes_over());
        let fewest = Counts::of_job(span.size.fewest_default, span.walltime.0);
        let mut silent_bounds = None;
        let mut next = Some(from.max(self.gantt.now()));
        while let Some(from) = next {
            let Some(start) = line.timeline.first_fit(from, span.window, horizon, asked, scratch) else { break };
            found.free_from.get_or_insert(start);
            let end = start.end_of(span.window);
            if let Some(until) = sure.and_then(|limiter| limiter.refused_until(start, end, fewest)) {
                next = Some(until).filter(|until| *until > start);
                continue;
            }
            found.bound.get_or_insert(start);
            if let Some(resources) = asked.take(&line.places, scratch.free(), start)?
                && self.is_allowed(&resources, start, end, span.walltime)
            {
                found.place = Some((start, resources));
                break;
            }
            let bounds = silent_bounds.get_or_insert_with(|| match self.quotas {
                Some(_) => self.gantt.silent_bounds(self.view),
                None => BTreeSet::new(),
            });
            let bound = bounds.range(start.next()..).next().copied();
            next = [line.timeline.next_begin(start), self.next_change(start), bound].into_iter().flatten().min();
        }
        Ok(found)
    }

    /// The first instant after `instant` at which something changes in the quotas, if they limit the job.
    fn next_change(&self, instant: Time) -> Option<Time> {
        let quotas = self.quotas?;
        let usage = self.gantt.usage(self.view.besteffort).next_change(instant);
        [usage, quotas.changes().find(|change| *change > instant)].into_iter().flatten().min()
    }

    /// Whether the quotas allow so many default resources over `[begin, end]`, whichever they are.
    #[must_use]
    pub fn allows(&self, count: u64, begin: Time, end: Time, walltime: Seconds) -> bool {
        self.refused_until(count, begin, end, walltime).is_none()
    }

    /// Until when on the quotas refuse so many default resources to a window as long as `[begin, end]`, if they refuse them there. Of a job that takes over
    /// another's share nothing is known beforehand.
    #[must_use]
    pub fn refused_until(&self, count: u64, begin: Time, end: Time, walltime: Seconds) -> Option<Time> {
        let quotas = self.quotas.filter(|_| !self.takes_over())?;
        let (usage, counts) = (self.gantt.usage(self.view.besteffort), Counts::of_job(count, walltime.0));
        quotas.limiter(usage, self.job).refused_until(begin, end, counts)
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
        let counted = self.superseded.iter().filter(|hold| hold.is_counted() && usage.includes(hold.job.id));
        let takes_over = counted.map(|hold| {
            let all = self.gantt.counts(&hold.resources, hold.walltime);
            let left = self.gantt.counts(&hold.resources.difference(found), hold.walltime);
            TakenOver { job: &hold.job, begin: hold.begin, end: hold.end, counts: all.minus(left) }
        });
        let takes_over = takes_over.collect();
        quotas.violations(usage, Claim { job: self.job, begin, end, counts, takes_over }).collect()
    }
}
