//! What is free in a slot, in the form that is faster for the machine: a bit for each resource where they lie close together, else ranges.

use std::ops::Range;

use crate::procset::ProcSet;

/// The most resources, gaps included, that are kept as bits.
const BITS_MAX: u64 = 1 << 16;
/// So many places for each resource at most.
const PLACES_MAX: u64 = 8;
const WORD: u32 = u64::BITS;

/// A set of resources of one timeline. All sets of a timeline have one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Free {
    Bits(Bits),
    Ranges(ProcSet, u64),
}

/// Resources in the form of a timeline.
#[derive(Debug)]
pub(super) enum Part<'a> {
    /// Words with their bits.
    Bits(Vec<(usize, u64)>),
    Ranges(&'a ProcSet),
}

/// A bit for each resource from `first` on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits {
    first: u32,
    words: Vec<u64>,
    count: u64,
}

impl Free {
    /// A set that is to be a part of another one, as all sets of that timeline.
    pub fn new(set: &ProcSet, all: &ProcSet) -> Self {
        let bounds = all.ranges().next().zip(all.ranges().last()).map(|(low, high)| (*low.start(), *high.end()));
        let Some((first, last)) = bounds else { return Self::Ranges(set.clone(), set.len()) };
        let places = u64::from(last - first) + 1;
        if places > BITS_MAX || places > all.len().saturating_mul(PLACES_MAX) {
            return Self::Ranges(set.clone(), set.len());
        }
        let words = vec![0; (last - first) as usize / WORD as usize + 1];
        let mut bits = Bits { first, words, count: 0 };
        for (place, mask) in bits.pieces(set) {
            if let Some(word) = bits.words.get_mut(place) {
                *word |= mask;
            }
        }
        bits.count = bits.words.iter().map(|word| u64::from(word.count_ones())).sum();
        Self::Bits(bits)
    }

    /// How many resources there are.
    pub fn len(&self) -> u64 {
        match self {
            Self::Bits(bits) => bits.count,
            Self::Ranges(_, count) => *count,
        }
    }

    /// Resources in a form in which they are quickly looked up in, and taken away from, the sets of the timeline.
    pub fn part<'a>(&self, resources: &'a ProcSet) -> Part<'a> {
        match self {
            Self::Bits(bits) => Part::Bits(bits.pieces(resources).collect()),
            Self::Ranges(..) => Part::Ranges(resources),
        }
    }

    /// Takes resources away, and tells whether there were any of them.
    pub fn remove(&mut self, part: &Part<'_>) -> bool {
        let before = self.len();
        match (&mut *self, part) {
            (Self::Bits(bits), Part::Bits(pieces)) => {
                for &(place, mask) in pieces {
                    if let Some(word) = bits.words.get_mut(place) {
                        bits.count -= u64::from((*word & mask).count_ones());
                        *word &= !mask;
                    }
                }
            }
            (Self::Ranges(set, count), Part::Ranges(resources)) => {
                if set.intersects(resources) {
                    *set = set.difference(resources);
                    *count = set.len();
                }
            }
            // Sets and parts of one timeline have one form.
            (Self::Bits(_), Part::Ranges(_)) | (Self::Ranges(..), Part::Bits(_)) => {}
        }
        self.len() < before
    }

    /// Keeps the resources of another set of the timeline.
    pub fn intersect(&mut self, other: &Self) {
        match (self, other) {
            (Self::Bits(bits), Self::Bits(others)) => {
                bits.count = 0;
                for (word, other) in bits.words.iter_mut().zip(&others.words) {
                    *word &= other;
                    bits.count += u64::from(word.count_ones());
                }
            }
            (Self::Ranges(set, count), Self::Ranges(other, _)) => {
                *set = set.intersection(other);
                *count = set.len();
            }
            // Sets of one timeline have one form.
            (Self::Bits(_), Self::Ranges(..)) | (Self::Ranges(..), Self::Bits(_)) => {}
        }
    }

    /// As a set.
    pub fn to_set(&self) -> ProcSet {
        match self {
            Self::Bits(bits) => bits.to_set(),
            Self::Ranges(set, _) => set.clone(),
        }
    }
}

impl Bits {
    /// The words that a set touches, each with the bits of the set in it.
    fn pieces(&self, set: &ProcSet) -> impl Iterator<Item = (usize, u64)> + use<> {
        let first = self.first;
        let last = first.saturating_add(u32::try_from(self.words.len()).unwrap_or(u32::MAX).saturating_mul(WORD) - 1);
        let ranges: Vec<Range<u32>> = set
            .ranges()
            .filter(|range| *range.start() <= last && *range.end() >= first)
            .map(|range| range.start().max(&first) - first..range.end().min(&last) - first + 1)
            .collect();
        ranges.into_iter().flat_map(|range| {
            let words = range.start / WORD..(range.end - 1) / WORD + 1;
            words.map(move |word| {
                let from = range.start.saturating_sub(word * WORD);
                let to = (range.end - word * WORD).min(WORD);
                (word as usize, (u64::MAX >> (WORD - (to - from))) << from)
            })
        })
    }

    fn to_set(&self) -> ProcSet {
        let places = (0..).step_by(WORD as usize).zip(&self.words);
        ProcSet::from_ascending(places.flat_map(|(place, &word)| {
            let mut rest = word;
            let begin = self.first.saturating_add(place);
            std::iter::from_fn(move || {
                if rest == 0 {
                    return None;
                }
                let from = rest.trailing_zeros();
                let length = (rest >> from).trailing_ones();
                let above = from + length;
                rest = if above >= WORD { 0 } else { rest >> above << above };
                Some((begin + from, begin + (above - 1)))
            })
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_agree_with_sets() {
        let mut random = fastrand::Rng::with_seed(5);
        for round in 0..20_000 {
            let (low, most) = ([0, 7, u32::MAX - 300][round % 3], [20, 300][round % 2]);
            let mut draw = || {
                ProcSet::from_ranges((0..random.u32(0..9)).map(|_| {
                    let first = random.u32(0..most);
                    low + first..=low + (first + random.u32(0..100)).min(most)
                }))
            };
            let (all, one, other, taken) = (draw(), draw(), draw(), draw());
            let (one, other) = (one.intersection(&all), other.intersection(&all));
            let ranges = |set: &ProcSet| Free::Ranges(set.clone(), set.len());
            let forms = [(Free::new(&one, &all), Free::new(&other, &all)), (ranges(&one), ranges(&other))];
            for (mut free, other_free) in forms {
                assert_eq!((free.to_set(), free.len()), (one.clone(), one.len()));
                free.intersect(&other_free);
                let both = one.intersection(&other);
                assert_eq!((free.to_set(), free.len()), (both.clone(), both.len()));
                let part = free.part(&taken);
                assert_eq!(free.remove(&part), both.intersects(&taken));
                let left = both.difference(&taken);
                assert_eq!((free.to_set(), free.len()), (left.clone(), left.len()));
            }
        }
    }

    #[test]
    fn resources_far_apart_or_very_many_are_ranges() {
        let is_bits = |all: &str| matches!(Free::new(&ProcSet::new(), &all.parse().unwrap()), Free::Bits(_));
        assert!(is_bits("0-65535") && is_bits("4294967295") && is_bits("1 3 5 7"));
        assert!(!is_bits("0-65536") && !is_bits("1 1000") && !is_bits(""));
    }
}
