//! The worked examples of the rules, as complete rounds. Each is put to the engine and to the reference scheduler.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod engine;
mod reference;

#[path = "worked_examples/missing.rs"]
mod missing;
#[path = "worked_examples/quotas.rs"]
mod quotas;
#[path = "worked_examples/requests.rs"]
mod requests;
#[path = "worked_examples/rounds.rs"]
mod rounds;
#[path = "worked_examples/timelines.rs"]
mod timelines;

use engine::by_job;
use serde_json::{Value, json};

/// What becomes of a job in short: `start: resources`, `-` when it is unscheduled.
fn outcome(snapshot: &Value, job: i64) -> String {
    let found = engine::plan(snapshot).expect("a plan");
    assert_eq!(by_job(&found), by_job(&reference::plan(snapshot)), "engine and reference differ");
    match &by_job(&found)[&job] {
        Value::Null => "-".to_owned(),
        entry => format!("{}: {}", entry["start"], entry["resources"].as_str().expect("a set")),
    }
}

/// The outcomes of jobs 1, 2, 3…
fn outcomes(snapshot: &Value) -> Vec<String> {
    (1..=jobs_of(snapshot).len() as i64).map(|job| outcome(snapshot, job)).collect()
}

fn jobs_of(snapshot: &Value) -> &[Value] {
    snapshot["waiting_jobs"].as_array().expect("jobs")
}

/// The cluster of the worked examples: 32 resources, two switches, nodes of 8.
fn cluster(waiting: Value) -> Value {
    let blocks = |size: usize| {
        (0..32 / size).map(|rank| format!("{}-{}", rank * size + 1, (rank + 1) * size)).collect::<Vec<_>>()
    };
    let cores: Vec<String> = (1..=32).map(|core| core.to_string()).collect();
    let mut waiting = waiting;
    for (rank, job) in waiting.as_array_mut().expect("jobs").iter_mut().enumerate() {
        job["id"] = json!(rank + 1);
        for (number, moldable) in job["moldables"].as_array_mut().expect("alternatives").iter_mut().enumerate() {
            moldable["id"] = json!(10 * (rank + 1) + number);
        }
    }
    json!({
        "format": "oar-scheduler-snapshot/1",
        "now": 0,
        "resources": {
            "default": "1-32",
            "hierarchy": {
                "switch": blocks(16), "node": blocks(8), "cpu": blocks(4), "core": cores, "gpu": ["17", "18"],
                "odd": ["1-4 17-20", "5-8", "9-16 21-32"],
            },
        },
        "waiting_jobs": waiting,
    })
}

/// A job with one alternative of one group.
fn job(request: &str, walltime: i64) -> Value {
    json!({ "user": "toto", "project": "p", "queue": "default", "moldables": [moldable(request, walltime)] })
}

/// A job with types and other keys.
fn with(mut job: Value, more: Value) -> Value {
    for (key, value) in more.as_object().expect("keys") {
        job[key] = value.clone();
    }
    job
}

fn moldable(request: &str, walltime: i64) -> Value {
    json!({ "id": 0, "walltime": walltime, "requests": [group(request)] })
}

/// A group from `switch=2/node=BEST`.
fn group(request: &str) -> Value {
    let levels = request.split('/').map(|level| {
        let (name, count) = level.split_once('=').expect("level=count");
        let count = match count {
            "ALL" => -1,
            "BEST" => -2,
            "HALF_BEST" => -3,
            count => count.parse().expect("a count"),
        };
        json!([name, count])
    });
    json!({ "levels": levels.collect::<Vec<_>>() })
}

/// What a job holds.
fn held(id: i64, start: i64, walltime: i64, resources: &str) -> Value {
    let whose = json!({ "id": id, "user": "toto", "project": "p", "queue": "default" });
    with(whose, json!({ "start": start, "walltime": walltime, "resources": resources }))
}
