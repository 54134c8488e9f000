//! Which resources a request takes of those that are available.
//!
//! The matching of one group is monotone: what fails on a set fails on its subsets. That of several is not: on a larger set an earlier group may
//! take what a later one needs.

use std::borrow::Cow;
use std::collections::HashMap;

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

impl Shortage {
    /// How many blocks are missing.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.needed.saturating_sub(self.available)
    }
}

/// What a request lacks on this set, if it does not match.
#[must_use]
pub fn shortage(groups: &[Group<'_>], available: &ProcSet) -> Option<Shortage> {
    find_groups(groups, available).err()
}

impl Group<'_> {
    /// Matches on resources that are available and selected by the filter.
    fn find(&self, available: &ProcSet) -> Option<ProcSet> {
        if available.is_empty() { None } else { Matcher::new(self).find_in(None, 0, available) }
    }

    fn shortage(&self, index: usize, available: &ProcSet) -> Shortage {
        let mut shortage =
            Shortage { group: index, level: String::new(), each_with: String::new(), needed: 1, available: 0 };
        let Some((level, below)) = self.levels.split_first() else { return shortage };
        level.name.clone_into(&mut shortage.level);
        shortage.each_with =
            below.iter().map(|level| format!("{}={}", level.name, level.count)).collect::<Vec<_>>().join("/");
        let mut matcher = Matcher::new(self);
        let children = matcher.children(None, 0, available);
        let satisfied = children.iter().filter(|child| matcher.find_below(child, 0, available).is_some()).count();
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

/// A block below another, or the piece of it that lies there.
struct Child<'a> {
    index: usize,
    resources: Cow<'a, ProcSet>,
}

/// One matching of a group.
struct Matcher<'a> {
    group: &'a Group<'a>,
    /// What was found in a block of a level whose blocks overlap: such a block is met below several parents.
    known: HashMap<(usize, usize), Option<ProcSet>>,
}

impl<'a> Matcher<'a> {
    fn new(group: &'a Group<'a>) -> Self {
        Self { group, known: HashMap::new() }
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

    /// Takes the children of `parent` that the level's count asks for.
    fn find_in(&mut self, parent: Option<&ProcSet>, depth: usize, available: &ProcSet) -> Option<ProcSet> {
        let level = self.level(depth)?;
        let mut children = self.children(parent, depth, available).into_iter();
        let mut found = Vec::new();
        match level.count {
            Count::ALL => {
                for child in children {
                    found.push(self.find_below(&child, depth, available)?);
                }
            }
            Count::BEST | Count::HALF_BEST => {
                found.extend(children.filter_map(|child| self.find_below(&child, depth, available)));
                if level.count == Count::HALF_BEST {
                    found.truncate(found.len() / 2);
                }
            }
            Count(number) => {
                let number = usize::try_from(number).ok()?;
                while found.len() < number {
                    // Too few are left.
                    if found.len() + children.len() < number {
                        return None;
                    }
                    found.extend(self.find_below(&children.next()?, depth, available));
                }
            }
        }
        Some(union(found)).filter(|found| !found.is_empty())
    }

    /// What the levels below `depth` take inside a child; the child itself when there are none.
    fn find_below(&mut self, child: &Child<'_>, depth: usize, available: &ProcSet) -> Option<ProcSet> {
        if self.is_last(depth) {
            return child.resources.is_subset(available).then(|| child.resources.clone().into_owned());
        }
        let is_shared = self.level(depth).is_some_and(|level| level.blocks.overlap());
        if is_shared && let Some(known) = self.known.get(&(depth, child.index)) {
            return known.clone();
        }
        let available = available.intersection(&child.resources);
        let found =
            if available.is_empty() { None } else { self.find_in(Some(&child.resources), depth + 1, &available) };
        if is_shared {
            self.known.insert((depth, child.index), found.clone());
        }
        found
    }
}

fn union(sets: Vec<ProcSet>) -> ProcSet {
    ProcSet::from_ranges(sets.iter().flat_map(ProcSet::ranges))
}
