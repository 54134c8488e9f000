//! Which resources a request takes of those that are available.
//!
//! The matching of one group is monotone: what fails on a set fails on its subsets. That of several is not: on a larger set an earlier group may
//! take what a later one needs.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::{Group, Level};
use crate::job::Count;
use crate::procset::ProcSet;

/// Matches all groups on what is available. Groups take different resources: each sees what the earlier ones left.
#[must_use]
pub fn find(groups: &[Group<'_>], available: &ProcSet) -> Option<ProcSet> {
    match groups {
        [group] => group.find(&available.intersection(group.filter)),
        _ => find_groups(groups, available).ok(),
    }
}

fn find_groups(groups: &[Group<'_>], available: &ProcSet) -> Result<ProcSet, Shortage> {
    let mut taken = ProcSet::new();
    for (index, group) in groups.iter().enumerate() {
        let available = available.intersection(group.filter).difference(&taken);
        match group.find(&available) {
            Some(found) => taken = taken.union(&found),
            None => return Err(group.shortage(index, &available)),
        }
    }
    Ok(taken)
}

/// Where the matching of a request fails, and by how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortage {
    /// The first group that finds too little, counted from 0.
    pub group: usize,
    /// The outermost level of that group.
    pub level: String,
    /// What the levels below it ask of each block, as text (`core=4`); empty when there are none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub each_with: String,
    /// How many blocks of the level are needed.
    pub needed: u64,
    /// How many would do.
    pub available: u64,
}

/// What a request lacks on this set, if it does not match.
#[must_use]
pub fn shortage(groups: &[Group<'_>], available: &ProcSet) -> Option<Shortage> {
    find_groups(groups, available).err()
}

impl Group<'_> {
    /// Matches on resources that are available and selected by the filter.
    fn find(&self, available: &ProcSet) -> Option<ProcSet> {
        let mut found = Found::new();
        let is_found = !available.is_empty() && Matcher::new(self).find_in(None, 0, available, &mut found);
        is_found.then(|| ProcSet::from_ranges(found))
    }

    /// The shortage when so many blocks of the outermost level do, of the number that it asks for.
    pub(crate) fn shortage_of(&self, index: usize, available: u64) -> Shortage {
        let mut shortage =
            Shortage { group: index, level: String::new(), each_with: String::new(), needed: 1, available };
        let Some((level, below)) = self.levels.split_first() else { return shortage };
        level.name.clone_into(&mut shortage.level);
        shortage.each_with =
            below.iter().map(|level| format!("{}={}", level.name, level.count)).collect::<Vec<_>>().join("/");
        shortage.needed = u64::try_from(level.count.0).unwrap_or(1);
        shortage
    }

    fn shortage(&self, index: usize, available: &ProcSet) -> Shortage {
        let mut shortage = self.shortage_of(index, 0);
        let Some(level) = self.levels.first() else { return shortage };
        let mut matcher = Matcher::new(self);
        let children = matcher.children(None, 0, available);
        let mut found = Found::new();
        let satisfied = children.iter().filter(|child| matcher.find_below(child, 0, available, &mut found)).count();
        shortage.available = satisfied as u64;
        shortage.needed = match level.count {
            Count::ALL => (children.len() as u64).max(1),
            Count::BEST => 1,
            Count::HALF_BEST => 2,
            Count(number) => u64::try_from(number).unwrap_or(1),
        };
        shortage
    }
}

/// The ranges of what is found so far, in the order in which it is found.
type Found = Vec<RangeInclusive<u32>>;

/// A block below another, or the piece of it that lies there.
struct Child<'a> {
    index: usize,
    resources: Cow<'a, ProcSet>,
}

/// One matching of a group.
struct Matcher<'a> {
    group: &'a Group<'a>,
    /// What was found in a block of a level whose blocks overlap: such a block is met below several parents.
    known: BTreeMap<(usize, usize), Option<Found>>,
}

impl<'a> Matcher<'a> {
    fn new(group: &'a Group<'a>) -> Self {
        Self { group, known: BTreeMap::new() }
    }

    fn level(&self, depth: usize) -> Option<&'a Level<'a>> {
        self.group.levels.get(depth)
    }

    fn is_last(&self, depth: usize) -> bool {
        depth + 1 == self.group.levels.len()
    }

    /// The children of a block (`None`: of the root) that matter, in order: those that have something available, or for ALL that the filter touches. At the
    /// last level a block that the parent cuts counts as the piece inside; at the others only whole blocks do. `available` lies within the parent.
    fn children(&self, parent: Option<&ProcSet>, depth: usize, available: &ProcSet) -> Vec<Child<'a>> {
        let Some(level) = self.level(depth) else { return Vec::new() };
        let touched = match (level.count, parent) {
            (Count::ALL, None) => level.blocks.touching(self.group.filter),
            (Count::ALL, Some(parent)) => level.blocks.touching(&self.group.filter.intersection(parent)),
            _ => level.blocks.touching(available),
        };
        let children = touched.filter_map(|(index, block)| {
            let resources = match parent {
                None => Cow::Borrowed(block),
                Some(parent) if block.is_subset(parent) => Cow::Borrowed(block),
                Some(parent) if self.is_last(depth) => Cow::Owned(block.intersection(parent)),
                Some(_) => return None,
            };
            Some(Child { index, resources })
        });
        children.collect()
    }

    /// Takes the children of `parent` that the level's count asks for: adds them to what is found, or nothing when they are too few.
    fn find_in(&mut self, parent: Option<&ProcSet>, depth: usize, available: &ProcSet, found: &mut Found) -> bool {
        let Some(level) = self.level(depth) else { return false };
        let mut children = self.children(parent, depth, available).into_iter();
        let before = found.len();
        let is_found = match level.count {
            Count::ALL => children.all(|child| self.find_below(&child, depth, available, found)),
            Count::BEST => {
                for child in children {
                    self.find_below(&child, depth, available, found);
                }
                true
            }
            Count::HALF_BEST => {
                let ends = children
                    .filter_map(|child| self.find_below(&child, depth, available, found).then_some(found.len()));
                let ends: Vec<usize> = ends.collect();
                let half = (ends.len() / 2).checked_sub(1).and_then(|last| ends.get(last)).copied();
                found.truncate(half.unwrap_or(before));
                true
            }
            Count(number) => {
                let mut missing = usize::try_from(number).unwrap_or(usize::MAX);
                // Too few may be left.
                while missing > 0 && missing <= children.len() {
                    let taken = children.next().is_some_and(|child| self.find_below(&child, depth, available, found));
                    missing -= usize::from(taken);
                }
                missing == 0
            }
        };
        if !is_found {
            found.truncate(before);
        }
        is_found && found.len() > before
    }

    /// Adds what the levels below `depth` take inside a child; the child itself when there are none.
    fn find_below(&mut self, child: &Child<'_>, depth: usize, available: &ProcSet, found: &mut Found) -> bool {
        if self.is_last(depth) {
            let is_free = child.resources.is_subset(available);
            if is_free {
                found.extend(child.resources.ranges());
            }
            return is_free;
        }
        let is_shared = self.level(depth).is_some_and(|level| level.blocks.overlap());
        if is_shared && let Some(known) = self.known.get(&(depth, child.index)) {
            found.extend(known.iter().flatten().cloned());
            return known.is_some();
        }
        let available = available.intersection(&child.resources);
        let before = found.len();
        let is_found = !available.is_empty() && self.find_in(Some(&child.resources), depth + 1, &available, found);
        if is_shared {
            let inside = found.get(before..).filter(|_| is_found).map(<[_]>::to_vec);
            self.known.insert((depth, child.index), inside);
        }
        is_found
    }
}
