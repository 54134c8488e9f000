//! Searches against looking at every start.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::super::tests::{BEGINNING, Kind, Table, and, drawn, hold};
use super::*;
use crate::bits::{self, Part};
use crate::hierarchy::{Group, Hierarchy, Shape, Wanted};
use crate::job::{Count, Moldable, Request};
use crate::procset::ProcSet;
use crate::search::Matched;
use crate::units::MoldableId;

/// The first start that naive looking finds, with what is free from there on.
fn naive(
    table: &Table,
    (from, window, horizon): (i64, i64, i64),
    filter: Option<&[u64]>,
    fits: impl Fn(&[u64]) -> bool,
) -> Option<(Time, Vec<u64>)> {
    for start in from.max(BEGINNING)..=horizon - window + 1 {
        let mut free = table.free_in(start, start + window - 1);
        keep(&mut free, filter);
        if fits(&free) {
            return Some((Time(start), free));
        }
    }
    None
}

/// A first instant, a window, and a last instant within the timeline.
fn question(random: &mut Rng, table: &Table) -> (i64, i64, i64) {
    let from = if random.bool() { BEGINNING } else { random.i64(BEGINNING - 3..table.end() + 3) };
    let window = [1, random.i64(1..10), random.i64(1..150)][random.usize(0..3)];
    let horizon = if random.bool() { table.end() } else { random.i64(BEGINNING..=table.end()) };
    (from, window, horizon)
}

#[test]
fn the_first_window_with_enough_places_is_found() {
    let mut random = Rng::with_seed(41);
    let mut scratch = Scratch::default();
    let mut found = 0;
    for round in 0..150 {
        let kind =
            Kind { places: [3, 20, 200][round % 3], seconds: 40 + i64::try_from(round).unwrap(), steps: 2, holds: 5 };
        let (mut timeline, mut table) = drawn(&mut random, kind);
        for _ in 0..40 {
            hold(&mut random, kind.places, round % 2 == 0, &mut timeline, &mut table);
            let (from, window, horizon) = question(&mut random, &table);
            let fewest = random.u32(1..=kind.places);
            let mut fit = Matched { fewest, find: () };
            let first = timeline.first_fit(Time(from), Seconds(window), Time(horizon), &mut fit, &mut scratch);
            let expected = naive(&table, (from, window, horizon), None, |free| bits::count(free) >= fewest);
            found += u32::from(first.is_some());
            assert_eq!(first.map(|start| (start, scratch.free().to_vec())), expected);
        }
    }
    assert!((1000..5000).contains(&found), "{found}");
}

/// Requests that differ in the count of the last level only.
struct Asked {
    shape: Shape,
    counts: Vec<u32>,
}

impl Asked {
    fn wanted(&self, kind: u32, count: u32) -> Wanted<'_> {
        Wanted::new(&self.shape, self.counts.iter().copied().chain([count]).collect(), kind)
    }
}

/// Switches of nodes of cores, as far as these levels go; some machines are irregular. The places are nodes or cores.
struct Machine {
    hierarchy: Hierarchy,
    last: &'static str,
    places: u32,
}

impl Machine {
    fn drawn(random: &mut Rng) -> Self {
        let mut levels: BTreeMap<String, Vec<ProcSet>> = BTreeMap::new();
        let (mut resource, is_regular, cores) = (1, random.bool(), random.u32(1..5));
        for _ in 0..random.usize(1..5) {
            let mut switch = ProcSet::new();
            for _ in 0..random.usize(1..6) {
                let size = if is_regular { cores } else { random.u32(1..8) };
                let node = ProcSet::from_ranges([resource..=resource + size - 1]);
                let cores = node.iter().map(|core| std::iter::once(core).collect());
                levels.entry("core".to_owned()).or_default().extend(cores);
                resource += size;
                switch = switch.union(&node);
                levels.entry("node".to_owned()).or_default().push(node);
            }
            levels.entry("switch".to_owned()).or_default().push(switch);
        }
        if random.u8(0..4) == 0 {
            // Blocks below a switch in several stretches.
            random.shuffle(levels.get_mut("node").unwrap());
        }
        let last = *random.choice(&["core", "core", "node"]).unwrap();
        let places = u32::try_from(levels[last].len()).unwrap();
        Self { hierarchy: Hierarchy::new(&levels), last, places }
    }

    fn asked(&self, random: &mut Rng) -> Asked {
        let outer: &[&[&str]] = &[&[], &["switch"], &["node"], &["switch", "node"]];
        let outer = *random.choice(&outer[..if self.last == "node" { 2 } else { 4 }]).unwrap();
        let counts: Vec<u32> = outer.iter().map(|_| *random.choice(&[1, 1, 2, 3]).unwrap()).collect();
        let mut levels: Vec<(String, Count)> =
            outer.iter().zip(&counts).map(|(name, count)| ((*name).to_owned(), Count(i64::from(*count)))).collect();
        levels.push((self.last.to_owned(), Count(1)));
        let all = self.hierarchy.all();
        let filter = if random.bool() { all.clone() } else { all.iter().filter(|_| random.u8(0..4) > 0).collect() };
        let requests = vec![Request { filter: Some(filter), levels }];
        let moldable = Moldable { id: MoldableId(1), walltime: Seconds(1), requests };
        let groups: Vec<Group<'_>> = self.hierarchy.resolve(&moldable, all).unwrap();
        Asked { shape: Shape::of(&groups[0]).unwrap(), counts }
    }
}

/// Holds, and searches for requests of some kinds between them: what is known of the slots from earlier searches matters.
fn search_for_shapes(seed: u64, rounds: usize, kind: Kind, holds: usize, is_dense: bool) {
    let mut random = Rng::with_seed(seed);
    let mut scratch = Scratch::default();
    let (mut found, mut all) = (0, 0);
    for _ in 0..rounds {
        let machine = Machine::drawn(&mut random);
        let (mut timeline, mut table) = drawn(&mut random, Kind { places: machine.places, ..kind });
        if is_dense {
            // A slot for every second.
            for begin in BEGINNING..table.end() {
                timeline.hold(Time(begin), Time(begin), &Part::default(), true);
            }
        }
        let kinds: Vec<Asked> = (0..random.usize(1..7)).map(|_| machine.asked(&mut random)).collect();
        for _ in 0..holds {
            hold(&mut random, machine.places, is_dense, &mut timeline, &mut table);
            for _ in 0..random.usize(0..4) {
                let number = random.usize(0..kinds.len());
                let (asked, count) = (&kinds[number], random.u32(1..7));
                let number = u32::try_from(number).unwrap();
                let (from, window, horizon) = question(&mut random, &table);
                let fits = |free: &[u64]| asked.wanted(number, count).taken(free).is_some();
                let expected = naive(&table, (from, window, horizon), asked.shape.filter(), fits);
                let mut wanted = asked.wanted(number, count);
                let first = timeline.first_fit(Time(from), Seconds(window), Time(horizon), &mut wanted, &mut scratch);
                found += usize::from(first.is_some());
                all += 1;
                // Of what is free it may know only as much as matters.
                let found = first.map(|start| (start, wanted.taken(scratch.free())));
                let expected = expected.map(|(start, free)| (start, asked.wanted(number, count).taken(&free)));
                assert_eq!(found, expected);
            }
        }
    }
    assert!((all / 10..all * 9 / 10).contains(&found), "{found} of {all} found");
}

#[test]
fn the_first_window_with_the_right_places_is_found() {
    search_for_shapes(43, 1000, Kind { places: 0, seconds: 60, steps: 2, holds: 5 }, 15, false);
}

#[test]
fn the_first_window_is_found_on_long_timelines() {
    // Many chunks, within most of which little changes.
    search_for_shapes(47, 200, Kind { places: 0, seconds: 400, steps: 0, holds: 3 }, 12, true);
}

#[test]
fn what_is_in_the_way_is_found_from_the_end() {
    let mut random = Rng::with_seed(53);
    let mut scratch = Scratch::default();
    let mut found = 0;
    for round in 0..600 {
        let machine = Machine::drawn(&mut random);
        let kind = Kind { places: machine.places, seconds: 80, steps: 2, holds: 8 };
        let (mut timeline, mut table) = drawn(&mut random, kind);
        for _ in 0..random.usize(0..20) {
            hold(&mut random, machine.places, round % 2 == 0, &mut timeline, &mut table);
        }
        let (asked, count) = (machine.asked(&mut random), random.u32(1..5));
        let begin = random.i64(BEGINNING..=table.end());
        let end = random.i64(begin..=table.end());
        timeline.free_in(Time(begin), Time(end), &mut scratch);
        assert_eq!(scratch.free(), table.free_in(begin, end));
        let there = bits::set(std::iter::once(0..machine.places), bits::words(machine.places));
        let fits = |free: &[u64]| asked.wanted(0, count).taken(free).is_some();
        let mut behind = there.clone();
        keep(&mut behind, asked.shape.filter());
        if !fits(&behind) {
            continue;
        }
        let mut expected = None;
        for instant in (begin..=end).rev() {
            let free = and(&behind, &table.free_in(instant, instant));
            if !fits(&free) {
                expected = Some(Time(instant));
                break;
            }
            behind = free;
        }
        let mut wanted = asked.wanted(0, count);
        let last = timeline.last_in_the_way(Time(begin), Time(end), &there, &mut wanted, &mut scratch);
        found += u32::from(last.is_some());
        assert_eq!((last, scratch.free()), (expected, behind.as_slice()));
    }
    assert!((100..500).contains(&found), "{found}");
}
