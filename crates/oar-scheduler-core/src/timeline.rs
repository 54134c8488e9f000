//! What is free when, in places: one for each block of a level, or for each resource.
//!
//! A timeline is cut into slots, spans in which nothing changes. Slots come in chunks of some dozens, so that a new one moves few others. A chunk knows
//! what is free in all of its slots, and the most that is free in one of them; what is taken away from all of them is noted once, for the chunk. Where a slot
//! begins, it is noted what is free on one side only: so a search goes from slot to slot by a few words. Invariants: slots are contiguous, the first begins
//! with the timeline, no chunk is empty, and during a round places are only ever taken away.

use crate::bits::{self, Part};
use crate::units::Time;

mod change;
mod chunk;
mod fit;
mod pages;

pub(crate) use fit::{Fit, Scratch};

use change::Change;
use chunk::{CHUNK_MAX, Chunk, Slot};
use fit::Known;
use pages::{Pages, Removal};

/// What is free from the first to the last second of a round.
#[derive(Debug, Clone)]
pub(crate) struct Timeline {
    end: Time,
    chunks: Vec<Chunk>,
}

/// Where a slot is: its chunk, and its number in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct At(usize, usize);

impl Timeline {
    /// A timeline up to and including `end`. `base` says what there is, in steps: from each instant on (ascending; the first is the beginning) these
    /// places, as words. `holds` are places taken from the beginning to a last second.
    pub fn new(base: &[(Time, Vec<u64>)], mut holds: Vec<(Time, Part)>, end: Time) -> Self {
        let Some((beginning, words)) = base.first().map(|(begin, words)| (*begin, words.len())) else {
            return Self { end, chunks: Vec::new() };
        };
        holds.retain(|(until, _)| *until >= beginning);
        holds.sort_by_key(|(until, _)| *until);
        let mut begins: Vec<Time> = base.iter().map(|(begin, _)| *begin).collect();
        begins.extend(holds.iter().map(|(until, _)| until.next()).filter(|begin| *begin <= end));
        begins.sort_unstable();
        begins.dedup();
        // Backwards in time, ever less is left.
        let mut left = vec![u64::MAX; words];
        let mut slots: Vec<Slot> = Vec::with_capacity(begins.len());
        let mut steps = base.iter().rev().peekable();
        let mut later_free: Option<Vec<u64>> = None;
        for begin in begins.into_iter().rev() {
            while let Some((_, part)) = holds.pop_if(|(until, _)| *until >= begin) {
                bits::take_away(&mut left, part.pieces());
            }
            while steps.next_if(|(from, _)| *from > begin).is_some() {}
            let there = steps.peek().map(|(_, there)| there.as_slice()).unwrap_or_default();
            let free: Vec<u64> = there.iter().zip(&left).map(|(there, left)| there & left).collect();
            let later = slots.last_mut();
            let pages = Pages::new(&free, later.as_ref().map(|slot| &slot.free));
            if let (Some(later), Some(later_free)) = (later, later_free.take()) {
                later.taken = Change::between(&free, &later_free);
                later.freed = Change::between(&later_free, &free);
            }
            slots.push(Slot {
                begin,
                free: pages,
                count: bits::count(&free),
                taken: Change::NOTHING,
                freed: Change::NOTHING,
                known: Known::NOTHING,
            });
            later_free = Some(free);
        }
        slots.reverse();
        let mut chunks = Vec::with_capacity(slots.len().div_ceil(CHUNK_MAX / 2));
        let mut slots = slots.into_iter().peekable();
        while slots.peek().is_some() {
            chunks.push(Chunk::new(slots.by_ref().take(CHUNK_MAX / 2).collect()));
        }
        Self { end, chunks }
    }

    /// How many slots there are.
    pub fn len(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.slots.len()).sum()
    }

    /// Takes places away over `[begin, end]`, as far as the timeline reaches. Without `cuts_always` no slot begins or ends where nothing changes.
    pub fn hold(&mut self, begin: Time, end: Time, part: &Part, cuts_always: bool) {
        let Some(beginning) = self.slot(At(0, 0)).map(|slot| slot.begin) else { return };
        let (mut begin, mut end) = (begin.max(beginning), end.min(self.end));
        if begin > end {
            return;
        }
        if !cuts_always {
            let first = self.containing(begin);
            let last = if end < self.end { self.containing(end) } else { self.last() };
            let meets = |at: &At| self.chunks.get(at.0).is_some_and(|chunk| chunk.meets(at.1, part));
            let Some(first_met) = self.from(first).take_while(|at| *at <= last).find(meets) else { return };
            let last_met = self.back_from(last).take_while(|at| *at >= first_met).find(meets).unwrap_or(first_met);
            begin = self.slot(first_met).map_or(begin, |slot| slot.begin.max(begin));
            end = self.end_of(last_met).min(end);
        }
        if end < self.end {
            self.cut(end.next());
        }
        let first = self.cut(begin);
        let mut removal = Removal::new(part.pieces());
        for chunk in self.chunks.get_mut(first.0..).unwrap_or_default() {
            let from = chunk.slots.partition_point(|slot| slot.begin < begin);
            let to = chunk.slots.partition_point(|slot| slot.begin <= end);
            if from >= to {
                break;
            }
            chunk.remove(from..to, part, &mut removal);
        }
        if begin > beginning {
            self.note_change(begin, part, |slot| &mut slot.taken);
        }
        if end < self.end {
            self.note_change(end.next(), part, |slot| &mut slot.freed);
        }
    }

    /// Notes what changes where a slot begins.
    fn note_change(&mut self, begin: Time, part: &Part, change: impl FnOnce(&mut Slot) -> &mut Change) {
        let At(chunk, slot) = self.containing(begin);
        let Some(chunk) = self.chunks.get_mut(chunk) else { return };
        let words = chunk.all.len();
        if let Some(slot) = chunk.slots.get_mut(slot) {
            change(slot).add(part.pieces(), words);
        }
    }

    /// Makes a slot begin at `instant`, which lies within the timeline.
    fn cut(&mut self, instant: Time) -> At {
        let At(number, at) = self.containing(instant);
        let Some(chunk) = self.chunks.get_mut(number) else { return At(number, at) };
        let Some(slot) = chunk.slots.get(at).filter(|slot| slot.begin < instant) else { return At(number, at) };
        let slot = Slot {
            begin: instant,
            free: slot.free.clone(),
            count: slot.count,
            taken: Change::NOTHING,
            freed: Change::NOTHING,
            known: slot.known,
        };
        chunk.slots.insert(at + 1, slot);
        if chunk.slots.len() <= CHUNK_MAX {
            return At(number, at + 1);
        }
        let later = chunk.split();
        self.chunks.insert(number + 1, later);
        if at + 1 < CHUNK_MAX / 2 { At(number, at + 1) } else { At(number + 1, at + 1 - CHUNK_MAX / 2) }
    }

    fn slot(&self, at: At) -> Option<&Slot> {
        self.with_chunk(at).map(|(_, slot)| slot)
    }

    fn with_chunk(&self, At(chunk, slot): At) -> Option<(&Chunk, &Slot)> {
        let chunk = self.chunks.get(chunk)?;
        Some((chunk, chunk.slots.get(slot)?))
    }

    /// The slot of an instant; the first for all before the timeline.
    fn containing(&self, instant: Time) -> At {
        let chunk = self.chunks.partition_point(|chunk| chunk.begin <= instant).saturating_sub(1);
        let slots = self.chunks.get(chunk).map(|chunk| chunk.slots.as_slice()).unwrap_or_default();
        At(chunk, slots.partition_point(|slot| slot.begin <= instant).saturating_sub(1))
    }

    fn last(&self) -> At {
        let chunk = self.chunks.len().saturating_sub(1);
        At(chunk, self.chunks.get(chunk).map_or(0, |chunk| chunk.slots.len().saturating_sub(1)))
    }

    /// The slot behind a slot, if there is one.
    fn next(&self, At(chunk, slot): At) -> Option<At> {
        let slots = self.chunks.get(chunk)?.slots.len();
        if slot + 1 < slots { Some(At(chunk, slot + 1)) } else { self.chunks.get(chunk + 1).map(|_| At(chunk + 1, 0)) }
    }

    /// The slot before a slot, if there is one.
    fn previous(&self, At(chunk, slot): At) -> Option<At> {
        match slot.checked_sub(1) {
            Some(slot) => Some(At(chunk, slot)),
            None => {
                let chunk = chunk.checked_sub(1)?;
                Some(At(chunk, self.chunks.get(chunk)?.slots.len().checked_sub(1)?))
            }
        }
    }

    fn from(&self, at: At) -> impl Iterator<Item = At> {
        std::iter::successors(Some(at), |at| self.next(*at))
    }

    fn back_from(&self, at: At) -> impl Iterator<Item = At> {
        std::iter::successors(Some(at), |at| self.previous(*at))
    }

    /// The last second of a slot.
    fn end_of(&self, at: At) -> Time {
        let next = self.next(at).and_then(|next| self.slot(next));
        next.map_or(self.end, |next| next.begin.previous())
    }

    /// What is free in slot `done` beside a slot, and not in that one; `None`: not noted.
    fn change(&self, at: At, done: At) -> Option<&[(u32, u64)]> {
        if done < at { self.slot(at)?.taken.pieces() } else { self.slot(done)?.freed.pieces() }
    }

    /// Whether all of `words`, which were cut down to slot `done` beside it, is surely free in a slot.
    fn stays(&self, at: At, words: &[u64], done: At) -> bool {
        self.change(at, done).is_some_and(|pieces| !bits::meet(words, pieces))
    }

    /// Keeps in `words` what is free in a slot, and tells whether anything went. They were cut down to slot `done` beside it already; words before `from`
    /// do not matter.
    fn keep_in(&self, at: At, words: &mut [u64], done: Option<At>, from: usize) -> bool {
        if let Some(pieces) = done.and_then(|done| self.change(at, done)) {
            return bits::take_away(words, pieces);
        }
        let Some((chunk, slot)) = self.with_chunk(at) else { return false };
        let before = done.and_then(|done| self.slot(done)).map(|slot| &slot.free);
        let went = slot.free.keep_in(words, before, from);
        let is_done = done.is_some_and(|done| done.0 == at.0);
        (!is_done && chunk.take_gone(words, from)) || went
    }

    /// The first instant after `instant` at which a slot begins.
    pub fn next_begin(&self, instant: Time) -> Option<Time> {
        let at = self.containing(instant);
        let slot = self.slot(at)?;
        if slot.begin > instant { Some(slot.begin) } else { Some(self.slot(self.next(at)?)?.begin) }
    }

    /// Where each slot begins, and what is free in it, as words.
    pub fn free(&self) -> impl Iterator<Item = (Time, Vec<u64>)> {
        let slots = self.chunks.iter().flat_map(|chunk| chunk.slots.iter().map(move |slot| (chunk, slot)));
        slots.map(|(chunk, slot)| {
            let mut free = Vec::new();
            chunk.read(slot, &mut free, 0);
            (slot.begin, free)
        })
    }

    /// How many places are free from the beginning to the last second of each slot, as long as there are any.
    pub fn staying_free(&self) -> Vec<(Time, u32)> {
        let mut free = Vec::new();
        let mut before = None;
        let mut counts = Vec::new();
        for at in self.from(At(0, 0)) {
            match (before, self.with_chunk(at)) {
                (None, Some((chunk, slot))) => chunk.read(slot, &mut free, 0),
                _ => {
                    self.keep_in(at, &mut free, before, 0);
                }
            }
            before = Some(at);
            let count = bits::count(&free);
            if count == 0 {
                break;
            }
            counts.push((self.end_of(at), count));
        }
        counts
    }
}

#[cfg(test)]
mod tests;
