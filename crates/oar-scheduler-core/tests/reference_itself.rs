//! The reference scheduler is held to the corpus, to the worked examples and to its own generator before the engine is
//! held to it.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

mod reference;

#[path = "reference/examples/generator.rs"]
mod generator;
#[path = "reference/examples/quotas.rs"]
mod quotas;
#[path = "reference/examples/requests.rs"]
mod requests;
#[path = "reference/examples/rounds.rs"]
mod rounds;
#[path = "reference/examples/timelines.rs"]
mod timelines;

use std::collections::BTreeMap;

use reference::plan;
use serde_json::{Value, json};

#[test]
fn every_round_of_the_corpus_is_reproduced() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus");
    let mut rounds = 0;
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(corpus).expect("the corpus") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        for line in std::fs::read_to_string(&path).expect("a corpus file").lines() {
            let round: Value = serde_json::from_str(line).expect("JSON");
            rounds += 1;
            if by_job(&plan(&round["snapshot"])) != by_job(&round["expected"]) {
                wrong.push(round["name"].to_string());
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong: {wrong:?}", wrong.len());
    assert_eq!(rounds, 1575);
}

/// What becomes of every job: its assignment, or null.
fn by_job(plan: &Value) -> BTreeMap<i64, Value> {
    let entries = |key: &str| plan[key].as_array().expect(key).clone();
    let unscheduled = entries("unscheduled").into_iter().map(|entry| (entry["job"].clone(), Value::Null));
    let assigned = entries("assignments").into_iter().map(|entry| (entry["job"].clone(), entry));
    let mut jobs = BTreeMap::new();
    for (job, entry) in assigned.chain(unscheduled) {
        assert!(jobs.insert(job.as_i64().expect("an id"), entry).is_none(), "job {job} twice");
    }
    jobs
}

/// What becomes of a job in short: `start: resources`, `-` when it is unscheduled.
fn outcome(snapshot: &Value, job: i64) -> String {
    match &by_job(&plan(snapshot))[&job] {
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
    json!({ "walltime": walltime, "requests": [group(request)] })
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
