//! The earliest place of one alternative of a job.

use super::known_starts::{NEVER, Table};
use super::{Round, not_available};
use crate::gantt::{Gantt, Grain, Line, LineKey};
use crate::hierarchy::{self, Size, Wanted};
use crate::hooks::{FindRequest, HookError, Hooks, PluginCall};
use crate::job::{Job, Moldable, WaitingJob};
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
            Some(call) => self.earliest_by_plugin(&call, waiting, index, moldable, earliest),
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
        let asking = self.requests.asking(moldable, &self.site)?;
        let key = line_of(&self.gantt, job, asking.grain.clone());
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
            earliest_of(&self.gantt, job, &asking, &mut line, span, from, &mut self.scratch)
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

    fn earliest_by_plugin(
        &mut self,
        call: &PluginCall,
        waiting: &WaitingJob,
        index: usize,
        moldable: &Moldable,
        earliest: Time,
    ) -> Result<Option<(Time, ProcSet)>, HookError> {
        // What makes no sense is not put to it.
        if self.requests.asking(moldable, &self.site).is_none() {
            return Ok(None);
        }
        let find = |available: &ProcSet, start: Time| {
            let request = FindRequest {
                job: waiting,
                moldable: index,
                available,
                default_resources: &self.site.resources.default,
                hierarchy: &self.site.resources.hierarchy,
                beginning: start == self.site.now,
            };
            let found = self.hooks.find(call, &request)?;
            if found.is_subset(available) {
                Ok(Some(found).filter(|found| !found.is_empty()))
            } else {
                Err(not_available(&found.difference(available)))
            }
        };
        let key = line_of(&self.gantt, &waiting.job, Grain::Resource);
        let Some(mut line) = self.gantt.take_line(&key) else { return Ok(None) };
        let walltime = moldable.walltime;
        let span = Span { window: walltime, walltime, last: self.last_second(waiting), size: Size::UNKNOWN };
        let mut matched = Matched { fewest: 1, find };
        let search = Search::new(&self.gantt, &waiting.job);
        let found = search.earliest(&mut line, span, earliest, &mut matched, &mut self.scratch);
        self.gantt.keep_line(key, line);
        Ok(found?.place)
    }
}

/// The timeline of a job at this grain.
pub(super) fn line_of(gantt: &Gantt, job: &Job, grain: Grain) -> LineKey {
    let search = Search::new(gantt, job);
    LineKey::new(gantt, search.view(), search.access(), grain)
}

/// The earliest place of what is asked for, on a timeline that is up to date.
pub(super) fn earliest_of(
    gantt: &Gantt,
    job: &Job,
    asking: &Asking<'_>,
    line: &mut Line,
    span: Span,
    from: Time,
    scratch: &mut Scratch,
) -> Found {
    let search = Search::new(gantt, job);
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
