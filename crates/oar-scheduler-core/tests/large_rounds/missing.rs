//! Nodes and cores that are missing; some of the jobs accept them.

use fastrand::Rng;
use serde_json::{Value, json};

use super::draft::{Draft, HOUR, MINUTE};
use super::machine::{Machine, text};
use super::workload::few;
use super::{dense, filters, limited};

pub fn round(seed: u64) -> Value {
    let mut rng = Rng::with_seed(seed);
    let places = rng.usize(150..400);
    let machine =
        if rng.bool() { Machine::drawn(&mut rng, places) } else { Machine::of_several_sizes(&mut rng, places / 5) };
    let (nodes, cores) = (rng.u32(5..30), rng.u32(0..10));
    let missing = [machine.some(&mut rng, "nodes", nodes), machine.some(&mut rng, "cores", cores)].concat();
    let some_filters: Vec<String> = (0..rng.usize(1..8)).map(|_| filters::filter(&mut rng, &machine)).collect();
    let jobs = rng.usize(120..220);
    let mut draft = Draft::new(rng, machine);
    draft.occupy(60, 5 * HOUR);
    if draft.chance(30) {
        dense::leave(&mut draft);
    }
    let has_filters = draft.chance(50);
    for _ in 0..jobs {
        let request = if has_filters && draft.chance(40) {
            filters::request(&mut draft, &some_filters)
        } else {
            json!({ "levels": few(&mut draft, 5) })
        };
        let walltime = draft.rng.i64(1..30) * 10 * MINUTE;
        draft.wait_for(vec![(walltime, json!([request]))]);
    }
    draft.repeat_requests();
    let accepting = draft.pick(&[10, 40, 70]);
    draft.each_waiting(accepting, |_, job| job["accepts_missing"] = json!(true));
    draft.each_waiting(10, |_, job| job["types"]["besteffort"] = json!(""));
    if draft.chance(30) {
        let quotas = limited::quotas(&mut draft, false);
        draft.others.insert("quotas".to_owned(), quotas);
    }
    draft.others.insert("resources".to_owned(), json!({ "missing": text(&missing) }));
    draft.snapshot()
}
