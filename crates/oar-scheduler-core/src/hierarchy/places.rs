//! The resources of a level, or of the whole machine, numbered as places: one for each block, in the order in which blocks are taken.

use std::ops::Range;

use crate::bits::Part;
use crate::procset::ProcSet;

/// Resources that are numbered in a row: equal blocks without gaps, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    /// The first and the last resource.
    first: u32,
    last: u32,
    /// The place of the first block.
    place: u32,
    /// The resources of a block; the last one may be smaller.
    size: u64,
}

impl Run {
    /// One more than its last place.
    fn end(&self) -> u32 {
        self.place_of(self.last) + 1
    }

    /// The place of one of its resources.
    fn place_of(&self, resource: u32) -> u32 {
        self.place + u32::try_from(u64::from(resource - self.first) / self.size).unwrap_or(u32::MAX)
    }

    /// Adds what comes next, if it belongs into the row.
    fn extend(&mut self, next: Run) -> bool {
        let follows = self.last.checked_add(1) == Some(next.first)
            && (u64::from(self.last - self.first) + 1).is_multiple_of(self.size)
            && self.end() == next.place
            && u64::from(next.last - next.first) < self.size;
        if follows {
            self.last = next.last;
        }
        follows
    }
}

/// A numbering of blocks that share no resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Places {
    count: u32,
    all: ProcSet,
    /// By resource.
    runs: Vec<Run>,
    /// The same by place; `None` where a block is in several runs.
    by_place: Option<Vec<Run>>,
    /// Whether places ascend as their resources do.
    ascends: bool,
}

impl Places {
    /// One place for each block; `None` if blocks share resources.
    pub fn of_blocks(blocks: &[ProcSet]) -> Option<Self> {
        let numbered = (0..).zip(blocks);
        let mut parts: Vec<Run> = numbered
            .flat_map(|(place, block)| {
                block.ranges().map(move |range| {
                    let (first, last) = range.into_inner();
                    Run { first, last, place, size: u64::from(last - first) + 1 }
                })
            })
            .collect();
        parts.sort_unstable_by_key(|run| run.first);
        let is_disjoint = parts.iter().zip(parts.iter().skip(1)).all(|(one, next)| one.last < next.first);
        is_disjoint.then(|| Self::new(parts, u32::try_from(blocks.len()).unwrap_or(u32::MAX)))
    }

    /// One place for each resource.
    pub fn of_resources(resources: &ProcSet) -> Self {
        let mut place = 0_u32;
        let runs = resources.ranges().map(|range| {
            let (first, last) = range.into_inner();
            let run = Run { first, last, place, size: 1 };
            place = place.saturating_add((last - first).saturating_add(1));
            run
        });
        let runs: Vec<Run> = runs.collect();
        Self::new(runs, place)
    }

    fn new(parts: Vec<Run>, count: u32) -> Self {
        let all = ProcSet::from_ascending(parts.iter().map(|run| (run.first, run.last)));
        let mut runs: Vec<Run> = Vec::new();
        for part in parts {
            if !runs.last_mut().is_some_and(|run| run.extend(part)) {
                runs.push(part);
            }
        }
        let mut by_place = runs.clone();
        by_place.sort_unstable_by_key(|run| run.place);
        let is_ordered = by_place.iter().zip(by_place.iter().skip(1)).all(|(one, next)| one.end() <= next.place);
        let ascends = is_ordered && by_place == runs;
        Self { count, all, runs, by_place: is_ordered.then_some(by_place), ascends }
    }

    /// How many places there are.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The places that have a resource of the set.
    pub fn touched(&self, set: &ProcSet) -> Part {
        if self.ascends { Part::of(self.met(set)) } else { Part::of(self.touched_ranges(set)) }
    }

    /// The places that have a resource of the set, run by run.
    fn met(&self, set: &ProcSet) -> impl Iterator<Item = Range<u32>> {
        set.ranges().flat_map(|range| {
            let (first, last) = range.into_inner();
            let behind = self.runs.partition_point(|run| run.last < first);
            let from = self.runs.get(behind..).unwrap_or_default().iter();
            from.take_while(move |run| run.first <= last)
                .map(move |run| run.place_of(run.first.max(first))..run.place_of(run.last.min(last)) + 1)
        })
    }

    /// The places that have a resource of the set, ascending.
    pub fn touched_ranges(&self, set: &ProcSet) -> Vec<Range<u32>> {
        let mut touched: Vec<Range<u32>> = self.met(set).collect();
        if !touched.is_sorted_by_key(|range| range.start) {
            touched.sort_unstable_by_key(|range| range.start);
        }
        let mut merged: Vec<Range<u32>> = Vec::with_capacity(touched.len());
        for range in touched {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        merged
    }

    /// The places all of whose resources are in the set, ascending.
    pub fn inside(&self, set: &ProcSet) -> Vec<Range<u32>> {
        let mut inside = Vec::new();
        let mut from = 0;
        for outside in self.touched_ranges(&self.all.difference(set)) {
            if from < outside.start {
                inside.push(from..outside.start);
            }
            from = outside.end;
        }
        if from < self.count {
            inside.push(from..self.count);
        }
        inside
    }

    /// The resources of these places, which ascend.
    pub fn resources(&self, places: &[Range<u32>]) -> ProcSet {
        let Some(by_place) = &self.by_place else {
            return ProcSet::from_ranges(self.runs.iter().flat_map(|run| pieces(run, places)));
        };
        let pieces = places.iter().flat_map(|range| {
            let first = by_place.partition_point(|run| run.end() <= range.start);
            let from = by_place.get(first..).unwrap_or_default().iter();
            from.take_while(|run| run.place < range.end).filter_map(|run| piece(run, range))
        });
        ProcSet::from_ranges(pieces)
    }
}

/// The resources of a run that belong to these places, which ascend.
fn pieces(run: &Run, places: &[Range<u32>]) -> impl Iterator<Item = std::ops::RangeInclusive<u32>> {
    let first = places.partition_point(|range| range.end <= run.place);
    let from = places.get(first..).unwrap_or_default().iter();
    from.take_while(|range| range.start < run.end()).filter_map(|range| piece(run, range))
}

fn piece(run: &Run, range: &Range<u32>) -> Option<std::ops::RangeInclusive<u32>> {
    let (low, high) = (range.start.max(run.place), range.end.min(run.end()));
    let resource = |place: u32| u64::from(run.first) + u64::from(place - run.place) * run.size;
    let (first, last) = (resource(low), resource(high).checked_sub(1)?.min(u64::from(run.last)));
    Some(u32::try_from(first).ok()?..=u32::try_from(last).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(blocks: &[&str]) -> Places {
        let blocks: Vec<ProcSet> = blocks.iter().map(|block| block.parse().unwrap()).collect();
        Places::of_blocks(&blocks).unwrap()
    }

    #[test]
    fn equal_blocks_in_a_row_are_one_run() {
        let runs = |blocks: &[&str]| places(blocks).runs.len();
        assert_eq!(runs(&["1-4", "5-8", "9-12", "13-14"]), 1);
        assert_eq!(runs(&["1", "2", "3"]), 1);
        assert_eq!(runs(&["1-4", "5-6", "7-10"]), 2);
        assert_eq!(runs(&["3", "2", "1"]), 3);
        assert_eq!(runs(&["0-4294967295"]), 1);
        assert!(Places::of_blocks(&["1-4".parse().unwrap(), "4-5".parse().unwrap()]).is_none());
    }

    #[test]
    fn places_agree_with_their_blocks() {
        let mut random = fastrand::Rng::with_seed(11);
        for round in 0..5000 {
            let resources = random.u32(1..60);
            let step = [1, 1, 7][round % 3];
            let number = random.usize(1..12);
            let mut blocks = vec![Vec::new(); number];
            for resource in 0..resources {
                let block = match round % 4 {
                    0 => resource as usize / 5,
                    1 => resource as usize % number,
                    2 => random.usize(0..number),
                    _ => number - 1 - resource as usize / 5 % number,
                };
                if let Some(block) = blocks.get_mut(block) {
                    block.push(resource * step..=resource * step);
                }
            }
            let blocks: Vec<ProcSet> =
                blocks.into_iter().map(ProcSet::from_ranges).filter(|set| !set.is_empty()).collect();
            let all = blocks.iter().fold(ProcSet::new(), |all, block| all.union(block));
            let by_block = Places::of_blocks(&blocks).unwrap();
            let singles = Places::of_resources(&all);
            let single: Vec<ProcSet> = all.iter().map(|resource| std::iter::once(resource).collect()).collect();
            let set = ProcSet::from_ranges((0..random.u32(0..6)).map(|_| {
                let first = random.u32(0..resources * step);
                first..=first + random.u32(0..9)
            }));
            for (places, blocks) in [(by_block, blocks), (singles, single)] {
                assert_eq!(places.count() as usize, blocks.len());
                let numbers = |chosen: &dyn Fn(&ProcSet) -> bool| -> Vec<u32> {
                    (0..).zip(&blocks).filter(|(_, block)| chosen(block)).map(|(place, _)| place).collect()
                };
                let touched: Vec<u32> = places.touched_ranges(&set).into_iter().flatten().collect();
                assert_eq!(places.touched(&set), Part::of(places.touched_ranges(&set)));
                assert_eq!(touched, numbers(&|block| block.intersects(&set)));
                let inside = places.inside(&set);
                assert_eq!(
                    inside.iter().cloned().flatten().collect::<Vec<_>>(),
                    numbers(&|block| block.is_subset(&set))
                );
                let resources = blocks.iter().filter(|block| block.is_subset(&set));
                assert_eq!(places.resources(&inside), resources.fold(ProcSet::new(), |all, block| all.union(block)));
            }
        }
    }
}
