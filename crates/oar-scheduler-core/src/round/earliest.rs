//! The earliest place of one alternative of a job.

use super::known_starts::{NEVER, Table};
use super::{Finder, Round};
use crate::gantt::{Gantt, Grain, Line, LineKey};
use crate::hierarchy::{self, Wanted};
use crate::hooks::{HookError, Hooks, PluginCall};
use crate::job::{Moldable, WaitingJob};
use crate::procset::ProcSet;
use crate::requests::Asking;
use crate::search::{Found, Matched, Search, Span};
use crate::timeline::Scratch;
use crate::units::Time;

impl<H: Hooks> Round<H> {
    /// Where an alternative has its earliest place from `earliest` on.
    ///
    /// # Errors
    /// When a plugin decides, and fails.
    pub(super) fn earliest(
        &mut self,
        waiting: &WaitingJob,
        index: usize,
        moldable: &Moldable,
        earliest: Time,
    ) -> Result<Option<(Time, ProcSet)>, HookError> {
        match PluginCall::of(&waiting.job, "find") {
            None => Ok(self.earliest_by_request(waiting, moldable, earliest)),
            Some(call) => {
                let Self { hooks, site, gantt, requests, scratch, .. } = self;
                let mut finder = Finder { site, gantt, requests, scratch };
                finder.earliest_with(waiting, index, earliest, &mut |request| hooks.find(&call, request))
            }
        }
    }

    /// Nobody who asks for at least as much, for at least as long, as somebody before is looked for where nothing was found then.
    fn earliest_by_request(
        &mut self,
        waiting: &WaitingJob,
        moldable: &Moldable,
        earliest: Time,
    ) -> Option<(Time, ProcSet)> {
        let job = &waiting.job;
        let asking = self.requests.asking(waiting, moldable, &self.site.machines)?;
        let key = line_of(&self.gantt, waiting, asking.grain.clone());
        let mut line = self.gantt.take_line(&key)?;
        let walltime = moldable.walltime;
        let span = Span { window: walltime, walltime, last: self.last_second(waiting), size: asking.size };
        // In the last second of time, now and never are the same.
        let kind = asking.kind.filter(|_| self.site.now != NEVER);
        let known = kind.map(|(kind, count)| {
            let is_limited = self.gantt.quotas().is_some_and(|quotas| quotas.concern(job));
            let identity = is_limited.then(|| self.known_starts.identity(job));
            let table = Table { kind, line: line.number, identity };
            self.known_starts.of(table, asking.wider, count, span.walltime, self.site.now)
        });
        let from = known.as_ref().map_or(earliest, |known| known.allowed_from.max(earliest));
        let is_hopeless = known.as_ref().is_some_and(|known| known.allowed_from == NEVER);
        let found = if is_hopeless {
            Found::default()
        } else {
            earliest_of(&self.gantt, waiting, &asking, &mut line, span, from, &mut self.scratch)
        };
        self.gantt.keep_line(key, line);
        // Something new is known only if everything since what was known was looked at, and to the end of time.
        let looked_everywhere = !is_hopeless && waiting.latest_end.is_none();
        if let Some(known) = known.filter(|known| earliest <= known.allowed_from && looked_everywhere) {
            self.known_starts.note(&known, found.free_from, found.bound);
        }
        found.place
    }

    /// The last second that a job may hold.
    pub(super) fn last_second(&self, waiting: &WaitingJob) -> Time {
        waiting.last_second(self.gantt.security_time(), self.site.max_time)
    }
}

/// The timeline of a job at this grain.
pub(super) fn line_of(gantt: &Gantt, waiting: &WaitingJob, grain: Grain) -> LineKey {
    let search = Search::new(gantt, waiting);
    LineKey::new(gantt, search.view(), search.access(), grain)
}

/// The earliest place of what is asked for, on a timeline that is up to date.
pub(super) fn earliest_of(
    gantt: &Gantt,
    waiting: &WaitingJob,
    asking: &Asking<'_>,
    line: &mut Line,
    span: Span,
    from: Time,
    scratch: &mut Scratch,
) -> Found {
    let search = Search::new(gantt, waiting);
    let found = match (&asking.shape, asking.groups.as_slice(), asking.kind) {
        (Some(shape), [group], Some((kind, _))) => search.earliest(
            line,
            span,
            from,
            &mut Wanted::new(shape, group.counts(), kind).within(asking.wider),
            scratch,
        ),
        (_, groups, _) => {
            let find = |available: &ProcSet, _| Ok(hierarchy::find(groups, available));
            search.earliest(line, span, from, &mut Matched { fewest: asking.fewest(), find }, scratch)
        }
    };
    // Only plugins fail.
    found.unwrap_or_default()
}
