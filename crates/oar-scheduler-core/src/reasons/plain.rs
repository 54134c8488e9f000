//! The reasons of plain jobs: alternatives of a single group on tidy levels, and nothing in the way but other jobs and quotas.
//!
//! Such a question is monotone, and its obstacles are places taken on a timeline. The smallest removal that prefers jobs that end soon is found by keeping
//! whatever can be kept, the job that ends last first. Jobs that end after some instant T and touch the window take exactly what is not free in all of
//! the window behind T: so a look back over the slots keeps them all at once, up to the first that must go. What must go is the same whatever the quotas say;
//! the limits are those that are then still exceeded.
//!
//! Of several alternatives the shortest is looked at, as no other can beat it. What must go for it is the answer unless with less another one would start;
//! then, and whenever something else is not plain, the general way is gone (`reasons/question.rs`).

use std::collections::BTreeMap;

use super::in_order::InOrder;
use super::{Cause, Reason};
use crate::bits::Part;
use crate::gantt::{Gantt, Grain, Hold, LINES_MAX, Line, LineKey};
use crate::hierarchy::{Places, Shortage, Wanted};
use crate::job::Moldable;
use crate::procset::ProcSet;
use crate::quotas::{Figure, Quotas};
use crate::requests::{Asking, Requests};
use crate::round::{Outcome, Site};
use crate::search::Search;
use crate::timeline::{Fit, Scratch};
use crate::units::Time;

mod used;

use used::Used;

/// Explains plain jobs, in the order in which they were handled.
pub(super) struct PlainJobs<'a> {
    site: &'a Site,
    gantt: &'a Gantt,
    requests: Requests,
    /// The timelines as they were when the last job was handled that needed them.
    lines: BTreeMap<LineKey, Known>,
    /// The places that each hold touches, as far as that was asked.
    parts: BTreeMap<Grain, Vec<Option<Part>>>,
    /// What was used of the quotas, in the same way: as besteffort jobs see it, and as others do.
    used: BTreeMap<bool, Used>,
    scratch: Scratch,
}

/// A timeline, and which holds are in the way on it, as far as that was asked.
struct Known {
    line: Line,
    in_the_way: Vec<Option<bool>>,
}

/// A question about one alternative: what keeps it from starting at `at`?
struct Question<'q> {
    moldable: &'q Moldable,
    asking: Asking<'q>,
    key: LineKey,
    at: Time,
    /// The last second of its window.
    end: Time,
    /// How many holds there were.
    holds_before: usize,
}

/// What the holds take away from what is asked about.
struct Obstacles<'o> {
    question: &'o Question<'o>,
    holds: &'o [Hold],
    places: &'o Places,
    in_the_way: &'o mut [Option<bool>],
    parts: &'o mut [Option<Part>],
}

impl Obstacles<'_> {
    /// What a hold takes away: nothing if it came later, if it is not in the way, or if it does not begin before the end of the window.
    fn part(&mut self, number: usize) -> Option<&Part> {
        let hold = self.holds.get(number).filter(|_| number < self.question.holds_before)?;
        let in_the_way = self.in_the_way.get_mut(number)?;
        let is_in_the_way = *in_the_way.get_or_insert_with(|| self.question.key.is_in_the_way(hold));
        if !is_in_the_way || hold.begin > self.question.end {
            return None;
        }
        Some(self.parts.get_mut(number)?.get_or_insert_with(|| self.places.touched(&hold.resources)))
    }
}

/// What must go for an alternative to start.
struct Removal {
    /// The numbers of the holds, those that end first first.
    holds: Vec<usize>,
    /// What the alternative then takes.
    resources: ProcSet,
    /// What it lacks now.
    shortage: Option<Shortage>,
}

impl<'a> PlainJobs<'a> {
    pub fn new(site: &'a Site, gantt: &'a Gantt) -> Self {
        Self {
            site,
            gantt,
            requests: Requests::default(),
            lines: BTreeMap::new(),
            parts: BTreeMap::new(),
            used: BTreeMap::new(),
            scratch: Scratch::default(),
        }
    }

    /// Writes down what keeps a job from starting at `at` with one of these alternatives, given with the last second of their windows; false if that is
    /// not such a question.
    pub fn explain(
        &mut self,
        in_order: &InOrder,
        outcome: &Outcome,
        considered: &[(&Moldable, Time)],
        at: Time,
        reason: &mut Reason,
    ) -> bool {
        self.causes(in_order, outcome, considered, at, reason).is_some()
    }

    fn causes(
        &mut self,
        in_order: &InOrder,
        outcome: &Outcome,
        considered: &[(&Moldable, Time)],
        at: Time,
        reason: &mut Reason,
    ) -> Option<()> {
        let search = Search::new(self.gantt, &outcome.job.job);
        let horizon = considered.iter().map(|(_, end)| *end).max()?;
        let is_leaving = self.site.resources.available_upto.iter().any(|entry| entry.until <= horizon);
        let is_in_time = considered.iter().all(|(_, end)| (at..=self.site.max_time).contains(end));
        let has_deadline = outcome.job.latest_end.is_some();
        if has_deadline || in_order.has_twins || search.view().container.is_some() || is_leaving || !is_in_time {
            return None;
        }
        if search.quotas().is_some() && (considered.len() > 1 || search.takes_over()) {
            return None;
        }
        let mut questions = Vec::with_capacity(considered.len());
        for &(moldable, end) in considered {
            let asking = self.requests.asking(moldable, self.site)?;
            let key = LineKey::new(self.gantt, search.view(), search.access(), asking.grain.clone());
            let question = Question { moldable, asking, key, at, end, holds_before: outcome.holds_before };
            self.follow(&question.key, outcome.holds_before)?;
            questions.push(question);
        }
        let (best, shortest) = questions.iter().enumerate().min_by_key(|(_, question)| question.end)?;
        let removal = self.removal(in_order, shortest)?;
        for (index, other) in questions.iter().enumerate().filter(|(index, _)| *index != best) {
            if !is_beaten(outcome, index, other.end) && self.starts_with_less(in_order, other, &removal.holds)? {
                return None;
            }
        }
        let gone = removal.holds.iter().filter_map(|number| self.gantt.holds().get(*number));
        let gone: Vec<&Hold> = gone.collect();
        let limits = match search.quotas() {
            Some(quotas) => self.limits(quotas, &search, shortest, &gone, &removal.resources)?,
            None => Vec::new(),
        };
        reason.moldable = Some(shortest.moldable.id);
        reason.shortage = removal.shortage;
        reason.causes.extend(gone.into_iter().map(|hold| Cause::Held {
            job: hold.job.id,
            resources: hold.resources.intersection(&removal.resources),
            until: hold.end.next(),
        }));
        reason.causes.extend(limits);
        Some(())
    }

    /// Makes a timeline as it was when there were so many holds.
    fn follow(&mut self, key: &LineKey, holds: usize) -> Option<()> {
        if let Some(known) = self.lines.get_mut(key) {
            known.line.follow(self.gantt, key, holds);
            return Some(());
        }
        if self.lines.len() >= LINES_MAX {
            self.lines.clear();
        }
        let line = Line::new(self.gantt, key, self.lines.len(), holds)?;
        let count = self.gantt.holds().len();
        self.lines.insert(key.clone(), Known { line, in_the_way: vec![None; count] });
        self.parts.entry(key.grain().clone()).or_insert_with(|| vec![None; count]);
        Some(())
    }

    /// The holds that must go for an alternative to start, whatever the quotas say; `None` if it does not even on an empty machine.
    fn removal(&mut self, in_order: &InOrder, question: &Question<'_>) -> Option<Removal> {
        let Known { line, in_the_way } = self.lines.get_mut(&question.key)?;
        let (holds, places, parts) = (self.gantt.holds(), &*line.places, self.parts.get_mut(question.key.grain())?);
        let mut obstacles = Obstacles { question, holds, places, in_the_way, parts };
        let mut wanted = question.wanted()?;
        if !wanted.fits_anew(&inside(line.there(), &wanted)) {
            return None;
        }
        let Question { at, end, .. } = *question;
        let last = line.timeline.last_in_the_way(at, end, line.there(), &mut wanted, &mut self.scratch);
        let mut free = self.scratch.free().to_vec();
        let mut gone = Vec::new();
        if let Some(last) = last {
            // At the very end of the window: also those that go on behind it.
            let last = if last < end { last } else { Time(i64::MAX) };
            wanted.restart(0);
            for number in in_order.ending(at, last, end) {
                let part = obstacles.part(number);
                let Some(before) = part.and_then(|part| taken_out(&mut free, part)) else { continue };
                if !wanted.fits(&free) {
                    before.into_iter().for_each(|(word, bits)| restore(&mut free, word, bits));
                    gone.push(number);
                    wanted.restart(0);
                }
            }
        }
        gone.reverse();
        let resources = line.places.resources(&wanted.taken(&free)?);
        line.timeline.free_in(at, end, &mut self.scratch);
        let too_few = wanted.too_few(&inside(self.scratch.free(), &wanted));
        let group = question.asking.groups.first()?;
        Some(Removal { holds: gone, resources, shortage: too_few.map(|number| group.shortage_of(0, number)) })
    }

    /// Whether an alternative would start if all but one of these holds were gone.
    fn starts_with_less(&mut self, in_order: &InOrder, question: &Question<'_>, gone: &[usize]) -> Option<bool> {
        let Known { line, in_the_way } = self.lines.get_mut(&question.key)?;
        let (holds, places, parts) = (self.gantt.holds(), &*line.places, self.parts.get_mut(question.key.grain())?);
        let mut obstacles = Obstacles { question, holds, places, in_the_way, parts };
        let mut wanted = question.wanted()?;
        let Question { at, end, .. } = *question;
        // No more than this is free without them.
        line.timeline.free_in(at, end, &mut self.scratch);
        let mut most = self.scratch.free().to_vec();
        for &number in gone {
            if let Some(part) = obstacles.part(number) {
                put_in(&mut most, part);
            }
        }
        if !wanted.fits_anew(&inside(&most, &wanted)) {
            return Some(false);
        }
        let mut free = line.there().to_vec();
        for number in in_order.ending(at, Time(i64::MAX), end) {
            let part = obstacles.part(number).filter(|_| !gone.contains(&number));
            part.and_then(|part| taken_out(&mut free, part));
        }
        let free = inside(&free, &wanted);
        if !wanted.fits_anew(&free) {
            return Some(false);
        }
        for &number in gone {
            let mut with_it = free.clone();
            let part = obstacles.part(number);
            part.and_then(|part| taken_out(&mut with_it, part));
            if wanted.fits_anew(&with_it) {
                return Some(true);
            }
        }
        Some(false)
    }

    /// The limits that are exceeded when these holds are gone.
    fn limits(
        &mut self,
        quotas: &Quotas,
        search: &Search<'_>,
        question: &Question<'_>,
        gone: &[&Hold],
        resources: &ProcSet,
    ) -> Option<Vec<Cause>> {
        // A container takes its inner jobs along.
        if gone.iter().any(|hold| hold.job.container_name().is_some()) {
            return None;
        }
        let besteffort = search.view().besteffort;
        let used = self.used.entry(besteffort).or_default();
        used.follow(self.gantt, quotas, besteffort, question.holds_before);
        let Question { moldable, at, end, .. } = *question;
        let violations = used
            .without(gone, self.gantt, quotas, |usage| search.violations(usage, resources, at, end, moldable.walltime));
        let mut limits = Vec::new();
        for (rules, rule) in quotas.rules_of(search.job()) {
            for figure in Figure::ALL {
                let violation = violations.iter().find(|violation| violation.is_of(&rules, &rule, figure));
                limits.extend(violation.cloned().map(Cause::from));
            }
        }
        let window_end = quotas.window_end().filter(|window_end| end > *window_end);
        limits.extend(window_end.map(|end| Cause::WindowLimit { end }));
        Some(limits)
    }
}

/// Whether the job ends earlier in the plan than if it started now with this alternative: so it would whatever else was gone.
fn is_beaten(outcome: &Outcome, alternative: usize, end: Time) -> bool {
    outcome.assignment.as_ref().is_some_and(|assignment| {
        let assigned = outcome.job.moldables.iter().position(|moldable| moldable.id == assignment.moldable);
        let assigned_end = assignment.start.end_of(assignment.walltime);
        assigned.is_some_and(|assigned| (assigned_end, assigned) < (end, alternative))
    })
}

impl Question<'_> {
    fn wanted(&self) -> Option<Wanted<'_>> {
        let [group] = self.asking.groups.as_slice() else { return None };
        let (shape, (kind, _)) = self.asking.shape.as_deref().zip(self.asking.kind)?;
        Some(Wanted::new(shape, group.counts(), kind))
    }
}

impl Wanted<'_> {
    /// Whether it fits into this set, whatever it was asked before.
    fn fits_anew(&mut self, free: &[u64]) -> bool {
        self.restart(0);
        self.fits(free)
    }
}

/// What of a set is inside the filter.
fn inside(set: &[u64], wanted: &Wanted<'_>) -> Vec<u64> {
    match wanted.filter() {
        Some(filter) => set.iter().zip(filter).map(|(word, filter)| word & filter).collect(),
        None => set.to_vec(),
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

fn put_in(set: &mut [u64], part: &Part) {
    for &(word, mask) in part.pieces() {
        if let Some(bits) = set.get_mut(word as usize) {
            *bits |= mask;
        }
    }
}
