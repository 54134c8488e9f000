//! Many filters, also such that cut blocks; ALL, BEST, HALF_BEST; several groups in a request.

use fastrand::Rng;
use serde_json::{Value, json};

use super::draft::{Draft, HOUR, MINUTE};
use super::machine::{Machine, text};
use super::workload::{Walltimes, few};

const ALL: i64 = -1;
const BEST: i64 = -2;
const HALF_BEST: i64 = -3;

pub fn round(seed: u64) -> Value {
    let mut rng = Rng::with_seed(seed);
    let places = rng.usize(150..400);
    let machine =
        if rng.bool() { Machine::drawn(&mut rng, places) } else { Machine::of_several_sizes(&mut rng, places / 5) };
    let walltimes = match Walltimes::drawn(&mut rng) {
        Walltimes::Few(choices) => choices,
        _ => (0..100).map(|_| rng.i64(MINUTE..6 * HOUR)).collect(),
    };
    let filters: Vec<String> = (0..rng.usize(3..40)).map(|_| filter(&mut rng, &machine)).collect();
    let jobs = rng.usize(120..220);
    let mut draft = Draft::new(rng, machine);
    draft.occupy(60, 5 * HOUR);
    for _ in 0..jobs {
        let groups = draft.pick(&[1, 1, 1, 1, 2, 2, 3]);
        let requests: Vec<Value> = (0..groups).map(|_| request(&mut draft, &filters)).collect();
        let walltime = draft.pick(&walltimes);
        draft.wait_for(vec![(walltime, json!(requests))]);
    }
    draft.repeat_requests();
    draft.snapshot()
}

/// Whole blocks, halves of nodes, single cores, every other core, a stretch; rarely nothing.
pub fn filter(rng: &mut Rng, machine: &Machine) -> String {
    let percent = rng.u32(15..90);
    let places = &machine.places;
    let chosen = match rng.u32(0..12) {
        0..3 => machine.some(rng, "nodes", percent),
        3 => machine.some(rng, "switches", percent),
        4 | 5 => machine.some(rng, "cpus", percent),
        6 | 7 => machine.some(rng, "cores", percent),
        8 => machine.blocks("nodes").iter().flat_map(|node| &node[..node.len() / 2]).copied().collect(),
        9 => places.iter().copied().filter(|place| place % 2 == 0).collect(),
        10 => {
            let first = rng.usize(0..places.len());
            places[first..rng.usize(first..places.len())].to_vec()
        }
        _ if rng.u32(0..4) == 0 => Vec::new(),
        _ => places[places.len() / 4..].to_vec(),
    };
    text(&chosen)
}

pub fn request(draft: &mut Draft, filters: &[String]) -> Value {
    let few_nodes = draft.rng.i64(1..4);
    let special = draft.pick(&[BEST, BEST, HALF_BEST, HALF_BEST, ALL]);
    let levels = match draft.rng.u32(0..14) {
        0 => json!([["nodes", few_nodes], ["cores", special]]),
        1 => json!([["nodes", few_nodes], ["cpus", special]]),
        2 => json!([["switches", 1], ["nodes", special]]),
        3 => json!([["switches", special], ["nodes", 1]]),
        4 => json!([["nodes", draft.pick(&[BEST, HALF_BEST])], ["cores", 1]]),
        5 if draft.chance(30) => json!([["nodes", special]]),
        6 => json!([["switches", 1], ["nodes", few_nodes], ["cpus", 1]]),
        _ => few(draft, 5),
    };
    if draft.chance(75) {
        json!({ "filter": draft.pick(filters), "levels": levels })
    } else {
        json!({ "levels": levels })
    }
}
