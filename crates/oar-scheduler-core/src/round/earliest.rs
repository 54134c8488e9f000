//! The earliest place of one alternative of a job.

use super::known_starts::{NEVER, Table};
use super::requests::Asking;
use super::{Round, not_available};
use crate::gantt::{Gantt, Grain, LineKey};
use crate::hierarchy::{self, Size, Wanted};
use crate::hooks::{FindRequest, HookError, Hooks, PluginCall};
use crate::job::{Job, Moldable, WaitingJob};
use crate::procset::ProcSet;
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
            None => Ok(self.earliest_by_request(&waiting.job, moldable, earliest)),
            Some(call) => self.earliest_by_plugin(&call, waiting, index, moldable, earliest),
        }
    }

    /// Nobody who asks for at least as much, for at least as long, as somebody before is looked for where nothing was found then.
    fn earliest_by_request(&mut self, job: &Job, moldable: &Moldable, earliest: Time) -> Option<(Time, ProcSet)> {
        let asking = self.requests.asking(moldable, &self.site)?;
        let scratch = &mut self.scratch;
        let span = Span { window: moldable.walltime, walltime: moldable.walltime, size: asking.size };
        let key = line_of(&mut self.gantt, job, asking.grain.clone());
        let now = self.site.now;
        // In the last second of time, now and never are the same.
        let Some((line, (kind, count))) = self.gantt.line(&key).zip(asking.kind).filter(|_| now != NEVER) else {
            return earliest_of(&self.gantt, job, &asking, &key, span, earliest, scratch).place;
        };
        let is_limited = self.gantt.quotas().is_some_and(|quotas| quotas.concern(job));
        let free = Table { kind, line: line.number, identity: None };
        let limited = is_limited.then(|| Table { identity: Some(self.known_starts.identity(job)), ..free });
        let known = |table: Option<Table>| table.and_then(|table| self.known_starts.from(table, count, span.walltime));
        let free_from = known(Some(free)).unwrap_or(now);
        let allowed_from = known(limited).unwrap_or(now).max(free_from);
        if allowed_from == NEVER {
            return None;
        }
        let found = earliest_of(&self.gantt, job, &asking, &key, span, earliest.max(allowed_from), scratch);
        // Something is known only if everything since what was known before was looked at.
        if earliest <= allowed_from {
            match limited {
                Some(limited) => {
                    let bound = found.bound.unwrap_or(NEVER);
                    self.known_starts.note(limited, count, span.walltime, bound);
                    if let Some(start) = found.free_from.filter(|_| allowed_from == free_from) {
                        self.known_starts.note(free, count, span.walltime, start);
                    }
                }
                None => self.known_starts.note(free, count, span.walltime, found.free_from.unwrap_or(NEVER)),
            }
        }
        found.place
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
        let key = line_of(&mut self.gantt, &waiting.job, Grain::Resource);
        let span = Span { window: moldable.walltime, walltime: moldable.walltime, size: Size::UNKNOWN };
        let mut matched = Matched { fewest: 1, find };
        let search = Search::new(&self.gantt, &waiting.job);
        Ok(search.earliest(&key, span, earliest, &mut matched, &mut self.scratch)?.place)
    }
}

/// The timeline of a job at this grain, brought up to date.
pub(super) fn line_of(gantt: &mut Gantt, job: &Job, grain: Grain) -> LineKey {
    let search = Search::new(gantt, job);
    let key = LineKey::new(gantt, search.view(), search.access(), grain);
    gantt.follow(&key);
    key
}

/// The earliest place of what is asked for, on a timeline that is up to date.
pub(super) fn earliest_of(
    gantt: &Gantt,
    job: &Job,
    asking: &Asking<'_>,
    key: &LineKey,
    span: Span,
    from: Time,
    scratch: &mut Scratch,
) -> Found {
    let search = Search::new(gantt, job);
    let found = match (&asking.shape, asking.groups.as_slice()) {
        (Some(shape), [group]) => search.earliest(key, span, from, &mut Wanted::new(shape, group.counts()), scratch),
        (_, groups) => {
            let find = |available: &ProcSet, _| Ok(hierarchy::find(groups, available));
            search.earliest(key, span, from, &mut Matched { fewest: asking.fewest(), find }, scratch)
        }
    };
    // Only plugins fail.
    found.unwrap_or_default()
}
