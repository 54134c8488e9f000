//! The engine in the form of the reference scheduler: JSON in, JSON out.
#![allow(dead_code)]

use std::collections::BTreeMap;

use oar_scheduler_core::{NoHooks, Snapshot};
use serde_json::{Value, json};

/// The engine's plan: assignments and unscheduled jobs.
pub fn plan(snapshot: &Value) -> Result<Value, String> {
    let snapshot = Snapshot::from_json(snapshot.to_string().as_bytes()).map_err(|error| error.to_string())?;
    let plan = oar_scheduler_core::plan(&snapshot, NoHooks).map_err(|error| error.to_string())?;
    let unscheduled: Vec<Value> = plan.unscheduled.iter().map(|job| json!({"job": job.job})).collect();
    Ok(json!({"assignments": plan.assignments, "unscheduled": unscheduled}))
}

/// What becomes of every job: its assignment, or null.
pub fn by_job(plan: &Value) -> BTreeMap<i64, Value> {
    let entries = |key: &str| plan[key].as_array().expect(key).clone();
    let unscheduled = entries("unscheduled").into_iter().map(|entry| (entry["job"].clone(), Value::Null));
    let assigned = entries("assignments").into_iter().map(|entry| (entry["job"].clone(), entry));
    let mut jobs = BTreeMap::new();
    for (job, entry) in assigned.chain(unscheduled) {
        assert!(jobs.insert(job.as_i64().expect("an id"), entry).is_none(), "job {job} twice");
    }
    jobs
}
