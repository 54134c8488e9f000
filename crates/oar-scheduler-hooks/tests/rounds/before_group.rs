//! The published plugins of `EXTRA_METASCHED`.

use oar_scheduler_core::{Plan, PropertyChange};
use oar_scheduler_hooks::Plugins;
use serde_json::json;

use super::{plan, round};

fn with(plugin: &str, resources: &str) -> Plan {
    plan(
        &round(|snapshot| {
            snapshot["extra_metasched"] = json!({ "name": plugin });
            snapshot["resources"]["usable"] = json!(resources);
            snapshot["queue_groups"] = json!([{ "queues": ["admin"] }, { "queues": ["default"] }]);
            snapshot.as_object_mut().unwrap().remove("waiting_jobs");
        }),
        &Plugins::published(),
    )
}

#[test]
fn foo_makes_the_first_resource_deployable_once() {
    let change = |resource: &str| PropertyChange {
        resources: resource.parse().unwrap(),
        property: "deploy".to_owned(),
        value: "YES".to_owned(),
    };
    assert_eq!(with("foo", "1-32").property_changes, [change("1")]);
    assert_eq!(with("foo", "7-9 20").property_changes, [change("7")]);
    assert_eq!(with("foo", "").property_changes, []);
}

#[test]
fn logger_changes_nothing() {
    let plan = with("logger", "1-32");
    assert!(plan.property_changes.is_empty() && plan.warnings.is_empty(), "{plan:?}");
}
