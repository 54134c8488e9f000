//! The order of a round: policies, groups, inner jobs put off, reservations.

use serde_json::{Value, json};

use crate::engine::plan;
use crate::{by_job, cluster, held, job, outcome, outcomes, with};

/// The jobs in the order of placement.
fn placed(snapshot: &Value) -> Vec<i64> {
    plan(snapshot).expect("a plan")["assignments"]
        .as_array()
        .expect("assignments")
        .iter()
        .map(|entry| entry["job"].as_i64().expect("a job"))
        .collect()
}

fn typed(request: &str, walltime: i64, types: Value) -> Value {
    with(job(request, walltime), json!({ "types": types }))
}

#[test]
fn fair_sharing_goes_by_karma() {
    let of = |user: &str| with(job("node=1", 60), json!({ "user": user }));
    let mut snapshot = cluster(json!([of("bob"), of("alice"), of("carol")]));
    snapshot["ordering"] = json!({ "policy": "FAIRSHARE", "fairshare": { "user_targets": { "alice": 50 } } });
    snapshot["accounting"] = json!({
        "used": { "total": 800, "projects": { "p": 800 }, "users": { "alice": 600, "bob": 200 } },
        "asked": { "total": 2000, "projects": { "p": 2000 }, "users": { "alice": 1000, "bob": 1000 } },
    });
    assert_eq!(placed(&snapshot), [3, 2, 1]);
    snapshot["ordering"]["policy"] = json!("FIFO");
    assert_eq!(placed(&snapshot), [1, 2, 3]);
    snapshot["waiting_jobs"].as_array_mut().expect("jobs").reverse();
    assert_eq!(placed(&snapshot), [1, 2, 3]);
    snapshot["ordering"]["policy"] = json!("GIVEN");
    assert_eq!(placed(&snapshot), [3, 2, 1]);
}

#[test]
fn multifactor_goes_by_priority() {
    let mut snapshot = cluster(json!([
        with(job("node=2/core=4", 60), json!({ "submission_time": 90, "types": { "qos": "1" } })),
        with(job("core=20", 10), json!({ "submission_time": 0, "types": { "nice": "5" } })),
        with(job("node=1", 600), json!({ "submission_time": 50, "types": { "qos": "0.5", "nice": "x" } })),
    ]));
    snapshot["now"] = json!(100);
    for (settings, order) in [
        (json!({ "size_weight": 1 }), [3, 1, 2]),
        (json!({ "size_weight": 1, "size_mode": 1 }), [2, 1, 3]),
        (json!({ "work_weight": 1 }), [2, 1, 3]),
        (json!({ "work_weight": 1, "work_mode": 1 }), [3, 1, 2]),
        (json!({ "age_weight": 1 }), [2, 3, 1]),
        (json!({ "age_weight": -1 }), [1, 3, 2]),
        (json!({ "age_weight": 1, "age_coef": 0.02 }), [2, 3, 1]),
        (json!({ "age_weight": 1, "age_coef": 0.2 }), [1, 2, 3]),
        (json!({ "qos_weight": 2, "nice_weight": 1 }), [2, 1, 3]),
        (json!({ "qos_weight": -2 }), [1, 2, 3]),
    ] {
        snapshot["ordering"] = json!({ "policy": "MULTIFACTOR", "multifactor": settings });
        assert_eq!(placed(&snapshot), order, "{settings}");
    }
}

#[test]
fn only_the_first_jobs_of_a_group_are_placed() {
    let mut snapshot = cluster(json!([job("node=1", 60), job("node=1", 60), job("node=1", 60)]));
    snapshot["ordering"] = json!({ "max_jobs": 2 });
    assert_eq!(outcomes(&snapshot), ["0: 1-8", "0: 9-16", "-"]);
}

#[test]
fn inner_jobs_wait_for_a_container_that_comes_later() {
    let inner = |name: &str| typed("core=1", 60, json!({ "inner": name }));
    let container = |request: &str, name: &str| typed(request, 100, json!({ "container": name }));
    let snapshot = cluster(json!([
        inner("a"),
        inner("a"),
        container("node=5", "a"),
        job("node=2", 60),
        container("node=2", "a"),
        inner("b")
    ]));
    assert_eq!(placed(&snapshot), [4, 5, 1, 2]);
    // A container that is an inner job itself.
    let nested = typed("node=1", 80, json!({ "inner": "a", "container": "b" }));
    assert_eq!(
        placed(&cluster(json!([inner("b"), nested, inner("a"), inner("b"), container("node=2", "a")]))),
        [5, 2, 1, 4, 3]
    );
    // Two that wait for each other.
    let other = typed("node=1", 80, json!({ "inner": "b", "container": "a" }));
    assert_eq!(placed(&cluster(json!([nested, other]))), [0; 0]);
}

#[test]
fn an_id_counts_once() {
    let mut snapshot = cluster(json!([job("node=1", 60), job("node=2", 60), job("node=4", 60)]));
    snapshot["waiting_jobs"][1]["id"] = json!(1);
    snapshot["scheduled_jobs"] = json!([held(3, 0, 10, "1")]);
    assert_eq!(by_job(&plan(&snapshot).expect("a plan")).into_keys().collect::<Vec<_>>(), [1]);
}

#[test]
fn reservations_come_after_the_waiting_jobs_of_their_group() {
    let reserved = |queue: &str, start: i64, walltime: i64| {
        with(job("node=4", walltime), json!({ "queue": queue, "reservation_start": start }))
    };
    let mut snapshot = cluster(json!([
        reserved("low", 100, 50),
        reserved("high", 149, 50),
        reserved("low", 90, 10),
        job("node=4", 90)
    ]));
    snapshot["queues"] = json!(["high", "low"]);
    assert_eq!(outcomes(&snapshot), ["-", "149: 1-32", "90: 1-32", "0: 1-32"]);
    assert_eq!(placed(&snapshot), [4, 2, 3]);
}

#[test]
fn a_reservation_starts_when_it_says_or_now() {
    let mut snapshot = cluster(json!([with(job("node=4", 100), json!({ "reservation_start": 950 }))]));
    snapshot["now"] = json!(1000);
    assert_eq!(outcomes(&snapshot), ["1000: 1-32"]);
    snapshot["security_time"] = json!(10);
    // It may overlap with others by the security time, at its end.
    snapshot["scheduled_jobs"] = json!([held(1001, 1090, 10, "1")]);
    assert_eq!(outcomes(&snapshot), ["1000: 1-32"]);
    snapshot["scheduled_jobs"] = json!([held(1001, 1089, 10, "1")]);
    assert_eq!(outcomes(&snapshot), ["-"]);
    snapshot["scheduled_jobs"] = json!([]);
    snapshot["waiting_jobs"][0]["reservation_start"] = json!(900);
    assert_eq!(outcomes(&snapshot), ["-"]);
    snapshot["waiting_jobs"][0]["reservation_start"] = json!(901);
    snapshot["max_time"] = json!(1089);
    assert_eq!(outcomes(&snapshot), ["1000: 1-32"]);
    snapshot["max_time"] = json!(1088);
    assert_eq!(outcomes(&snapshot), ["-"]);
}

#[test]
fn groups_share_the_round() {
    let mut snapshot = cluster(json!([job("node=3", 60)]));
    let second = with(typed("node=2", 60, json!({ "besteffort": "", "inner": "c" })), json!({ "id": 2 }));
    let container = with(typed("node=2", 90, json!({ "container": "c" })), json!({ "id": 3, "reservation_start": 60 }));
    snapshot["queue_groups"] =
        json!([{ "waiting_jobs": [snapshot["waiting_jobs"][0], container] }, { "waiting_jobs": [second] }]);
    snapshot["waiting_jobs"] = json!([]);
    assert_eq!([1, 2, 3].map(|job| outcome(&snapshot, job)), ["0: 1-24", "60: 1-16", "60: 1-16"]);
}

#[test]
fn a_job_is_postponed() {
    let mut snapshot = cluster(json!([
        with(job("node=2", 50), json!({ "earliest_start": 30 })),
        with(job("node=4", 20), json!({ "earliest_start": -5 })),
        job("node=4", 20),
    ]));
    // The second has no reason to wait; the third does not fit before the first.
    assert_eq!(outcomes(&snapshot), ["30: 1-16", "0: 1-32", "80: 1-32"]);
    // A reservation has its own time, when it is its turn.
    snapshot["waiting_jobs"][0]["reservation_start"] = json!(45);
    assert_eq!(outcomes(&snapshot), ["45: 1-16", "0: 1-32", "20: 1-32"]);
}

#[test]
fn a_job_must_be_over_by_its_deadline() {
    let mut snapshot = cluster(json!([
        job("node=4", 60),
        with(job("node=1", 50), json!({ "latest_end": 100 })),
        with(job("node=1", 50), json!({ "latest_end": 99 })),
        job("node=1", 50),
    ]));
    snapshot["security_time"] = json!(10);
    assert_eq!(outcomes(&snapshot), ["0: 1-32", "60: 1-8", "-", "60: 9-16"]);
}
