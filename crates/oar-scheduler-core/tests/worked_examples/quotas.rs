//! Quotas, static and by the calendar.

use serde_json::{Value, json};

use crate::{cluster, held, job, outcomes, with};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// 2024-01-01 00:00 UTC.
const MONDAY: i64 = 1_704_067_200;

fn of(user: &str, more: Value, request: &str, walltime: i64) -> Value {
    with(with(job(request, walltime), json!({ "user": user })), more)
}

/// When the first job starts after now, none when it does not.
fn delay(snapshot: &Value) -> Option<i64> {
    let outcome = outcomes(snapshot).remove(0);
    let (start, _) = outcome.split_once(": ")?;
    Some(start.parse::<i64>().expect("a start") - snapshot["now"].as_i64().expect("now"))
}

#[test]
fn the_static_example() {
    let none = || json!({});
    let mut snapshot = cluster(json!([
        of("toto", none(), "node=2", 60),
        of("toto", none(), "node=1", 30),
        of("john", none(), "node=1", 30),
        of("toto", json!({ "types": { "besteffort": "" } }), "node=1", 30),
        of("toto", json!({ "queue": "admin" }), "node=2", 30),
    ]));
    snapshot["quotas"] = json!({
        "quotas": {
            "*,*,*,/": [16, 2, -1],
            "*,*,*,john": [24, -1, -1],
            "*, *, besteffort, /": ["8", -1, -1],
            "admin,*,*,*": [-1, -1, -1],
        },
        "job_types": ["besteffort"],
    });
    assert_eq!(outcomes(&snapshot), ["0: 1-16", "60: 1-8", "0: 17-24", "0: 25-32", "30: 17-32"]);
    // A type without counters never limits.
    snapshot["quotas"]["quotas"]["*, *, besteffort, /"] = json!([0, 0, 0]);
    snapshot["quotas"]["job_types"] = json!([]);
    assert_eq!(outcomes(&snapshot)[3], "0: 25-32");
}

/// A request that takes blocks of different sizes may start before an equal one that came earlier: another job has taken the large block in between.
#[test]
fn equal_requests_may_be_of_different_sizes() {
    let mut snapshot = cluster(json!([
        of("alice", json!({}), "node=1", 10),
        of("bob", json!({}), "node=1", 50),
        of("alice", json!({}), "node=1", 10),
    ]));
    snapshot["resources"] = json!({ "default": "1-6", "hierarchy": { "node": ["1-4", "5-6"] } });
    snapshot["scheduled_jobs"] = json!([held(9, 100, 100, "1-4")]);
    snapshot["quotas"] = json!({ "quotas": { "*,*,*,alice": [2, -1, -1] } });
    assert_eq!(outcomes(&snapshot), ["100: 5-6", "0: 1-4", "0: 5-6"]);
}

#[test]
fn one_rule_is_chosen_without_backtracking() {
    for (user, project, queue, limit) in [
        ("bob", "proj", "default", 20),
        ("bob", "x", "default", 30),
        ("al", "x", "default", 32),
        ("al", "x", "admin", 10),
    ] {
        for (cores, expected) in [(limit, true), (limit + 1, limit == 32)] {
            let cores = cores.min(32);
            let mut snapshot =
                cluster(json!([of(user, json!({ "project": project, "queue": queue }), &format!("core={cores}"), 60)]));
            snapshot["quotas"] = json!({
                "quotas": {
                    "*,*,*,*": [10, -1, -1],
                    "default,proj,*,*": [20, -1, -1],
                    "default,*,*,bob": [30, -1, -1],
                },
            });
            assert_eq!(delay(&snapshot).is_some(), expected, "{cores} cores for {user}, {project}, {queue}");
        }
    }
}

#[test]
fn limits_are_read_in_all_forms() {
    for (limit, resources) in
        [(json!(7), 7), (json!(7.9), 7), (json!("7"), 7), (json!("7.9"), 7), (json!("ALL"), 20), (json!("0.5*ALL"), 10)]
    {
        let mut snapshot = cluster(json!([job(&format!("core={resources}"), 60)]));
        snapshot["quotas_settings"] = json!({ "all": 20 });
        snapshot["quotas"] = json!({ "quotas": { "/,/,*,/": [limit, -1, -1] } });
        assert_eq!(delay(&snapshot), Some(0), "{limit}");
        snapshot["waiting_jobs"][0]["moldables"][0]["requests"][0]["levels"][0][1] = json!(resources + 1);
        assert_eq!(delay(&snapshot), None, "{limit}");
    }
}

#[test]
fn resource_hours_are_those_of_the_jobs_that_run_together() {
    let mut snapshot = cluster(json!([job("node=1", 200), job("node=1", 150)]));
    snapshot["scheduled_jobs"] = json!([with(held(1001, 100, 100, "32"), json!({ "user": "other" }))]);
    snapshot["quotas"] = json!({ "quotas": { "*,*,*,/": [-1, -1, 1] } });
    assert_eq!(outcomes(&snapshot), ["0: 1-8", "0: 9-16"]);
    snapshot["quotas"]["quotas"]["*,*,*,/"] = json!([-1, -1, 0.75]);
    assert_eq!(outcomes(&snapshot), ["0: 1-8", "200: 1-8"]);
}

#[test]
fn inner_jobs_count_and_containers_do_not() {
    let mut snapshot = cluster(json!([
        of("toto", json!({ "types": { "container": "c" } }), "node=2", 100),
        of("toto", json!({ "types": { "inner": "c" } }), "node=1", 60),
        of("toto", json!({}), "node=1", 30),
        of("toto", json!({}), "node=1", 30),
        of("toto", json!({ "types": { "no_quotas": "" } }), "node=1", 30),
    ]));
    snapshot["quotas"] = json!({ "quotas": { "*,*,*,toto": [16, -1, -1] } });
    assert_eq!(outcomes(&snapshot), ["0: 1-16", "0: 1-8", "0: 17-24", "30: 17-24", "0: 25-32"]);
}

#[test]
fn what_is_taken_over_counts_once() {
    let mut snapshot = cluster(json!([of("toto", json!({ "types": { "supersed": "1001" } }), "node=2", 100)]));
    snapshot["scheduled_jobs"] = json!([held(1001, 0, 50, "1-8")]);
    snapshot["quotas"] = json!({ "quotas": { "*,*,*,*": [16, 2, -1] } });
    assert_eq!(outcomes(&snapshot), ["0: 1-16"]);
    snapshot["quotas"]["quotas"]["*,*,*,*"] = json!([16, 1, -1]);
    assert_eq!(outcomes(&snapshot), ["50: 1-16"]);
}

#[test]
fn the_week_example() {
    let mut snapshot = cluster(json!([job("node=2", 60)]));
    snapshot["now"] = json!(MONDAY);
    snapshot["quotas"] = json!({
        "periodical": [["* mon-wed * *", "q1", ""], ["* thu-sun * *", "q2", ""]],
        "q1": { "*,*,*,/": [16, -1, -1] },
        "q2": { "*,*,*,/": [24, -1, -1] },
    });
    for (nodes, walltime, expected) in
        [(2, 60, Some(0)), (3, 60, Some(3 * DAY)), (4, 60, None), (2, 8 * DAY, Some(0)), (2, 61 * DAY, None)]
    {
        snapshot["waiting_jobs"] = json!([with(job(&format!("node={nodes}"), walltime), json!({ "id": 1 }))]);
        assert_eq!(delay(&snapshot), expected, "{nodes} nodes, {walltime} s");
    }
}

#[test]
fn the_standard_week() {
    let quotas = json!({
        "periodical": [
            ["08:00-19:00 mon-fri * *", "workday", ""],
            ["19:00-00:00 mon-thu * *", "night", ""],
            ["00:00-08:00 tue-fri * *", "night", ""],
            ["19:00-00:00 fri * *", "weekend", ""],
            ["* sat-sun * *", "weekend", ""],
            ["00:00-08:00 mon * *", "weekend", ""],
        ],
        "workday": { "*,*,*,*": [8, -1, -1] },
        "night": { "*,*,*,*": [16, -1, -1] },
        "weekend": { "*,*,*,*": [24, -1, -1] },
    });
    for (after, nodes, expected) in [
        (HOUR, 3, 0),
        (HOUR, 2, 0),
        (8 * HOUR, 1, 0),
        (12 * HOUR, 2, 7 * HOUR),
        (12 * HOUR, 3, 4 * DAY + 7 * HOUR),
        (6 * DAY + 5 * HOUR, 3, 0),
        (DAY + 7 * HOUR, 2, 0),
    ] {
        let mut snapshot = cluster(json!([job(&format!("node={nodes}"), 60)]));
        snapshot["now"] = json!(MONDAY + after);
        snapshot["quotas"] = quotas.clone();
        assert_eq!(delay(&snapshot), Some(expected), "{nodes} nodes, {after} s after Monday");
    }
}

#[test]
fn periods_run_over_midnight_and_leave_gaps() {
    let mut snapshot = cluster(json!([job("node=1", 60)]));
    snapshot["now"] = json!(MONDAY + 6 * DAY + 23 * HOUR);
    snapshot["quotas"] = json!({
        "periodical": [["22:00-06:00 sun * *", "night", ""]],
        "night": { "*,*,*,*": [0, -1, -1] },
        "quotas": {},
    });
    assert_eq!(delay(&snapshot), Some(7 * HOUR));
    snapshot["quotas"]["periodical"] = json!([["22:00-06:00 sun * *", "free", ""], ["default", "night", ""]]);
    snapshot["quotas"]["free"] = json!({});
    assert_eq!(delay(&snapshot), Some(0));
    snapshot["now"] = json!(MONDAY + 7 * HOUR);
    assert_eq!(delay(&snapshot), Some(6 * DAY + 15 * HOUR));
}

#[test]
fn a_oneshot_lasts_to_the_last_second_of_its_end() {
    let mut snapshot = cluster(json!([job("node=1", 60)]));
    snapshot["now"] = json!(MONDAY);
    snapshot["quotas"] = json!({
        "periodical": [["* mon-wed * *", "r0", ""], ["* thu-sun * *", "r1", ""]],
        "oneshot": [
            ["2024-01-01 12:00", "2024-01-04 00:00", "closed", ""],
            ["2024-01-01 13:00", "2024-01-09 0:00", "open", ""],
        ],
        "r0": {},
        "r1": { "*,*,*,*": [0, 0, 0] },
        "closed": { "*,*,*,*": [0, 0, 0] },
        "open": {},
    });
    assert_eq!(delay(&snapshot), Some(0));
    snapshot["waiting_jobs"][0]["moldables"][0]["walltime"] = json!(12 * HOUR);
    assert_eq!(delay(&snapshot), Some(0));
    snapshot["waiting_jobs"][0]["moldables"][0]["walltime"] = json!(12 * HOUR + 1);
    assert_eq!(delay(&snapshot), Some(3 * DAY + 1));
}

#[test]
fn the_calendar_follows_the_local_clock() {
    for (zone, hours, now, walltime, expected) in [
        // The clock goes from 02:00 to 03:00 at 01:00 UTC.
        ("Europe/Paris", "02:00-04:00", 1_711_846_800 - 1800, 1800, 0),
        ("Europe/Paris", "02:00-04:00", 1_711_846_800 - 1800, 1801, 1800 + HOUR),
        // From 03:00 to 02:00 at 01:00 UTC: two hours from 02:00 to 03:00.
        ("Europe/Paris", "02:00-03:00", 1_729_990_800 - 1800, 60, 1800 + HOUR),
        // From 02:00 to 01:30 at 15:00 UTC.
        ("Australia/Lord_Howe", "01:30-02:00", 1_712_415_600 - 60, 60, 60 + 1800),
        // From 02:00 to 03:00 at 07:00 UTC.
        ("America/New_York", "01:00-03:30", 1_710_054_000 - 60, 60, 60 + 1800),
    ] {
        let mut snapshot = cluster(json!([job("node=1", walltime)]));
        snapshot["now"] = json!(now);
        snapshot["time_zone"] = json!(zone);
        snapshot["quotas"] =
            json!({ "periodical": [[format!("{hours} sun * *"), "closed", ""]], "closed": { "*,*,*,*": [-1, 0, -1] } });
        assert_eq!(delay(&snapshot), Some(expected), "{hours} in {zone}");
    }
}
