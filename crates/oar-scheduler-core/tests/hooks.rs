//! Plugins and meta-schedulers: what they may decide, and that what they get wrong hurts nobody else.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod reference;

#[path = "hooks/assign.rs"]
mod assign;
#[path = "hooks/before_group.rs"]
mod before_group;
#[path = "hooks/find.rs"]
mod find;
#[path = "hooks/sort.rs"]
mod sort;
#[path = "hooks/steps.rs"]
mod steps;

use oar_scheduler_core::{Hooks, JobId, Plan, ProcSet, Snapshot};
use serde_json::{Value, json};

/// Four cores, one taken until 150; jobs 11, 12 and 13 ask for two of them, for 60 s.
fn round(change: impl FnOnce(&mut Value)) -> Snapshot {
    let job = |id: i64| {
        json!({
            "id": id, "user": "bob", "queue": "default", "types": {},
            "moldables": [{ "id": 10 * id, "walltime": 60, "requests": [{ "levels": [["core", 2]] }] }],
        })
    };
    let mut snapshot = json!({
        "format": "oar-scheduler-snapshot/1",
        "now": 100,
        "max_time": 10_000,
        "resources": { "default": "1-4", "hierarchy": { "core": ["1", "2", "3", "4"] } },
        "scheduled_jobs": [{ "id": 1, "start": 50, "walltime": 100, "resources": "1", "state": "Running" }],
        "queues": ["default"],
        "waiting_jobs": [job(11), job(12), job(13)],
    });
    change(&mut snapshot);
    Snapshot::from_json(snapshot.to_string().as_bytes()).unwrap()
}

/// The round with types for its second job.
fn typed(types: &Value) -> Snapshot {
    round(|snapshot| snapshot["waiting_jobs"][1]["types"] = types.clone())
}

fn plan(snapshot: &Snapshot, hooks: impl Hooks) -> Plan {
    oar_scheduler_core::plan(snapshot, hooks).unwrap()
}

/// The places in short: `11@100: 2-3`.
fn places(plan: &Plan) -> Vec<String> {
    let places = plan.assignments.iter();
    places.map(|place| format!("{}@{}: {}", place.job, place.start, place.resources)).collect()
}

fn line(plan: &Plan, job: i64) -> &str {
    &plan.reason(JobId(job)).expect("a reason").line
}

/// The plan waits with job 12 for this reason, and places the others as if it were not there.
fn assert_only_12_waits(plan: &Plan, words: &str) {
    assert_eq!(places(plan), ["11@100: 2-3", "13@150: 1 4"], "{words}");
    assert_eq!(plan.unscheduled.iter().map(|job| job.job.0).collect::<Vec<_>>(), [12], "{words}");
    assert!(line(plan, 12).contains(words), "expected {words:?} in {:?}", line(plan, 12));
    assert!(plan.warnings.is_empty(), "{:?}", plan.warnings);
}

fn set(text: &str) -> ProcSet {
    text.parse().unwrap()
}
