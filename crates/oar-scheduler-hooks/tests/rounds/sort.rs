//! The published plugin of `JOB_PRIORITY=CUSTOM`.

use oar_scheduler_core::Plan;
use oar_scheduler_hooks::Plugins;
use serde_json::{Value, json};

use super::{job, plan, round};

/// Jobs of these priorities, all of the machine each, and submitted one second after the other.
fn sorted(config: &str, priorities: &[Option<&str>]) -> Plan {
    plan(
        &round(|snapshot| {
            let custom = json!({ "name": "simple_priority", "config": config });
            snapshot["ordering"] = json!({ "policy": "CUSTOM", "custom": custom });
            let jobs = (1..).zip(priorities).map(|(id, priority)| {
                let types = priority.map_or(json!({}), |priority| json!({ "priority": priority }));
                let mut job = job(id, &types, None, "node=4");
                job["submission_time"] = json!(id * 100);
                job
            });
            snapshot["waiting_jobs"] = jobs.collect::<Vec<Value>>().into();
        }),
        &Plugins::published(),
    )
}

fn order(config: &str, priorities: &[Option<&str>]) -> Vec<i64> {
    let plan = sorted(config, priorities);
    assert!(plan.warnings.is_empty(), "{:?}", plan.warnings);
    plan.assignments.iter().map(|place| place.job.0).collect()
}

#[test]
fn the_highest_priority_comes_first() {
    assert_eq!(order("{}", &[Some("1"), Some("-2"), None, Some("2.5"), Some("1")]), [4, 1, 5, 3, 2]);
    // What is no number counts as none.
    assert_eq!(order("{}", &[Some("much"), Some("NaN"), Some("inf"), Some("0.1"), Some("")]), [4, 1, 2, 3, 5]);
}

#[test]
fn waiting_counts_with_its_weight() {
    // At 1000, 900 s and 800 s of waiting are 0.9 and 0.8 of all time.
    assert_eq!(order(r#"{"WAITING_TIME_WEIGHT": 0.9}"#, &[None, Some("0.1")]), [2, 1]);
    assert_eq!(order(r#"{"WAITING_TIME_WEIGHT": 1.1}"#, &[None, Some("0.1")]), [1, 2]);
    assert_eq!(order(r#"{"WAITING_TIME_WEIGHT": -1}"#, &[None, None]), [2, 1]);
}

#[test]
fn a_configuration_that_is_none_is_told() {
    for config in ["", "5", "{\"WAITING_TIME_WEIGHT\": \"much\"}", "{\"WAITING\": 1}"] {
        let plan = sorted(config, &[None, Some("1")]);
        let expected = "CUSTOM_JOB_SORTING \"simple_priority\": CUSTOM_JOB_SORTING_CONFIG: expected {\"WAITING_TIME_WEIGHT\": NUMBER}: ";
        assert!(plan.warnings[0].starts_with(expected), "{:?}", plan.warnings);
        assert!(plan.warnings[0].ends_with("; FIFO is used") && plan.warnings.len() == 1, "{:?}", plan.warnings);
        assert_eq!(plan.assignments[0].job.0, 1);
    }
}
