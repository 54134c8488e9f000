//! The published plugins of job type `assign=NAME`.

use serde_json::{Value, json};

use super::{held, job, place, places};

fn types(assign: &str, find: &str) -> Value {
    json!({ "assign": assign, "find": find })
}

#[test]
fn one_time_find_takes_the_earlier_of_two_places() {
    // The plugin finds its row later than the engine finds as many scattered resources.
    let holding = [held(1, 500, "10-20")];
    let filter = Some("1-27");
    assert_eq!(place(&types("one_time_find", "contiguous_1h"), filter, "resource_id=16", &holding), "1000: 1-9 21-27");
    assert_eq!(place(&json!({ "find": "contiguous_1h" }), filter, "resource_id=16", &holding), "1500: 1-16");
    // Both now: the plugin's row.
    let holding = [held(1, 500, "3")];
    assert_eq!(place(&types("one_time_find", "contiguous_1h"), None, "resource_id=5", &holding), "1000: 4-8");
    // The plugin finds none at all; there is no plugin.
    let filter = Some("1 3 5");
    assert_eq!(place(&types("one_time_find", "contiguous_1h"), filter, "resource_id=2", &[]), "1000: 1 3");
    assert_eq!(place(&json!({ "assign": "one_time_find" }), None, "resource_id=5", &[]), "1000: 1-5");
}

#[test]
fn neither_finds_a_place() {
    for assign in ["one_time_find", "one_time_find_mld"] {
        let line = place(&types(assign, "contiguous_1h"), None, "resource_id=33", &[]);
        assert!(line.contains(&format!("plugin assign={assign}: it finds no place now")), "{line}");
        let line = place(&types(assign, "moon"), None, "resource_id=3", &[]);
        assert!(line.contains(&format!("plugin assign={assign}: there is no such plugin")), "{line}");
        let line = place(&types(&format!("{assign}:x=1"), "local"), None, "resource_id=3", &[]);
        assert!(line.contains("expected no arguments; found \"x=1\""), "{line}");
    }
}

/// The place of a job with alternatives: walltime and request.
fn of_alternatives(types: &Value, alternatives: &[(i64, &str)]) -> Vec<String> {
    places(|snapshot| {
        let mut waiting = job(5, types, None, "resource_id=1");
        let moldables = alternatives.iter().zip(50..).map(|((walltime, request), id)| {
            let mut moldable = job(5, types, None, request)["moldables"][0].clone();
            moldable["id"] = json!(id);
            moldable["walltime"] = json!(walltime);
            moldable
        });
        waiting["moldables"] = moldables.collect();
        snapshot["waiting_jobs"] = json!([waiting]);
        snapshot["scheduled_jobs"] = json!([held(1, 500, "10-20")]);
    })
}

#[test]
fn one_time_find_mld_asks_the_plugin_about_the_first_alternative_only() {
    let types = types("one_time_find_mld", "contiguous_1h");
    // In a row not before 1500; scattered at once.
    assert_eq!(of_alternatives(&types, &[(60, "resource_id=16"), (400, "resource_id=16")]), ["5@1000: 1-9 21-27"]);
    // It would end at the same time: the first comes first.
    assert_eq!(of_alternatives(&types, &[(60, "resource_id=16"), (560, "resource_id=16")]), ["5@1500: 1-16"]);
    // One that has no place costs the job all of them.
    assert!(of_alternatives(&types, &[(60, "resource_id=2"), (60, "resource_id=33")]).is_empty());
    assert!(of_alternatives(&types, &[(60, "resource_id=33"), (60, "resource_id=2")]).is_empty());
}

#[test]
fn one_time_find_looks_at_the_first_alternative_only() {
    let types = types("one_time_find", "contiguous_1h");
    assert_eq!(of_alternatives(&types, &[(600, "resource_id=5"), (60, "resource_id=2")]), ["5@1000: 1-5"]);
}

#[test]
fn dependencies_and_dates_are_heeded() {
    let places = places(|snapshot| {
        let mut waiting = job(5, &types("one_time_find", "contiguous_1h"), None, "resource_id=5");
        waiting["earliest_start"] = json!(1234);
        snapshot["waiting_jobs"] = json!([waiting]);
    });
    assert_eq!(places, ["5@1234: 1-5"]);
}
