//! The search for the first window in which something fits.
//!
//! What fits is monotone: what does not fit into a set does not fit into a part of it. So when a window fails because of what is free from one slot to
//! another, every window that contains both fails too, and the search goes on behind the first of the two.

use super::chunk::{Chunk, Slot};
use super::{At, Timeline};
use crate::units::{Seconds, Time};

/// What is to be fitted into the free places of a window. Monotone: what does not fit into a set does not fit into its subsets.
pub(crate) trait Fit {
    /// Places that matter, as words; `None`: all.
    fn filter(&self) -> Option<&[u64]>;

    /// It needs so many places at least.
    fn fewest(&self) -> u32;

    /// Whether it fits into this set, which lies within the filter. Until the next `restart`, sets only become smaller.
    fn fits(&mut self, free: &[u64]) -> bool;

    /// The next set will be any, but the first so many of the blocks that are tried in turn will not do.
    fn restart(&mut self, first: u32);

    /// The first so many blocks do not do.
    fn first(&self) -> u32;

    /// Words of a set before this one do not matter, because of the blocks that do not do.
    fn begins(&self) -> usize;

    /// What is asked for, among what differs from it in one count only: a number for all of that, and the count.
    fn kind(&self) -> Option<(u32, u32)>;

    /// The kind that asks for the same of more places, if it is known: what does not fit as that kind does not fit as this one.
    fn wider(&self) -> Option<u32>;

    /// The largest count of its kind that may fit into a set, the first one after a restart without blocks left out, into which it did not.
    fn most(&self) -> u32;
}

/// Memory that searches use one after the other.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// What is free in the window so far.
    free: Vec<u64>,
    /// The same, backwards from where the window fails.
    back: Vec<u64>,
    next: Vec<u64>,
    /// How many windows were looked at.
    windows: u64,
}

impl Scratch {
    /// What is free in the window that was found, within the filter, as far as it matters to what was searched for.
    pub fn free(&self) -> &[u64] {
        &self.free
    }

    /// How many windows all searches looked at.
    pub fn windows(&self) -> u64 {
        self.windows
    }
}

/// What was found out about how requests of a few kinds fit into a slot. As nothing becomes free, it stays true.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known([OfKind; KINDS]);

/// So many kinds are remembered.
const KINDS: usize = 4;

#[derive(Debug, Clone, Copy)]
struct OfKind {
    kind: u32,
    /// The largest count that may fit.
    most: u32,
    /// With this count or more, the first so many blocks do not do.
    count: u32,
    first: u32,
}

impl Known {
    pub const NOTHING: Self = Self([OfKind { kind: u32::MAX, most: u32::MAX, count: 0, first: 0 }; KINDS]);

    fn of(&self, kind: u32) -> Option<&OfKind> {
        self.0.get(kind as usize % KINDS).filter(|known| known.kind == kind)
    }

    fn of_mut(&mut self, kind: u32) -> Option<&mut OfKind> {
        let known = self.0.get_mut(kind as usize % KINDS)?;
        if known.kind != kind {
            *known = OfKind { kind, most: u32::MAX, count: 0, first: 0 };
        }
        Some(known)
    }
}

impl Chunk {
    /// Whether it is not known that it does not fit into one of its slots.
    fn may_fit(&self, slot: &Slot, fit: &impl Fit) -> bool {
        let may_fit = |(kind, count): (u32, u32)| {
            let may_fit = |kind: u32| slot.known.of(kind).is_none_or(|known| count <= known.most);
            may_fit(kind) && fit.wider().is_none_or(may_fit)
        };
        self.count_of(slot) >= fit.fewest() && fit.kind().is_none_or(may_fit)
    }

    /// Begins a search in one of its slots: what is free there, as far as it matters.
    fn begin(&self, slot: &Slot, fit: &mut impl Fit, free: &mut Vec<u64>) {
        let known = fit.kind().and_then(|(kind, count)| slot.known.of(kind).filter(|known| count >= known.count));
        fit.restart(known.map_or(0, |known| known.first));
        self.read(slot, free, fit.begins());
        keep(free, fit.filter());
    }
}

impl Timeline {
    /// The first start from `from` on of a window that ends no later than `horizon` and in which `fit` fits. What is free in it is then in
    /// `scratch`.
    pub fn first_fit(
        &mut self,
        from: Time,
        window: Seconds,
        horizon: Time,
        fit: &mut impl Fit,
        scratch: &mut Scratch,
    ) -> Option<Time> {
        let mut start = from;
        let mut first = self.containing(start);
        'start: loop {
            first = self.first_with(first, fit)?;
            let (chunk, slot) = self.with_chunk(first)?;
            start = start.max(slot.begin);
            if start.end_of(window) > horizon {
                return None;
            }
            scratch.windows += 1;
            chunk.begin(slot, fit, &mut scratch.free);
            if !fit.fits(&scratch.free) {
                self.note_most(first, fit);
                first = self.next(first)?;
                continue;
            }
            self.note_first(first, fit);
            let mut last = first;
            // The window grows slot by slot; when something is missing, its beginning moves on.
            loop {
                let end = start.end_of(window);
                if end > horizon {
                    return None;
                }
                let Some(at) = self.next(last).filter(|at| self.slot(*at).is_some_and(|slot| slot.begin <= end)) else {
                    return Some(start);
                };
                if at.1 == 0
                    && let Some(skipped) = self.skip(at, end, fit, scratch)
                {
                    last = skipped;
                    continue;
                }
                let (chunk, slot) = self.with_chunk(at)?;
                if !chunk.may_fit(slot, fit) {
                    first = self.next(at)?;
                    continue 'start;
                }
                if self.keep_in(at, &mut scratch.free, Some(last), fit.begins()) && !fit.fits(&scratch.free) {
                    let Some(new_first) = self.first_that_fits(first, at, fit, scratch) else {
                        first = self.next(at)?;
                        continue 'start;
                    };
                    scratch.windows += 1;
                    first = new_first;
                    start = self.slot(first)?.begin;
                }
                last = at;
            }
        }
    }

    /// Looks back over `[begin, end]` for the last second in which too little is free of what is free from there on, or in all of `there`. What is free behind
    /// it is then in `scratch`. `None`: it fits.
    pub fn last_in_the_way(
        &self,
        begin: Time,
        end: Time,
        there: &[u64],
        fit: &mut impl Fit,
        scratch: &mut Scratch,
    ) -> Option<Time> {
        scratch.free.clear();
        scratch.free.extend_from_slice(there);
        keep(&mut scratch.free, fit.filter());
        fit.restart(0);
        let first = self.containing(begin);
        let (mut next, mut done) = (Some(self.containing(end)), None);
        while let Some(at) = next.filter(|at| *at >= first) {
            if done.is_some_and(|done| self.stays(at, &scratch.free, done)) {
                done = Some(at);
                next = self.previous(at);
                continue;
            }
            scratch.next.clone_from(&scratch.free);
            let whole = self.chunks.get(at.0).filter(|chunk| at.1 + 1 == chunk.slots.len() && At(at.0, 0) >= first);
            if let Some(chunk) = whole {
                // All of a chunk at once, if that is enough.
                keep(&mut scratch.next, Some(&chunk.all));
                if scratch.next == scratch.free || fit.fits(&scratch.next) {
                    std::mem::swap(&mut scratch.next, &mut scratch.free);
                    done = Some(At(at.0, 0));
                    next = self.previous(At(at.0, 0));
                    continue;
                }
                fit.restart(0);
                scratch.next.clone_from(&scratch.free);
            }
            if self.keep_in(at, &mut scratch.next, done, 0) {
                if !fit.fits(&scratch.next) {
                    return Some(self.end_of(at).min(end));
                }
                std::mem::swap(&mut scratch.next, &mut scratch.free);
            }
            done = Some(at);
            next = self.previous(at);
        }
        None
    }

    /// Writes into `scratch` what is free in all of `[begin, end]`.
    pub fn free_in(&self, begin: Time, end: Time, scratch: &mut Scratch) {
        let last = self.containing(end);
        let (mut next, mut done) = (Some(self.containing(begin)), None);
        let words = self.chunks.first().map_or(0, |chunk| chunk.all.len());
        scratch.free.clear();
        scratch.free.resize(words, u64::MAX);
        while let Some(at) = next.filter(|at| *at <= last) {
            let whole = self.chunks.get(at.0).filter(|_| at.1 == 0 && At(at.0 + 1, 0) <= last);
            let at = match whole {
                Some(chunk) => {
                    keep(&mut scratch.free, Some(&chunk.all));
                    At(at.0, chunk.slots.len().saturating_sub(1))
                }
                None => {
                    self.keep_in(at, &mut scratch.free, done, 0);
                    at
                }
            };
            done = Some(at);
            next = self.next(at);
        }
    }

    /// The first slot from `at` on in which it may fit.
    fn first_with(&self, mut at: At, fit: &impl Fit) -> Option<At> {
        loop {
            let chunk = self.chunks.get(at.0)?;
            if chunk.most >= fit.fewest()
                && let Some(found) = chunk.slots.iter().skip(at.1).position(|slot| chunk.may_fit(slot, fit))
            {
                return Some(At(at.0, at.1 + found));
            }
            at = At(at.0 + 1, 0);
        }
    }

    /// It does not fit into this slot.
    fn note_most(&mut self, at: At, fit: &impl Fit) {
        if let Some((known, _)) = self.known_of(at, fit) {
            known.most = fit.most();
        }
    }

    /// It fits into this slot.
    fn note_first(&mut self, at: At, fit: &impl Fit) {
        if let Some((known, count)) = self.known_of(at, fit) {
            (known.count, known.first) = (count, fit.first());
        }
    }

    fn known_of(&mut self, At(chunk, slot): At, fit: &impl Fit) -> Option<(&mut OfKind, u32)> {
        let (kind, count) = fit.kind()?;
        let slot = self.chunks.get_mut(chunk)?.slots.get_mut(slot)?;
        Some((slot.known.of_mut(kind)?, count))
    }

    /// If the chunk that begins at `at` lies within the window, and what is free in all of it is enough: takes all of it at once, and returns its last slot.
    fn skip(&self, at: At, end: Time, fit: &mut impl Fit, scratch: &mut Scratch) -> Option<At> {
        let chunk = self.chunks.get(at.0)?;
        let last = At(at.0, chunk.slots.len().checked_sub(1)?);
        if last == at || self.end_of(last) > end {
            return None;
        }
        scratch.next.clone_from(&scratch.free);
        keep(&mut scratch.next, Some(&chunk.all));
        if scratch.next != scratch.free {
            let first = fit.first();
            if !fit.fits(&scratch.next) {
                // It is asked about a larger set next.
                fit.restart(first);
                return None;
            }
            std::mem::swap(&mut scratch.next, &mut scratch.free);
        }
        Some(last)
    }

    /// The first slot, behind `first`, from which to `last` it fits; what is free from there to `last` is then in `scratch`. From `first` it does not.
    fn first_that_fits(&mut self, first: At, last: At, fit: &mut impl Fit, scratch: &mut Scratch) -> Option<At> {
        let (chunk, slot) = self.with_chunk(last)?;
        chunk.begin(slot, fit, &mut scratch.back);
        if !fit.fits(&scratch.back) {
            self.note_most(last, fit);
            return None;
        }
        self.note_first(last, fit);
        let mut found = last;
        let mut block = fit.first();
        for at in self.back_from(last).skip(1).take_while(|at| *at > first) {
            let (chunk, slot) = self.with_chunk(at)?;
            if !chunk.may_fit(slot, fit) {
                break;
            }
            if self.stays(at, &scratch.back, found) {
                found = at;
                continue;
            }
            scratch.next.clone_from(&scratch.back);
            if self.keep_in(at, &mut scratch.next, Some(found), fit.begins()) {
                if !fit.fits(&scratch.next) {
                    break;
                }
                block = fit.first();
                std::mem::swap(&mut scratch.next, &mut scratch.back);
            }
            found = at;
        }
        std::mem::swap(&mut scratch.free, &mut scratch.back);
        fit.restart(block);
        Some(found)
    }
}

/// Keeps in `words` what is in the filter.
fn keep(words: &mut [u64], filter: Option<&[u64]>) {
    for (word, filter) in words.iter_mut().zip(filter.unwrap_or_default()) {
        *word &= filter;
    }
}

#[cfg(test)]
mod tests;
