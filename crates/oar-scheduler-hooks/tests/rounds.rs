//! Plugins in rounds: the published ones, and what becomes of those that go wrong.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "rounds/assign.rs"]
mod assign;
#[path = "rounds/before_group.rs"]
mod before_group;
#[path = "rounds/find.rs"]
mod find;
#[path = "rounds/registry.rs"]
mod registry;
#[path = "rounds/sort.rs"]
mod sort;

use oar_scheduler_core::{JobId, Plan, Snapshot};
use oar_scheduler_hooks::Plugins;
use serde_json::{Value, json};

/// Four nodes of eight resources, 1 to 32; without jobs.
fn round(change: impl FnOnce(&mut Value)) -> Snapshot {
    let resources: Vec<String> = (1..=32).map(|id| id.to_string()).collect();
    let mut snapshot = json!({
        "format": "oar-scheduler-snapshot/1",
        "now": 1000,
        "max_time": 100_000,
        "resources": {
            "default": "1-32",
            "hierarchy": { "resource_id": resources, "node": ["1-8", "9-16", "17-24", "25-32"] },
        },
        "queues": ["default"],
        "ordering": { "policy": "GIVEN" },
        "scheduled_jobs": [],
        "waiting_jobs": [],
    });
    change(&mut snapshot);
    Snapshot::from_json(snapshot.to_string().as_bytes()).unwrap()
}

/// A job that asks for `level=count/level=count`, for 60 s, of the resources that a filter selects, if there is one.
fn job(id: i64, types: &Value, filter: Option<&str>, request: &str) -> Value {
    let levels = request.split('/').map(|level| {
        let (name, count) = level.split_once('=').unwrap();
        json!([name, count.parse::<i64>().unwrap()])
    });
    let mut group = json!({ "levels": levels.collect::<Vec<_>>() });
    if let Some(filter) = filter {
        group["filter"] = json!(filter);
    }
    json!({
        "id": id, "user": "bob", "queue": "default", "types": types,
        "moldables": [{ "id": 10 * id, "walltime": 60, "requests": [group] }],
    })
}

/// A job that holds resources from the beginning.
fn held(id: i64, walltime: i64, resources: &str) -> Value {
    json!({ "id": id, "start": 1000, "walltime": walltime, "resources": resources, "state": "Running" })
}

fn plan(snapshot: &Snapshot, plugins: &Plugins) -> Plan {
    oar_scheduler_core::plan(snapshot, plugins).unwrap()
}

/// The places under the published plugins, in short: `11@1000: 2-3`.
fn places(change: impl FnOnce(&mut Value)) -> Vec<String> {
    places_of(&plan(&round(change), &Plugins::published()))
}

fn places_of(plan: &Plan) -> Vec<String> {
    let places = plan.assignments.iter();
    places.map(|place| format!("{}@{}: {}", place.job, place.start, place.resources)).collect()
}

/// The only place of a job of these types among those that hold resources; the reason when it has none.
fn place(types: &Value, filter: Option<&str>, request: &str, holding: &[Value]) -> String {
    let plan = plan(
        &round(|snapshot| {
            snapshot["scheduled_jobs"] = json!(holding);
            snapshot["waiting_jobs"] = json!([job(5, types, filter, request)]);
        }),
        &Plugins::published(),
    );
    assert!(plan.warnings.is_empty(), "{:?}", plan.warnings);
    match plan.assignment(JobId(5)) {
        Some(place) => format!("{}: {}", place.start, place.resources),
        None => plan.reason(JobId(5)).expect("a reason").line.clone(),
    }
}
