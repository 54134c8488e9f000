//! The engine decides as the reference scheduler does, on random rounds that mix every feature.
//!
//! `ROUNDS=200000 SEED=1 cargo test --test agreement` runs longer, from another seed. A round on which they differ is shrunk and printed: add it to
//! `tests/regressions.jsonl`, where it stays.

mod reference;

use oar_scheduler_core::{NoHooks, Plan, Snapshot, plan};
use serde_json::{Value, json};

fn environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |value| value.parse().expect("a number"))
}

/// The engine's plan in the reference's form.
fn engine(snapshot: &Value) -> Result<Value, String> {
    let snapshot = Snapshot::from_json(snapshot.to_string().as_bytes()).map_err(|error| error.to_string())?;
    let plan: Plan = plan(&snapshot, NoHooks).map_err(|error| error.to_string())?;
    let unscheduled: Vec<Value> = plan.unscheduled.iter().map(|job| json!({"job": job.job})).collect();
    Ok(json!({"assignments": plan.assignments, "unscheduled": unscheduled}))
}

/// Where the plans differ, job by job. A snapshot that the engine refuses has no difference.
fn difference(snapshot: &Value) -> Option<String> {
    let found = engine(snapshot).ok()?;
    let expected = reference::plan(snapshot);
    let by_job = |plan: &Value| -> std::collections::BTreeMap<i64, Value> {
        let jobs = ["assignments", "unscheduled"].iter().flat_map(|list| plan[*list].as_array().unwrap());
        jobs.map(|job| (job["job"].as_i64().unwrap(), job.clone())).collect()
    };
    let (found, expected) = (by_job(&found), by_job(&expected));
    let different = expected.iter().find(|(job, place)| found.get(job) != Some(place));
    match different {
        Some((job, place)) => {
            Some(format!("reference: {place}\nengine:    {:?}", found.get(job).map(Value::to_string)))
        }
        None if found.len() != expected.len() => Some(format!("jobs: {expected:?}\n{found:?}")),
        None => None,
    }
}

#[test]
fn engine_and_reference_agree_on_random_rounds() {
    let (rounds, seed) = (environment("ROUNDS", 20_000), environment("SEED", 0));
    for seed in seed..seed + rounds {
        let snapshot = reference::generate::snapshot(seed);
        if let Err(error) = engine(&snapshot) {
            panic!("seed {seed}: the engine refuses it: {error}\n{snapshot}");
        }
        if difference(&snapshot).is_some() {
            let shrunk = reference::shrink::shrink(snapshot, &mut |smaller| difference(smaller).is_some());
            panic!("seed {seed}: {}\n{shrunk}", difference(&shrunk).unwrap());
        }
    }
}

#[test]
fn rounds_on_which_they_once_differed_stay_right() {
    for (number, line) in include_str!("regressions.jsonl").lines().enumerate() {
        let snapshot: Value = serde_json::from_str(line).unwrap();
        engine(&snapshot).unwrap_or_else(|error| panic!("line {}: the engine refuses it: {error}", number + 1));
        assert_eq!(difference(&snapshot), None, "line {}", number + 1);
    }
}
