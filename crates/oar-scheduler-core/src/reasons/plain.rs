//! The reasons of plain jobs: one alternative, a single group on tidy levels, and nothing but other jobs in the way.
//!
//! Such a question is monotone, and its obstacles are places taken on a timeline. The smallest removal that prefers jobs that end soon is found by keeping
//! whatever can be kept, the job that ends last first. Jobs that end after some instant T and touch the window take exactly what is not free in all of
//! the window behind T: so a look back over the slots keeps them all at once, up to the first that must go.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cause, Reason};
use crate::bits::Part;
use crate::gantt::{Gantt, Hold, Line, LineKey};
use crate::hierarchy::Wanted;
use crate::job::Moldable;
use crate::requests::{Asking, Requests};
use crate::round::{Outcome, Site};
use crate::search::Search;
use crate::timeline::{Fit, Scratch};
use crate::units::{JobId, Time};

/// Explains plain jobs, in the order in which they were handled.
pub(super) struct PlainJobs<'a> {
    site: &'a Site,
    gantt: &'a Gantt,
    requests: Requests,
    /// The timelines as they were when the last job was handled that needed them.
    lines: BTreeMap<LineKey, Known>,
    scratch: Scratch,
    holds: InOrder,
    /// Whether some job holds twice.
    has_twins: bool,
}

/// The holds, sorted.
struct InOrder {
    /// By end, then by job: end, job, and the number of the hold.
    by_end: Vec<(Time, JobId, usize)>,
    /// By begin: begin, and the place among those by end.
    by_begin: Vec<(Time, usize)>,
}

impl InOrder {
    fn new(holds: &[Hold]) -> Self {
        let numbered = holds.iter().enumerate();
        let mut by_end: Vec<_> = numbered.map(|(number, hold)| (hold.end, hold.job.id, number)).collect();
        by_end.sort_unstable();
        let begins = by_end.iter().filter_map(|(_, _, number)| holds.get(*number)).map(|hold| hold.begin);
        let mut by_begin: Vec<_> = begins.zip(0..).collect();
        by_begin.sort_unstable();
        Self { by_end, by_begin }
    }

    /// The numbers of the holds that end in `[at, last]` and begin by `begin`, those that end last first, and perhaps some that begin later.
    fn ending(&self, at: Time, last: Time, begin: Time) -> Vec<usize> {
        let by_end =
            self.by_end.partition_point(|(end, ..)| *end < at)..self.by_end.partition_point(|(end, ..)| *end <= last);
        let begun = self.by_begin.partition_point(|(known, _)| *known <= begin);
        let mut places: Vec<usize> = if by_end.len() <= 8 * begun {
            by_end.collect()
        } else {
            let begun = self.by_begin.get(..begun).unwrap_or_default().iter().map(|(_, place)| *place);
            begun.filter(|place| by_end.contains(place)).collect()
        };
        places.sort_unstable();
        places.iter().rev().filter_map(|place| self.by_end.get(*place)).map(|(_, _, number)| *number).collect()
    }
}

/// A timeline, and what each hold takes away on it, as far as that was asked.
struct Known {
    line: Line,
    parts: Vec<Option<Part>>,
}

impl<'a> PlainJobs<'a> {
    pub fn new(site: &'a Site, gantt: &'a Gantt) -> Self {
        let holds = InOrder::new(gantt.holds());
        let jobs: BTreeSet<JobId> = holds.by_end.iter().map(|(_, job, _)| *job).collect();
        Self {
            site,
            gantt,
            requests: Requests::default(),
            lines: BTreeMap::new(),
            scratch: Scratch::default(),
            has_twins: jobs.len() < holds.by_end.len(),
            holds,
        }
    }

    /// Writes down what keeps a job from starting at `at` with this alternative, which would end at `end`; false if that is not such a question.
    pub fn explain(
        &mut self,
        outcome: &Outcome,
        moldable: &Moldable,
        at: Time,
        end: Time,
        reason: &mut Reason,
    ) -> bool {
        let search = Search::new(self.gantt, &outcome.job.job);
        let is_leaving = self.site.resources.available_upto.iter().any(|entry| entry.until <= end);
        let is_plain = search.quotas().is_none() && search.view().container.is_none() && !is_leaving;
        if self.has_twins || !is_plain || end > self.site.max_time || end < at {
            return false;
        }
        let Some(asking) = self.requests.asking(moldable, self.site) else { return false };
        let (Some(shape), Some((kind, _)), [group]) = (&asking.shape, asking.kind, asking.groups.as_slice()) else {
            return false;
        };
        let mut wanted = Wanted::new(shape, group.counts(), kind);
        let key = LineKey::new(self.gantt, search.view(), search.access(), asking.grain.clone());
        let Some(mut known) = self.known(&key, outcome.holds_before) else { return false };
        let question = Question { gantt: self.gantt, holds: &self.holds, key: &key, outcome, at, end };
        let is_explained = question.explain(&mut known, &mut wanted, &asking, moldable, reason, &mut self.scratch);
        self.lines.insert(key, known);
        is_explained
    }

    /// A timeline as it was when there were so many holds.
    fn known(&mut self, key: &LineKey, holds: usize) -> Option<Known> {
        if let Some(mut known) = self.lines.remove(key) {
            known.line.follow(self.gantt, key, holds);
            return Some(known);
        }
        let line = Line::new(self.gantt, key, self.lines.len(), holds)?;
        Some(Known { line, parts: vec![None; self.holds.by_end.len()] })
    }
}

struct Question<'q> {
    gantt: &'q Gantt,
    holds: &'q InOrder,
    key: &'q LineKey,
    outcome: &'q Outcome,
    at: Time,
    end: Time,
}

impl Question<'_> {
    fn explain(
        &self,
        Known { line, parts }: &mut Known,
        wanted: &mut Wanted<'_>,
        asking: &Asking<'_>,
        moldable: &Moldable,
        reason: &mut Reason,
        scratch: &mut Scratch,
    ) -> bool {
        let Some(group) = asking.groups.first() else { return false };
        let there = line.there();
        // On an empty machine it must fit.
        let mut all = there.to_vec();
        cut_down(&mut all, wanted.filter());
        wanted.restart(0);
        if !wanted.fits(&all) {
            return false;
        }
        let last = line.timeline.last_in_the_way(self.at, self.end, there, wanted, scratch);
        let mut free = scratch.free().to_vec();
        let mut removed = Vec::new();
        if let Some(last) = last {
            // At the very end of the window: also those that go on behind it.
            let last = if last < self.end { last } else { Time(i64::MAX) };
            wanted.restart(0);
            for number in self.holds.ending(self.at, last, self.end) {
                let Some((hold, part)) = self.obstacle(number).zip(parts.get_mut(number)) else { continue };
                let part = part.get_or_insert_with(|| match self.key.is_in_the_way(hold) {
                    true => line.places.touched(&hold.resources),
                    false => Part::default(),
                });
                let Some(before) = taken_out(&mut free, part) else { continue };
                if !wanted.fits(&free) {
                    before.into_iter().for_each(|(word, bits)| restore(&mut free, word, bits));
                    removed.push(hold);
                    wanted.restart(0);
                }
            }
        }
        let Some(taken) = wanted.taken(&free) else { return false };
        let resources = line.places.resources(&taken);
        line.timeline.free_in(self.at, self.end, scratch);
        let mut available = scratch.free().to_vec();
        cut_down(&mut available, wanted.filter());
        reason.moldable = Some(moldable.id);
        reason.shortage = wanted.too_few(&available).map(|number| group.shortage_of(0, number));
        reason.causes.extend(removed.into_iter().rev().map(|hold| Cause::Held {
            job: hold.job.id,
            resources: hold.resources.intersection(&resources),
            until: hold.end.next(),
        }));
        true
    }

    /// A hold, if it was there when the job was handled, and begins before the end of its window.
    fn obstacle(&self, number: usize) -> Option<&Hold> {
        let hold = self.gantt.holds().get(number).filter(|_| number < self.outcome.holds_before)?;
        (hold.begin <= self.end).then_some(hold)
    }
}

fn cut_down(words: &mut [u64], filter: Option<&[u64]>) {
    for (word, filter) in words.iter_mut().zip(filter.unwrap_or_default()) {
        *word &= filter;
    }
}

/// Takes a part out of a set, and tells what the words were that changed; `None`: nothing changed.
fn taken_out(set: &mut [u64], part: &Part) -> Option<Vec<(u32, u64)>> {
    let mut before = Vec::new();
    for &(word, mask) in part.pieces() {
        if let Some(bits) = set.get_mut(word as usize)
            && *bits & mask != 0
        {
            before.push((word, *bits));
            *bits &= !mask;
        }
    }
    (!before.is_empty()).then_some(before)
}

fn restore(set: &mut [u64], word: u32, bits: u64) {
    if let Some(word) = set.get_mut(word as usize) {
        *word = bits;
    }
}
