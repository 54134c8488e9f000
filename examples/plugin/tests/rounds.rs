//! The plugins in rounds of the engine: no server, no database.
#![allow(clippy::unwrap_used)]

use my_site_plugins::plugins;
use oar_scheduler_hooks::{JobId, Plan, Snapshot, plan};
use serde_json::{Value, json};

/// A round at 12:00:10 with four nodes of four cores.
fn round(change: impl FnOnce(&mut Value)) -> Plan {
    let mut snapshot = json!({
        "format": "oar-scheduler-snapshot/1",
        "now": 43_210,
        "resources": { "default": "1-16", "hierarchy": { "node": ["1-4", "5-8", "9-12", "13-16"] } },
        "waiting_jobs": [],
    });
    change(&mut snapshot);
    plan(&Snapshot::from_json(snapshot.to_string().as_bytes()).unwrap(), plugins().unwrap()).unwrap()
}

/// A job of some nodes for an hour.
fn job(id: i64, user: &str, nodes: i64, types: &Value) -> Value {
    let requests = json!([{ "levels": [["node", nodes]] }]);
    json!({ "id": id, "user": user, "types": types, "moldables": [{ "id": id, "walltime": 3600, "requests": requests }] })
}

fn places(plan: &Plan) -> Vec<String> {
    assert!(plan.warnings.is_empty(), "{:?}", plan.warnings);
    plan.assignments.iter().map(|place| format!("{}@{}: {}", place.job, place.start, place.resources)).collect()
}

fn reason(plan: &Plan, job: i64) -> &str {
    &plan.reason(JobId(job)).unwrap().line
}

#[test]
fn avoid() {
    let find = |find: &str| {
        round(|round| round["waiting_jobs"] = json!([job(1, "alice", 2, &json!({ "find": format!("avoid{find}") }))]))
    };
    assert_eq!(places(&find(":1-5")), ["1@43210: 9-16"]);
    assert_eq!(places(&find(":")), ["1@43210: 1-8"]);
    assert_eq!(places(&find("")), ["1@43210: 1-8"]);
    assert!(reason(&find(":1-9"), 1).contains("plugin find=avoid: it finds no place now"));
    assert!(reason(&find(":gpu"), 1).contains("plugin find=avoid: expected a resource set such as"));
    assert!(reason(&find(":1:2"), 1).contains("plugin find=avoid: expected at most one argument"));
}

#[test]
fn on_the_minute() {
    let assign = |assign: &str, nodes| {
        round(|round| {
            let types = json!({ "assign": format!("on_the_minute{assign}") });
            round["scheduled_jobs"] = json!([{ "id": 9, "start": 43_000, "walltime": 240, "resources": "1" }]);
            round["waiting_jobs"] = json!([job(1, "alice", nodes, &types)]);
        })
    };
    assert_eq!(places(&assign("", 3)), ["1@43260: 1-12"]);
    assert_eq!(places(&assign("", 4)), ["1@43260: 1-16"]);
    assert_eq!(places(&assign(":every=10", 3)), ["1@43210: 5-16"]);
    assert_eq!(places(&assign(":every=300", 3)), ["1@43500: 1-12"]);
    assert!(places(&assign("", 5)).is_empty());
    for wrong in ["0", "-60", "x", ""] {
        let plan = assign(&format!(":every={wrong}"), 1);
        let expected =
            format!("plugin assign=on_the_minute: expected every=SECONDS, a positive number, found {wrong:?}");
        assert!(reason(&plan, 1).contains(&expected), "{}", reason(&plan, 1));
    }
}

#[test]
fn favourites() {
    let plan = round(|round| {
        let custom = json!({ "name": "favourites", "config": "carol bob" });
        round["ordering"] = json!({ "policy": "CUSTOM", "custom": custom });
        let users = [(1, "alice"), (2, "bob"), (3, "alice"), (4, "carol")];
        round["waiting_jobs"] = users.map(|(id, user)| job(id, user, 4, &json!({}))).to_vec().into();
    });
    assert_eq!(plan.assignments.iter().map(|place| place.job.0).collect::<Vec<_>>(), [2, 4, 1, 3]);
}

#[test]
fn keep_free() {
    let plan = |config: &str| {
        round(|round| {
            round["extra_metasched"] = json!({ "name": "keep_free", "config": config });
            let group = |queue: &str, jobs: Value| json!({ "queues": [queue], "waiting_jobs": jobs });
            round["queue_groups"] = json!([
                group("admin", json!([job(1, "alice", 1, &json!({}))])),
                group("default", json!([job(2, "bob", 1, &json!({})), job(3, "bob", 2, &json!({}))])),
                group("besteffort", json!([job(4, "bob", 1, &json!({}))])),
            ]);
            round.as_object_mut().unwrap().remove("waiting_jobs");
        })
    };
    assert_eq!(places(&plan("1-8")), ["1@43210: 1-4", "2@43210: 9-12", "3@46810: 1-8", "4@43210: 13-16"]);
    let wrong = plan("moon");
    assert_eq!(wrong.assignments.len(), 4);
    assert!(
        matches!(wrong.warnings.as_slice(), [warning] if warning.starts_with("EXTRA_METASCHED \"keep_free\": expected"))
    );
}
