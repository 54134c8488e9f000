//! The earliest place of an alternative, for plugins: nothing is known beforehand, and nothing is noted for others.

use super::earliest::{earliest_of, line_of};
use super::{Site, not_available};
use crate::gantt::{Gantt, Grain, LineKey, View};
use crate::hierarchy::Size;
use crate::hooks::{FindRequest, HookError};
use crate::job::{Moldable, WaitingJob};
use crate::procset::ProcSet;
use crate::requests::Requests;
use crate::search::{Matched, Search, Span};
use crate::sharing::Access;
use crate::timeline::Scratch;
use crate::units::Time;

/// The parts of a round with which places are looked for.
#[derive(Debug)]
pub(crate) struct Finder<'r> {
    pub site: &'r Site,
    /// Only its timelines change.
    pub gantt: &'r mut Gantt,
    pub requests: &'r mut Requests,
    pub scratch: &'r mut Scratch,
}

impl Finder<'_> {
    /// The last second that a job may hold.
    pub fn last_second(&self, waiting: &WaitingJob) -> Time {
        waiting.last_second(self.gantt.security_time(), self.site.max_time)
    }

    /// What is available to a job that sees what this one sees, with this access, from each instant on.
    pub fn availability(&mut self, waiting: &WaitingJob, access: &Access) -> Vec<(Time, ProcSet)> {
        let key = LineKey::new(self.gantt, View::of(waiting), access, Grain::Resource);
        let Some(line) = self.gantt.take_line(&key) else { return Vec::new() };
        let free = line.free();
        self.gantt.keep_line(key, line);
        free
    }

    /// Where an alternative has its earliest place from `from` on.
    pub fn earliest(&mut self, waiting: &WaitingJob, moldable: &Moldable, from: Time) -> Option<(Time, ProcSet)> {
        let asking = self.requests.asking(waiting, moldable, &self.site.machines)?;
        let key = line_of(self.gantt, waiting, asking.grain.clone());
        let mut line = self.gantt.take_line(&key)?;
        let walltime = moldable.walltime;
        let span = Span { window: walltime, walltime, last: self.last_second(waiting), size: asking.size };
        let found = earliest_of(self.gantt, waiting, &asking, &mut line, span, from, self.scratch);
        self.gantt.keep_line(key, line);
        found.place
    }

    /// Where `find` gives an alternative its earliest place from `from` on.
    ///
    /// # Errors
    /// When it fails, or takes what is not available.
    pub fn earliest_with(
        &mut self,
        waiting: &WaitingJob,
        index: usize,
        from: Time,
        find: &mut dyn FnMut(&FindRequest<'_>) -> Result<ProcSet, HookError>,
    ) -> Result<Option<(Time, ProcSet)>, HookError> {
        let site = self.site;
        let Some(moldable) = waiting.moldables.get(index) else { return Ok(None) };
        // What makes no sense is not put to it.
        if self.requests.asking(waiting, moldable, &site.machines).is_none() {
            return Ok(None);
        }
        let machine = site.machine(waiting);
        let find = |available: &ProcSet, start: Time| {
            let found = find(&FindRequest {
                job: waiting,
                moldable: index,
                available,
                default_resources: &machine.default,
                hierarchy: &machine.hierarchy,
                beginning: start == site.now,
            })?;
            if found.is_subset(available) {
                Ok(Some(found).filter(|found| !found.is_empty()))
            } else {
                Err(not_available(&found.difference(available)))
            }
        };
        let key = line_of(self.gantt, waiting, Grain::Resource);
        let Some(mut line) = self.gantt.take_line(&key) else { return Ok(None) };
        let walltime = moldable.walltime;
        let span = Span { window: walltime, walltime, last: self.last_second(waiting), size: Size::UNKNOWN };
        let mut matched = Matched { fewest: 1, find };
        let search = Search::new(self.gantt, waiting);
        let found = search.earliest(&mut line, span, from, &mut matched, self.scratch);
        self.gantt.keep_line(key, line);
        Ok(found?.place)
    }
}
