//! The blocks of a level, and which of them touch a set.

use std::sync::Arc;

use super::places::Places;
use crate::procset::ProcSet;

/// The blocks of one level, in the order in which they are to be taken; none is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Blocks {
    blocks: Vec<ProcSet>,
    /// The blocks as places; `None` when they overlap.
    places: Option<Arc<Places>>,
    smallest: u64,
    are_single: bool,
}

impl Blocks {
    pub fn new(blocks: &[ProcSet]) -> Self {
        let blocks: Vec<ProcSet> = blocks.iter().filter(|block| !block.is_empty()).cloned().collect();
        let smallest = blocks.iter().map(ProcSet::len).min().unwrap_or(1);
        let are_single = blocks.iter().all(|block| block.len() == 1);
        Self { places: Places::of_blocks(&blocks).map(Arc::new), blocks, smallest, are_single }
    }

    /// The blocks as places, unless they overlap.
    pub fn places(&self) -> Option<&Arc<Places>> {
        self.places.as_ref()
    }

    pub fn as_slice(&self) -> &[ProcSet] {
        &self.blocks
    }

    /// The size of the smallest block.
    pub fn smallest(&self) -> u64 {
        self.smallest
    }

    /// Whether each block is a single resource.
    pub fn are_single(&self) -> bool {
        self.are_single
    }

    /// Whether two of the blocks share a resource.
    pub fn overlap(&self) -> bool {
        self.places.is_none()
    }

    /// The blocks that share a resource with a set, in order, each with its number.
    pub fn touching<'a>(&'a self, set: &ProcSet) -> impl Iterator<Item = (usize, &'a ProcSet)> + use<'a> {
        let touched: Vec<usize> = match &self.places {
            Some(places) => places.touched_ranges(set).into_iter().flatten().map(|place| place as usize).collect(),
            None => (0..self.blocks.len())
                .filter(|&at| self.blocks.get(at).is_some_and(|block| block.intersects(set)))
                .collect(),
        };
        touched.into_iter().filter_map(|at| Some((at, self.blocks.get(at)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touching_blocks_are_those_that_a_scan_finds() {
        let mut random = fastrand::Rng::with_seed(3);
        for round in 0..2000 {
            let mut draw = |most: u32| {
                ProcSet::from_ranges((0..random.u32(0..4)).map(|_| {
                    let first = random.u32(0..most);
                    first..=first + random.u32(0..4)
                }))
            };
            let mut blocks: Vec<ProcSet> = (0..6).map(|_| draw(30)).collect();
            if round % 2 == 0 {
                // Blocks that share nothing.
                let mut seen = ProcSet::new();
                for block in &mut blocks {
                    *block = block.difference(&seen);
                    seen = seen.union(block);
                }
            }
            let (level, set) = (Blocks::new(&blocks), draw(40));
            let scan: Vec<&ProcSet> = blocks.iter().filter(|block| block.intersects(&set)).collect();
            assert_eq!(level.touching(&set).map(|(_, block)| block).collect::<Vec<_>>(), scan);
            assert!(round % 2 == 1 || !level.overlap());
        }
    }
}
