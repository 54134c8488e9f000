//! The engine decides as the reference scheduler does, on rounds of hundreds of jobs on hundreds and thousands of
//! resources.
//!
//! `ROUNDS=500 SEED=1 cargo test --test large_rounds` runs longer, from another seed. A round on which they differ is
//! made smaller and printed; with `SHRINK=0` only its seed is of interest.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod engine;
mod reference;

#[path = "large_rounds/alike.rs"]
mod alike;
#[path = "large_rounds/claims.rs"]
mod claims;
#[path = "large_rounds/dense.rs"]
mod dense;
#[path = "large_rounds/draft.rs"]
mod draft;
#[path = "large_rounds/erasers.rs"]
mod erasers;
#[path = "large_rounds/filters.rs"]
mod filters;
#[path = "large_rounds/limited.rs"]
mod limited;
#[path = "large_rounds/machine.rs"]
mod machine;
#[path = "large_rounds/missing.rs"]
mod missing;
#[path = "large_rounds/mixed.rs"]
mod mixed;
#[path = "large_rounds/moldable.rs"]
mod moldable;
#[path = "large_rounds/plain.rs"]
mod plain;
#[path = "large_rounds/shapes.rs"]
mod shapes;
#[path = "large_rounds/shared.rs"]
mod shared;
#[path = "large_rounds/smaller.rs"]
mod smaller;
#[path = "large_rounds/workload.rs"]
mod workload;

use engine::by_job;
use serde_json::Value;

fn environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |value| value.parse().expect("a number"))
}

/// Where the plans differ: the first job in the order of the snapshot. A snapshot that the engine refuses has no
/// difference.
fn difference(snapshot: &Value) -> Option<String> {
    let (found, _) = engine::decide(snapshot).ok()?;
    let plan = reference::plan(snapshot);
    let (found, expected) = (by_job(&found), by_job(&plan));
    let jobs = smaller::waiting(snapshot).filter_map(|job| job["id"].as_i64());
    for job in jobs.chain(expected.keys().copied()) {
        if found.get(&job) != expected.get(&job) {
            return Some(format!("job {job}\nreference: {:?}\nengine:    {:?}", expected.get(&job), found.get(&job)));
        }
    }
    // A round that ends early must know the same.
    let starts_now = |plan: &Value| -> Vec<Value> {
        let assignments = plan["assignments"].as_array().expect("assignments");
        assignments.iter().filter(|assignment| assignment["start"] == snapshot["now"]).cloned().collect()
    };
    let (early, all) = (starts_now(&engine::decide_starting_now(snapshot).ok()?), starts_now(&plan));
    (early != all).then(|| format!("who starts now\nreference: {all:?}\nengine, ending early: {early:?}"))
}

fn agree(rounds: u64, round: fn(u64) -> Value) {
    let (rounds, seed) = (environment("ROUNDS", rounds), environment("SEED", 0));
    for seed in seed..seed + rounds {
        let snapshot = round(seed);
        if let Err(error) = engine::decide(&snapshot) {
            panic!("\nseed {seed}: the engine refuses it: {error}");
        }
        if let Some(different) = difference(&snapshot) {
            assert!(environment("SHRINK", 1) != 0, "\nseed {seed}: {different}");
            let smaller = smaller::shrink(snapshot, |candidate| difference(candidate).is_some());
            panic!("\nseed {seed}: {different}\n\nmade smaller: {}\n{smaller}", difference(&smaller).unwrap());
        }
    }
}

#[test]
fn they_agree_on_nodes_cpus_and_cores() {
    agree(7, plain::round);
}

#[test]
fn they_agree_on_unusual_machines() {
    agree(6, shapes::round);
}

#[test]
fn they_agree_on_filters_special_counts_and_groups() {
    agree(6, filters::round);
}

#[test]
fn they_agree_on_dense_timelines() {
    agree(9, dense::round);
}

#[test]
fn they_agree_under_quotas() {
    agree(12, limited::round);
}

#[test]
fn they_agree_on_sharing_and_containers() {
    agree(10, shared::round);
}

#[test]
fn they_agree_on_alternatives() {
    agree(8, moldable::round);
}

#[test]
fn they_agree_on_equal_and_nearly_equal_requests() {
    agree(15, alike::round);
}

#[test]
fn they_agree_on_missing_resources() {
    agree(8, missing::round);
}

#[test]
fn they_agree_on_everything_at_once() {
    agree(8, mixed::round);
}
