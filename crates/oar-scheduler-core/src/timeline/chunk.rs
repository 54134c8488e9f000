//! Slots that follow each other, and what is known of them together.
//!
//! What is taken away from all slots of a chunk is noted once for the chunk: so a hold that lasts over many slots costs little for those in the middle. What
//! is free in a slot is what the slot itself says, without what has `gone` from the chunk.

use std::ops::Range;

use super::change::Change;
use super::fit::Known;
use super::pages::{Pages, Removal};
use crate::bits::{self, Part};
use crate::units::Time;

/// A chunk with more slots is cut into two.
pub(super) const CHUNK_MAX: usize = 32;

/// In sets of more words each slot changes by itself: to look at them twice, at what is free and at what has gone, costs more.
const WORDS_MAX: usize = 512;

/// Slots that follow each other.
#[derive(Debug, Clone)]
pub(super) struct Chunk {
    /// The begin of its first slot.
    pub begin: Time,
    pub slots: Vec<Slot>,
    /// What is free in all of them.
    pub all: Vec<u64>,
    /// The largest count of a slot.
    pub most: u32,
    /// Nothing else is free in any of them. Empty: not looked at yet.
    any: Vec<u64>,
    /// What was free in all of them and has gone from all; the slots themselves still have it. Empty: nothing.
    gone: Vec<u64>,
    /// How many places have gone in this way.
    gone_count: u32,
}

/// A span in which nothing changes. It lasts until the next slot begins.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub begin: Time,
    /// What is free, and what has gone from the chunk.
    pub free: Pages,
    /// How many places these are.
    pub count: u32,
    /// What was free in the slot before and is not in this one, and the other way round.
    pub taken: Change,
    pub freed: Change,
    pub known: Known,
}

impl Chunk {
    /// A chunk of these slots.
    pub fn new(slots: Vec<Slot>) -> Self {
        Self::with_gone(slots, Vec::new(), 0)
    }

    /// A chunk of these slots, from all of which this has gone.
    fn with_gone(slots: Vec<Slot>, gone: Vec<u64>, gone_count: u32) -> Self {
        let mut all = Vec::new();
        let mut before: Option<&Pages> = None;
        for slot in &slots {
            match before {
                None => slot.free.copy_to(&mut all, 0, &gone),
                Some(before) => {
                    slot.free.keep_in(&mut all, Some(before), 0);
                }
            }
            before = Some(&slot.free);
        }
        let begin = slots.first().map_or(Time(i64::MAX), |slot| slot.begin);
        let mut chunk = Self { begin, slots, all, most: 0, any: Vec::new(), gone, gone_count };
        chunk.count();
        chunk
    }

    /// Cuts the chunk into two, and returns the later one.
    pub fn split(&mut self) -> Self {
        let later = self.slots.split_off(CHUNK_MAX / 2);
        let later = Self::with_gone(later, self.gone.clone(), self.gone_count);
        *self = Self::with_gone(std::mem::take(&mut self.slots), std::mem::take(&mut self.gone), self.gone_count);
        later
    }

    /// How many places are free in one of its slots.
    pub fn count_of(&self, slot: &Slot) -> u32 {
        slot.count.saturating_sub(self.gone_count)
    }

    /// Whether a place of the part is free in one of its slots.
    pub fn meets(&self, slot: usize, part: &Part) -> bool {
        // Mostly nothing of it is free in any.
        if !self.any.is_empty() && !bits::meet(&self.any, part.pieces()) {
            return false;
        }
        let Some(slot) = self.slots.get(slot) else { return false };
        part.pieces().iter().any(|&(word, mask)| slot.free.word(word) & !at(&self.gone, word) & mask != 0)
    }

    /// Writes what is free in one of its slots into `words`; words before `from` do not matter.
    pub fn read(&self, slot: &Slot, words: &mut Vec<u64>, from: usize) {
        slot.free.copy_to(words, from, &self.gone);
    }

    /// Takes what has gone from all slots out of a set, and tells whether anything went; words before `from` do not matter.
    pub fn take_gone(&self, words: &mut [u64], from: usize) -> bool {
        let behind = (words.get_mut(from..), self.gone.get(from..));
        let (Some(words), Some(gone)) = behind else { return false };
        take_away(words, gone)
    }

    /// Takes a part away from some of the slots; `removal` takes all of it from one.
    pub fn remove(&mut self, slots: Range<usize>, part: &Part, removal: &mut Removal<'_>) {
        let is_whole = slots.len() == self.slots.len() && self.all.len() <= WORDS_MAX;
        if is_whole {
            let of_slots = self.remove_from_all(part);
            if !of_slots.is_empty() {
                self.remove_from(slots, &mut Removal::new(&of_slots));
            }
            return;
        }
        bits::take_away(&mut self.all, part.pieces());
        // Mostly all of it was free until now.
        if !bits::meet(&self.gone, part.pieces()) {
            self.remove_from(slots, removal);
        } else {
            let pieces = part.pieces().iter().map(|&(word, mask)| (word, mask & !at(&self.gone, word)));
            let of_slots: Vec<(u32, u64)> = pieces.filter(|(_, mask)| *mask != 0).collect();
            self.remove_from(slots, &mut Removal::new(&of_slots));
        }
    }

    /// Takes away from all slots what is free in all of them, and returns what is still to be taken from each.
    fn remove_from_all(&mut self, part: &Part) -> Vec<(u32, u64)> {
        if self.any.is_empty() {
            self.look_for_any();
        }
        self.gone.resize(self.all.len(), 0);
        let mut of_slots = Vec::new();
        let mut everywhere = 0;
        for &(word, mask) in part.pieces() {
            let number = word as usize;
            let words = (self.all.get_mut(number), self.any.get_mut(number), self.gone.get_mut(number));
            let (Some(all), Some(any), Some(gone)) = words else { continue };
            let (in_all, in_some) = (*all & mask, *any & mask);
            *gone |= in_all;
            everywhere += in_all.count_ones();
            if in_some != in_all {
                of_slots.push((word, in_some & !in_all));
            }
            *all &= !mask;
            *any &= !mask;
        }
        self.gone_count += everywhere;
        self.most = self.most.saturating_sub(everywhere);
        of_slots
    }

    fn look_for_any(&mut self) {
        let mut before: Option<&Pages> = None;
        for slot in &self.slots {
            match before {
                None => slot.free.copy_to(&mut self.any, 0, &[]),
                Some(before) => slot.free.add_to(&mut self.any, before),
            }
            before = Some(&slot.free);
        }
        take_away(&mut self.any, &self.gone);
    }

    fn remove_from(&mut self, slots: Range<usize>, removal: &mut Removal<'_>) {
        let mut removed = 0;
        for slot in self.slots.get_mut(slots).unwrap_or_default() {
            let of_slot = slot.free.remove(removal);
            slot.count -= of_slot;
            removed += of_slot;
        }
        if removed > 0 {
            self.count();
        }
    }

    fn count(&mut self) {
        let most = self.slots.iter().map(|slot| slot.count).max().unwrap_or(0);
        self.most = most.saturating_sub(self.gone_count);
    }
}

fn at(words: &[u64], word: u32) -> u64 {
    words.get(word as usize).copied().unwrap_or(0)
}

/// Takes a set out of another, and tells whether anything went.
fn take_away(words: &mut [u64], gone: &[u64]) -> bool {
    let mut went = 0;
    for (word, gone) in words.iter_mut().zip(gone) {
        went |= *word & gone;
        *word &= !gone;
    }
    went != 0
}
