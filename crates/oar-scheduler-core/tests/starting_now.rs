//! A round that goes only as far as needed starts the same jobs, on the same resources, as a whole round.
//!
//! `ROUNDS` and `SEED` choose a longer run.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod reference;

use oar_scheduler_core::{Assignment, NoHooks, Plan, Round, Snapshot};
use serde_json::{Value, json};

fn environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |value| value.parse().expect("a number"))
}

fn starting_now(plan: &Plan) -> Vec<&Assignment> {
    plan.assignments.iter().filter(|assignment| assignment.start <= plan.now).collect()
}

fn whole_and_partial(snapshot: &Snapshot) -> (Plan, Plan) {
    let mut whole = Round::new(snapshot, NoHooks).unwrap();
    snapshot.groups.iter().for_each(|group| whole.place_group(group));
    let mut partial = Round::new(snapshot, NoHooks).unwrap();
    partial.place_starting_now(&snapshot.groups);
    (whole.finish_without_reasons(), partial.finish_without_reasons())
}

/// Takes away what makes jobs special, so that rounds can end early.
fn plain(mut snapshot: Value, seed: u64) -> Value {
    let strip = |jobs: &mut Value| {
        for job in jobs.as_array_mut().into_iter().flatten() {
            let is_besteffort = job["types"].get("besteffort").is_some();
            job["types"] = if is_besteffort { json!({"besteffort": ""}) } else { json!({}) };
            if !seed.is_multiple_of(5) {
                job.as_object_mut().unwrap().remove("reservation_start");
            }
        }
    };
    strip(&mut snapshot["waiting_jobs"]);
    for group in snapshot["queue_groups"].as_array_mut().into_iter().flatten() {
        strip(&mut group["waiting_jobs"]);
    }
    snapshot
}

#[test]
fn the_same_jobs_start_now() {
    let (rounds, first) = (environment("ROUNDS", 20_000), environment("SEED", 0));
    let mut ended_early = 0;
    for seed in first..first + rounds {
        let mut text = reference::generate::snapshot(seed);
        if seed % 4 != 0 {
            text = plain(text, seed);
        }
        let snapshot = Snapshot::from_json(text.to_string().as_bytes()).unwrap();
        let (whole, partial) = whole_and_partial(&snapshot);
        let (found, expected) = (starting_now(&partial), starting_now(&whole));
        if found != expected {
            panic!("seed {seed}: other jobs start now\nwhole round: {expected:?}\nelse: {found:?}\n{text}");
        }
        let handled = |plan: &Plan| plan.assignments.len() + plan.unscheduled.len();
        ended_early += u64::from(handled(&partial) < handled(&whole));
    }
    assert!(ended_early * 20 > rounds, "only {ended_early} of {rounds} rounds ended early");
}
