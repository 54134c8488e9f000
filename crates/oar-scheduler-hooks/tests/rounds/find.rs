//! The published plugins of job type `find=NAME`.

use serde_json::json;

use super::{held, place, places};

fn found(plugin: &str, filter: Option<&str>, request: &str) -> String {
    place(&json!({ "find": plugin }), filter, request, &[])
}

#[test]
fn contiguous_takes_the_first_row_that_is_long_enough() {
    assert_eq!(found("contiguous_1h", Some("1-8 17-32"), "resource_id=10"), "1000: 17-26");
    assert_eq!(found("contiguous_1h", Some("1-2 4-12 14-22 24-29"), "resource_id=5"), "1000: 4-8");
    assert_eq!(found("contiguous_1h", None, "resource_id=32"), "1000: 1-32");
    let holding = [held(1, 100, "11"), held(2, 200, "21")];
    let types = json!({ "find": "contiguous_1h" });
    assert_eq!(place(&types, None, "resource_id=11", &holding), "1000: 22-32");
    assert_eq!(place(&types, None, "resource_id=12", &holding), "1100: 1-12");
    assert_eq!(place(&types, None, "resource_id=21", &holding), "1200: 1-21");
}

#[test]
fn contiguous_sorted_takes_the_shortest_row_that_is_long_enough() {
    assert_eq!(found("contiguous_sorted_1h", Some("1-2 4-12 14-22 24-29"), "resource_id=5"), "1000: 24-28");
    // The first of equals.
    assert_eq!(found("contiguous_sorted_1h", Some("1-2 4-12 14-22 24-29"), "resource_id=9"), "1000: 4-12");
}

#[test]
fn rows_are_for_plain_requests_of_resources() {
    for plugin in ["contiguous_1h", "contiguous_sorted_1h"] {
        for request in ["node=1", "node=1/resource_id=2", "resource_id=-1", "resource_id=4294967298"] {
            let line = found(plugin, None, request);
            let expected = format!("plugin find={plugin}: expected a request for a number of resource_id");
            assert!(line.contains(&expected) || request.contains("4294967298"), "{line}");
        }
        let line = found(&format!("{plugin}:5"), None, "resource_id=2");
        assert!(line.contains("expected no arguments; found \"5\""), "{line}");
        assert!(found(plugin, None, "resource_id=33").contains("it finds no place now"));
    }
}

#[test]
fn local_takes_the_fullest_node_that_does() {
    assert_eq!(found("local", Some("6-32"), "node=1/resource_id=4"), "1000: 9-12");
    assert_eq!(found("local", Some("6-32"), "node=1/resource_id=3"), "1000: 6-8");
    assert_eq!(found("resource_hierarchies_scattered_local", Some("6-32"), "node=1/resource_id=3"), "1000: 6-8");
    let types = json!({ "find": "local" });
    // 8 free on the first node, 3 on the second, 5 on the third, 7 on the last.
    let holding = [held(1, 100, "9-13"), held(2, 200, "20-22"), held(3, 300, "32")];
    for (request, expected) in [
        ("node=1/resource_id=3", "1000: 14-16"),
        ("node=1/resource_id=4", "1000: 17-19 23"),
        ("node=1/resource_id=6", "1000: 25-30"),
        ("node=1/resource_id=8", "1000: 1-8"),
        ("node=2/resource_id=3", "1000: 14-19"),
        ("node=3/resource_id=4", "1000: 1-4 17-19 23 25-28"),
        ("node=4/resource_id=4", "1100: 1-4 9-12 17-19 23 25-28"),
        ("node=1", "1000: 1-8"),
        ("resource_id=2", "1000: 1-2"),
        ("node=-1/resource_id=1", "1000: 1 14 17 25"),
    ] {
        assert_eq!(place(&types, None, request, &holding), expected, "{request}");
    }
}

#[test]
fn groups_of_a_local_request_take_different_resources() {
    let places = places(|snapshot| {
        let mut job = super::job(5, &json!({ "find": "local" }), Some("6-32"), "node=1/resource_id=3");
        let again = job["moldables"][0]["requests"][0].clone();
        job["moldables"][0]["requests"].as_array_mut().unwrap().push(again);
        snapshot["waiting_jobs"] = json!([job]);
    });
    assert_eq!(places, ["5@1000: 6-11"]);
}

#[test]
fn even_or_odd_resources() {
    let evens = (1..=16).map(|half| (2 * half).to_string()).collect::<Vec<_>>().join(" ");
    let odds = (0..16).map(|half| (2 * half + 1).to_string()).collect::<Vec<_>>().join(" ");
    let places = places(|snapshot| {
        snapshot["waiting_jobs"] = json!([
            super::job(1, &json!({ "find": "find_even_or_odd:even" }), None, "resource_id=16"),
            super::job(2, &json!({ "find": "find_even_or_odd:odd" }), None, "resource_id=16"),
            super::job(3, &json!({ "find": "find_even_or_odd" }), None, "resource_id=2"),
        ]);
    });
    assert_eq!(places, [format!("1@1000: {evens}"), format!("2@1000: {odds}"), "3@1060: 2 4".to_owned()]);
    let line = found("find_even_or_odd:prime", None, "resource_id=2");
    assert!(line.contains("plugin find=find_even_or_odd: expected even or odd, found \"prime\""), "{line}");
}

#[test]
fn begin_tells_the_beginning_from_later() {
    let types = json!({ "find": "begin" });
    assert_eq!(place(&types, None, "node=3", &[]), "1000: 1-24");
    assert_eq!(place(&types, None, "node=3", &[held(1, 100, "17-32")]), "1100: 1-16");
    // Later than where only some of them are free.
    assert_eq!(place(&types, None, "node=3", &[held(1, 100, "17-32"), held(2, 150, "3")]), "1150: 1-16");
}
