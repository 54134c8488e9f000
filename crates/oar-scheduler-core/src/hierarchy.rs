//! The hierarchy of resources, and the matching of requests on it.
//!
//! A level (`switch`, `network_address`, `core`, …) is a list of blocks. Blocks of one level may overlap, need not nest and need not
//! be ranges; nothing here assumes a tidy tree.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::job::{Count, Moldable, Request};
use crate::procset::ProcSet;

mod blocks;
mod matching;
mod places;
mod shape;

pub use matching::{Shortage, find, shortage};
pub(crate) use places::Places;
pub(crate) use shape::{Shape, Wanted};

use blocks::Blocks;

/// The most levels that a request may have.
const LEVELS_MAX: usize = 32;

/// The blocks of every level. Cheap to clone: it is shared, and never changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hierarchy {
    levels: Arc<BTreeMap<String, Blocks>>,
    /// The resources of all blocks.
    all: Arc<ProcSet>,
}

/// How many resources an alternative takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// So many at least.
    pub fewest: u64,
    /// Of these, so many are default resources at least.
    pub fewest_default: u64,
    /// Whether it takes just so many, all of them default resources, whichever they are.
    pub is_exact: bool,
}

impl Size {
    /// Nothing is known, but that it takes something.
    pub const UNKNOWN: Self = Self { fewest: 1, fewest_default: 0, is_exact: false };
}

/// A lower bound of the resources that a group takes: its counts multiplied, as far as blocks cannot share resources.
fn fewest<'a>(levels: impl ExactSizeIterator<Item = (Count, &'a Blocks)>) -> u64 {
    let is_single = levels.len() == 1;
    levels.fold(1, |fewest: u64, (count, blocks)| {
        let count = if blocks.overlap() { 1 } else { u64::try_from(count.0).unwrap_or(1).max(1) };
        // Below another level, a block may be cut.
        let size = if is_single { blocks.smallest() } else { 1 };
        fewest.saturating_mul(count).saturating_mul(size)
    })
}

impl<'de> Deserialize<'de> for Hierarchy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(|levels| Self::new(&levels))
    }
}

impl Serialize for Hierarchy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.levels())
    }
}

/// Why an alternative can never be placed, whatever is free.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The walltime is not positive.
    #[error("its walltime of {0} s is not positive")]
    Walltime(i64),
    /// The alternative asks for nothing.
    #[error("it asks for nothing")]
    Empty,
    /// There is no such level.
    #[error("there is no level `{0}` in the hierarchy")]
    NoSuchLevel(String),
    /// The request goes through more levels than any machine has.
    #[error("it goes through {0} levels, and at most {LEVELS_MAX} are possible")]
    TooManyLevels(usize),
    /// The count is neither positive nor one of the special ones.
    #[error("it asks for {count} of `{level}`")]
    BadCount {
        /// The level.
        level: String,
        /// What is asked of it.
        count: i64,
    },
}

/// A group of a request, ready to be matched.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    /// What its properties select.
    pub filter: &'a ProcSet,
    levels: Vec<Level<'a>>,
}

#[derive(Debug, Clone)]
struct Level<'a> {
    name: &'a str,
    count: Count,
    blocks: &'a Blocks,
}

impl Hierarchy {
    /// Empty blocks are left out.
    #[must_use]
    pub fn new(levels: &BTreeMap<String, Vec<ProcSet>>) -> Self {
        let levels = levels.iter().map(|(name, blocks)| (name.clone(), Blocks::new(blocks)));
        let levels: BTreeMap<String, Blocks> = levels.collect();
        let blocks = levels.values().flat_map(|blocks| blocks.as_slice());
        let all = ProcSet::from_ranges(blocks.flat_map(ProcSet::ranges));
        Self { levels: Arc::new(levels), all: Arc::new(all) }
    }

    /// The names of the levels, sorted, with their blocks.
    pub fn levels(&self) -> impl Iterator<Item = (&str, &[ProcSet])> {
        self.levels.iter().map(|(name, blocks)| (name.as_str(), blocks.as_slice()))
    }

    /// The blocks of a level, in the order in which they are to be taken.
    #[must_use]
    pub fn blocks(&self, level: &str) -> Option<&[ProcSet]> {
        self.levels.get(level).map(Blocks::as_slice)
    }

    /// What is left of it without some resources. All levels stay.
    pub(crate) fn without(&self, resources: &ProcSet) -> Self {
        if !self.all.intersects(resources) {
            return self.clone();
        }
        let left = |blocks: &[ProcSet]| blocks.iter().map(|block| block.difference(resources)).collect();
        Self::new(&self.levels().map(|(name, blocks)| (name.to_owned(), left(blocks))).collect())
    }

    /// The resources of all blocks.
    pub(crate) fn all(&self) -> &ProcSet {
        &self.all
    }

    /// The blocks of a level as places; `None` if there is no such level, or its blocks overlap.
    pub(crate) fn places(&self, level: &str) -> Option<&Arc<Places>> {
        self.levels.get(level)?.places()
    }

    /// How many resources an alternative takes, as far as that is known beforehand; `None` when it makes no sense on this hierarchy.
    #[must_use]
    pub fn size(&self, moldable: &Moldable, default_filter: &ProcSet) -> Option<Size> {
        let nothing = Blocks::default();
        let mut size = Size { fewest: 0, fewest_default: 0, is_exact: true };
        for Request { filter, levels } in &moldable.requests {
            if levels.iter().any(|(name, count)| !self.levels.contains_key(name) || !count.is_valid()) {
                return None;
            }
            let levels = levels.iter().map(|(name, count)| (*count, self.levels.get(name).unwrap_or(&nothing)));
            let fewest = fewest(levels.clone());
            let are_default = filter.as_ref().is_none_or(|filter| filter.is_subset(default_filter));
            size.fewest = size.fewest.saturating_add(fewest);
            size.fewest_default = size.fewest_default.saturating_add(if are_default { fewest } else { 0 });
            size.is_exact &= are_default
                && levels.clone().all(|(count, blocks)| count.0 > 0 && !blocks.overlap())
                && levels.clone().next_back().is_some_and(|(_, blocks)| blocks.are_single());
        }
        Some(size).filter(|_| !moldable.requests.is_empty())
    }

    /// Looks up what an alternative asks for.
    ///
    /// # Errors
    /// When the alternative makes no sense on this hierarchy.
    pub fn resolve<'a>(
        &'a self,
        moldable: &'a Moldable,
        default_filter: &'a ProcSet,
    ) -> Result<Vec<Group<'a>>, RequestError> {
        if moldable.walltime.0 <= 0 {
            return Err(RequestError::Walltime(moldable.walltime.0));
        }
        if moldable.requests.is_empty() {
            return Err(RequestError::Empty);
        }
        moldable.requests.iter().map(|request| self.resolve_group(request, default_filter)).collect()
    }

    pub(crate) fn resolve_group<'a>(
        &'a self,
        request: &'a Request,
        default_filter: &'a ProcSet,
    ) -> Result<Group<'a>, RequestError> {
        if request.levels.is_empty() {
            return Err(RequestError::Empty);
        }
        if request.levels.len() > LEVELS_MAX {
            return Err(RequestError::TooManyLevels(request.levels.len()));
        }
        let levels = request.levels.iter().map(|(name, count)| {
            let blocks = self.levels.get(name).ok_or_else(|| RequestError::NoSuchLevel(name.clone()))?;
            if !count.is_valid() {
                return Err(RequestError::BadCount { level: name.clone(), count: count.0 });
            }
            Ok(Level { name, count: *count, blocks })
        });
        Ok(Group {
            filter: request.filter.as_ref().unwrap_or(default_filter),
            levels: levels.collect::<Result<_, _>>()?,
        })
    }
}
