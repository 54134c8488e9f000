//! Which resource is drawn where, from top to bottom.

use oar_scheduler_core::{Hierarchy, ProcSet};

/// The most blocks of a level that are worth drawing.
const BLOCKS_MAX: usize = 20_000;

/// The rows of a chart: resources in the order of the outer blocks, within each in the order of the inner ones. A row is counted from 0;
/// contiguous resources of a block have contiguous rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    /// By first resource.
    segments: Vec<Segment>,
    pub count: u64,
    pub outer: Option<Level>,
    pub inner: Option<Level>,
}

#[derive(Debug, Clone, Copy)]
struct Segment {
    first: u32,
    last: u32,
    /// The row of `first`.
    row: u64,
}

/// A level of the hierarchy whose blocks are shown.
#[derive(Debug, Clone)]
pub(crate) struct Level {
    pub name: String,
    pub blocks: Vec<Block>,
}

/// A block with its rows.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// Its rank in its level, from 1.
    pub number: usize,
    pub resources: ProcSet,
    /// From this row.
    pub from: u64,
    /// To this row, excluded.
    pub to: u64,
}

impl Rows {
    /// The rows of these resources. The outer level is the one of the fewest blocks, but more than one, that do not overlap; the inner level the
    /// next one that lies within it.
    pub fn new(resources: &ProcSet, hierarchy: &Hierarchy) -> Self {
        let mut levels: Vec<(&str, Vec<(usize, ProcSet)>)> = hierarchy
            .levels()
            .filter(|(_, blocks)| blocks.len() <= BLOCKS_MAX)
            .map(|(name, blocks)| (name, shown(blocks, resources)))
            .filter(|(_, blocks)| blocks.len() > 1 && are_disjoint(blocks))
            .collect();
        levels.sort_by_key(|(_, blocks)| blocks.len());
        let mut levels = levels.into_iter();
        let outer = levels.next();
        let inner = outer
            .as_ref()
            .and_then(|(_, outer)| levels.find(|(_, inner)| inner.len() > outer.len() && are_nested(inner, outer)));
        let mut rows = Self::default();
        let (outer_name, outer_blocks) = outer.unzip();
        let (inner_name, inner_blocks) = inner.unzip();
        let mut inner_level = Vec::new();
        let mut outer_level = Vec::new();
        let mut rest = resources.clone();
        let inner_blocks = inner_blocks.unwrap_or_default();
        for (number, block) in outer_blocks.unwrap_or_default() {
            let from = rows.count;
            let mut left = block.clone();
            for (number, inner) in inner_blocks.iter().filter(|(_, inner)| inner.is_subset(&block)) {
                let from = rows.count;
                rows.add(inner);
                left = left.difference(inner);
                inner_level.push(Block { number: *number, resources: inner.clone(), from, to: rows.count });
            }
            rows.add(&left);
            rest = rest.difference(&block);
            outer_level.push(Block { number, resources: block, from, to: rows.count });
        }
        rows.add(&rest);
        rows.segments.sort_by_key(|segment| segment.first);
        rows.outer = outer_name.map(|name| Level { name: name.to_owned(), blocks: outer_level });
        rows.inner = inner_name.map(|name| Level { name: name.to_owned(), blocks: inner_level });
        rows
    }

    fn add(&mut self, resources: &ProcSet) {
        for range in resources.ranges() {
            let (first, last) = range.into_inner();
            self.segments.push(Segment { first, last, row: self.count });
            self.count += u64::from(last - first) + 1;
        }
    }

    /// The rows of a set: maximal runs `(from, to)`, `to` excluded, from top to bottom. Resources without a row are left out.
    pub fn of(&self, resources: &ProcSet) -> Vec<(u64, u64)> {
        let mut runs = Vec::new();
        for range in resources.ranges() {
            let (first, last) = range.into_inner();
            let at = self.segments.partition_point(|segment| segment.last < first);
            let touched = self.segments.iter().skip(at).take_while(|segment| segment.first <= last);
            runs.extend(touched.map(|segment| {
                let (from, to) = (first.max(segment.first), last.min(segment.last));
                let row = segment.row + u64::from(from - segment.first);
                (row, row + u64::from(to - from) + 1)
            }));
        }
        runs.sort_unstable();
        let mut merged: Vec<(u64, u64)> = Vec::with_capacity(runs.len());
        for (from, to) in runs {
            match merged.last_mut() {
                Some((_, end)) if from <= *end => *end = to.max(*end),
                _ => merged.push((from, to)),
            }
        }
        merged
    }
}

/// The parts of blocks that have rows, with their numbers.
fn shown(blocks: &[ProcSet], resources: &ProcSet) -> Vec<(usize, ProcSet)> {
    let parts = blocks.iter().map(|block| block.intersection(resources));
    (1..).zip(parts).filter(|(_, part)| !part.is_empty()).collect()
}

fn are_disjoint(blocks: &[(usize, ProcSet)]) -> bool {
    let together = ProcSet::from_ranges(blocks.iter().flat_map(|(_, block)| block.ranges()));
    together.len() == blocks.iter().map(|(_, block)| block.len()).sum::<u64>()
}

fn are_nested(inner: &[(usize, ProcSet)], outer: &[(usize, ProcSet)]) -> bool {
    inner.iter().all(|(_, inner)| outer.iter().any(|(_, outer)| inner.is_subset(outer)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> ProcSet {
        text.parse().unwrap()
    }

    fn hierarchy(levels: &[(&str, &[&str])]) -> Hierarchy {
        let blocks = |blocks: &[&str]| blocks.iter().map(|block| set(block)).collect();
        Hierarchy::new(&levels.iter().map(|(name, of)| ((*name).to_owned(), blocks(of))).collect())
    }

    #[test]
    fn interleaved_blocks_get_contiguous_rows() {
        let levels = hierarchy(&[("all", &["1-8"]), ("host", &["1 3 5 7", "2 4 6 8"])]);
        let rows = Rows::new(&set("1-8 10"), &levels);
        assert_eq!(rows.count, 9);
        assert_eq!(rows.of(&set("1 3 5 7")), [(0, 4)]);
        assert_eq!(rows.of(&set("2 3")), [(1, 2), (4, 5)]);
        assert_eq!(rows.of(&set("1-100")), [(0, 9)]);
        assert_eq!(rows.of(&set("9")), []);
        assert_eq!(rows.outer.unwrap().name, "host");
        assert!(rows.inner.is_none());
    }

    #[test]
    fn inner_blocks_lie_within_outer_ones() {
        let levels = hierarchy(&[
            ("switch", &["5-8", "1-4"]),
            ("host", &["1-2", "3-4", "5-8"]),
            ("odd", &["1-5", "6", "7", "8"]),
        ]);
        let rows = Rows::new(&set("1-8"), &levels);
        let inner = rows.inner.as_ref().unwrap();
        assert_eq!(inner.name, "host");
        assert_eq!(
            inner.blocks.iter().map(|block| (block.number, block.from, block.to)).collect::<Vec<_>>(),
            [(3, 0, 4), (1, 4, 6), (2, 6, 8)]
        );
        assert_eq!(rows.of(&set("5-8")), [(0, 4)]);
    }

    #[test]
    fn a_resource_space_of_any_size_is_laid_out_at_once() {
        let rows = Rows::new(&set("0-4294967295"), &Hierarchy::default());
        assert_eq!(rows.count, 1 << 32);
        assert_eq!(rows.of(&set("4294967295")), [((1 << 32) - 1, 1 << 32)]);
    }
}
