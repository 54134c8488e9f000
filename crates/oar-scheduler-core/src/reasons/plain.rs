//! The reasons of plain jobs: one alternative, a single group on tidy levels, and nothing but other jobs in the way.
//!
//! Such a question is monotone, and its obstacles are places taken on a timeline. The smallest removal that prefers jobs that end soon is found by keeping
//! whatever can be kept, the job that ends last first. Jobs that end after some instant T and touch the window take exactly what is not free in all of
//! the window behind T: so a look back over the slots keeps them all at once, up to the first that must go.

use std::collections::{BTreeSet, HashMap};

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
    lines: HashMap<LineKey, Known>,
    scratch: Scratch,
    /// The holds by number, those that end last last.
    by_end: Vec<(Time, JobId, usize)>,
    /// Whether some job holds twice.
    has_twins: bool,
}

/// A timeline, and what each hold takes away on it, as far as that was asked.
struct Known {
    line: Line,
    parts: Vec<Option<Part>>,
}

impl<'a> PlainJobs<'a> {
    pub fn new(site: &'a Site, gantt: &'a Gantt) -> Self {
        let holds = gantt.holds().iter().enumerate();
        let mut by_end: Vec<_> = holds.map(|(number, hold)| (hold.end, hold.job.id, number)).collect();
        by_end.sort_unstable();
        let jobs: BTreeSet<JobId> = by_end.iter().map(|(_, job, _)| *job).collect();
        Self {
            site,
            gantt,
            requests: Requests::default(),
            lines: HashMap::new(),
            scratch: Scratch::default(),
            has_twins: jobs.len() < by_end.len(),
            by_end,
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
        let question = Question { gantt: self.gantt, by_end: &self.by_end, key: &key, outcome, at, end };
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
        Some(Known { line, parts: vec![None; self.by_end.len()] })
    }
}

struct Question<'q> {
    gantt: &'q Gantt,
    by_end: &'q [(Time, JobId, usize)],
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
            let behind = self.by_end.partition_point(|(end, ..)| *end <= last);
            wanted.restart(0);
            for &(end, _, number) in self.by_end.get(..behind).unwrap_or_default().iter().rev() {
                if end < self.at {
                    break;
                }
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
