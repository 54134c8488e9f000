//! Sets of small numbers (places) as bits in words: what the timelines are made of.
//!
//! All sets of one timeline have the same number of words, and no bit is set beyond the last place.

use std::ops::Range;

const WORD: u32 = u64::BITS;

/// A few words of a set, each with the bits of a part in it; words ascend.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Part {
    pieces: Vec<(u32, u64)>,
}

impl Part {
    /// The part of these ranges: none begins before the last place of the one before.
    pub fn of(ranges: impl IntoIterator<Item = Range<u32>>) -> Self {
        let mut pieces: Vec<(u32, u64)> = Vec::new();
        for (word, mask) in ranges.into_iter().flat_map(masks) {
            match pieces.last_mut() {
                Some((last, bits)) if *last == word => *bits |= mask,
                _ => pieces.push((word, mask)),
            }
        }
        Self { pieces }
    }

    /// The words with their bits.
    pub fn pieces(&self) -> &[(u32, u64)] {
        &self.pieces
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }
}

/// The words that a range touches, each with the bits of the range in it.
fn masks(range: Range<u32>) -> impl Iterator<Item = (u32, u64)> {
    let end = if range.is_empty() { 0 } else { range.end.div_ceil(WORD) };
    (range.start / WORD..end).map(move |word| {
        let from = range.start.saturating_sub(word * WORD);
        let to = (range.end - word * WORD).min(WORD);
        (word, (u64::MAX >> (WORD - (to - from))) << from)
    })
}

/// How many words so many places take.
pub(crate) fn words(places: u32) -> usize {
    places.div_ceil(WORD) as usize
}

/// The set of these ranges, in so many words.
pub(crate) fn set(ranges: impl IntoIterator<Item = Range<u32>>, words: usize) -> Vec<u64> {
    let mut set = vec![0; words];
    for (word, mask) in ranges.into_iter().flat_map(masks) {
        if let Some(bits) = set.get_mut(word as usize) {
            *bits |= mask;
        }
    }
    set
}

/// Takes the bits of some words out of a set, and tells whether anything went.
pub(crate) fn take_away(set: &mut [u64], pieces: &[(u32, u64)]) -> bool {
    let mut went = 0;
    for &(word, mask) in pieces {
        if let Some(bits) = set.get_mut(word as usize) {
            went |= *bits & mask;
            *bits &= !mask;
        }
    }
    went != 0
}

/// Whether a set has one of the bits of some words.
pub(crate) fn meet(set: &[u64], pieces: &[(u32, u64)]) -> bool {
    pieces.iter().any(|&(word, mask)| set.get(word as usize).is_some_and(|bits| bits & mask != 0))
}

/// Adds a place to a set.
pub(crate) fn add(set: &mut [u64], place: usize) {
    if let Some(bits) = set.get_mut(place / WORD as usize) {
        *bits |= 1 << (place % WORD as usize);
    }
}

/// Whether a set has a place.
pub(crate) fn has(set: &[u64], place: usize) -> bool {
    set.get(place / WORD as usize).is_some_and(|bits| bits >> (place % WORD as usize) & 1 == 1)
}

/// How many places a set has.
pub(crate) fn count(set: &[u64]) -> u32 {
    set.iter().map(|word| word.count_ones()).sum()
}

/// The bits of a word that are set: mostly none.
fn ones(word: u64) -> u32 {
    if word == 0 { 0 } else { word.count_ones() }
}

/// A range of places, made ready to be looked at often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stretch {
    words: Range<usize>,
    /// The bits of the range in its first, and in its last word.
    low: u64,
    high: u64,
}

impl Stretch {
    pub fn new(range: &Range<u32>) -> Self {
        Self {
            words: (range.start / WORD) as usize..range.end.div_ceil(WORD) as usize,
            low: u64::MAX << (range.start % WORD),
            high: u64::MAX >> ((WORD - range.end % WORD) % WORD),
        }
    }

    /// The words that it touches.
    pub fn words(&self) -> &Range<usize> {
        &self.words
    }

    /// The word that all of it is in, if that is one.
    #[inline]
    pub fn only_word(&self) -> Option<usize> {
        (self.words.end - self.words.start == 1).then_some(self.words.start)
    }

    /// How many places a set has in the range, but no more than it takes to reach `enough`.
    #[inline]
    pub fn count_up_to(&self, set: &[u64], enough: u32) -> u32 {
        if let Some(word) = self.only_word() {
            let word = set.get(word).copied().unwrap_or(0);
            return ones(word & self.low & self.high).min(enough);
        }
        self.count_in_words(set, enough)
    }

    fn count_in_words(&self, set: &[u64], enough: u32) -> u32 {
        let [first, between @ .., last] = set.get(self.words.clone()).unwrap_or_default() else { return 0 };
        let mut found = ones(first & self.low) + ones(last & self.high);
        // Several at once, as vectors; mostly there is nothing.
        for words in between.chunks(8) {
            if words.iter().fold(0, |any, word| any | word) != 0 {
                found += words.iter().map(|word| word.count_ones()).sum::<u32>();
                if found >= enough {
                    break;
                }
            }
        }
        found.min(enough)
    }

    /// The places of a set in the range, the last first.
    pub fn backwards<'s>(&self, set: &'s [u64]) -> Backwards<'s> {
        let words = set.get(self.words.clone()).unwrap_or_default();
        let (last, before) = words.split_last().map_or((0, words), |(last, before)| (*last, before));
        let low = if before.is_empty() { self.low } else { u64::MAX };
        let left = self.count_up_to(set, u32::MAX) as usize;
        Backwards { bits: last & self.high & low, before, low: self.low, first: self.words.start, left }
    }

    /// Takes the first `number` places of a set in the range, as ranges; returns how many there were.
    pub fn take(&self, set: &[u64], number: u32, taken: &mut Vec<Range<u32>>) -> u32 {
        let words = set.get(self.words.clone()).unwrap_or_default();
        let mut missing = number;
        for (at, word) in self.words.clone().zip(words) {
            let low = if at == self.words.start { self.low } else { u64::MAX };
            let high = if at + 1 == self.words.end { self.high } else { u64::MAX };
            let mut rest = word & low & high;
            let place = u32::try_from(at).unwrap_or(u32::MAX).saturating_mul(WORD);
            while rest != 0 && missing > 0 {
                let from = rest.trailing_zeros();
                let above = from + (rest >> from).trailing_ones().min(missing);
                missing -= above - from;
                push(taken, place + from..place + above);
                rest = if above >= WORD { 0 } else { rest >> above << above };
            }
            if missing == 0 {
                break;
            }
        }
        number - missing
    }
}

/// The places of a set in a range, the last first.
pub(crate) struct Backwards<'s> {
    /// What is left of the word that is looked at, and the words of the range before it.
    bits: u64,
    before: &'s [u64],
    /// The bits of the range in its first word, and the number of that word.
    low: u64,
    first: usize,
    /// How many places are left.
    left: usize,
}

impl Iterator for Backwards<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            let (last, before) = self.before.split_last()?;
            self.before = before;
            self.bits = if before.is_empty() { last & self.low } else { *last };
        }
        let bit = self.bits.ilog2();
        self.bits ^= 1 << bit;
        self.left -= 1;
        Some((self.first + self.before.len()) * WORD as usize + bit as usize)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

/// Adds a range behind others, as one with the last if it touches it.
fn push(ranges: &mut Vec<Range<u32>>, range: Range<u32>) {
    match ranges.last_mut() {
        Some(last) if last.end == range.start => last.end = range.end,
        _ => ranges.push(range),
    }
}

/// The places of a set, as ranges.
pub(crate) fn ranges(set: &[u64]) -> Vec<Range<u32>> {
    let mut ranges = Vec::new();
    let end = u32::try_from(set.len()).unwrap_or(u32::MAX).saturating_mul(WORD);
    Stretch::new(&(0..end)).take(set, u32::MAX, &mut ranges);
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reversed(places: &[u32]) -> Vec<u32> {
        places.iter().rev().copied().collect()
    }

    #[test]
    fn bits_agree_with_plain_sets() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..20_000 {
            let places = random.u32(1..400);
            let mut bounds: Vec<u32> = (0..2 * random.usize(0..6)).map(|_| random.u32(0..=places)).collect();
            bounds.sort_unstable();
            let drawn: Vec<Range<u32>> = bounds.chunks(2).map(|pair| pair[0]..pair[1]).collect();
            let plain: Vec<u32> = drawn.iter().cloned().flatten().collect();
            let bits = set(drawn.clone(), words(places));
            assert_eq!(ranges(&bits).into_iter().flatten().collect::<Vec<_>>(), plain);
            assert_eq!(count(&bits) as usize, plain.len());
            let part = Part::of(drawn);
            let mut of_part = vec![0; words(places)];
            part.pieces().iter().for_each(|&(word, mask)| of_part[word as usize] |= mask);
            assert_eq!(of_part, bits);
            let from = random.u32(0..places);
            let range = from..random.u32(from..=places);
            let number = random.u32(0..40);
            let inside: Vec<u32> = plain.iter().copied().filter(|place| range.contains(place)).collect();
            let stretch = Stretch::new(&range);
            assert_eq!(stretch.count_up_to(&bits, number) as usize, inside.len().min(number as usize));
            let mut taken = Vec::new();
            assert_eq!(stretch.take(&bits, number, &mut taken) as usize, inside.len().min(number as usize));
            assert!(taken.windows(2).all(|pair| pair[0].end < pair[1].start));
            assert_eq!(taken.into_iter().flatten().collect::<Vec<_>>(), inside[..inside.len().min(number as usize)]);
            let mut backwards = stretch.backwards(&bits);
            assert_eq!(backwards.size_hint(), (inside.len(), Some(inside.len())));
            assert_eq!(backwards.by_ref().map(|place| place as u32).collect::<Vec<_>>(), reversed(&inside));
            assert_eq!(backwards.size_hint(), (0, Some(0)));
            assert_eq!(has(&bits, from as usize), plain.contains(&from));
            let mut one_by_one = vec![0; words(places)];
            plain.iter().for_each(|place| add(&mut one_by_one, *place as usize));
            assert_eq!(one_by_one, bits);
        }
    }
}
