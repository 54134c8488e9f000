//! What is free when, in places: one for each block of a level, or for each resource.
//!
//! A timeline is cut into slots, spans in which nothing changes. Slots come in chunks of some dozens, so that a new one moves few others. A chunk knows
//! what is free in all of its slots, and the most that is free in one of them. Invariants: slots are contiguous, the first begins with the timeline, no chunk
//! is empty, and during a round places are only ever taken away.

use crate::bits::{self, Part};
use crate::units::Time;

mod fit;
mod pages;

pub(crate) use fit::{Fit, Scratch};

use fit::Known;
use pages::{Pages, Removal};

/// A chunk with more slots is cut into two.
const CHUNK_MAX: usize = 32;

/// What is free from the first to the last second of a round.
#[derive(Debug, Clone)]
pub(crate) struct Timeline {
    end: Time,
    chunks: Vec<Chunk>,
}

/// Slots that follow each other.
#[derive(Debug, Clone)]
struct Chunk {
    /// The begin of its first slot.
    begin: Time,
    slots: Vec<Slot>,
    /// What is free in all of them.
    all: Vec<u64>,
    /// The largest count of a slot.
    most: u32,
}

/// A span in which nothing changes. It lasts until the next slot begins.
#[derive(Debug, Clone)]
struct Slot {
    begin: Time,
    free: Pages,
    /// How many places are free.
    count: u32,
    known: Known,
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
        for begin in begins.into_iter().rev() {
            while let Some((_, part)) = holds.pop_if(|(until, _)| *until >= begin) {
                for &(word, mask) in part.pieces() {
                    if let Some(word) = left.get_mut(word as usize) {
                        *word &= !mask;
                    }
                }
            }
            while steps.next_if(|(from, _)| *from > begin).is_some() {}
            let there = steps.peek().map(|(_, there)| there.as_slice()).unwrap_or_default();
            let free: Vec<u64> = there.iter().zip(&left).map(|(there, left)| there & left).collect();
            let later = slots.last().map(|slot| &slot.free);
            slots.push(Slot {
                begin,
                free: Pages::new(&free, later),
                count: bits::count(&free),
                known: Known::NOTHING,
            });
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
            let meets = |at: &At| self.slot(*at).is_some_and(|slot| slot.free.meets(part));
            let Some(first_met) = self.from(first).take_while(|at| *at <= last).find(meets) else { return };
            let last_met = self.back_from(last).take_while(|at| *at >= first_met).find(meets).unwrap_or(first_met);
            begin = self.slot(first_met).map_or(begin, |slot| slot.begin.max(begin));
            end = self.end_of(last_met).min(end);
        }
        if end < self.end {
            self.cut(end.next());
        }
        let first = self.cut(begin);
        let mut removal = Removal::new(part);
        for chunk in self.chunks.get_mut(first.0..).unwrap_or_default() {
            let slots =
                chunk.slots.iter_mut().skip_while(|slot| slot.begin < begin).take_while(|slot| slot.begin <= end);
            let mut touches = false;
            let mut gone = 0;
            for slot in slots {
                let of_slot = slot.free.remove(&mut removal);
                slot.count -= of_slot;
                gone += of_slot;
                touches = true;
            }
            if !touches {
                break;
            }
            if gone > 0 {
                chunk.update(part);
            }
        }
    }

    /// Makes a slot begin at `instant`, which lies within the timeline.
    fn cut(&mut self, instant: Time) -> At {
        let At(number, at) = self.containing(instant);
        let Some(chunk) = self.chunks.get_mut(number) else { return At(number, at) };
        let Some(slot) = chunk.slots.get(at).filter(|slot| slot.begin < instant) else { return At(number, at) };
        let slot = Slot { begin: instant, ..slot.clone() };
        chunk.slots.insert(at + 1, slot);
        if chunk.slots.len() <= CHUNK_MAX {
            return At(number, at + 1);
        }
        let later = Chunk::new(chunk.slots.split_off(CHUNK_MAX / 2));
        *chunk = Chunk::new(std::mem::take(&mut chunk.slots));
        self.chunks.insert(number + 1, later);
        if at + 1 < CHUNK_MAX / 2 { At(number, at + 1) } else { At(number + 1, at + 1 - CHUNK_MAX / 2) }
    }

    fn slot(&self, At(chunk, slot): At) -> Option<&Slot> {
        self.chunks.get(chunk)?.slots.get(slot)
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

    /// The first instant after `instant` at which a slot begins.
    pub fn next_begin(&self, instant: Time) -> Option<Time> {
        let at = self.containing(instant);
        let slot = self.slot(at)?;
        if slot.begin > instant { Some(slot.begin) } else { Some(self.slot(self.next(at)?)?.begin) }
    }

    /// How many places are free from the beginning to the last second of each slot, as long as there are any.
    pub fn staying_free(&self) -> Vec<(Time, u32)> {
        let mut free = Vec::new();
        let mut before: Option<&Pages> = None;
        let mut counts = Vec::new();
        for at in self.from(At(0, 0)) {
            let Some(slot) = self.slot(at) else { break };
            match before {
                None => slot.free.copy_to(&mut free, 0),
                Some(before) => {
                    slot.free.keep_in(&mut free, Some(before), 0);
                }
            }
            before = Some(&slot.free);
            let count = bits::count(&free);
            if count == 0 {
                break;
            }
            counts.push((self.end_of(at), count));
        }
        counts
    }
}

impl Chunk {
    fn new(slots: Vec<Slot>) -> Self {
        let mut all = Vec::new();
        let mut before: Option<&Pages> = None;
        for slot in &slots {
            match before {
                None => slot.free.copy_to(&mut all, 0),
                Some(before) => {
                    slot.free.keep_in(&mut all, Some(before), 0);
                }
            }
            before = Some(&slot.free);
        }
        let most = slots.iter().map(|slot| slot.count).max().unwrap_or(0);
        Self { begin: slots.first().map_or(Time(i64::MAX), |slot| slot.begin), slots, all, most }
    }

    /// Something was taken away from some of the slots.
    fn update(&mut self, part: &Part) {
        for &(word, mask) in part.pieces() {
            if let Some(word) = self.all.get_mut(word as usize) {
                *word &= !mask;
            }
        }
        self.most = self.slots.iter().map(|slot| slot.count).max().unwrap_or(0);
    }
}

#[cfg(test)]
mod tests;
