//! The reasons of plain jobs: alternatives of a single group on tidy levels, and nothing in the way but other jobs and quotas.
//!
//! Such a question is monotone, and its obstacles are places taken on a timeline. The smallest removal that prefers jobs that end soon is found by keeping
//! whatever can be kept, the job that ends last first. Jobs that end after some instant T and touch the window take exactly what is not free in all of
//! the window behind T: so a look back over the slots keeps them all at once, up to the first that must go. From there on the others are kept one by one;
//! soon few places are left to be taken, and only those are looked at who touch them. What must go is the same whatever the quotas say; the limits are those
//! that are then still exceeded.
//!
//! Of several alternatives the shortest is looked at, as no other can beat it. What must go for it is the answer unless with less another one would start;
//! then, and whenever something else is not plain, the general way is gone (`reasons/question.rs`).

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::in_order::{InOrder, Meant};
use super::{Cause, Reason};
use crate::bits;
use crate::gantt::{Gantt, Grain, Hold, LINES_MAX, Line, LineKey};
use crate::hierarchy::{Shortage, Wanted};
use crate::job::Moldable;
use crate::procset::ProcSet;
use crate::quotas::{Figure, Quotas};
use crate::requests::{Asking, Requests};
use crate::round::{Outcome, Site};
use crate::search::Search;
use crate::timeline::{Fit, Scratch};
use crate::units::Time;

mod touched;
mod used;

use touched::Touched;
use used::Used;

/// So many holds are looked at before it is asked again who touches what is left.
const AT_ONCE: usize = 64;

/// Explains plain jobs, in the order in which they were handled.
pub(super) struct PlainJobs<'a> {
    site: &'a Site,
    gantt: &'a Gantt,
    requests: Requests,
    /// The timelines as they were when the last job was handled that needed them.
    lines: BTreeMap<LineKey, Known>,
    /// The places that the holds touch, without what is missing and with it.
    touched: BTreeMap<bool, BTreeMap<Grain, Touched>>,
    /// What was used of the quotas, in the same way: as besteffort jobs see it, and as others do.
    used: BTreeMap<bool, Used>,
    scratch: Scratch,
}

/// A timeline, and the ranks of the holds that are in the way on it.
struct Known {
    line: Line,
    in_the_way: Vec<u64>,
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

/// What the holds take away on a timeline.
#[derive(Clone, Copy)]
struct Obstacles<'o> {
    in_order: &'o InOrder,
    /// The ranks of those that are in the way.
    in_the_way: &'o [u64],
    touched: &'o Touched,
}

impl<'o> Obstacles<'o> {
    /// Those that end from `at` to `last`, to be looked at in turn.
    fn walk(self, question: &Question<'_>, last: Time) -> Walk<'o, impl Iterator<Item = usize> + use<'o>> {
        let meant = self.in_order.meant(question.at, last, question.end);
        let ranks = self.in_order.ranks(self.in_the_way, &meant);
        Walk { obstacles: self, meant, ranks, below: self.touched.len(), is_few: false }
    }
}

/// Holds that are in the way, by rank, those that end last first.
struct Walk<'o, R> {
    obstacles: Obstacles<'o>,
    meant: Meant,
    /// Those that are left.
    ranks: R,
    /// They are all below this one.
    below: usize,
    /// Only those were left that touch some places; nobody is left now.
    is_few: bool,
}

impl<R: Iterator<Item = usize>> Walk<'_, R> {
    /// Writes down the next ones that may touch these places, of which there are never more; false if nobody is left.
    fn next(&mut self, free: &[u64], next: &mut Vec<usize>) -> bool {
        let Self { obstacles, ref meant, ref mut ranks, below, is_few } = *self;
        let Obstacles { in_order, in_the_way, touched } = obstacles;
        let left = ranks.size_hint().1.unwrap_or(usize::MAX);
        if left == 0 || is_few {
            return false;
        }
        // Soon few places are left: then only those are looked at who touch them.
        let few = touched.few(free, left / 2, |rank| rank < below && in_order.is_meant(rank, in_the_way, meant));
        self.is_few = few.is_some();
        match few {
            Some(few) => *next = few,
            None => {
                next.clear();
                next.extend(ranks.take(AT_ONCE));
            }
        }
        self.below = next.last().copied().unwrap_or(0);
        true
    }
}

/// What must go for an alternative to start.
struct Removal {
    /// The ranks of the holds, those that end first first.
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
            touched: BTreeMap::new(),
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
        let search = Search::new(self.gantt, &outcome.job);
        let horizon = considered.iter().map(|(_, end)| *end).max()?;
        let is_leaving = self.site.available_upto.iter().any(|entry| entry.until <= horizon);
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
            let asking = self.requests.asking(&outcome.job, moldable, &self.site.machines)?;
            let key = LineKey::new(self.gantt, search.view(), search.access(), asking.grain.clone());
            let question = Question { moldable, asking, key, at, end, holds_before: outcome.holds_before };
            self.follow(in_order, &question.key, outcome.holds_before)?;
            questions.push(question);
        }
        let (best, shortest) = questions.iter().enumerate().min_by_key(|(_, question)| question.end)?;
        let removal = self.removal(in_order, shortest)?;
        for (index, other) in questions.iter().enumerate().filter(|(index, _)| *index != best) {
            if !is_beaten(outcome, index, other.end) && self.starts_with_less(in_order, other, &removal.holds)? {
                return None;
            }
        }
        let number = |rank: &usize| in_order.number(*rank);
        let gone = removal.holds.iter().filter_map(number).filter_map(|number| self.gantt.holds().get(number));
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
    fn follow(&mut self, in_order: &InOrder, key: &LineKey, holds: usize) -> Option<()> {
        let all = self.gantt.holds();
        let in_the_way = |from: usize| {
            let new = all.get(from..holds).unwrap_or_default().iter().zip(from..);
            new.filter(|(hold, _)| key.is_in_the_way(hold)).map(|(_, number)| number)
        };
        if let Some(Known { line, in_the_way: known }) = self.lines.get_mut(key) {
            in_order.add(known, in_the_way(line.followed()));
            line.follow(self.gantt, key, holds);
            return Some(());
        }
        if self.lines.len() >= LINES_MAX {
            self.lines.clear();
        }
        let line = Line::new(self.gantt, key, self.lines.len(), holds)?;
        let by_rank = in_order.numbers().iter().filter_map(|number| all.get(*number));
        let parts = by_rank.map(|hold| line.places.touched(&hold.resources));
        self.touched
            .entry(key.missing())
            .or_default()
            .entry(key.grain().clone())
            .or_insert_with(|| Touched::new(parts, line.places.count()));
        self.lines.insert(key.clone(), Known { line, in_the_way: in_order.set(in_the_way(0)) });
        Some(())
    }

    /// The holds that must go for an alternative to start, whatever the quotas say; `None` if it does not even on an empty machine.
    fn removal(&mut self, in_order: &InOrder, question: &Question<'_>) -> Option<Removal> {
        let Known { line, in_the_way } = self.lines.get_mut(&question.key)?;
        let touched = self.touched.get(&question.key.missing())?.get(question.key.grain())?;
        let obstacles = Obstacles { in_order, in_the_way, touched };
        let mut wanted = question.wanted()?;
        if !wanted.fits_anew(&inside(line.there(), &wanted)) {
            return None;
        }
        let Question { at, end, .. } = *question;
        let last = line.timeline.last_in_the_way(at, end, line.there(), &mut wanted, &mut self.scratch);
        let mut free = self.scratch.free().to_vec();
        let mut gone = Vec::new();
        if let Some(last) = last {
            // At the very end of the window: also those that go on behind it. Then most of them can stay.
            let last = if last < end { last } else { Time(i64::MAX) };
            wanted.restart(0);
            let (mut ranks, mut left, mut before) = (Vec::new(), Vec::new(), Vec::new());
            let mut walk = obstacles.walk(question, last);
            while walk.next(&free, &mut ranks) {
                // As long as nothing must go, all at once.
                if gone.is_empty() && !walk.is_few {
                    left.clone_from(&free);
                    for rank in &ranks {
                        bits::take_away(&mut left, touched.of(*rank));
                    }
                    if wanted.fits(&left) {
                        std::mem::swap(&mut left, &mut free);
                        continue;
                    }
                    wanted.restart(0);
                }
                for &rank in &ranks {
                    take_out(&mut free, touched.of(rank), &mut before);
                    if !before.is_empty() && !wanted.fits(&free) {
                        before.iter().for_each(|&(word, bits)| restore(&mut free, word, bits));
                        gone.push(rank);
                        wanted.restart(0);
                    }
                }
            }
        }
        gone.reverse();
        let resources = line.places.resources(&wanted.taken(&free)?);
        for &rank in &gone {
            bits::take_away(&mut free, touched.of(rank));
        }
        let too_few = wanted.too_few(&free);
        let group = question.asking.groups.first()?;
        Some(Removal { holds: gone, resources, shortage: too_few.map(|number| group.shortage_of(0, number)) })
    }

    /// Whether an alternative would start if all but one of these holds were gone.
    fn starts_with_less(&mut self, in_order: &InOrder, question: &Question<'_>, gone: &[usize]) -> Option<bool> {
        let Known { line, in_the_way } = self.lines.get_mut(&question.key)?;
        let touched = self.touched.get(&question.key.missing())?.get(question.key.grain())?;
        let obstacles = Obstacles { in_order, in_the_way, touched };
        let mut wanted = question.wanted()?;
        let Question { at, end, .. } = *question;
        // No more than this is free without them.
        line.timeline.free_in(at, end, &mut self.scratch);
        let mut most = self.scratch.free().to_vec();
        // They are in the way here too: the timelines of a job differ in the grain alone.
        for &rank in gone {
            put_in(&mut most, touched.of(rank));
        }
        let mut free = inside(&most, &wanted).into_owned();
        if !wanted.fits_anew(&free) {
            return Some(false);
        }
        let mut ranks = Vec::new();
        let mut walk = obstacles.walk(question, Time(i64::MAX));
        while walk.next(&free, &mut ranks) {
            for rank in ranks.iter().filter(|rank| !gone.contains(rank)) {
                bits::take_away(&mut free, touched.of(*rank));
            }
        }
        if !wanted.fits_anew(&free) {
            return Some(false);
        }
        for &rank in gone {
            let mut with_it = free.clone();
            bits::take_away(&mut with_it, touched.of(rank));
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
fn inside<'s>(set: &'s [u64], wanted: &Wanted<'_>) -> Cow<'s, [u64]> {
    match wanted.filter() {
        Some(filter) => set.iter().zip(filter).map(|(word, filter)| word & filter).collect(),
        None => Cow::Borrowed(set),
    }
}

/// Takes a part out of a set, and writes down what the words were that changed.
fn take_out(set: &mut [u64], part: &[(u32, u64)], before: &mut Vec<(u32, u64)>) {
    before.clear();
    for &(word, mask) in part {
        if let Some(bits) = set.get_mut(word as usize)
            && *bits & mask != 0
        {
            before.push((word, *bits));
            *bits &= !mask;
        }
    }
}

fn restore(set: &mut [u64], word: u32, bits: u64) {
    if let Some(word) = set.get_mut(word as usize) {
        *word = bits;
    }
}

fn put_in(set: &mut [u64], part: &[(u32, u64)]) {
    for &(word, mask) in part {
        if let Some(bits) = set.get_mut(word as usize) {
            *bits |= mask;
        }
    }
}
