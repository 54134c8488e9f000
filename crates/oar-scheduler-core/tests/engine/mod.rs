//! The engine in the form of the reference scheduler: JSON in, JSON out.
#![allow(dead_code)]

use std::collections::BTreeMap;

use oar_scheduler_core::{Effort, NoHooks, Plan, Round, Snapshot};
use serde_json::{Value, json};

/// The engine's plan: assignments and unscheduled jobs.
pub fn plan(snapshot: &Value) -> Result<Value, String> {
    let plan = oar_scheduler_core::plan(&read(snapshot)?, NoHooks).map_err(|error| error.to_string())?;
    Ok(decisions(&plan))
}

/// The same without looking for reasons, and what it cost.
pub fn decide(snapshot: &Value) -> Result<(Value, Effort), String> {
    let snapshot = read(snapshot)?;
    let mut round = Round::new(&snapshot, NoHooks).map_err(|error| error.to_string())?;
    snapshot.groups.iter().for_each(|group| round.place_group(group));
    let effort = round.effort();
    Ok((decisions(&round.finish_without_reasons()), effort))
}

/// The decisions of a round that goes only as far as it takes to know who starts now.
pub fn decide_starting_now(snapshot: &Value) -> Result<Value, String> {
    let snapshot = read(snapshot)?;
    let mut round = Round::new(&snapshot, NoHooks).map_err(|error| error.to_string())?;
    round.place_starting_now(&snapshot.groups);
    Ok(decisions(&round.finish_without_reasons()))
}

fn read(snapshot: &Value) -> Result<Snapshot, String> {
    Snapshot::from_json(snapshot.to_string().as_bytes()).map_err(|error| error.to_string())
}

fn decisions(plan: &Plan) -> Value {
    let unscheduled: Vec<Value> = plan.unscheduled.iter().map(|job| json!({"job": job.job})).collect();
    json!({"assignments": plan.assignments, "unscheduled": unscheduled})
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
