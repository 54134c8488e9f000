//! Resources that are not there, and jobs that accept them.

use serde_json::{Value, json};

use crate::{cluster, held, job, outcome, outcomes, with};

/// A job that accepts missing resources.
fn accepting(request: &str, walltime: i64) -> Value {
    with(job(request, walltime), json!({ "accepts_missing": true }))
}

fn typed(job: Value, types: Value) -> Value {
    with(job, json!({ "types": types }))
}

/// The cluster without its second node, 9-16, and one core of the third, 20.
fn broken(waiting: Value) -> Value {
    let mut snapshot = cluster(waiting);
    snapshot["resources"]["missing"] = json!("9-16 20");
    snapshot
}

#[test]
fn what_is_left_of_a_node_is_a_node() {
    let jobs = json!([job("node=3", 60), job("node=4", 60), job("switch=1/node=2", 60), job("cpu=2/core=4", 60)]);
    assert_eq!(outcomes(&broken(jobs)), ["0: 1-8 17-19 21-32", "-", "60: 17-19 21-32", "60: 1-8"]);
    let jobs = json!([job("node=ALL", 60), job("core=ALL", 60), job("gpu=2", 60), job("odd=1", 60)]);
    let places = ["0: 1-8 17-19 21-32", "60: 1-8 17-19 21-32", "120: 17-18", "120: 5-8"];
    assert_eq!(outcomes(&broken(jobs)), places);
}

#[test]
fn jobs_that_accept_them_have_the_whole_machine() {
    let jobs = json!([accepting("node=4", 60), job("node=3", 60), accepting("node=2", 60), accepting("node=ALL", 60)]);
    assert_eq!(outcomes(&broken(jobs)), ["0: 1-32", "60: 1-8 17-19 21-32", "120: 1-16", "180: 1-32"]);
    let jobs = json!([job("node=1", 60), accepting("node=1", 60), accepting("node=1", 60), job("node=1", 60)]);
    // The third takes a node of which a core is missing, with it.
    assert_eq!(outcomes(&broken(jobs)), ["0: 1-8", "0: 9-16", "0: 17-24", "0: 25-32"]);
}

#[test]
fn a_filter_on_missing_resources_selects_them_for_jobs_that_accept_them() {
    let of = |accepts: bool, request: &str, filter: &str| {
        let mut job = if accepts { accepting(request, 60) } else { job(request, 60) };
        job["moldables"][0]["requests"][0]["filter"] = json!(filter);
        job
    };
    let jobs = json!([
        of(false, "node=1", "9-16"),
        of(true, "node=1", "9-16"),
        of(false, "node=ALL", "9-24"),
        of(true, "node=ALL", "9-24"),
    ]);
    assert_eq!(outcomes(&broken(jobs)), ["-", "0: 9-16", "0: 17-19 21-24", "60: 9-24"]);
}

#[test]
fn what_is_missing_is_not_usable_whatever_else_is_said() {
    let mut snapshot = broken(json!([job("node=4", 60), job("core=23", 60), accepting("node=4", 60)]));
    for usable in ["1-32", "1-8 17-19 21-32"] {
        snapshot["resources"]["usable"] = json!(usable);
        assert_eq!(outcomes(&snapshot), ["-", "0: 1-8 17-19 21-32", "60: 1-32"]);
    }
    // Resources of which nothing is said belong to nobody, but stay in their blocks.
    snapshot["resources"]["usable"] = json!("1-8 17-32");
    snapshot["resources"]["missing"] = json!("20");
    assert_eq!(outcomes(&snapshot), ["-", "0: 1-8 17-19 21-32", "-"]);
}

#[test]
fn a_job_that_accepts_them_waits_for_those_who_hold_them() {
    let jobs = json!([accepting("node=4", 60), accepting("node=1", 40), job("node=1", 60)]);
    let mut snapshot = broken(jobs);
    snapshot["scheduled_jobs"] = json!([held(101, 0, 50, "12"), held(102, 0, 30, "1-8 17-32")]);
    assert_eq!(outcomes(&snapshot), ["50: 1-32", "110: 1-8", "110: 17-19 21-24"]);
    snapshot["resources"]["available_upto"] = json!([{ "until": 100, "resources": "12" }]);
    assert_eq!(outcomes(&snapshot)[0], "-");
}

#[test]
fn reservations_may_be_on_them() {
    let reserved = |job: Value| with(job, json!({ "reservation_start": 100 }));
    let jobs = json!([reserved(job("node=4", 60)), reserved(accepting("node=4", 60)), job("node=3", 101)]);
    assert_eq!(outcomes(&broken(jobs)), ["-", "-", "0: 1-8 17-19 21-32"]);
    let jobs = json!([reserved(job("node=4", 60)), reserved(accepting("node=4", 60)), job("node=3", 100)]);
    assert_eq!(outcomes(&broken(jobs)), ["-", "100: 1-32", "0: 1-8 17-19 21-32"]);
}

#[test]
fn a_container_gives_each_inner_job_what_that_one_accepts() {
    let inner = |job: Value| typed(job, json!({ "inner": "1" }));
    let jobs = json!([
        typed(accepting("node=2", 100), json!({ "container": "" })),
        inner(job("node=1", 60)),
        inner(job("node=1", 60)),
        inner(accepting("node=1", 60)),
    ]);
    assert_eq!(outcomes(&broken(jobs)), ["0: 1-16", "0: 1-8", "-", "0: 9-16"]);
    let on_missing = typed(held(101, 0, 100, "9-20"), json!({ "container": "box" }));
    let jobs = json!([
        typed(job("core=4", 60), json!({ "inner": "box" })),
        typed(job("core=3", 60), json!({ "inner": "box" })),
        typed(accepting("core=9", 60), json!({ "inner": "box" })),
    ]);
    let mut snapshot = broken(jobs);
    snapshot["scheduled_jobs"] = json!([on_missing]);
    assert_eq!(outcomes(&snapshot), ["-", "0: 17-19", "0: 9-16 20"]);
}

#[test]
fn quotas_count_missing_resources_of_those_who_hold_them() {
    let mut snapshot = broken(json!([accepting("node=2", 60), job("node=1", 60), job("core=7", 60)]));
    snapshot["quotas"] = json!({ "quotas": { "*,*,*,toto": [23, -1, -1] } });
    assert_eq!(outcomes(&snapshot), ["0: 1-16", "0: 17-19 21-24", "60: 1-7"]);
    snapshot["quotas"] = json!({ "quotas": { "*,*,*,toto": [22, -1, -1] } });
    assert_eq!(outcomes(&snapshot), ["0: 1-16", "60: 1-8", "60: 17-19 21-24"]);
    // All default resources, be they missing or not.
    snapshot["quotas"] = json!({ "quotas": { "*,*,*,toto": ["0.719*ALL", -1, -1] } });
    assert_eq!(outcomes(&snapshot), ["0: 1-16", "0: 17-19 21-24", "60: 1-7"]);
    // Of another type, they do not count.
    snapshot["resources"]["usable"] = json!("1-32");
    snapshot["resources"]["default"] = json!("1-8 17-32");
    snapshot["quotas"] = json!({ "quotas": { "*,*,*,toto": [22, -1, -1] } });
    snapshot["waiting_jobs"][0]["moldables"][0]["requests"][0]["filter"] = json!("1-32");
    assert_eq!(outcomes(&snapshot), ["0: 1-16", "0: 17-19 21-24", "0: 25-31"]);
}

#[test]
fn sharing_goes_on_where_resources_are_missing() {
    let shared = |job: Value| typed(job, json!({ "timesharing": "*,*" }));
    let jobs = json!([shared(accepting("node=2", 60)), shared(accepting("node=4", 60)), shared(job("node=3", 60))]);
    assert_eq!(outcomes(&broken(jobs)), ["0: 1-16", "0: 1-32", "0: 1-8 17-19 21-32"]);
    // A job that replaces another takes what it accepts of it.
    let replacing = |job: Value| typed(job, json!({ "supersed": "101" }));
    let mut snapshot = broken(json!([replacing(job("core=9", 60)), replacing(accepting("core=9", 60))]));
    snapshot["scheduled_jobs"] = json!([held(101, 0, 100, "8-16"), held(102, 0, 100, "1-7 17-32")]);
    assert_eq!(outcomes(&snapshot), ["100: 1-8 17", "0: 8-16"]);
}

#[test]
fn besteffort_jobs_make_room_on_missing_resources_too() {
    let mut snapshot = broken(json!([
        accepting("node=4", 60),
        typed(accepting("node=4", 60), json!({ "besteffort": "" })),
        typed(job("node=3", 60), json!({ "besteffort": "" })),
    ]));
    snapshot["scheduled_jobs"] = json!([typed(held(101, 0, 200, "9-16"), json!({ "besteffort": "" }))]);
    assert_eq!([1, 2, 3].map(|job| outcome(&snapshot, job)), ["0: 1-32", "200: 1-32", "60: 1-8 17-19 21-32"]);
}

#[test]
fn a_suspended_job_gives_missing_resources_back() {
    let mut snapshot = broken(json!([accepting("node=4", 60), job("node=3", 60)]));
    snapshot["scheduled_jobs"] = json!([with(held(101, 0, 100, "9-17"), json!({ "state": "Suspended" }))]);
    assert_eq!(outcomes(&snapshot), ["0: 1-32", "60: 1-8 17-19 21-32"]);
    snapshot["resources"]["suspendable"] = json!("1-8 17-32");
    assert_eq!(outcomes(&snapshot), ["100: 1-32", "0: 1-8 17-19 21-32"]);
}
