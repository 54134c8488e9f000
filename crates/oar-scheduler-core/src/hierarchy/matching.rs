//! Which resources a request takes of those that are available.
//!
//! The matching of one group is monotone: what fails on a set fails on its subsets. That of several is not: on a larger set an earlier group may
//! take what a later one needs.

use std::borrow::Cow;

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
        match self.levels.split_first() {
            Some((level, below)) if !available.is_empty() => find_in(None, level, below, self.filter, available),
            _ => None,
        }
    }

    fn shortage(&self, index: usize, available: &ProcSet) -> Shortage {
        let mut shortage =
            Shortage { group: index, level: String::new(), each_with: String::new(), needed: 1, available: 0 };
        let Some((level, below)) = self.levels.split_first() else { return shortage };
        level.name.clone_into(&mut shortage.level);
        shortage.each_with =
            below.iter().map(|level| format!("{}={}", level.name, level.count)).collect::<Vec<_>>().join("/");
        let satisfied = |child: &ProcSet| find_below(child, below, self.filter, available).is_some();
        let children = children(None, level, below.is_empty());
        match level.count {
            Count::ALL => {
                let concerned: Vec<_> = children.filter(|child| child.intersects(self.filter)).collect();
                shortage.needed = (concerned.len() as u64).max(1);
                shortage.available = concerned.iter().filter(|child| satisfied(child)).count() as u64;
            }
            count => {
                shortage.needed = match count {
                    Count::BEST => 1,
                    Count::HALF_BEST => 2,
                    Count(number) => u64::try_from(number).unwrap_or(1),
                };
                shortage.available = children.filter(|child| satisfied(child)).count() as u64;
            }
        }
        shortage
    }
}

/// The children of a block (`None`: of the root) at a level, in order. At the last level a block that the parent cuts counts as the piece
/// inside; at the others only whole blocks do.
fn children<'a>(
    parent: Option<&'a ProcSet>,
    level: &Level<'a>,
    is_last: bool,
) -> impl Iterator<Item = Cow<'a, ProcSet>> + use<'a> {
    level.blocks.iter().filter_map(move |block| match parent {
        None => Some(Cow::Borrowed(block)),
        Some(parent) if block.is_subset(parent) => Some(Cow::Borrowed(block)),
        Some(parent) if is_last => Some(block.intersection(parent)).filter(|piece| !piece.is_empty()).map(Cow::Owned),
        Some(_) => None,
    })
}

/// Takes the children of `parent` that the level's count asks for.
fn find_in(
    parent: Option<&ProcSet>,
    level: &Level<'_>,
    below: &[Level<'_>],
    filter: &ProcSet,
    available: &ProcSet,
) -> Option<ProcSet> {
    let children = children(parent, level, below.is_empty());
    let found = |child: Cow<'_, ProcSet>| find_below(&child, below, filter, available);
    match level.count {
        Count::ALL => {
            let concerned = children.filter(|child| child.intersects(filter)).map(found);
            Some(union(concerned.collect::<Option<Vec<_>>>()?)).filter(|found| !found.is_empty())
        }
        Count::BEST => Some(union(children.filter_map(found))).filter(|found| !found.is_empty()),
        Count::HALF_BEST => {
            let mut satisfied: Vec<_> = children.filter_map(found).collect();
            satisfied.truncate(satisfied.len() / 2);
            Some(union(satisfied)).filter(|found| !found.is_empty())
        }
        Count(number) => {
            let number = usize::try_from(number).ok()?;
            let satisfied: Vec<_> = children.filter_map(found).take(number).collect();
            (satisfied.len() == number).then(|| union(satisfied))
        }
    }
}

/// What the levels below take inside a child; the child itself when there are none.
fn find_below(child: &ProcSet, below: &[Level<'_>], filter: &ProcSet, available: &ProcSet) -> Option<ProcSet> {
    match below.split_first() {
        None => child.is_subset(available).then(|| child.clone()),
        Some((level, below)) => {
            if !child.intersects(available) {
                return None;
            }
            find_in(Some(child), level, below, filter, available)
        }
    }
}

fn union(sets: impl IntoIterator<Item = ProcSet>) -> ProcSet {
    ProcSet::from_ranges(sets.into_iter().flat_map(|set| set.ranges().collect::<Vec<_>>()))
}
