//! Machines whose blocks are not neighbours, do not nest or overlap, whose numbers have gaps, or that are very large.

use fastrand::Rng;
use serde_json::{Value, json};

use super::draft::{Draft, HOUR, MINUTE};
use super::machine::{Machine, text};
use super::workload::{NODE_ONLY, NORMAL, Walltimes, few, request};

/// Levels that lie across the others.
const ACROSS: [&str; 2] = ["racks", "zones"];

pub fn round(seed: u64) -> Value {
    if seed % 4 == 3 {
        return very_large(seed);
    }
    let mut rng = Rng::with_seed(seed);
    let (machine, across) = machine(&mut rng, seed);
    let walltimes = Walltimes::drawn(&mut rng);
    let jobs = rng.usize(100..200);
    let mut draft = Draft::new(rng, machine);
    draft.occupy(70, 6 * HOUR);
    for _ in 0..jobs {
        let (walltime, mut levels) = request(&mut draft, NORMAL, &walltimes);
        if draft.chance(40) {
            levels = few(&mut draft, 4);
        } else if draft.chance(30) {
            levels = nested(&mut draft);
        }
        if across && draft.chance(50) {
            levels = with_level_across(&mut draft);
        }
        draft.wait(walltime, levels);
    }
    draft.repeat_requests();
    let all = json!(text(&draft.machine.usable));
    // Also what is not of type `default`.
    draft.each_waiting(20, |_, job| job["moldables"][0]["requests"][0]["filter"] = all.clone());
    draft.snapshot()
}

/// A machine of a few hundred resources that is unusual in some ways, and whether it has levels that lie across.
pub fn machine(rng: &mut Rng, seed: u64) -> (Machine, bool) {
    let places = rng.usize(150..500);
    let mut machine = if rng.bool() { Machine::drawn(rng, places) } else { Machine::of_several_sizes(rng, places / 5) };
    let across = seed % 4 == 1 || rng.bool();
    if across {
        lay_across(rng, &mut machine);
    }
    if rng.u32(0..100) < 40 {
        set_apart(rng, &mut machine);
    }
    if seed.is_multiple_of(4) || rng.bool() {
        scatter(rng, &mut machine);
    }
    if seed % 4 == 2 || rng.u32(0..3) == 0 {
        spread(rng, &mut machine);
    }
    if rng.bool() {
        let level = rng.usize(0..machine.levels.len());
        rng.shuffle(&mut machine.levels[level].1);
    }
    (machine, across)
}

/// More than 65,536 resources, in few large blocks.
fn very_large(seed: u64) -> Value {
    let mut rng = Rng::with_seed(seed);
    let places = rng.usize(65_537..80_000);
    let mut machine = Machine::regular(places, 512, rng.usize(5..20), 128);
    if rng.bool() {
        scatter(&mut rng, &mut machine);
    }
    let first = [0, 1, u32::MAX - 100_000][rng.usize(0..3)];
    machine.renumber(|place| place + first);
    let walltimes = Walltimes::drawn(&mut rng);
    let mut draft = Draft::new(rng, machine);
    draft.occupy(70, 6 * HOUR);
    for rank in 0..60 {
        let (walltime, levels) = request(&mut draft, NODE_ONLY, &walltimes);
        match rank {
            5 | 40 => draft.wait(20 * MINUTE, json!([["cores", 30_000]])),
            _ if rank % 3 == 0 => draft.wait(walltime, json!([["switches", 1], ["cpus", 1 + rank % 11]])),
            _ => draft.wait(walltime, levels),
        };
    }
    draft.snapshot()
}

/// Racks that straddle the nodes, zones that overlap.
fn lay_across(rng: &mut Rng, machine: &mut Machine) {
    let places = machine.places.clone();
    let rack = rng.usize(5..40);
    let racks = places.chunks(rack).map(<[u32]>::to_vec).collect();
    let (zone, step) = (rng.usize(20..60), rng.usize(7..30));
    let zones = places.windows(zone).step_by(step).map(<[u32]>::to_vec).collect();
    let rank = rng.usize(0..machine.levels.len());
    machine.levels.insert(rank, (ACROSS[0], racks));
    machine.levels.push((ACROSS[1], zones));
}

/// Some resources are not of type `default`, some not usable at all.
pub fn set_apart(rng: &mut Rng, machine: &mut Machine) {
    machine.usable.retain(|_| rng.u32(0..100) < 95);
    machine.default = machine.usable.clone();
    machine.default.retain(|_| rng.u32(0..100) < 90);
}

/// Neighbours are numbered far from each other: in turn over the nodes, or at random.
fn scatter(rng: &mut Rng, machine: &mut Machine) {
    let mut order = machine.places.clone();
    if rng.u32(0..3) == 0 {
        rng.shuffle(&mut order);
    } else {
        let stride = [2, 3, 8, 50][rng.usize(0..4)];
        order.sort_by_key(|place| (place % stride, *place));
    }
    let mut numbers = vec![0; order.len()];
    for (number, place) in order.iter().enumerate() {
        numbers[*place as usize] = number as u32;
    }
    machine.renumber(|place| numbers[place as usize]);
}

/// Gaps between the numbers.
fn spread(rng: &mut Rng, machine: &mut Machine) {
    let (first, step) = (rng.u32(0..1000), [2, 17, 1000, 100_000][rng.usize(0..4)]);
    if rng.bool() {
        machine.renumber(|place| first + place * step);
    } else {
        // Far apart, but each some together.
        machine.renumber(|place| first + place / 24 * step * 64 + place % 24);
    }
}

/// Some of a few blocks of several blocks.
fn nested(draft: &mut Draft) -> Value {
    let inner = draft.pick(&["cores", "cores", "cpus"]);
    let [switches, nodes, some] = [3, 3, 4].map(|most| draft.rng.i64(1..=most));
    match draft.rng.u32(0..4) {
        0 => json!([["switches", switches], ["cores", 3 * some]]),
        1 => json!([["nodes", nodes], ["cpus", 1], ["cores", 1]]),
        _ => json!([["switches", switches], ["nodes", nodes], [inner, some]]),
    }
}

pub fn with_level_across(draft: &mut Draft) -> Value {
    let level = draft.pick(&ACROSS);
    let some = draft.rng.i64(1..4);
    let many = draft.rng.i64(1..=draft.machine.room(None, level) / 2);
    match draft.rng.u32(0..5) {
        0 => json!([[level, some]]),
        // Of those that overlap, more than one would think find room together.
        4 => json!([[level, many]]),
        1 => json!([[level, 1], ["cores", some * 3]]),
        2 => json!([[level, 1], ["cpus", some]]),
        _ => json!([["switches", 1], [level, some]]),
    }
}
