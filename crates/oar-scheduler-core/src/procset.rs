//! Sets of resources.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text::shortened;
use crate::units::ResourceId;

/// A set of resources: sorted, disjoint, non-adjacent closed ranges.
///
/// Its text form is OAR's: `1-8 12 20-32`, the empty text for the empty set.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ProcSet {
    ranges: Vec<(u32, u32)>,
}

/// A text that is not a resource set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a resource set such as `1-8 12 20-32`, found {found:?}")]
pub struct ProcSetError {
    found: String,
}

impl ProcSet {
    /// The empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The set of these closed ranges, in any order; empty ranges (`5..=4`) add nothing.
    pub fn from_ranges(ranges: impl IntoIterator<Item = RangeInclusive<u32>>) -> Self {
        let mut ranges: Vec<(u32, u32)> =
            ranges.into_iter().filter(|range| !range.is_empty()).map(|range| range.into_inner()).collect();
        ranges.sort_unstable();
        let mut set = Self { ranges: Vec::with_capacity(ranges.len()) };
        for (first, last) in ranges {
            set.push(first, last);
        }
        set
    }

    /// The set of closed ranges that come in ascending order.
    pub(crate) fn from_ascending(ranges: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut set = Self::default();
        ranges.for_each(|(first, last)| set.push(first, last));
        set
    }

    /// Adds a range that begins no earlier than any range of the set.
    fn push(&mut self, first: u32, last: u32) {
        match self.ranges.last_mut() {
            Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
            _ => self.ranges.push((first, last)),
        }
    }

    /// Whether the set has no resource.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The number of resources.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.ranges.iter().map(|(first, last)| u64::from(last - first) + 1).sum()
    }

    /// The ranges, ascending.
    pub fn ranges(&self) -> impl Iterator<Item = RangeInclusive<u32>> + '_ {
        self.ranges.iter().map(|&(first, last)| first..=last)
    }

    /// The resources, ascending.
    pub fn iter(&self) -> impl Iterator<Item = ResourceId> + '_ {
        self.ranges().flatten().map(ResourceId)
    }

    /// Whether the set has this resource.
    #[must_use]
    pub fn contains(&self, resource: ResourceId) -> bool {
        let at = self.ranges.partition_point(|&(_, last)| last < resource.0);
        self.ranges.get(at).is_some_and(|&(first, _)| first <= resource.0)
    }

    /// The resources of both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut ranges = Vec::with_capacity(self.ranges.len().max(other.ranges.len()));
        self.for_each_overlap(other, |first, last| {
            ranges.push((first, last));
            true
        });
        Self { ranges }
    }

    /// Whether the sets share a resource.
    #[must_use]
    pub fn intersects(&self, other: &Self) -> bool {
        let mut found = false;
        self.for_each_overlap(other, |_, _| {
            found = true;
            false
        });
        found
    }

    /// The number of resources in both sets.
    #[must_use]
    pub fn intersection_len(&self, other: &Self) -> u64 {
        let mut count = 0;
        self.for_each_overlap(other, |first, last| {
            count += u64::from(last - first) + 1;
            true
        });
        count
    }

    /// Calls `visit` with each maximal common range until it returns false. Skips by binary search, so that a small set meets a large one cheaply.
    fn for_each_overlap(&self, other: &Self, mut visit: impl FnMut(u32, u32) -> bool) {
        let (mut left, mut right) = (self.ranges.as_slice(), other.ranges.as_slice());
        while let (Some(&(left_first, left_last)), Some(&(right_first, right_last))) = (left.first(), right.first()) {
            if left_last < right_first {
                left = skip_to(left, right_first);
            } else if right_last < left_first {
                right = skip_to(right, left_first);
            } else {
                if !visit(left_first.max(right_first), left_last.min(right_last)) {
                    return;
                }
                if left_last <= right_last {
                    left = left.get(1..).unwrap_or_default();
                } else {
                    right = right.get(1..).unwrap_or_default();
                }
            }
        }
    }

    /// The resources of either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if self.is_empty() {
            return other.clone();
        }
        let mut set = Self { ranges: Vec::with_capacity(self.ranges.len() + other.ranges.len()) };
        let (mut left, mut right) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        loop {
            let next = match (left.peek(), right.peek()) {
                (Some(a), Some(b)) if a.0 <= b.0 => left.next(),
                (_, Some(_)) => right.next(),
                (Some(_), None) => left.next(),
                (None, None) => return set,
            };
            if let Some(&(first, last)) = next {
                set.push(first, last);
            }
        }
    }

    /// The resources of this set that the other has not.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut ranges = Vec::with_capacity(self.ranges.len() + 1);
        let mut cuts = other.ranges.as_slice();
        for &(first, last) in &self.ranges {
            let mut from = first;
            let mut done = false;
            cuts = skip_to(cuts, first);
            for &(cut_first, cut_last) in cuts {
                if cut_first > last {
                    break;
                }
                if cut_first > from {
                    ranges.push((from, cut_first - 1));
                }
                match cut_last.checked_add(1) {
                    Some(next) if next <= last => from = from.max(next),
                    _ => {
                        done = true;
                        break;
                    }
                }
            }
            if !done {
                ranges.push((from, last));
            }
        }
        Self { ranges }
    }

    /// Whether every resource of this set is in the other.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        let mut rest = other.ranges.as_slice();
        self.ranges.iter().all(|&(first, last)| {
            rest = skip_to(rest, first);
            rest.first().is_some_and(|&(from, to)| from <= first && last <= to)
        })
    }
}

/// The ranges that end at `resource` or later. Mostly they are near: only beyond a few steps is it worth to search.
fn skip_to(ranges: &[(u32, u32)], resource: u32) -> &[(u32, u32)] {
    const STEPS: usize = 6;
    let near = ranges.iter().take(STEPS).take_while(|&&(_, last)| last < resource).count();
    let rest = ranges.get(near..).unwrap_or_default();
    let far = if near < STEPS { 0 } else { rest.partition_point(|&(_, last)| last < resource) };
    rest.get(far..).unwrap_or_default()
}

impl FromIterator<ResourceId> for ProcSet {
    fn from_iter<I: IntoIterator<Item = ResourceId>>(resources: I) -> Self {
        Self::from_ranges(resources.into_iter().map(|ResourceId(id)| id..=id))
    }
}

impl FromStr for ProcSet {
    type Err = ProcSetError;

    fn from_str(text: &str) -> Result<Self, ProcSetError> {
        let error = || ProcSetError { found: shortened(text, 60) };
        let mut ranges = Vec::new();
        for part in text.split_ascii_whitespace() {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let first: u32 = first.parse().map_err(|_| error())?;
            let last: u32 = last.parse().map_err(|_| error())?;
            if first > last {
                return Err(error());
            }
            ranges.push(first..=last);
        }
        Ok(Self::from_ranges(ranges))
    }
}

impl fmt::Display for ProcSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (first, last)) in self.ranges.iter().enumerate() {
            if index > 0 {
                formatter.write_str(" ")?;
            }
            if first == last {
                write!(formatter, "{first}")?;
            } else {
                write!(formatter, "{first}-{last}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for ProcSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{{{self}}}")
    }
}

impl Serialize for ProcSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ProcSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn set(text: &str) -> ProcSet {
        text.parse().unwrap()
    }

    #[test]
    fn the_text_form_round_trips_and_normalises() {
        for (text, normal) in
            [("", ""), ("1-8 30-32", "1-8 30-32"), ("3 1-2 7", "1-3 7"), ("0-4294967295", "0-4294967295")]
        {
            assert_eq!(set(text).to_string(), normal);
        }
    }

    #[test]
    fn a_bad_text_says_what_was_expected_and_found() {
        for text in ["a", "8-1", "1,2", "-1", "1-", "4294967296", "1-2-3"] {
            let error = text.parse::<ProcSet>().unwrap_err().to_string();
            assert!(error.contains("expected a resource set") && error.contains(text), "{error}");
        }
        assert!("x".repeat(1_000_000).parse::<ProcSet>().unwrap_err().to_string().len() < 300);
    }

    #[test]
    fn operations_agree_with_plain_sets() {
        let mut random = fastrand::Rng::with_seed(1);
        let edge = [0_u32, 1, 2, u32::MAX - 2, u32::MAX - 1, u32::MAX];
        for _ in 0..20_000 {
            let mut draw = || -> BTreeSet<u32> {
                (0..random.usize(0..12))
                    .map(|_| if random.u8(0..8) == 0 { edge[random.usize(0..6)] } else { random.u32(0..24) })
                    .collect()
            };
            let (a, b) = (draw(), draw());
            let of = |set: &BTreeSet<u32>| set.iter().map(|&id| ResourceId(id)).collect::<ProcSet>();
            let (x, y) = (of(&a), of(&b));
            assert_eq!(x.intersection(&y), of(&(&a & &b)));
            assert_eq!(x.union(&y), of(&(&a | &b)));
            assert_eq!(x.difference(&y), of(&(&a - &b)), "{x} - {y}");
            assert_eq!(x.is_subset(&y), a.is_subset(&b));
            assert_eq!(x.intersects(&y), !a.is_disjoint(&b));
            assert_eq!(x.intersection_len(&y), (&a & &b).len() as u64);
            assert_eq!(x.len(), a.len() as u64);
            assert_eq!(x.iter().map(|id| id.0).collect::<BTreeSet<_>>(), a);
            for id in edge.into_iter().chain(0..24) {
                assert_eq!(x.contains(ResourceId(id)), a.contains(&id));
            }
        }
    }
}
