//! Jobs with two to four alternatives.

use fastrand::Rng;
use serde_json::{Value, json};

use super::draft::{Draft, HOUR, MINUTE};
use super::machine::Machine;
use super::workload::{Walltimes, few};

pub fn round(seed: u64) -> Value {
    let mut rng = Rng::with_seed(seed);
    let places = rng.usize(120..350);
    let machine = Machine::drawn(&mut rng, places);
    let walltimes = match Walltimes::drawn(&mut rng) {
        Walltimes::Few(choices) => choices,
        _ => (0..100).map(|_| rng.i64(MINUTE..6 * HOUR)).collect(),
    };
    let halves = [machine.some(&mut rng, "nodes", 50), machine.some(&mut rng, "cores", 60)];
    let filters = halves.map(|half| super::machine::text(&half));
    let jobs = rng.usize(80..200);
    let mut draft = Draft::new(rng, machine);
    draft.occupy(70, 5 * HOUR);
    for _ in 0..jobs {
        let count = draft.rng.usize(2..5);
        let walltime = draft.pick(&walltimes);
        let alternatives = (0..count as i64).map(|rank| {
            // Often less time on more resources, or as much time elsewhere.
            let walltime = match draft.rng.u32(0..3) {
                0 => walltime,
                1 => (walltime / (rank + 1)).max(1),
                _ => draft.pick(&walltimes),
            };
            let levels = few(&mut draft, 5 - rank);
            let request = if draft.chance(30) {
                json!({ "filter": draft.pick(&filters), "levels": levels })
            } else {
                json!({ "levels": levels })
            };
            (walltime, json!([request]))
        });
        let alternatives = alternatives.collect();
        draft.wait_for(alternatives);
    }
    draft.repeat_requests();
    draft.snapshot()
}
