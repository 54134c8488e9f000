//! Equal and nearly equal requests: few sizes, few walltimes. What was found for one says much about the next, unless
//! something else comes between: a dependency, a filter, another group of queues, a reservation, quotas, besteffort.

use fastrand::Rng;
use serde_json::{Value, json};

use super::draft::{Draft, HOUR, MINUTE};
use super::machine::{Machine, text};
use super::workload::ASKS;

pub fn round(seed: u64) -> Value {
    let mut rng = Rng::with_seed(seed);
    let places = rng.usize(100..300);
    let machine =
        if rng.bool() { Machine::drawn(&mut rng, places) } else { Machine::of_several_sizes(&mut rng, places / 5) };
    let kinds: Vec<(Option<&str>, &str)> = (0..rng.usize(1..4))
        .map(|_| {
            let ask = ASKS[rng.usize(0..ASKS.len())];
            (ask.outer, ask.inner)
        })
        .collect();
    let some = [machine.some(&mut rng, "nodes", 60), machine.some(&mut rng, "cpus", 70)];
    let filters = some.map(|some| text(&some));
    let base = rng.i64(1..12) * 10 * MINUTE;
    let jobs = rng.usize(130..230);
    let mut draft = Draft::new(rng, machine);
    draft.occupy(70, 4 * HOUR);
    let (counts, lengths) = (draft.pick(&[3, 6, 12]), draft.pick(&[2, 4, 9]));
    let has_filters = draft.chance(40);
    for _ in 0..jobs {
        let (outer, inner) = draft.pick(&kinds);
        let most = (draft.machine.room(outer, inner) / 3).clamp(1, counts);
        let count = draft.rng.i64(1..=most);
        // One second beside another walltime, too.
        let walltime = base * draft.rng.i64(1..lengths) + draft.pick(&[0, 0, 0, 0, 1, -1]);
        let levels = match outer {
            Some(outer) => json!([[outer, 1], [inner, count]]),
            None => json!([[inner, count]]),
        };
        let filter = draft.pick(&filters);
        let is_filtered = has_filters && draft.chance(50);
        let job = draft.wait(walltime, levels);
        if is_filtered {
            job["moldables"][0]["requests"][0]["filter"] = json!(filter);
        }
    }
    come_between(&mut draft, base);
    draft.snapshot()
}

/// What makes an equal request another matter; each in a third of the rounds or more.
pub fn come_between(draft: &mut Draft, base: i64) {
    if draft.chance(35) {
        draft.each_waiting(25, |rng, job| {
            let required = (job["id"].as_i64().expect("an id") - rng.i64(1..30)).max(1001);
            job["dependencies"] = json!([{ "job": required, "state": "Waiting" }]);
        });
    }
    if draft.chance(50) {
        draft.groups = vec![vec!["admin"], vec!["default"], vec!["besteffort"]];
        draft.each_waiting(25, |_, job| job["queue"] = json!("admin"));
        let now = draft.now;
        draft.each_waiting(8, |rng, job| job["reservation_start"] = json!(now + rng.i64(0..20) * base));
    }
    if draft.chance(35) {
        draft.each_waiting(35, |_, job| {
            job["queue"] = json!("besteffort");
            job["types"]["besteffort"] = Value::Null;
        });
        for job in draft.scheduled.iter_mut().filter(|job| job["id"].as_i64().is_some_and(|id| id % 3 == 0)) {
            job["types"]["besteffort"] = Value::Null;
        }
    }
    if draft.chance(30) {
        let places = draft.machine.places.len() as i64;
        let (each, jobs) = (draft.rng.i64(places / 6..places / 2), draft.rng.i64(3..20));
        let rules = json!({ "*,*,*,/": [each, -1, -1], "*,p2,*,*": [-1, jobs, -1] });
        draft.others.insert("quotas".to_owned(), json!({ "quotas": rules, "job_types": [] }));
    }
    if draft.chance(30) {
        let order = draft.pick(&["FIFO", "MULTIFACTOR"]);
        let weights = json!({ "size_weight": 2.0, "work_weight": 1.0, "work_mode": 1 });
        draft.others.insert("ordering".to_owned(), json!({ "policy": order, "multifactor": weights }));
    }
    if draft.chance(35) {
        let end = draft.now + base * draft.rng.i64(6..40);
        draft.others.insert("max_time".to_owned(), json!(end));
    }
}
