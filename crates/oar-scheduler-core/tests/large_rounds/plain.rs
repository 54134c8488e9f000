//! Hundreds of jobs that ask for nodes, cpus and cores, and nothing else.

use fastrand::Rng;
use serde_json::{Value, json};

use super::draft::{Draft, HOUR};
use super::machine::Machine;
use super::workload::{CORE_ONLY, HIGH_CACHE_HIT, NODE_ONLY, NORMAL, OLD_NORMAL, Part, SMALL, Walltimes, submit};

/// A workload, and the machine and the number of jobs that suit it: the reference scheduler looks at every block of
/// the inner level for each of the outer one.
struct Case {
    workload: &'static [Part],
    places: usize,
    jobs: usize,
}

const CASES: [Case; 7] = [
    Case { workload: NODE_ONLY, places: 6000, jobs: 350 },
    Case { workload: NORMAL, places: 300, jobs: 250 },
    Case { workload: OLD_NORMAL, places: 500, jobs: 150 },
    Case { workload: HIGH_CACHE_HIT, places: 300, jobs: 250 },
    Case { workload: CORE_ONLY, places: 500, jobs: 150 },
    Case { workload: SMALL, places: 200, jobs: 300 },
    Case { workload: NORMAL, places: 1000, jobs: 80 },
];

pub fn round(seed: u64) -> Value {
    let mut rng = Rng::with_seed(seed);
    let case = &CASES[seed as usize % CASES.len()];
    let places = case.places * rng.usize(70..130) / 100;
    let machine = match case.places {
        // Large nodes, of which the last and the last switch are not full.
        6000 => Machine::regular(places, 64, rng.usize(5..12), 16),
        _ => Machine::drawn(&mut rng, places),
    };
    let walltimes = Walltimes::drawn(&mut rng);
    let jobs = case.jobs * rng.usize(70..130) / 100;
    let mut draft = Draft::new(rng, machine);
    draft.occupy(80, 8 * HOUR);
    submit(&mut draft, jobs, case.workload, &walltimes);
    draft.repeat_requests();
    if draft.chance(25) {
        // Not all of them find a place before the end.
        let end = draft.now + draft.pick(&[100, 500, 1500]) * HOUR;
        draft.others.insert("max_time".to_owned(), json!(end));
    }
    draft.snapshot()
}
