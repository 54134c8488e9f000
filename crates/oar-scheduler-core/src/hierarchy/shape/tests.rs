//! Requests on bits against the same on sets.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::*;
use crate::hierarchy::{Hierarchy, find, shortage};
use crate::job::{Count, Moldable, Request};
use crate::units::{MoldableId, Seconds};

const LEVELS: [&str; 3] = ["switch", "node", "core"];

/// Blocks of the three levels, tidy or not.
fn drawn(random: &mut Rng, is_tidy: bool) -> Hierarchy {
    let (step, resources) = (random.u32(1..3), random.u32(1..80));
    let all: Vec<u32> = (0..resources).map(|at| at * step).collect();
    let mut levels: BTreeMap<String, Vec<ProcSet>> = BTreeMap::new();
    let mut inside: Vec<Vec<u32>> = vec![all.clone()];
    for (depth, level) in LEVELS.iter().enumerate() {
        // Each block is cut into pieces, of equal size or not; some resources belong to nothing.
        let size = [random.usize(8..40), random.usize(2..10), random.usize(1..3)][depth];
        let is_regular = random.bool();
        let mut blocks: Vec<Vec<u32>> = Vec::new();
        for mut rest in inside {
            if random.u8(0..6) == 0 {
                random.shuffle(&mut rest);
            }
            while !rest.is_empty() {
                let size = if is_regular { size } else { random.usize(1..=size) };
                blocks.push(rest.drain(..size.min(rest.len())).collect());
            }
        }
        if random.u8(0..3) == 0 {
            random.shuffle(&mut blocks);
        }
        blocks.retain(|_| random.u8(0..20) > 0);
        let mut sets: Vec<ProcSet> =
            blocks.iter().map(|block| ProcSet::from_ranges(block.iter().map(|at| *at..=*at))).collect();
        if !is_tidy && random.u8(0..3) == 0 {
            // Blocks across others, which overlap or not.
            let count = random.usize(1..9);
            sets = vec![ProcSet::new(); count];
            for at in &all {
                let one = ProcSet::from_ranges([*at..=*at]);
                let set = random.choice(&mut sets).unwrap();
                *set = set.union(&one);
            }
            if random.u8(0..3) == 0 {
                sets.push(random.choice(&sets).unwrap().clone());
            }
        }
        levels.insert((*level).to_owned(), sets);
        inside = blocks;
    }
    Hierarchy::new(&levels)
}

/// One group on one to three levels; special counts are rare.
fn moldable(random: &mut Rng, hierarchy: &Hierarchy, is_tidy: bool) -> Moldable {
    let names: Vec<&str> = LEVELS.into_iter().filter(|_| random.bool()).collect();
    let names = if names.is_empty() { vec!["core"] } else { names };
    let mut levels: Vec<(String, Count)> =
        names.iter().map(|name| ((*name).to_owned(), Count(*random.choice(&[1, 1, 2, 3, 4]).unwrap()))).collect();
    if !is_tidy && random.u8(0..10) == 0 {
        levels[0].1 = Count(random.i64(-3..0));
    }
    if !is_tidy && random.u8(0..10) == 0 {
        random.shuffle(&mut levels);
    }
    let all = hierarchy.all();
    let filter = match random.u8(0..3) {
        0 => all.clone(),
        1 => part_of(random, all, 2),
        _ => part_of(random, all, 6),
    };
    let requests = vec![Request { filter: Some(filter), levels }];
    Moldable { id: MoldableId(1), walltime: Seconds(1), requests }
}

/// All but one of so many resources.
fn part_of(random: &mut Rng, set: &ProcSet, one_of: u32) -> ProcSet {
    set.iter().filter(|_| random.u32(0..one_of) > 0).collect()
}

/// What is wrong with a group: blocks that overlap, a special count, or a block of the last level that one above cuts.
fn is_untidy(hierarchy: &Hierarchy, levels: &[(String, Count)]) -> bool {
    let blocks = |name: &str| hierarchy.blocks(name).unwrap();
    let overlap = |blocks: &[ProcSet]| {
        blocks.iter().enumerate().any(|(at, one)| blocks[..at].iter().any(|other| one.intersects(other)))
    };
    let mut parents: Vec<ProcSet> = Vec::new();
    for (depth, (name, _)) in levels.iter().enumerate() {
        let is_inside = |block: &&ProcSet| depth == 0 || parents.iter().any(|parent| block.is_subset(parent));
        if depth > 0 && depth + 1 == levels.len() {
            let is_cut =
                |block: &ProcSet| parents.iter().any(|parent| block.intersects(parent) && !block.is_subset(parent));
            if blocks(name).iter().any(is_cut) {
                return true;
            }
        }
        parents = blocks(name).iter().filter(is_inside).cloned().collect();
    }
    levels.iter().any(|(name, count)| count.0 <= 0 || overlap(blocks(name)))
}

/// The places that are free of these resources, within the filter.
fn free(shape: &Shape, group: &Group<'_>, available: &ProcSet) -> Vec<u64> {
    let places = group.places().unwrap();
    let mut free = bits::set(places.inside(available), bits::words(places.count()));
    if let Some(filter) = shape.filter() {
        free.iter_mut().zip(filter).for_each(|(word, filter)| *word &= filter);
    }
    free
}

#[test]
fn requests_take_on_bits_what_they_take_on_sets() {
    let mut random = Rng::with_seed(59);
    let (mut fitting, mut refused) = (0, 0);
    for round in 0..8000 {
        let is_tidy = round % 2 == 0;
        let hierarchy = drawn(&mut random, is_tidy);
        let moldable = moldable(&mut random, &hierarchy, is_tidy);
        let groups = hierarchy.resolve(&moldable, hierarchy.all()).unwrap();
        let group = &groups[0];
        let shape = Shape::of(group);
        assert_eq!(shape.is_none(), is_untidy(&hierarchy, &moldable.requests[0].levels), "{hierarchy:?} {moldable:?}");
        let Some(shape) = shape else {
            refused += 1;
            continue;
        };
        let mut wanted = Wanted::new(&shape, group.counts(), 0);
        let one_of = random.u32(2..30);
        let mut available = part_of(&mut random, hierarchy.all(), one_of);
        for _ in 0..4 {
            let bits = free(&shape, group, &available);
            let found = find(&groups, &available);
            let taken = wanted.taken(&bits).map(|taken| {
                assert!(taken.windows(2).all(|pair| pair[0].end <= pair[1].start));
                group.places().unwrap().resources(&taken)
            });
            assert_eq!(taken, found);
            wanted.restart(0);
            assert_eq!(wanted.fits(&bits), found.is_some());
            let missing = shortage(&groups, &available);
            assert_eq!(wanted.too_few(&bits), missing.as_ref().map(|missing| missing.available));
            let needed = wanted.too_few(&bits).map(|number| group.shortage_of(0, number));
            assert_eq!(needed, missing);
            fitting += u32::from(found.is_some());
            available = part_of(&mut random, &available, one_of);
        }
    }
    assert!(fitting > 2000 && (200..4000).contains(&refused), "{fitting} {refused}");
}

#[test]
fn fitting_remembers_only_what_stays_true_while_sets_become_smaller() {
    let mut random = Rng::with_seed(61);
    let mut ended = 0;
    for _ in 0..2000 {
        let hierarchy = drawn(&mut random, true);
        let moldable = moldable(&mut random, &hierarchy, true);
        let groups = hierarchy.resolve(&moldable, hierarchy.all()).unwrap();
        let group = &groups[0];
        let shape = Shape::of(group).unwrap();
        let mut wanted = Wanted::new(&shape, group.counts(), 0);
        for _ in 0..3 {
            wanted.restart(0);
            let mut available = hierarchy.all().clone();
            while find(&groups, &available).is_some() {
                assert!(wanted.fits(&free(&shape, group, &available)));
                available = part_of(&mut random, &available, 10);
            }
            ended += 1;
            assert!(!wanted.fits(&free(&shape, group, &available)));
        }
    }
    assert!(ended > 4000);
}

#[test]
fn more_than_the_most_that_may_fit_does_not_fit() {
    let mut random = Rng::with_seed(67);
    let mut most_of_a_block = 0;
    for _ in 0..8000 {
        let hierarchy = drawn(&mut random, true);
        let mut moldable = moldable(&mut random, &hierarchy, true);
        let available = part_of(&mut random, hierarchy.all(), 3);
        let (count, most) = {
            let groups = hierarchy.resolve(&moldable, hierarchy.all()).unwrap();
            let shape = Shape::of(&groups[0]).unwrap();
            let mut wanted = Wanted::new(&shape, groups[0].counts(), 7);
            let (kind, count) = wanted.kind().unwrap();
            assert_eq!((kind, i64::from(count)), (7, moldable.requests[0].levels.last().unwrap().1.0));
            wanted.restart(0);
            if wanted.fits(&free(&shape, &groups[0], &available)) {
                continue;
            }
            (count, wanted.most())
        };
        assert!(most < count);
        most_of_a_block += u32::from(most + 1 < count);
        for larger in most + 1..count + 3 {
            moldable.requests[0].levels.last_mut().unwrap().1 = Count(i64::from(larger));
            let groups = hierarchy.resolve(&moldable, hierarchy.all()).unwrap();
            assert_eq!(find(&groups, &available), None);
        }
    }
    assert!(most_of_a_block > 100, "{most_of_a_block}");
}

/// Whether a request has a shape on these levels.
fn has_shape(levels: &[(&str, &[&str])], request: &[(&str, i64)]) -> bool {
    let blocks = |blocks: &[&str]| blocks.iter().map(|block| block.parse().unwrap()).collect();
    let levels = levels.iter().map(|(name, sets)| ((*name).to_owned(), blocks(sets))).collect();
    let hierarchy = Hierarchy::new(&levels);
    let levels = request.iter().map(|(name, count)| ((*name).to_owned(), Count(*count))).collect();
    let requests = vec![Request { filter: None, levels }];
    let moldable = Moldable { id: MoldableId(1), walltime: Seconds(1), requests };
    let groups = hierarchy.resolve(&moldable, hierarchy.all()).unwrap();
    Shape::of(&groups[0]).is_some()
}

#[test]
fn only_plain_counts_of_tidy_blocks_have_a_shape() {
    let nodes: (&str, &[&str]) = ("node", &["1-4", "5-8"]);
    assert!(has_shape(&[nodes], &[("node", 2)]));
    for special in [Count::ALL, Count::BEST, Count::HALF_BEST] {
        assert!(!has_shape(&[nodes], &[("node", special.0)]));
    }
    // Blocks that share a resource.
    assert!(!has_shape(&[("node", &["1-4", "4-8"])], &[("node", 1)]));
    assert!(!has_shape(&[("node", &["1-4", "4-8"]), ("core", &["1", "2"])], &[("node", 1), ("core", 1)]));
    // A block of the last level that one above cuts; blocks between are left out then.
    assert!(!has_shape(&[nodes, ("pair", &["1-2", "4-5"])], &[("node", 1), ("pair", 1)]));
    assert!(has_shape(&[nodes, ("pair", &["1-2", "4-5"])], &[("pair", 1)]));
    let across: (&str, &[&str]) = ("rack", &["1-6"]);
    assert!(has_shape(&[across, nodes, ("core", &["1", "5"])], &[("rack", 1), ("node", 1), ("core", 1)]));
}

#[test]
fn blocks_of_which_nothing_is_free_are_passed_over() {
    let mut random = Rng::with_seed(43);
    for _ in 0..2_000 {
        let mut bounds: Vec<u32> = (0..random.usize(2..60)).map(|_| random.u32(0..400)).collect();
        bounds.sort_unstable();
        bounds.dedup();
        let mut blocks: Vec<Stretch> = bounds.windows(2).map(|pair| Stretch::new(&(pair[0]..pair[1]))).collect();
        if random.bool() {
            random.shuffle(&mut blocks);
        }
        let free: Vec<u64> =
            (0..7).map(|_| if random.u8(0..3) > 0 { 0 } else { random.u64(..) & random.u64(..) }).collect();
        let stretches = Stretches::new(blocks.clone());
        for from in 0..=blocks.len() {
            let found: Vec<usize> = stretches.some_free(from, &free).map(|(number, _)| number).collect();
            assert!(found.is_sorted() && found.iter().all(|number| *number >= from));
            for (number, block) in blocks.iter().enumerate().skip(from) {
                let is_taken = block.words().len() == 1 && free[block.words().start] == 0;
                assert_eq!(found.contains(&number), !is_taken);
            }
        }
    }
}
