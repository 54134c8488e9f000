//! Whatever the input, the engine answers in time: with an error that says where, or with a plan in which only the bad is left out.
//!
//! `CASES=1000000 SEED=1 cargo test --test bad_input` tries more random changes, from another seed.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod reference;

#[path = "bad_input/invariants.rs"]
mod invariants;
#[path = "bad_input/jobs.rs"]
mod jobs;
#[path = "bad_input/mutations.rs"]
mod mutations;
#[path = "bad_input/mutator.rs"]
mod mutator;
#[path = "bad_input/quotas.rs"]
mod quotas;
#[path = "bad_input/readers.rs"]
mod readers;
#[path = "bad_input/sites.rs"]
mod sites;

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use oar_scheduler_core::{NoHooks, Plan, Snapshot};
use serde_json::{Value, json};

/// The longest that any case may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Numbers at and next to the limits.
const EXTREMES: [i64; 9] = [i64::MIN, i64::MIN + 1, -1, 0, 1, 1 << 31, u32::MAX as i64, i64::MAX - 1, i64::MAX];

/// The answer of `work`, which must come in time and without panic.
fn in_time<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let _ = sender.send(work());
    });
    match receiver.recv_timeout(LIMIT) {
        Ok(answer) => answer,
        Err(RecvTimeoutError::Timeout) => panic!("{name}: no answer within {LIMIT:?}"),
        Err(RecvTimeoutError::Disconnected) => panic!("{name}: panicked"),
    }
}

/// The plan of a snapshot, or the error in words; in time.
fn plan(name: &str, snapshot: &Value) -> Result<Plan, String> {
    let text = snapshot.to_string();
    in_time(name, move || plan_of(text.as_bytes()))
}

fn plan_of(text: &[u8]) -> Result<Plan, String> {
    let snapshot = Snapshot::from_json(text).map_err(|error| error.to_string())?;
    oar_scheduler_core::plan(&snapshot, NoHooks).map_err(|error| error.to_string())
}

/// Two nodes of four cores, half of them taken until 1200, with these waiting jobs.
fn snapshot(waiting: impl IntoIterator<Item = Value>) -> Value {
    let waiting: Vec<Value> = waiting.into_iter().collect();
    json!({
        "format": "oar-scheduler-snapshot/1",
        "now": 1000,
        "max_time": 2_147_483_648_i64,
        "resources": {
            "default": "1-8",
            "hierarchy": { "node": ["1-4", "5-8"], "core": ["1", "2", "3", "4", "5", "6", "7", "8"] },
        },
        "scheduled_jobs": [{
            "id": 1, "user": "alice", "project": "p", "queue": "default", "name": "", "types": {},
            "start": 900, "walltime": 300, "resources": "1-4", "state": "Running",
        }],
        "queues": ["default"],
        "waiting_jobs": waiting,
    })
}

/// A waiting job that asks for these levels.
fn job(id: i64, walltime: i64, levels: &Value) -> Value {
    json!({
        "id": id, "user": "bob", "project": "p", "queue": "default", "name": "", "submission_time": 500, "types": {},
        "dependencies": [],
        "moldables": [{ "id": 10 * id, "walltime": walltime, "requests": [{ "levels": levels }] }],
    })
}

/// Jobs with nothing wrong: one that starts now, one that needs all, one that comes after.
fn good_jobs() -> Vec<Value> {
    vec![
        job(11, 60, &json!([["core", 2]])),
        job(12, 120, &json!([["node", 2]])),
        job(13, 500, &json!([["node", 1], ["core", 3]])),
    ]
}

/// Changes of a snapshot under which cases are tried again: with each kind of quotas and each ordering.
fn settings() -> Vec<(&'static str, Value)> {
    let weights = ["age", "queue", "work", "size", "karma", "qos", "nice"];
    let weights: serde_json::Map<String, Value> =
        weights.iter().map(|name| (format!("{name}_weight"), json!(1.0))).collect();
    let calendar = json!({
        "quotas": { "*,*,*,/": [6, 2, 10] },
        "periodical": [["08:00-19:00 mon-fri * *", "busy", ""], ["* * * *", "quiet", ""]],
        "oneshot": [["1970-01-01 02:00", "1970-01-01 03:00", "quiet", ""]],
        "busy": { "*,*,*,/": [4, 1, -1] },
        "quiet": { "*,*,*,*": ["ALL", "ALL", "2*ALL"] },
    });
    vec![
        ("plain", json!({})),
        ("quotas", json!({ "quotas": { "quotas": { "*,*,*,/": [6, 2, 10] } } })),
        ("calendar", json!({ "quotas": calendar, "time_zone": "Europe/Paris" })),
        ("fair share", json!({ "ordering": { "policy": "FAIRSHARE" } })),
        ("multifactor", json!({ "ordering": { "policy": "MULTIFACTOR", "multifactor": weights } })),
    ]
}

/// The snapshot with keys of `changes` in the place of its own.
fn changed(mut snapshot: Value, changes: &Value) -> Value {
    let keys = changes.as_object().expect("an object").clone();
    snapshot.as_object_mut().expect("an object").extend(keys);
    snapshot
}

/// The snapshot with another value at a place such as `/resources/default`.
fn with(mut snapshot: Value, pointer: &str, value: &Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    match snapshot.pointer_mut(parent).expect(pointer) {
        Value::Array(elements) => elements[key.parse::<usize>().expect("an index")] = value.clone(),
        parent => parent[key] = value.clone(),
    }
    snapshot
}

fn assert_says(name: &str, text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{name}: expected {word:?} in {text:?}");
    }
}
