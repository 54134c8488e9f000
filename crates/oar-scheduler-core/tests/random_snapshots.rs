//! The random snapshots cover every feature, and the features matter.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod reference;

use std::collections::BTreeMap;

use reference::generate::{features, names, snapshot};
use reference::plan;
use reference::shrink::shrink;
use serde_json::{Value, json};

const SEEDS: u64 = 3000;

#[test]
fn every_feature_occurs_in_one_snapshot_of_a_hundred() {
    let mut counts: BTreeMap<&str, u64> = names().map(|name| (name, 0)).collect();
    for seed in 0..SEEDS {
        for feature in features(&snapshot(seed)) {
            *counts.get_mut(feature).expect("a feature") += 1;
        }
    }
    counts.retain(|_, count| *count < SEEDS / 100);
    assert!(counts.is_empty(), "too rare: {counts:?}");
}

#[test]
fn a_seed_always_gives_the_same() {
    assert_eq!(snapshot(7), snapshot(7));
    assert_ne!(snapshot(7), snapshot(8));
}

#[test]
fn jobs_are_often_placed_and_often_not_now() {
    let (mut placed, mut later, mut jobs) = (0, 0, 0);
    for seed in 0..SEEDS {
        let snapshot = snapshot(seed);
        let plan = plan(&snapshot);
        let assignments = plan["assignments"].as_array().expect("assignments");
        placed += assignments.len();
        later += assignments.iter().filter(|entry| entry["start"] != snapshot["now"]).count();
        jobs += assignments.len() + plan["unscheduled"].as_array().expect("unscheduled").len();
    }
    assert!(placed * 5 > jobs * 2, "{placed} of {jobs} jobs placed");
    assert!(later * 2 > placed, "{later} of {placed} placed later than now");
}

/// A feature's name, and what takes it out of a snapshot.
type Eraser = (&'static str, fn(&mut Value));

const ERASERS: &[Eraser] = &[
    ("available_upto", |s| s["resources"]["available_upto"] = json!([])),
    ("usable", |s| remove(&mut s["resources"], "usable")),
    ("suspendable", |s| remove(&mut s["resources"], "suspendable")),
    ("missing", |s| remove(&mut s["resources"], "missing")),
    ("accepts_missing", |s| each_waiting(s, |job| remove(job, "accepts_missing"))),
    ("max_time", |s| remove(s, "max_time")),
    ("security_time", |s| remove(s, "security_time")),
    ("filter", |s| each_request(s, |request| remove(request, "filter"))),
    ("inner levels", |s| each_request(s, |request| truncate(&mut request["levels"]))),
    ("special counts", |s| {
        each_count(s, |count| *count = json!(count.as_i64().map(|count| if count < 0 { 1 } else { count })))
    }),
    ("ALL", |s| each_count(s, |count| replace(count, -1, -2))),
    ("HALF_BEST", |s| each_count(s, |count| replace(count, -3, -2))),
    ("several groups", |s| each_moldable(s, |moldable| truncate(&mut moldable["requests"]))),
    ("several alternatives", |s| each_waiting(s, |job| truncate(&mut job["moldables"]))),
    ("scheduled jobs", |s| remove(s, "scheduled_jobs")),
    ("states", |s| each_scheduled(s, |job| remove(job, "state"))),
    ("besteffort", |s| each_job(s, |job| remove(&mut job["types"], "besteffort"))),
    ("timesharing", |s| each_job(s, |job| remove(&mut job["types"], "timesharing"))),
    ("timesharing keys", |s| each_job(s, |job| change(&mut job["types"], "timesharing", "*,*"))),
    ("placeholder", |s| each_job(s, |job| remove(&mut job["types"], "placeholder"))),
    ("allow", |s| each_job(s, |job| remove(&mut job["types"], "allow"))),
    ("allowed", |s| each_job(s, |job| remove(&mut job["types"], "allowed"))),
    ("supersed", |s| each_job(s, |job| remove(&mut job["types"], "supersed"))),
    ("leaflet", |s| each_job(s, |job| remove(&mut job["types"], "leaflet"))),
    ("container", |s| each_job(s, |job| remove(&mut job["types"], "container"))),
    ("scheduled container", |s| each_scheduled(s, |job| remove(&mut job["types"], "container"))),
    ("inner", |s| each_job(s, |job| remove(&mut job["types"], "inner"))),
    ("scheduled inner", |s| each_scheduled(s, |job| remove(&mut job["types"], "inner"))),
    ("no_quotas", |s| each_job(s, |job| remove(&mut job["types"], "no_quotas"))),
    ("qos", |s| each_job(s, |job| remove(&mut job["types"], "qos"))),
    ("nice", |s| each_job(s, |job| remove(&mut job["types"], "nice"))),
    ("dependencies", |s| each_waiting(s, |job| remove(job, "dependencies"))),
    ("reservations", |s| each_waiting(s, |job| remove(job, "reservation_start"))),
    ("tokens", |s| each_waiting(s, |job| remove(&mut job["types"], "token:a"))),
    ("earliest start", |s| each_waiting(s, |job| remove(job, "earliest_start"))),
    ("latest end", |s| each_waiting(s, |job| remove(job, "latest_end"))),
    ("quotas", |s| s["quotas"] = Value::Null),
    ("what ALL counts", |s| remove(&mut s["quotas_settings"], "all")),
    ("window limit", |s| s["quotas_settings"]["window_time_limit"] = json!(30 * 24 * 3600)),
    ("limits of resources", |s| each_limits(s, |limits| limits[0] = json!(-1))),
    ("limits of jobs", |s| each_limits(s, |limits| limits[1] = json!(-1))),
    ("limits of hours", |s| each_limits(s, |limits| limits[2] = json!(-1))),
    ("job_types", |s| remove(&mut s["quotas"], "job_types")),
    ("periodical", |s| remove(&mut s["quotas"], "periodical")),
    ("oneshot", |s| remove(&mut s["quotas"], "oneshot")),
    ("time zone", |s| remove(s, "time_zone")),
    ("policy", |s| remove(&mut s["ordering"], "policy")),
    ("max_jobs", |s| remove(&mut s["ordering"], "max_jobs")),
    ("fairshare", |s| remove(&mut s["ordering"], "fairshare")),
    ("multifactor", |s| remove(&mut s["ordering"], "multifactor")),
];

#[test]
fn features_bite() {
    let mut bites: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..SEEDS / 2 {
        let snapshot = snapshot(seed);
        let decided = plan(&snapshot);
        for (name, erase) in ERASERS {
            let mut without = snapshot.clone();
            erase(&mut without);
            let changes = without != snapshot && plan(&without) != decided;
            *bites.entry(name).or_default() += u64::from(changes);
        }
    }
    println!("of {}: {bites:?}", SEEDS / 2);
    bites.retain(|_, count| *count < SEEDS / 500);
    assert!(bites.is_empty(), "these rarely change a plan: {bites:?}");
}

#[test]
fn a_failing_snapshot_is_shrunk_to_what_matters() {
    // "Fails" when a timesharing job and another overlap on a resource.
    let overlaps = |snapshot: &Value| {
        let plan = plan(snapshot);
        let entries = plan["assignments"].as_array().expect("assignments");
        entries.iter().enumerate().any(|(rank, entry)| {
            entries[..rank]
                .iter()
                .any(|other| entry["start"] == other["start"] && entry["resources"] == other["resources"])
        }) && snapshot.to_string().contains("timesharing")
            && snapshot["quotas"].is_null()
    };
    let found =
        (0..SEEDS).map(snapshot).find(|snapshot| overlaps(snapshot) && features(snapshot).len() > 15).expect("one");
    let mut tries = 0;
    let smallest = shrink(found.clone(), &mut |candidate| {
        tries += 1;
        overlaps(candidate)
    });
    assert!(overlaps(&smallest));
    assert_eq!(smallest["format"], found["format"]);
    assert!(smallest.to_string().len() < 700, "{smallest}");
    assert!(tries <= 20_000);
    assert_eq!(smallest, shrink(found, &mut |candidate| overlaps(candidate)));
}

fn remove(json: &mut Value, key: &str) {
    if let Some(keys) = json.as_object_mut() {
        keys.remove(key);
    }
}

fn change(json: &mut Value, key: &str, value: &str) {
    if let Some(old) = json.get_mut(key) {
        *old = json!(value);
    }
}

fn replace(json: &mut Value, old: i64, new: i64) {
    if *json == old {
        *json = json!(new);
    }
}

fn truncate(json: &mut Value) {
    if let Some(elements) = json.as_array_mut() {
        elements.truncate(1);
    }
}

fn elements(json: &mut Value) -> impl Iterator<Item = &mut Value> {
    json.as_array_mut().into_iter().flatten()
}

fn each_scheduled(snapshot: &mut Value, change: impl FnMut(&mut Value)) {
    elements(&mut snapshot["scheduled_jobs"]).for_each(change);
}

fn each_waiting(snapshot: &mut Value, mut change: impl FnMut(&mut Value)) {
    for key in ["waiting_jobs", "queue_groups"] {
        for element in snapshot.get_mut(key).into_iter().flat_map(elements) {
            if key == "waiting_jobs" {
                change(element)
            } else {
                elements(&mut element["waiting_jobs"]).for_each(&mut change)
            }
        }
    }
}

fn each_job(snapshot: &mut Value, mut change: impl FnMut(&mut Value)) {
    each_scheduled(snapshot, &mut change);
    each_waiting(snapshot, change);
}

fn each_moldable(snapshot: &mut Value, mut change: impl FnMut(&mut Value)) {
    each_waiting(snapshot, |job| elements(&mut job["moldables"]).for_each(&mut change));
}

fn each_request(snapshot: &mut Value, mut change: impl FnMut(&mut Value)) {
    each_moldable(snapshot, |moldable| elements(&mut moldable["requests"]).for_each(&mut change));
}

fn each_count(snapshot: &mut Value, mut change: impl FnMut(&mut Value)) {
    each_request(snapshot, |request| elements(&mut request["levels"]).for_each(|level| change(&mut level[1])));
}

fn each_limits(snapshot: &mut Value, mut change: impl FnMut(&mut Value)) {
    let sets = snapshot["quotas"].as_object_mut().into_iter().flatten();
    sets.filter_map(|(_, rules)| rules.as_object_mut()).flatten().for_each(|(_, limits)| change(limits));
}
