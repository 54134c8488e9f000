//! The rounds of `corpus/`: the decisions of OAR3's scheduler with its known defects corrected. The engine finds them, and so does the reference that the
//! other tests hold it to.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod engine;
mod reference;

use engine::by_job;
use serde_json::Value;

fn rounds() -> Vec<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus");
    let mut rounds = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            let text = std::fs::read_to_string(path).unwrap();
            rounds.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
        }
    }
    assert_eq!(rounds.len(), 1575);
    rounds
}

fn differences(plan: impl Fn(&Value) -> Value) -> Vec<String> {
    let rounds = rounds();
    let compared = rounds.iter().filter_map(|round| {
        let (expected, found) = (by_job(&round["expected"]), by_job(&plan(&round["snapshot"])));
        let (job, place) = expected.iter().find(|(job, place)| found.get(job) != Some(place))?;
        Some(format!("{}, job {job}: expected {place}, found {:?}", round["name"], found.get(job)))
    });
    compared.collect()
}

#[test]
fn the_engine_decides_every_round_as_expected() {
    let differences = differences(|snapshot| engine::plan(snapshot).unwrap());
    assert!(differences.is_empty(), "{} rounds differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn the_reference_decides_every_round_as_expected() {
    let differences = differences(reference::plan);
    assert!(differences.is_empty(), "{} rounds differ:\n{}", differences.len(), differences.join("\n"));
}
