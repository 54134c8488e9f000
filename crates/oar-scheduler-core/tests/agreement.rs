//! The engine decides as the reference scheduler does, on random rounds that mix every feature.
//!
//! `ROUNDS=200000 SEED=1 cargo test --test agreement` runs longer, from another seed. A round on which they differ is shrunk and printed: add it to
//! `tests/regressions.jsonl`, where it stays. With `SHRINK=0` it is not shrunk: only the seed is of interest.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod engine;
mod reference;

use engine::by_job;
use serde_json::Value;

fn environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |value| value.parse().expect("a number"))
}

/// Where the plans differ, job by job. A snapshot that the engine refuses has no difference.
fn difference(snapshot: &Value) -> Option<String> {
    let found = by_job(&engine::plan(snapshot).ok()?);
    let expected = by_job(&reference::plan(snapshot));
    let different = expected.iter().find(|(job, place)| found.get(job) != Some(place));
    match different {
        Some((job, place)) => Some(format!("job {job}\nreference: {place}\nengine:    {:?}", found.get(job))),
        None if found.len() != expected.len() => Some(format!("jobs: {expected:?}\n{found:?}")),
        None => None,
    }
}

#[test]
fn engine_and_reference_agree_on_random_rounds() {
    let (rounds, seed) = (environment("ROUNDS", 20_000), environment("SEED", 0));
    for seed in seed..seed + rounds {
        let snapshot = reference::generate::snapshot(seed);
        if let Err(error) = engine::plan(&snapshot) {
            panic!("seed {seed}: the engine refuses it: {error}\n{snapshot}");
        }
        if let Some(different) = difference(&snapshot) {
            assert!(environment("SHRINK", 1) != 0, "seed {seed}: {different}");
            let shrunk = reference::shrink::shrink(snapshot, &mut |smaller| difference(smaller).is_some());
            panic!("seed {seed}: {}\n{shrunk}", difference(&shrunk).unwrap());
        }
    }
}

#[test]
fn rounds_on_which_they_once_differed_stay_right() {
    for (number, line) in include_str!("regressions.jsonl").lines().enumerate() {
        let snapshot: Value = serde_json::from_str(line).unwrap();
        engine::plan(&snapshot).unwrap_or_else(|error| panic!("line {}: the engine refuses it: {error}", number + 1));
        assert_eq!(difference(&snapshot), None, "line {}", number + 1);
    }
}
