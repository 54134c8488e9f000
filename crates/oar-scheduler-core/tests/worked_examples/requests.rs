//! Which resources a request gets.

use serde_json::json;

use crate::{cluster, group, job, outcomes, with};

/// What a request finds when this is usable, with this filter.
fn found(request: &str, usable: &str, filter: &str) -> String {
    let mut wanted = job(request, 60);
    wanted["moldables"][0]["requests"][0]["filter"] = json!(filter);
    let mut snapshot = cluster(json!([wanted]));
    snapshot["resources"]["usable"] = json!(usable);
    let outcome = outcomes(&snapshot).remove(0);
    outcome.strip_prefix("0: ").unwrap_or(&outcome).to_owned()
}

#[test]
fn requests_find_the_first_blocks_that_satisfy() {
    for (request, usable, expected) in [
        ("node=2", "1-32", "1-16"),
        ("node=2", "2-32", "9-24"),
        ("core=5", "3-6 10 20-30", "3-6 10"),
        ("node=ALL", "1-32", "1-32"),
        ("node=ALL", "2-32", "-"),
        ("node=BEST", "2-32", "9-32"),
        ("node=BEST", "2-3", "-"),
        ("node=HALF_BEST", "1-32", "1-16"),
        ("node=HALF_BEST", "2-32", "9-16"),
        ("node=HALF_BEST", "1-8", "-"),
        ("node=2/core=3", "1-32", "1-3 9-11"),
        ("node=2/core=3", "6-9 12-32", "6-9 12-13"),
        ("node=1/core=9", "1-32", "-"),
        ("switch=2/node=2", "2-32", "-"),
        ("switch=2/node=1/core=2", "5-12 20-30", "5-6 20-21"),
        ("switch=2/cpu=1/core=2", "4-16 20 30-31", "5-6 30-31"),
        ("switch=1/node=1/cpu=2/core=1", "4-16", "4-5"),
        ("odd=1/node=2", "1-32", "1-4 17-20"),
        ("odd=2/node=2", "1-32", "1-4 9-24"),
        ("odd=3/node=2", "1-32", "-"),
        // A node is not a subset of an odd block that cuts it.
        ("odd=1/node=1/core=1", "1-32", "9"),
    ] {
        assert_eq!(found(request, usable, "1-32"), expected, "{request} on {usable}");
    }
}

#[test]
fn all_best_and_half_best_work_at_every_level() {
    for (request, usable, expected) in [
        ("node=BEST/core=3", "1-10 17-32", "1-3 17-19 25-27"),
        ("switch=ALL/node=1", "9-32", "9-24"),
        ("switch=ALL/node=2", "9-32", "-"),
        ("switch=1/node=ALL", "9-32", "17-32"),
        ("switch=HALF_BEST/node=1", "1-32", "1-8"),
        ("switch=HALF_BEST/node=2", "9-32", "-"),
        ("switch=1/node=HALF_BEST", "9-32", "17-24"),
        ("node=HALF_BEST/core=2", "1-32", "1-2 9-10"),
        ("switch=BEST/node=BEST", "9-32", "9-32"),
        ("switch=2/node=BEST/core=ALL", "2-24", "9-24"),
        ("switch=BEST/node=HALF_BEST/core=BEST", "3-17", "3-8"),
    ] {
        assert_eq!(found(request, usable, "1-32"), expected, "{request} on {usable}");
    }
}

#[test]
fn all_means_the_blocks_that_share_a_resource_with_the_filter() {
    assert_eq!(found("node=ALL", "1-32", "1-16"), "1-16");
    assert_eq!(found("node=ALL", "1-32", "1-12"), "-");
    assert_eq!(found("node=ALL/core=ALL", "1-32", "1-12"), "1-12");
    assert_eq!(found("node=ALL/core=ALL", "1-11 13-32", "1-12"), "-");
    assert_eq!(found("node=BEST", "1-32", "1-12"), "1-8");
    assert_eq!(found("node=ALL", "1-32", ""), "-");
}

#[test]
fn groups_take_different_resources() {
    let two_groups = json!([{ "walltime": 60, "requests": [group("node=1"), group("node=1")] }]);
    assert_eq!(outcomes(&cluster(json!([with(job("node=1", 60), json!({ "moldables": two_groups }))]))), ["0: 1-16"]);
}

#[test]
fn a_request_waits_as_a_whole() {
    // E13
    let mut node = group("node=2");
    node["filter"] = json!("1-16");
    let moldables = json!([{ "walltime": 60, "requests": [node, group("gpu=1")] }]);
    let wanted = with(job("node=1", 60), json!({ "moldables": moldables }));
    assert_eq!(outcomes(&cluster(json!([wanted, wanted, wanted]))), ["0: 1-17", "60: 1-17", "120: 1-17"]);
}

#[test]
fn invalid_alternatives_are_never_placed() {
    for request in ["node=0", "node=-4", "rack=1", "node=1/core=0"] {
        assert_eq!(found(request, "1-32", "1-32"), "-", "{request}");
    }
    let empty = json!([
        { "walltime": 0, "requests": [group("node=1")] },
        { "walltime": 9, "requests": [] },
        { "walltime": 9, "requests": [{ "levels": [] }] },
    ]);
    assert_eq!(outcomes(&cluster(json!([with(job("node=1", 60), json!({ "moldables": empty }))]))), ["-"]);
}
