//! Timelines against tables that know of each second which places are free.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use fastrand::Rng;

use super::*;
use crate::procset::ProcSet;
use crate::units::Seconds;

/// The first second of the timelines.
pub(super) const BEGINNING: i64 = 100;

/// What is free in each second, as words, and where slots should begin.
pub(super) struct Table {
    free: Vec<Vec<u64>>,
    begins: BTreeSet<i64>,
}

impl Table {
    /// The last second.
    pub fn end(&self) -> i64 {
        BEGINNING + i64::try_from(self.free.len()).unwrap() - 1
    }

    fn seconds(&self, begin: i64, end: i64) -> Range<usize> {
        let (begin, end) = (begin.max(BEGINNING), end.min(self.end()));
        if begin > end { 0..0 } else { second(begin)..second(end) + 1 }
    }

    fn at(&self, instant: i64) -> &[u64] {
        &self.free[second(instant)]
    }

    /// What is free in all of `[begin, end]`, which lies within the table.
    pub fn free_in(&self, begin: i64, end: i64) -> Vec<u64> {
        let mut seconds = self.free[self.seconds(begin, end)].iter();
        let first = seconds.next().unwrap().clone();
        seconds.fold(first, |all, free| and(&all, free))
    }

    fn hold(&mut self, begin: i64, end: i64, part: &[u64], cuts_always: bool) {
        let seconds = self.seconds(begin, end);
        let changes = |free: &[u64]| cuts_always || and(free, part).iter().any(|word| *word != 0);
        if let (Some(first), Some(last)) = (self.free[seconds.clone()].first(), self.free[seconds.clone()].last()) {
            let (cuts_begin, cuts_end) = (changes(first), changes(last));
            if cuts_begin {
                self.begins.insert(begin.max(BEGINNING));
            }
            if cuts_end && end < self.end() {
                self.begins.insert(end + 1);
            }
        }
        for free in &mut self.free[seconds] {
            *free = and(free, &part.iter().map(|word| !word).collect::<Vec<_>>());
        }
    }
}

fn second(instant: i64) -> usize {
    usize::try_from(instant - BEGINNING).unwrap()
}

pub(super) fn and(one: &[u64], other: &[u64]) -> Vec<u64> {
    one.iter().zip(other).map(|(one, other)| one & other).collect()
}

/// Some ranges of places; none at times.
pub(super) fn some_places(random: &mut Rng, places: u32) -> Vec<Range<u32>> {
    let mut bounds: Vec<u32> = (0..2 * random.usize(0..4)).map(|_| random.u32(0..=places)).collect();
    bounds.sort_unstable();
    bounds.chunks(2).map(|pair| pair[0]..pair[1]).collect()
}

/// What the timelines of a test are like.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub places: u32,
    pub seconds: i64,
    /// The steps of the base, and the holds from the beginning.
    pub steps: usize,
    pub holds: usize,
}

/// A timeline that begins with some holds, and the table of the same.
pub(super) fn drawn(random: &mut Rng, kind: Kind) -> (Timeline, Table) {
    let Kind { places, seconds, .. } = kind;
    let words = bits::words(places);
    let end = BEGINNING + seconds - 1;
    // Resources leave, or come and go as in a container.
    let mut base = BTreeMap::new();
    for step in 0..=random.usize(0..=kind.steps) {
        let begin = if step == 0 { BEGINNING } else { random.i64(BEGINNING..=end) };
        let there = if random.bool() { std::iter::once(0..places).collect() } else { some_places(random, places) };
        base.insert(begin, bits::set(there, words));
    }
    let holds: Vec<(i64, Vec<Range<u32>>)> = (0..random.usize(0..=kind.holds))
        .map(|_| (random.i64(BEGINNING - 5..end + 20), some_places(random, places)))
        .collect();
    let mut table = Table { free: Vec::new(), begins: base.keys().copied().collect() };
    for instant in BEGINNING..=end {
        table.free.push(base.range(..=instant).next_back().unwrap().1.clone());
    }
    for (until, part) in &holds {
        table.hold(BEGINNING, *until, &bits::set(part.clone(), words), true);
    }
    let base: Vec<(Time, Vec<u64>)> = base.into_iter().map(|(begin, there)| (Time(begin), there)).collect();
    let holds = holds.into_iter().map(|(until, part)| (Time(until), Part::of(part))).collect();
    (Timeline::new(&base, holds, Time(end)), table)
}

/// Holds some places for some time, on both; some holds are short, and some reach beyond the timeline.
pub(super) fn hold(random: &mut Rng, places: u32, cuts_always: bool, timeline: &mut Timeline, table: &mut Table) {
    let begin = random.i64(BEGINNING - 10..table.end() + 5);
    let end = begin + [0, random.i64(-2..6), random.i64(0..40), random.i64(0..400)][random.usize(0..4)];
    let part = some_places(random, places);
    table.hold(begin, end, &bits::set(part.clone(), bits::words(places)), cuts_always);
    timeline.hold(Time(begin), Time(end), &Part::of(part), cuts_always);
}

/// The slots of a timeline: their first and last seconds, and what is free.
fn slots(timeline: &Timeline) -> Vec<(i64, i64, Vec<u64>)> {
    let slots = timeline.from(At(0, 0)).map(|at| {
        let (chunk, slot) = (&timeline.chunks[at.0], timeline.slot(at).unwrap());
        let mut free = Vec::new();
        chunk.read(slot, &mut free, 0);
        assert_eq!(chunk.count_of(slot), bits::count(&free));
        (slot.begin.0, timeline.end_of(at).0, free)
    });
    slots.collect()
}

/// If it is noted what is in `one` and not in `other`, then all of that, and nothing that is in `other`.
fn assert_noted(change: &Change, one: &[u64], other: &[u64]) {
    if let Some(pieces) = change.pieces() {
        let mut noted = vec![0; one.len()];
        pieces.iter().for_each(|&(word, mask)| noted[word as usize] |= mask);
        assert!(noted.iter().zip(one.iter().zip(other)).all(|(noted, (one, other))| one & !other & !noted == 0));
        assert_eq!(and(&noted, other), vec![0; one.len()]);
    }
}

fn assert_same(timeline: &Timeline, table: &Table) {
    let slots = slots(timeline);
    assert_eq!(slots.len(), timeline.len());
    assert_eq!(slots.iter().map(|(begin, ..)| *begin).collect::<BTreeSet<_>>(), table.begins);
    assert_eq!(slots.last().unwrap().1, table.end());
    for (begin, end, free) in &slots {
        assert!((*begin..=*end).all(|instant| table.at(instant) == free), "from {begin} to {end}");
    }
    let changed = timeline.chunks.iter().flat_map(|chunk| &chunk.slots).skip(1);
    for (slot, ((.., before), (.., free))) in changed.zip(slots.iter().zip(&slots[1..])) {
        assert_noted(&slot.taken, before, free);
        assert_noted(&slot.freed, free, before);
    }
    let mut slots = slots.into_iter().map(|(.., free)| free);
    for chunk in &timeline.chunks {
        assert!((1..=CHUNK_MAX).contains(&chunk.slots.len()));
        assert!(chunk.slots.is_sorted_by(|one, next| one.begin < next.begin));
        let sets: Vec<Vec<u64>> = slots.by_ref().take(chunk.slots.len()).collect();
        assert_eq!(chunk.all, sets.iter().skip(1).fold(sets[0].clone(), |all, free| and(&all, free)));
        assert_eq!(chunk.most, sets.iter().map(|free| bits::count(free)).max().unwrap());
        for (slot, free) in sets.iter().enumerate() {
            let places = (0..)
                .zip(free)
                .flat_map(|(word, bits)| (0..64).map(move |bit| (64 * word + bit, bits & 1 << bit != 0)));
            assert!(
                places
                    .into_iter()
                    .all(|(place, is_free)| chunk.meets(slot, &Part::of(std::iter::once(place..place + 1))) == is_free)
            );
        }
    }
}

#[test]
fn timelines_agree_with_tables() {
    let mut random = Rng::with_seed(17);
    let small = Kind { places: 130, seconds: 60, steps: 2, holds: 3 };
    let kinds = [
        (300, small),
        (150, Kind { places: 5, holds: 40, ..small }),
        (20, Kind { places: 70, seconds: 400, ..small }),
        // Several pages.
        (8, Kind { places: 3 * 4096 + 100, ..small }),
    ];
    for (round, kind) in kinds.iter().flat_map(|(rounds, kind)| (0..*rounds).map(move |round| (round, *kind))) {
        let (mut timeline, mut table) = drawn(&mut random, kind);
        assert_same(&timeline, &table);
        for step in 0..random.i64(1..kind.seconds) {
            let cuts_always = [true, false, random.bool()][round % 3];
            hold(&mut random, kind.places, cuts_always, &mut timeline, &mut table);
            if step % 7 == 0 {
                assert_same(&timeline, &table);
            }
            let instant = random.i64(BEGINNING - 3..table.end() + 3);
            let next = table.begins.range(instant + 1..).next().map(|begin| Time(*begin));
            assert_eq!(timeline.next_begin(Time(instant)), next, "after {instant}");
        }
        assert_same(&timeline, &table);
    }
}

#[test]
fn what_stays_free_is_free_from_the_beginning_on() {
    let mut random = Rng::with_seed(19);
    for _ in 0..300 {
        let kind = Kind { places: random.u32(1..200), seconds: 80, steps: 2, holds: 5 };
        let (mut timeline, mut table) = drawn(&mut random, kind);
        for _ in 0..random.usize(0..10) {
            hold(&mut random, kind.places, false, &mut timeline, &mut table);
        }
        let ends = slots(&timeline).into_iter().map(|(_, end, _)| end);
        let staying = ends.map(|end| (Time(end), bits::count(&table.free_in(BEGINNING, end))));
        assert_eq!(timeline.staying_free(), staying.take_while(|(_, count)| *count > 0).collect::<Vec<_>>());
    }
}

#[test]
fn a_timeline_of_nothing_has_no_slots() {
    let mut timeline = Timeline::new(&[], vec![(Time(5), part("1"))], Time(10));
    timeline.hold(Time(0), Time(5), &part("1"), true);
    assert_eq!((timeline.len(), timeline.next_begin(Time(0)), timeline.staying_free()), (0, None, Vec::new()));
}

#[test]
fn a_hold_changes_no_copy_of_the_timeline() {
    let mut random = Rng::with_seed(23);
    let kind = Kind { places: 5000, seconds: 50, steps: 2, holds: 4 };
    let (mut timeline, mut table) = drawn(&mut random, kind);
    let (copy, before) = (timeline.clone(), slots(&timeline));
    for _ in 0..50 {
        hold(&mut random, kind.places, false, &mut timeline, &mut table);
    }
    assert_same(&timeline, &table);
    assert_eq!(slots(&copy), before);
}

/// How many different pages of this number the slots have.
fn pages(timeline: &Timeline, number: usize) -> usize {
    let sets: Vec<&Pages> = timeline.from(At(0, 0)).map(|at| &timeline.slot(at).unwrap().free).collect();
    1 + sets.windows(2).filter(|pair| !pair[0].shares(pair[1], number)).count()
}

#[test]
fn slots_share_the_pages_in_which_they_agree() {
    // Three pages; each of two hundred jobs holds in the first or in the last one. The other jobs' slots cut through its time.
    let mut random = Rng::with_seed(29);
    let page = 4096;
    let all = bits::set(std::iter::once(0..3 * page), bits::words(3 * page));
    let holds = (0..20).map(|until| (Time(until * 50), Part::of(std::iter::once(0..50))));
    let mut timeline = Timeline::new(&[(Time(0), all)], holds.collect(), Time(1000));
    assert_eq!([0, 1, 2].map(|number| pages(&timeline, number)), [2, 1, 1]);
    for hold in 0..200 {
        let (place, begin) = (hold + 2 * page * (hold % 2), random.i64(0..500));
        timeline.hold(
            Time(begin),
            Time(begin + random.i64(0..500)),
            &Part::of(std::iter::once(place..place + 1)),
            true,
        );
    }
    assert!(timeline.len() > 200);
    let found = [0, 1, 2].map(|number| pages(&timeline, number));
    assert!(found[0] <= 2 + 2 * 100 && found[1] == 1 && found[2] <= 1 + 2 * 100, "{found:?}");
}

/// The places from one number to another, as ranges of them: `1-4 6`.
fn places(text: &str) -> Vec<Range<u32>> {
    text.parse::<ProcSet>().unwrap().ranges().map(|range| *range.start()..*range.end() + 1).collect()
}

fn part(text: &str) -> Part {
    Part::of(places(text))
}

fn machine(text: &str, begin: i64, end: i64) -> Timeline {
    Timeline::new(&[(Time(begin), bits::set(places(text), 1))], Vec::new(), Time(end))
}

fn shown(timeline: &Timeline) -> String {
    let slots = slots(timeline).into_iter().map(|(begin, end, free)| {
        let free = ProcSet::from_ranges(bits::ranges(&free).into_iter().map(|range| range.start..=range.end - 1));
        format!("({begin}-{end}: {free})")
    });
    slots.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_hold_ends_one_second_before_its_walltime_is_over() {
    let mut timeline = machine("1-32", 0, 60);
    timeline.hold(Time(0), Time(0).end_of(Seconds(60)), &part("1-16"), false);
    assert_eq!(shown(&timeline), "(0-59: 17-32) (60-60: 1-32)");
}

#[test]
fn holds_cut_the_timeline_where_they_begin_and_end() {
    let mut timeline = machine("1-32", 1, 100);
    timeline.hold(Time(5), Time(14), &part("10-20"), false);
    timeline.hold(Time(30), Time(49), &part("5-15 20-28"), false);
    assert_eq!(shown(&timeline), "(1-4: 1-32) (5-14: 1-9 21-32) (15-29: 1-32) (30-49: 1-4 16-19 29-32) (50-100: 1-32)");
}

#[test]
fn holds_outside_the_timeline_change_nothing() {
    let mut timeline = machine("1-4", 10, 20);
    for cuts_always in [false, true] {
        timeline.hold(Time(0), Time(9), &part("1"), cuts_always);
        timeline.hold(Time(21), Time(30), &part("1"), cuts_always);
        timeline.hold(Time(15), Time(14), &part("1"), cuts_always);
    }
    assert_eq!(shown(&timeline), "(10-20: 1-4)");
    timeline.hold(Time(i64::MIN), Time(i64::MAX), &part("1"), true);
    assert_eq!(shown(&timeline), "(10-20: 2-4)");
}

#[test]
fn a_hold_that_changes_nothing_cuts_only_if_it_always_does() {
    let mut timeline = machine("1-4", 0, 20);
    timeline.hold(Time(5), Time(14), &part("1-2"), false);
    timeline.hold(Time(7), Time(9), &part("1"), false);
    // Within the slots in which something goes.
    timeline.hold(Time(8), Time(17), &part("2"), false);
    assert_eq!(shown(&timeline), "(0-4: 1-4) (5-14: 3-4) (15-17: 1 3-4) (18-20: 1-4)");
    timeline.hold(Time(7), Time(9), &part("1"), true);
    timeline.hold(Time(19), Time(20), &part(""), true);
    assert_eq!(
        shown(&timeline),
        "(0-4: 1-4) (5-6: 3-4) (7-9: 3-4) (10-14: 3-4) (15-17: 1 3-4) (18-18: 1-4) (19-20: 1-4)"
    );
}

#[test]
fn what_there_is_changes_in_steps_whoever_holds_it() {
    let base = [(Time(0), vec![0b1_1110]), (Time(10), vec![0b0_0110])];
    let mut timeline = Timeline::new(&base, vec![(Time(-1), part("2")), (Time(20), part("1"))], Time(20));
    assert_eq!(shown(&timeline), "(0-9: 2-4) (10-20: 2)");
    timeline.hold(Time(9), Time(9), &part("4"), false);
    assert_eq!(shown(&timeline), "(0-8: 2-4) (9-9: 2-3) (10-20: 2)");
}
