//! Jobs that make no sense wait with a reason, and nobody else notices.

use serde_json::{Value, json};

use super::{assert_says, changed, good_jobs, job, plan, settings, snapshot, with};

const BAD: i64 = 99;
const REQUEST: &str = "/moldables/0/requests/0";

/// The bad jobs wait with these words as the reason, and the others are planned as without them.
fn assert_harmless(name: &str, bad: &[Value], words: &[&str]) {
    let mut jobs = good_jobs();
    jobs.splice(1..1, bad.iter().cloned());
    let ids: Vec<&Value> = bad.iter().map(|job| &job["id"]).collect();
    for (setting, changes) in settings() {
        let name = format!("{name} ({setting})");
        let found = plan(&name, &changed(snapshot(jobs.clone()), &changes)).expect(&name);
        let expected = plan(&name, &changed(snapshot(good_jobs()), &changes)).expect(&name);
        for unscheduled in &ids {
            let id = oar_scheduler_core::JobId(unscheduled.as_i64().unwrap());
            assert_eq!(found.assignment(id), None, "{name}");
            let reason = found.reason(id).expect(&name);
            assert!(!reason.causes.is_empty(), "{name}");
            assert_says(&name, &reason.line, words);
        }
        let others = |plan| {
            let mut plan = serde_json::to_value(plan).unwrap();
            let keys = plan.as_object_mut().unwrap();
            for entries in keys.values_mut().filter_map(Value::as_array_mut) {
                entries.retain(|entry| !ids.contains(&&entry["job"]));
            }
            keys.retain(|_, entries| *entries != json!([]));
            plan
        };
        let (found, expected) = (others(&found), others(&expected));
        assert_eq!(found, expected, "{name}: other jobs are affected");
    }
}

fn bad() -> Value {
    job(BAD, 60, &json!([["core", 1]]))
}

fn typed(id: i64, types: Value) -> Value {
    with(job(id, 60, &json!([["core", 1]])), "/types", &types)
}

#[test]
fn alternatives_that_can_never_run() {
    let filter = format!("{REQUEST}/filter");
    let levels = format!("{REQUEST}/levels");
    let count = format!("{REQUEST}/levels/0/1");
    let cases = [
        ("/moldables/0/walltime", json!(0), ["walltime of 0 s", "not positive"]),
        ("/moldables/0/walltime", json!(-1), ["walltime of -1 s", "not positive"]),
        ("/moldables/0/walltime", json!(i64::MIN), ["walltime of -9223372036854775808 s", "not positive"]),
        ("/moldables/0/walltime", json!(i64::MAX), ["can never run", "would end after 2038-01-19"]),
        (levels.as_str(), json!([["rack", 1]]), ["can never run", "no level rack"]),
        (levels.as_str(), json!([["core", 1], ["rack", 1]]), ["can never run", "no level rack"]),
        (levels.as_str(), json!([["", 1]]), ["can never run", "no level"]),
        (count.as_str(), json!(0), ["can never run", "asks for 0 of level core"]),
        (count.as_str(), json!(-4), ["can never run", "asks for -4 of level core"]),
        (count.as_str(), json!(i64::MIN), ["can never run", "asks for -9223372036854775808 of level core"]),
        (count.as_str(), json!(9), ["needs 9 of core", "8 exist"]),
        (count.as_str(), json!(i64::MAX), ["needs 9223372036854775807 of core", "8 exist"]),
        ("/moldables", json!([]), ["can never run", "asks for nothing"]),
        ("/moldables/0/requests", json!([]), ["can never run", "asks for nothing"]),
        (levels.as_str(), json!([]), ["can never run", "asks for nothing"]),
        (filter.as_str(), json!(""), ["can never run", "select no usable resource"]),
        (filter.as_str(), json!("9-4294967295"), ["can never run", "select no usable resource"]),
        (
            "/moldables/0/requests/0",
            json!({ "filter": "4-5", "levels": [["node", 1]] }),
            ["needs 1 of node", "0 exist"],
        ),
        (
            "/moldables/0/requests/0",
            json!({ "filter": "8-99", "levels": [["core", 2]] }),
            ["needs 2 of core", "1 exist"],
        ),
        (
            "/moldables/0/requests/0",
            json!({ "levels": [["core", 1], ["node", 2]] }),
            ["1 of core with node=2", "0 exist"],
        ),
    ];
    for (pointer, value, words) in cases {
        assert_harmless(&format!("{pointer} = {value}"), &[with(bad(), pointer, &value)], &words);
    }
}

#[test]
fn groups_that_do_not_fit_beside_each_other() {
    let requests = json!([{ "levels": [["node", 1]] }, { "levels": [["core", 5]] }]);
    let words = ["can never run", "group 2", "needs 5 of core", "4 exist"];
    assert_harmless("groups", &[with(bad(), "/moldables/0/requests", &requests)], &words);
}

#[test]
fn dependencies_that_never_come_true() {
    let after = |id: i64, required: i64, state: &str, exit_code: Value| {
        let dependencies = json!([{ "job": required, "state": state, "exit_code": exit_code }]);
        with(job(id, 60, &json!([["core", 1]])), "/dependencies", &dependencies)
    };
    let waits = |id, required| after(id, required, "Waiting", Value::Null);
    let cases = [
        ("on itself", vec![waits(99, 99)], ["depends on job 99", "not known"]),
        ("of two on each other", vec![waits(98, 99), waits(99, 98)], ["depends on job 9", "not known"]),
        ("of three in a ring", vec![waits(97, 98), waits(98, 99), waits(99, 97)], ["depends on job 9", "not known"]),
        ("on an unknown job", vec![waits(99, 4711)], ["depends on job 4711 (Waiting)", "not known"]),
        ("on an extreme job", vec![waits(99, i64::MIN)], ["depends on job -9223372036854775808", "not known"]),
        ("on a failed job", vec![after(99, 5, "Terminated", json!(256))], ["exit code 256", "will never run"]),
        ("on an extreme end", vec![after(99, 5, "Terminated", json!(i64::MIN))], ["exit code -9", "will never run"]),
    ];
    for (name, jobs, words) in cases {
        assert_harmless(&format!("dependency {name}"), &jobs, &words);
    }
}

#[test]
fn containers_that_never_open() {
    let inner = |id: i64, container: &str, inner: &str| typed(id, json!({ "container": container, "inner": inner }));
    let cases = [
        ("nowhere", vec![typed(99, json!({ "inner": "nowhere" }))], "container nowhere has no place"),
        ("a number", vec![typed(99, json!({ "inner": "4711" }))], "container 4711 has no place"),
        ("an absurd number", vec![typed(99, json!({ "inner": "99999999999999999999" }))], "has no place"),
        ("no name", vec![typed(99, json!({ "inner": "" }))], "type inner names no container"),
        ("its own name", vec![inner(99, "box", "box")], "cannot be its own container"),
        ("its own number", vec![inner(99, "", "99")], "cannot be its own container"),
        ("two in each other", vec![inner(98, "a", "b"), inner(99, "b", "a")], "has no place"),
        ("three in a ring", vec![inner(97, "a", "b"), inner(98, "b", "c"), inner(99, "c", "a")], "has no place"),
        (
            "inside of two in each other",
            vec![typed(97, json!({ "inner": "a" })), inner(98, "a", "b"), inner(99, "b", "a")],
            "has no place",
        ),
    ];
    for (name, jobs, words) in cases {
        assert_harmless(&format!("container: {name}"), &jobs, &[words]);
    }
}

#[test]
fn types_that_contradict_each_other() {
    let cases = [
        (json!({ "timesharing": "*,*", "container": "" }), "a container cannot have type timesharing"),
        (json!({ "placeholder": "x", "container": "c" }), "a container cannot have type placeholder"),
        (json!({ "allowed": "x", "container": "c" }), "a container cannot have type allowed"),
        (json!({ "timesharing": "", "placeholder": "x" }), "timesharing and placeholder exclude each other"),
        (json!({ "timesharing": "", "allow": "x" }), "timesharing and allowed exclude each other"),
        (json!({ "placeholder": "x", "allow": "x" }), "placeholder and allowed exclude each other"),
        (json!({ "allow": "x", "allowed": "y" }), "allow=x and allowed=y exclude each other"),
        (json!({ "find": "nobody" }), "plugin find=nobody: there is no such plugin"),
        (json!({ "assign": "nobody:a=b" }), "plugin assign=nobody: there is no such plugin"),
        (json!({ "find": "", "assign": "" }), "there is no such plugin"),
        (json!({ "leaflet": "nonsense" }), "envelope, job nonsense, does not exist"),
        (json!({ "leaflet": "4711" }), "envelope, job 4711, is not running"),
        (json!({ "leaflet": "1" }), "envelope, job 1, belongs to somebody else"),
        (json!({ "leaflet": "99" }), "envelope, job 99, is not running"),
    ];
    for (types, words) in cases {
        assert_harmless(&types.to_string(), &[typed(BAD, types.clone())], &[words]);
    }
}

#[test]
fn reservations_at_impossible_times() {
    for (start, walltime, words) in [
        (i64::MIN, 60, "is over"),
        (0, 60, "1970-01-01 00:00:00"),
        (940, 60, "is over"),
        (i64::MAX, 60, "would end after 2038-01-19"),
        (i64::MAX, i64::MAX, "would end after 2038-01-19"),
        (i64::MIN, i64::MAX, "is over"),
        (2_147_483_648, 60, "would end after 2038-01-19"),
        (2000, i64::MAX, "would end after 2038-01-19"),
        (2000, 0, "not positive"),
        (2000, i64::MIN, "not positive"),
        (i64::MIN, i64::MIN, "not positive"),
    ] {
        let reservation = with(job(BAD, walltime, &json!([["core", 1]])), "/reservation_start", &json!(start));
        let is_local = words.starts_with("1970") || words.contains("2038");
        let words = if is_local { words.split(' ').next().unwrap_or_default() } else { words };
        assert_harmless(&format!("reservation at {start} for {walltime} s"), &[reservation], &[words]);
    }
}

#[test]
fn a_job_whose_number_is_taken_is_left_out_with_a_warning() {
    for taken in [1, 11] {
        let mut jobs = good_jobs();
        jobs.push(job(taken, 10, &json!([["core", 1]])));
        let mut found = plan("duplicate", &snapshot(jobs)).unwrap();
        assert_eq!(found.warnings.len(), 1);
        assert_says("duplicate", &found.warnings.remove(0), &[&format!("job {taken} is left out"), "another"]);
        assert_eq!(found, plan("without", &snapshot(good_jobs())).unwrap());
    }
}

#[test]
fn jobs_with_extreme_numbers_are_jobs() {
    for id in super::EXTREMES.into_iter().filter(|id| *id != 1) {
        let bad = with(with(bad(), "/id", &json!(id)), "/moldables/0/id", &json!(id));
        let found = plan("number", &snapshot([with(bad, "/submission_time", &json!(id))])).unwrap();
        assert_eq!(found.assignments.len(), 1, "{id}");
    }
}
