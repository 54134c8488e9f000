//! When a job starts: the worked examples E1 to E17, by number, and envelopes.

use serde_json::{Value, json};

use crate::{cluster, held, job, moldable, outcomes, with};

fn typed(request: &str, walltime: i64, types: Value) -> Value {
    with(job(request, walltime), json!({ "types": types }))
}

/// What is free at a second, seen by a reservation of one second.
fn free_at(snapshot: &Value, second: i64) -> String {
    let mut snapshot = snapshot.clone();
    let probe = with(job("core=BEST", 1), json!({ "id": 999, "reservation_start": second }));
    snapshot["security_time"] = json!(0);
    snapshot["waiting_jobs"].as_array_mut().expect("jobs").push(probe);
    crate::outcome(&snapshot, 999).split_once(": ").map_or("-".to_owned(), |(_, resources)| resources.to_owned())
}

#[test]
fn e1_and_e2_a_job_leaves_the_second_after_its_walltime() {
    let mut snapshot = cluster(json!([job("node=2", 60)]));
    snapshot["max_time"] = json!(100);
    assert_eq!(outcomes(&snapshot), ["0: 1-16"]);
    assert_eq!(free_at(&snapshot, 59), "17-32");
    assert_eq!(free_at(&snapshot, 60), "1-32");
    snapshot["max_time"] = json!(60);
    assert_eq!(free_at(&snapshot, 60), "1-32");
    assert_eq!(free_at(&snapshot, 61), "-");
}

#[test]
fn e3_scheduled_jobs_hold() {
    let mut snapshot = cluster(json!([]));
    snapshot["now"] = json!(1);
    snapshot["max_time"] = json!(100);
    snapshot["scheduled_jobs"] = json!([held(1001, 5, 10, "10-20"), held(1002, 30, 20, "5-15 20-28")]);
    for (first, last, free) in
        [(1, 4, "1-32"), (5, 14, "1-9 21-32"), (15, 29, "1-32"), (30, 49, "1-4 16-19 29-32"), (50, 100, "1-32")]
    {
        assert_eq!(
            (free_at(&snapshot, first), free_at(&snapshot, last)),
            (free.to_owned(), free.to_owned()),
            "from {first} to {last}"
        );
    }
}

#[test]
fn e4_the_last_second_before_a_block_is_used() {
    let mut snapshot = cluster(json!([job("node=4", 60), job("node=4", 1)]));
    snapshot["scheduled_jobs"] = json!([held(1001, 61, 100, "1-32")]);
    assert_eq!(outcomes(&snapshot), ["0: 1-32", "60: 1-32"]);
}

#[test]
fn e5_the_alternative_that_ends_first_wins_and_the_first_of_those_that_end_together() {
    let mut snapshot = cluster(json!([with(
        job("node=1", 1),
        json!({ "moldables": [moldable("node=4", 60), moldable("node=2", 120)] })
    )]));
    snapshot["scheduled_jobs"] = json!([held(1001, 0, 100, "17-32")]);
    snapshot["max_time"] = json!(1000);
    assert_eq!(outcomes(&snapshot), ["0: 1-16"]);
    snapshot["waiting_jobs"][0]["moldables"][1]["walltime"] = json!(160);
    assert_eq!(outcomes(&snapshot), ["100: 1-32"]);
}

#[test]
fn e6_a_job_starts_after_its_dependency() {
    let after = |required: i64| json!({ "dependencies": [{ "job": required, "state": "Waiting" }] });
    assert_eq!(
        outcomes(&cluster(json!([job("node=4", 60), with(job("node=1", 60), after(1))]))),
        ["0: 1-32", "60: 1-8"]
    );
    assert_eq!(outcomes(&cluster(json!([with(job("node=1", 60), after(2)), job("node=4", 60)]))), ["-", "0: 1-32"]);
    // What has overrun holds now: what comes after it does not start now.
    let mut snapshot = cluster(json!([with(job("node=1", 60), after(1001)), with(job("node=1", 60), after(1002))]));
    snapshot["now"] = json!(500);
    snapshot["scheduled_jobs"] = json!([
        with(held(1001, 100, 50, "1"), json!({ "state": "Running" })),
        with(held(1002, 600, 50, "1"), json!({}))
    ]);
    assert_eq!(outcomes(&snapshot), ["501: 1-8", "650: 1-8"]);
}

#[test]
fn dependencies_that_have_ended() {
    let after = |state: &str, exit_code: Value| {
        with(job("node=1", 60), json!({ "dependencies": [{ "job": 9, "state": state, "exit_code": exit_code }] }))
    };
    let jobs = json!([
        after("Error", json!(1)),
        after("Terminated", json!(0)),
        after("Terminated", Value::Null),
        after("Terminated", json!(256)),
        after("Hold", json!(0))
    ]);
    assert_eq!(outcomes(&cluster(jobs)), ["0: 1-8", "0: 9-16", "0: 17-24", "-", "-"]);
}

#[test]
fn e7_inner_jobs_end_a_security_time_before_their_container() {
    let inner = |walltime: i64| typed("node=1", walltime, json!({ "inner": "1" }));
    let mut snapshot =
        cluster(json!([typed("node=2", 80, json!({ "container": "" })), inner(30), inner(71), inner(72), inner(70)]));
    snapshot["security_time"] = json!(10);
    assert_eq!(outcomes(&snapshot), ["0: 1-16", "0: 1-8", "-", "-", "0: 9-16"]);
    assert_eq!((free_at(&snapshot, 79), free_at(&snapshot, 80)), ("17-32".to_owned(), "1-32".to_owned()));
}

#[test]
fn e8_containers_of_one_name_add_up() {
    let inner = |walltime: i64| typed("node=1", walltime, json!({ "inner": "yop" }));
    let container = |id: i64, start: i64, walltime: i64| {
        with(held(id, start, walltime, "7-27"), json!({ "types": { "container": "yop" } }))
    };
    let mut snapshot = cluster(json!([inner(100), inner(100), inner(50)]));
    snapshot["scheduled_jobs"] = json!([container(1001, 200, 50), container(1002, 1000, 200)]);
    assert_eq!(outcomes(&snapshot), ["1000: 9-16", "1000: 17-24", "200: 9-16"]);
}

#[test]
fn e9_scheduled_inner_jobs_hold_in_their_container_alone() {
    let mut snapshot =
        cluster(json!([typed("node=1", 50, json!({ "inner": "c" })), typed("node=1", 70, json!({ "inner": "c" }))]));
    snapshot["security_time"] = json!(20);
    snapshot["scheduled_jobs"] = json!([
        with(held(1001, 200, 150, "7-27"), json!({ "types": { "container": "c" } })),
        with(held(1002, 210, 70, "9-16"), json!({ "types": { "inner": "c" } })),
    ]);
    assert_eq!(outcomes(&snapshot), ["200: 17-24", "250: 17-24"]);
    assert_eq!(
        (free_at(&snapshot, 199), free_at(&snapshot, 210), free_at(&snapshot, 349)),
        ("1-32".to_owned(), "1-6 28-32".to_owned(), "1-6 28-32".to_owned())
    );
    // Without its container, the inner job holds what everybody uses.
    snapshot["scheduled_jobs"].as_array_mut().expect("jobs").remove(0);
    assert_eq!(free_at(&snapshot, 210), "1-8 17-32");
}

#[test]
fn e10_what_a_placeholder_holds_is_for_those_that_it_allows() {
    let jobs = json!([
        typed("node=4", 80, json!({ "placeholder": "yop" })),
        job("node=4", 60),
        typed("node=4", 60, json!({ "allow": "yop" })),
        typed("node=4", 20, json!({ "allowed": "yop" })),
        typed("node=4", 20, json!({ "allowed": "other" })),
    ]);
    assert_eq!(outcomes(&cluster(jobs)), ["0: 1-32", "80: 1-32", "0: 1-32", "60: 1-32", "140: 1-32"]);
}

#[test]
fn e11_and_e12_timesharing_jobs_overlap() {
    let sharing = |request: &str, walltime: i64| typed(request, walltime, json!({ "timesharing": "*,*" }));
    assert_eq!(outcomes(&cluster(json!([sharing("node=4", 60), sharing("node=4", 80)]))), ["0: 1-32", "0: 1-32"]);
    assert_eq!(
        outcomes(&cluster(json!([sharing("node=1", 60), sharing("node=2", 60), sharing("node=4", 60)]))),
        ["0: 1-8", "0: 1-16", "0: 1-32"]
    );
}

#[test]
fn timesharing_jobs_share_with_an_equal_key() {
    let sharing = |user: &str, name: &str, key: &str| {
        with(typed("node=4", 60, json!({ "timesharing": key })), json!({ "user": user, "name": name }))
    };
    let start_of_second = |first: Value, second: Value| outcomes(&cluster(json!([first, second])))[1] == "0: 1-32";
    assert!(start_of_second(sharing("a", "n", "user,*"), sharing("a", "m", "*,user")));
    assert!(!start_of_second(sharing("a", "n", "user,*"), sharing("b", "n", "user,*")));
    assert!(start_of_second(sharing("a", "n", "name,*"), sharing("b", "n", "*,name")));
    assert!(!start_of_second(sharing("a", "n", "name,*"), sharing("a", "m", "name,*")));
    assert!(start_of_second(sharing("a", "n", "user,name"), sharing("a", "n", "name,user")));
    assert!(!start_of_second(sharing("a", "n", "user,name"), sharing("a", "n", "user,*")));
    assert!(start_of_second(sharing("a", "", "*,name"), sharing("b", "", "")));
    assert!(!start_of_second(sharing("a", "n", "user"), sharing("a", "n", "user")));
}

#[test]
fn e14_a_limited_resource_is_there_until_the_second_before() {
    let mut snapshot = cluster(json!([job("node=4", 100)]));
    snapshot["resources"]["available_upto"] = json!([{ "until": 1000, "resources": "1-16" }]);
    for (walltime, expected) in [(100, "0: 1-32"), (1000, "0: 1-32"), (1001, "-")] {
        snapshot["waiting_jobs"][0]["moldables"][0]["walltime"] = json!(walltime);
        assert_eq!(outcomes(&snapshot), [expected]);
    }
}

#[test]
fn e15_besteffort_jobs_are_seen_by_besteffort_jobs_alone() {
    let mut snapshot = cluster(json!([job("node=2", 60), typed("node=1", 60, json!({ "besteffort": "" }))]));
    snapshot["scheduled_jobs"] = json!([with(held(1001, 0, 500, "1-32"), json!({ "types": { "besteffort": "" } }))]);
    assert_eq!(outcomes(&snapshot), ["0: 1-16", "500: 1-8"]);
}

#[test]
fn e16_jobs_fill_the_hole_before_a_reservation() {
    let mut snapshot = cluster(json!([job("node=1", 150), job("node=1", 100), job("node=1", 101)]));
    snapshot["scheduled_jobs"] = json!([held(1001, 100, 100, "1-32")]);
    assert_eq!(outcomes(&snapshot), ["200: 1-8", "0: 1-8", "200: 9-16"]);
}

#[test]
fn e17_the_walltime_has_the_security_time_inside() {
    let mut snapshot = cluster(json!([job("node=4", 120), job("node=4", 120)]));
    snapshot["security_time"] = json!(60);
    assert_eq!(outcomes(&snapshot), ["0: 1-32", "120: 1-32"]);
}

#[test]
fn what_overruns_keeps_its_resources_for_a_security_time() {
    let mut snapshot = cluster(json!([job("node=4", 10)]));
    snapshot["now"] = json!(1000);
    snapshot["scheduled_jobs"] = json!([with(held(1001, 100, 50, "1"), json!({ "state": "Running" }))]);
    assert_eq!(outcomes(&snapshot), ["1001: 1-32"]);
    snapshot["security_time"] = json!(60);
    assert_eq!(outcomes(&snapshot), ["1060: 1-32"]);
    snapshot["scheduled_jobs"][0]["state"] = json!("Suspended");
    assert_eq!(outcomes(&snapshot), ["1000: 1-32"]);
    snapshot["resources"]["suspendable"] = json!("2-32");
    assert_eq!(outcomes(&snapshot), ["1060: 1-32"]);
}

#[test]
fn a_leaflet_needs_its_envelope() {
    // Envelope, examples 2 to 4.
    let leaflet = |types: Value| typed("node=1", 20, types);
    let mut snapshot = cluster(json!([leaflet(json!({ "leaflet": "1001" }))]));
    assert_eq!(outcomes(&snapshot), ["-"]);
    snapshot["scheduled_jobs"] = json!([with(held(1001, 0, 25, "1"), json!({ "types": { "envelope": "" } }))]);
    assert_eq!(outcomes(&snapshot), ["0: 9-16"]);
    snapshot["scheduled_jobs"][0]["state"] = json!("Suspended");
    assert_eq!(outcomes(&snapshot), ["-"]);
    snapshot["scheduled_jobs"][0]["state"] = json!("Running");
    assert_eq!(outcomes(&snapshot), ["0: 9-16"]);
    snapshot["scheduled_jobs"][0]["user"] = json!("bob");
    assert_eq!(outcomes(&snapshot), ["-"]);
}

#[test]
fn a_job_takes_over_from_the_one_that_it_supersedes() {
    let mut snapshot = cluster(json!([typed("node=2", 20, json!({ "supersed": "1001" }))]));
    snapshot["now"] = json!(1);
    snapshot["scheduled_jobs"] = json!([held(1001, 1, 10, "4-20")]);
    assert_eq!(outcomes(&snapshot), ["1: 1-16"]);
    snapshot["waiting_jobs"][0]["types"] = json!({ "supersed": "7" });
    assert_eq!(outcomes(&snapshot), ["11: 1-16"]);
    snapshot["waiting_jobs"][0]["types"] = json!({ "supersed": "1001", "leaflet": "1000" });
    snapshot["scheduled_jobs"].as_array_mut().expect("jobs").push(held(1000, 1, 100, "1"));
    assert_eq!(outcomes(&snapshot), ["1: 9-24"]);
}
