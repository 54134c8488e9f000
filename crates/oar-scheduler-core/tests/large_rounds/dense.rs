//! Timelines on which something begins or ends all the time.

use fastrand::Rng;
use serde_json::{Value, json};

use super::draft::{Draft, HOUR, MINUTE};
use super::machine::{Machine, text};
use super::workload::{Walltimes, few};

const STATES: [&str; 8] =
    ["Running", "Running", "Running", "toLaunch", "Launching", "Suspended", "Finishing", "toError"];

pub fn round(seed: u64) -> Value {
    let mut rng = Rng::with_seed(seed);
    let places = rng.usize(120..400);
    let machine = Machine::drawn(&mut rng, places);
    let walltimes = match Walltimes::drawn(&mut rng) {
        Walltimes::Few(choices) => choices,
        _ => (0..200).map(|_| rng.i64(MINUTE..3 * HOUR)).collect(),
    };
    let holds = rng.usize(80..300);
    let jobs = rng.usize(100..260);
    let mut draft = Draft::new(rng, machine);
    draft.security = draft.pick(&[0, 0, 60]);
    fill(&mut draft, holds);
    leave(&mut draft);
    if draft.rng.bool() {
        draft.groups = vec![vec!["default"], vec!["besteffort"]];
    }
    for _ in 0..jobs {
        let walltime = draft.pick(&walltimes);
        let levels = few(&mut draft, 4);
        draft.wait(walltime, levels);
    }
    draft.repeat_requests();
    if !seed.is_multiple_of(3) {
        draft.each_waiting(35, |_, job| {
            job["types"]["besteffort"] = Value::Null;
            job["queue"] = json!("besteffort");
        });
    }
    if seed % 3 != 1 {
        let ids: Vec<Value> = draft.scheduled.iter().map(|job| job["id"].clone()).collect();
        draft.each_waiting(40, |rng, job| {
            let required = match rng.u32(0..4) {
                0 => ids[rng.usize(0..ids.len())].clone(),
                _ => json!((job["id"].as_i64().expect("an id") - rng.i64(1..9)).max(1001)),
            };
            job["dependencies"] = json!([{ "job": required, "state": "Waiting" }]);
        });
    }
    draft.snapshot()
}

/// Jobs one after the other on each node, with gaps between, each from a second of its own on.
pub fn fill(draft: &mut Draft, holds: usize) {
    let nodes = draft.machine.blocks("nodes").to_vec();
    let mut free_from: Vec<i64> = nodes.iter().map(|_| draft.now - draft.rng.i64(0..HOUR)).collect();
    for _ in 0..holds {
        let first = draft.rng.usize(0..nodes.len());
        let last = (first + draft.pick(&[0, 0, 0, 1, 2, 5])).min(nodes.len() - 1);
        let start = free_from[first..=last].iter().max().expect("a node") + draft.rng.i64(0..2000);
        let walltime = draft.rng.i64(1..8000);
        free_from[first..=last].fill(start + walltime);
        let mut resources = nodes[first..=last].concat();
        if draft.chance(30) {
            resources.truncate(resources.len().div_ceil(2));
        }
        let (is_besteffort, state) = (draft.chance(35), draft.pick(&STATES));
        let is_current = start <= draft.now;
        let job = draft.hold(start, walltime, &resources);
        if is_current {
            job["state"] = json!(state);
        }
        if is_besteffort {
            job["types"]["besteffort"] = Value::Null;
        }
    }
}

/// Resources that are there until some second, and perhaps come no more.
pub fn leave(draft: &mut Draft) {
    let count = draft.rng.usize(0..15);
    let limits: Vec<Value> = (0..count)
        .map(|_| {
            let node = draft.rng.usize(0..draft.machine.blocks("nodes").len());
            let until = draft.now + draft.rng.i64(0..12 * HOUR);
            json!({ "until": until, "resources": text(&draft.machine.blocks("nodes")[node]) })
        })
        .collect();
    draft.others.insert("resources".to_owned(), json!({ "available_upto": limits }));
}
