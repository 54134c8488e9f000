//! The same snapshot gives the same plan, byte for byte: another time, written otherwise, beside other rounds, and after any change of the code that is not meant
//! to change a plan.
//!
//! `UPDATE_GOLDEN_PLANS=1 cargo test --test determinism` writes the golden plans anew: what has changed in them is to be reviewed.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod reference;

use std::path::Path;

use fastrand::Rng;
use oar_scheduler_core::{NoHooks, Plan, Snapshot};
use serde_json::{Value, json};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden_plans.jsonl");

/// Snapshots with their names: of random seeds, and every so many of the corpus.
fn snapshots(seeds: u64, corpus_step: usize) -> Vec<(String, Value)> {
    let mut snapshots: Vec<(String, Value)> =
        (0..seeds).map(|seed| (format!("seed {seed}"), reference::generate::snapshot(seed))).collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let texts: Vec<String> = files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for line in texts.iter().flat_map(|text| text.lines()).step_by(corpus_step) {
        let mut round: Value = serde_json::from_str(line).unwrap();
        snapshots.push((round["name"].as_str().unwrap().to_owned(), round["snapshot"].take()));
    }
    snapshots
}

fn read(text: &str) -> Snapshot {
    Snapshot::from_json(text.as_bytes()).unwrap()
}

/// The JSON form of a snapshot's plan.
fn plan(snapshot: &Snapshot) -> String {
    serde_json::to_string(&oar_scheduler_core::plan(snapshot, NoHooks).unwrap()).unwrap()
}

/// The document with the keys of every object in a random order.
fn shuffled(json: &Value, rng: &mut Rng) -> String {
    match json {
        Value::Object(keys) => {
            let entry = |(key, value)| format!("{}:{}", json!(key), shuffled(value, rng));
            let mut entries: Vec<String> = keys.iter().map(entry).collect();
            rng.shuffle(&mut entries);
            format!("{{{}}}", entries.join(","))
        }
        Value::Array(elements) => {
            let elements: Vec<String> = elements.iter().map(|element| shuffled(element, rng)).collect();
            format!("[{}]", elements.join(","))
        }
        other => other.to_string(),
    }
}

#[test]
fn the_same_snapshot_gives_the_same_plan_every_time() {
    for (name, snapshot) in snapshots(400, 7) {
        let snapshot = read(&snapshot.to_string());
        assert_eq!(plan(&snapshot), plan(&snapshot), "{name}");
        assert_eq!(plan(&snapshot), plan(&snapshot.clone()), "{name}");
    }
}

#[test]
fn the_order_of_keys_does_not_matter() {
    let mut rng = Rng::with_seed(1);
    for (name, snapshot) in snapshots(400, 7) {
        let expected = plan(&read(&snapshot.to_string()));
        for _ in 0..3 {
            assert_eq!(plan(&read(&shuffled(&snapshot, &mut rng))), expected, "{name}");
        }
    }
}

#[test]
fn rounds_beside_each_other_do_not_meet() {
    let snapshots: Vec<Snapshot> =
        snapshots(200, 20).into_iter().map(|(_, snapshot)| read(&snapshot.to_string())).collect();
    let expected: Vec<String> = snapshots.iter().map(plan).collect();
    let plans = || snapshots.iter().map(plan).collect::<Vec<_>>();
    let found: Vec<Vec<String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(plans)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(found.iter().all(|found| *found == expected));
}

#[test]
fn a_snapshot_that_is_written_and_read_is_the_same() {
    let mut different = Vec::new();
    for (name, snapshot) in snapshots(400, 3) {
        let snapshot = read(&snapshot.to_string());
        let written = serde_json::to_string(&snapshot).unwrap();
        let again = read(&written);
        if again != snapshot || plan(&again) != plan(&snapshot) {
            different.push(name);
        } else {
            assert_eq!(serde_json::to_string(&again).unwrap(), written, "{name}");
        }
    }
    assert!(different.is_empty(), "{} differ: {different:?}", different.len());
}

#[test]
fn a_plan_that_is_written_and_read_is_the_same() {
    let mut different = Vec::new();
    for (name, snapshot) in snapshots(400, 3) {
        let written = plan(&read(&snapshot.to_string()));
        let again = serde_json::to_string(&Plan::from_json(written.as_bytes()).unwrap()).unwrap();
        if written != again {
            different.push(name);
        }
    }
    assert!(different.is_empty(), "{} differ: {different:?}", different.len());
}

#[test]
fn numbers_are_read_as_they_are_written() {
    let mut rng = Rng::with_seed(2);
    for _ in 0..1000 {
        let total = rng.f64() * 1e6;
        let accounting = json!({ "used": { "total": total } });
        let resources = json!({ "default": "1-4" });
        let snapshot =
            json!({ "format": "oar-scheduler-snapshot/1", "now": 5, "resources": resources, "accounting": accounting });
        let read = read(&snapshot.to_string());
        assert_eq!(read.groups[0].accounting.used.total.to_bits(), total.to_bits(), "{total:?}");
    }
}

#[test]
fn the_groups_of_a_snapshot_are_written_as_they_were() {
    let group = |id: i64| json!({ "queues": ["q"], "waiting_jobs": [{ "id": id, "moldables": [] }] });
    for groups in [json!([]), json!([{}]), json!([group(1)]), json!([group(1), group(2)]), json!([{}, group(1), {}])] {
        let snapshot = json!({
            "format": "oar-scheduler-snapshot/1", "now": 5, "resources": { "default": "1-4" }, "queue_groups": groups,
        });
        let snapshot = read(&snapshot.to_string());
        assert_eq!(snapshot.groups.len(), groups.as_array().unwrap().len());
        assert_eq!(read(&serde_json::to_string(&snapshot).unwrap()), snapshot);
    }
}

#[test]
fn plans_are_those_that_were_reviewed() {
    let corpus_step = 150;
    let lines: Vec<String> = snapshots(20, corpus_step)
        .into_iter()
        .map(|(name, snapshot)| format!("{{\"name\":{},\"plan\":{}}}", json!(name), plan(&read(&snapshot.to_string()))))
        .collect();
    if std::env::var_os("UPDATE_GOLDEN_PLANS").is_some() {
        std::fs::write(GOLDEN, lines.join("\n") + "\n").unwrap();
    }
    assert!(Path::new(GOLDEN).exists(), "write it first: UPDATE_GOLDEN_PLANS=1");
    let golden = std::fs::read_to_string(GOLDEN).unwrap();
    let golden: Vec<&str> = golden.lines().collect();
    assert_eq!(golden.len(), lines.len());
    for (found, expected) in lines.iter().zip(golden) {
        assert!(
            found == expected,
            "a plan has changed; UPDATE_GOLDEN_PLANS=1 accepts it\nfound:    {found}\nexpected: {expected}"
        );
    }
}
