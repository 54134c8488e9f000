//! Sites that make no sense: times, scheduled jobs, hierarchies and settings beyond reason.

use oar_scheduler_core::Snapshot;
use serde_json::{Value, json};

use super::invariants::violation;
use super::{EXTREMES, assert_says, changed, good_jobs, job, plan, settings, snapshot, with};

/// What is wrong with the plans that come out under each setting.
fn problems(name: &str, snapshot: &Value) -> Vec<String> {
    let settings = settings().into_iter().filter_map(|(setting, changes)| {
        let snapshot = changed(snapshot.clone(), &changes);
        let name = format!("{name} ({setting})");
        let found = plan(&name, &snapshot).unwrap_or_else(|error| panic!("{name}: {error}\n{snapshot}"));
        let read = Snapshot::from_json(snapshot.to_string().as_bytes()).unwrap();
        violation(&read, &found).map(|problem| format!("{name}: {problem}\n{snapshot}"))
    });
    settings.collect()
}

/// A sound plan comes out, under every setting.
fn assert_sound(name: &str, snapshot: &Value) {
    let problems = problems(name, snapshot);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Jobs of every kind that times matter to.
fn all_kinds() -> Value {
    let mut jobs = good_jobs();
    let mut add =
        |id: i64, pointer: &str, value: Value| jobs.push(with(job(id, 60, &json!([["core", 1]])), pointer, &value));
    add(21, "/types", json!({ "container": "box" }));
    add(22, "/types", json!({ "inner": "box" }));
    add(23, "/types", json!({ "besteffort": "" }));
    add(24, "/types", json!({ "supersed": "1" }));
    add(25, "/dependencies", json!([{ "job": 1, "state": "Running" }]));
    add(26, "/reservation_start", json!(1500));
    add(27, "/moldables/0/walltime", json!(i64::MAX));
    add(28, "/types", json!({ "inner": "old" }));
    snapshot(jobs)
}

#[test]
fn the_timeline_may_be_one_second_or_all_of_time() {
    let mut found = Vec::new();
    for now in EXTREMES {
        for max_time in EXTREMES.into_iter().filter(|max_time| *max_time >= now) {
            let snapshot = with(with(all_kinds(), "/now", &json!(now)), "/max_time", &json!(max_time));
            found.extend(problems(&format!("from {now} to {max_time}"), &snapshot));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert_sound("one second", &with(all_kinds(), "/max_time", &json!(1000)));
}

#[test]
fn a_timeline_that_ends_before_it_begins_is_refused() {
    let error = plan("max_time", &with(all_kinds(), "/max_time", &json!(999))).unwrap_err();
    assert_says("max_time", &error, &["max_time", "1000", "999"]);
}

#[test]
fn security_times_are_any_number() {
    for security_time in EXTREMES {
        assert_sound("security time", &changed(all_kinds(), &json!({ "security_time": security_time })));
    }
}

fn scheduled(id: i64, start: i64, walltime: i64, resources: &str) -> Value {
    json!({ "id": id, "start": start, "walltime": walltime, "resources": resources })
}

#[test]
fn a_refused_reservation_has_a_reason_whatever_the_security_time() {
    for security_time in EXTREMES.into_iter().chain([-60, 60]) {
        let reservation = with(job(11, 15, &json!([["node", 2]])), "/reservation_start", &json!(1020));
        let changes = json!({
            "security_time": security_time,
            "scheduled_jobs": [scheduled(1, 1016, 10, "1-8"), scheduled(2, 1035, 105, "")],
        });
        assert_sound(&format!("security time {security_time}"), &changed(snapshot([reservation]), &changes));
    }
}

#[test]
fn scheduled_jobs_are_anywhere_in_time() {
    for start in EXTREMES {
        for walltime in EXTREMES {
            for state in [Value::Null, json!("Running"), json!("Suspended"), json!("toLaunch"), json!("Waiting")] {
                let mut snapshot = with(all_kinds(), "/scheduled_jobs/0/start", &json!(start));
                snapshot = with(snapshot, "/scheduled_jobs/0/walltime", &json!(walltime));
                snapshot = with(snapshot, "/scheduled_jobs/0/state", &state);
                assert_sound(
                    "scheduled job",
                    &with(snapshot, "/scheduled_jobs/0/types", &json!({ "container": "old" })),
                );
            }
        }
    }
}

#[test]
fn scheduled_jobs_hold_anything() {
    for resources in ["", "4-5", "9-4294967295", "0-4294967295"] {
        assert_sound("resources", &with(all_kinds(), "/scheduled_jobs/0/resources", &json!(resources)));
    }
    let twice = snapshot(good_jobs())["scheduled_jobs"][0].clone();
    assert_sound("the same number twice", &changed(all_kinds(), &json!({ "scheduled_jobs": [twice, twice] })));
}

#[test]
fn resources_leave_at_any_time() {
    for until in EXTREMES {
        for resources in ["", "1-4", "0-4294967295"] {
            let leaving = json!([{ "until": until, "resources": resources }, { "until": until, "resources": "8" }]);
            assert_sound("available_upto", &with(all_kinds(), "/resources/available_upto", &leaving));
        }
    }
}

#[test]
fn hierarchies_are_any_lists_of_blocks() {
    for blocks in [
        json!([]),
        json!([""]),
        json!(["", "1-4", ""]),
        json!(["1-4", "1-4", "1-4"]),
        json!(["1-8", "1-4", "1-2", "1"]),
        json!(["1-5", "4-8"]),
        json!(["5-8", "1-4"]),
        json!(["0-4294967295"]),
        json!(["100-200"]),
    ] {
        for count in [1, 2, -1, -2, -3] {
            let jobs = [
                job(11, 60, &json!([["node", count]])),
                job(12, 60, &json!([["node", count], ["core", 1]])),
                job(13, 60, &json!([["core", 1], ["node", count]])),
            ];
            assert_sound("hierarchy", &with(snapshot(jobs), "/resources/hierarchy/node", &blocks));
        }
    }
    for resources in ["", "0-4294967295"] {
        assert_sound("resources", &with(all_kinds(), "/resources/default", &json!(resources)));
        assert_sound("usable", &with(all_kinds(), "/resources/usable", &json!(resources)));
    }
}

#[test]
fn a_request_that_repeats_a_level_of_equal_blocks_is_answered_in_time() {
    for count in [1, 2, 3, 4, -1, -2, -3] {
        let levels: Vec<Value> = (0..40).map(|_| json!(["node", count])).collect();
        let snapshot =
            with(snapshot([job(11, 60, &json!(levels))]), "/resources/hierarchy/node", &json!(["1-8", "1-8", "1-8"]));
        assert_sound("repeated level", &snapshot);
    }
}

/// Runs in a process of its own: a stack overflow cannot be caught.
#[test]
fn a_request_of_a_hundred_thousand_levels_is_answered() {
    const CHILD: &str = "OAR_TEST_DEEP_REQUEST";
    if std::env::var_os(CHILD).is_some() {
        let levels: Vec<Value> = (0..100_000).map(|_| json!(["core", 1])).collect();
        plan("deep request", &snapshot([job(11, 60, &json!(levels))])).unwrap();
        return;
    }
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sites::a_request_of_a_hundred_thousand_levels_is_answered", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&child.stderr).into_owned();
    assert!(child.status.success(), "{}\n{}", child.status, errors.chars().take(1000).collect::<String>());
}

#[test]
fn an_unknown_ordering_policy_is_fifo_with_a_warning() {
    let mut jobs = good_jobs();
    jobs.reverse();
    let found = plan("policy", &changed(snapshot(jobs), &json!({ "ordering": { "policy": "WHATEVER" } }))).unwrap();
    assert_says("policy", &found.warnings.join("|"), &["JOB_PRIORITY", "\"WHATEVER\"", "FIFO is used"]);
    assert_eq!(found.assignments, plan("given", &snapshot(good_jobs())).unwrap().assignments);
}

#[test]
fn figures_of_orderings_are_any_numbers() {
    let mut problems = Vec::new();
    for number in [f64::MAX, f64::MIN, f64::MIN_POSITIVE, -0.0, 5e-324] {
        let weights = ["age", "queue", "work", "size", "karma", "qos", "nice"];
        let mut multifactor: serde_json::Map<String, Value> =
            weights.iter().map(|name| (format!("{name}_weight"), json!(number))).collect();
        multifactor
            .extend([("age_coef".to_owned(), json!(number)), ("queue_coefs".to_owned(), json!({ "default": number }))]);
        let sums = json!({ "total": number, "projects": { "p": number }, "users": { "bob": number } });
        let fairshare = json!({
            "project_targets": { "p": number }, "user_targets": { "bob": -number },
            "coef_project": number, "coef_user": -number, "coef_user_ask": number,
        });
        for policy in ["FAIRSHARE", "MULTIFACTOR"] {
            let ordering = json!({ "policy": policy, "fairshare": fairshare, "multifactor": multifactor });
            let changes = json!({ "ordering": ordering, "accounting": { "used": sums, "asked": sums } });
            let jobs = [
                job(11, 60, &json!([["core", i64::MAX]])),
                job(12, i64::MAX, &json!([["node", i64::MAX], ["core", i64::MAX]])),
            ];
            let snapshot = changed(snapshot(good_jobs().into_iter().skip(2).chain(jobs)), &changes);
            let name = format!("{policy} with {number:e}");
            let found = plan(&name, &snapshot).unwrap();
            let read = Snapshot::from_json(snapshot.to_string().as_bytes()).unwrap();
            problems.extend(violation(&read, &found).map(|problem| format!("{name}: {problem}")));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn limits_of_jobs_are_any_number() {
    for limit in EXTREMES {
        let found = plan("max_jobs", &changed(all_kinds(), &json!({ "ordering": { "max_jobs": limit } }))).unwrap();
        // The reservation does not count.
        let left_out = found.reasons.iter().filter(|reason| reason.line.contains("a round places ")).count();
        assert_eq!(left_out, if limit == 1 { 8 } else { 0 }, "{limit}");
    }
}

#[test]
fn scheduled_containers_inside_each_other_do_not_stop_the_round() {
    let container = |id: i64, name: &str, inner: &str| {
        json!({
            "id": id, "user": "bob", "project": "p", "queue": "default", "state": "Running", "start": 900, "walltime": 500,
            "resources": "1-8", "types": { "container": name, "inner": inner },
        })
    };
    let cases = [
        json!([container(2, "a", "b"), container(3, "b", "a")]),
        json!([container(2, "a", "b"), container(3, "b", "c"), container(4, "c", "a")]),
        json!([container(2, "a", "a")]),
        json!([container(2, "a", "b"), container(3, "b", "a"), container(4, "a", "nowhere")]),
    ];
    for scheduled in cases {
        let mut jobs = good_jobs();
        for (id, inner) in [(21, "a"), (22, "b")] {
            jobs.push(with(job(id, 600, &json!([["core", 8]])), "/types", &json!({ "inner": inner })));
        }
        assert_sound("containers in a ring", &changed(snapshot(jobs), &json!({ "scheduled_jobs": scheduled })));
    }
}
