//! What can be taken out of a round.

use serde_json::{Value, json};

/// A regime, something that it has, and what takes it out of a snapshot.
pub type Eraser = (&'static str, &'static str, fn(&mut Value));

pub const ERASERS: &[Eraser] = &[
    ("plain", "max_time", |s| remove(s, "max_time")),
    ("plain", "running jobs", |s| remove(s, "scheduled_jobs")),
    ("plain", "outer levels", |s| each_request(s, inner_level)),
    ("shapes", "resources of other types", |s| s["resources"]["default"] = s["resources"]["usable"].clone()),
    ("shapes", "levels across", |s| {
        each_request(s, |request| {
            let levels = request["levels"].as_array_mut().expect("levels");
            levels.retain(|level| level[0] != "racks" && level[0] != "zones");
            if levels.is_empty() {
                levels.push(json!(["cores", 1]));
            }
        });
    }),
    ("shapes", "order of blocks", |s| {
        for (_, blocks) in s["resources"]["hierarchy"].as_object_mut().into_iter().flatten() {
            let first = |block: &Value| -> Option<u32> { block.as_str()?.split([' ', '-']).next()?.parse().ok() };
            blocks.as_array_mut().expect("blocks").sort_by_key(first);
        }
    }),
    ("filters", "filters", |s| each_request(s, |request| remove(request, "filter"))),
    ("filters", "ALL", |s| each_count(s, |count| replace(count, -1, -2))),
    ("filters", "HALF_BEST", |s| each_count(s, |count| replace(count, -3, -2))),
    ("filters", "special counts", |s| {
        each_count(s, |count| *count = json!(count.as_i64().map(|count| if count < 0 { 1 } else { count })))
    }),
    ("filters", "several groups", |s| each_moldable(s, |moldable| truncate(&mut moldable["requests"]))),
    ("dense", "scheduled jobs", |s| remove(s, "scheduled_jobs")),
    ("dense", "available_upto", |s| remove(&mut s["resources"], "available_upto")),
    ("dense", "besteffort", |s| each_job(s, |job| remove(&mut job["types"], "besteffort"))),
    ("dense", "dependencies", |s| each_waiting(s, |job| remove(job, "dependencies"))),
    ("dense", "states", |s| {
        for job in s["scheduled_jobs"].as_array_mut().into_iter().flatten() {
            remove(job, "state");
        }
    }),
    ("limited", "quotas", |s| remove(s, "quotas")),
    ("limited", "periods", |s| remove(&mut s["quotas"], "periodical")),
    ("limited", "oneshots", |s| remove(&mut s["quotas"], "oneshot")),
    ("limited", "limits of resources", |s| each_limits(s, |limits| limits[0] = json!(-1))),
    ("limited", "limits of jobs", |s| each_limits(s, |limits| limits[1] = json!(-1))),
    ("limited", "limits of hours", |s| each_limits(s, |limits| limits[2] = json!(-1))),
    ("shared", "timesharing", |s| each_job(s, |job| remove(&mut job["types"], "timesharing"))),
    ("shared", "timesharing keys", |s| {
        each_job(s, |job| {
            if !job["types"]["timesharing"].is_null() {
                job["types"]["timesharing"] = json!("*,*");
            }
        });
    }),
    ("shared", "placeholder", |s| each_job(s, |job| remove(&mut job["types"], "placeholder"))),
    ("shared", "allow", |s| {
        each_job(s, |job| {
            remove(&mut job["types"], "allow");
            remove(&mut job["types"], "allowed");
        });
    }),
    ("shared", "supersed", |s| each_job(s, |job| remove(&mut job["types"], "supersed"))),
    ("shared", "inner", |s| each_job(s, |job| remove(&mut job["types"], "inner"))),
    ("shared", "container", |s| each_job(s, |job| remove(&mut job["types"], "container"))),
    ("moldable", "alternatives", |s| each_waiting(s, |job| truncate(&mut job["moldables"]))),
    ("missing", "missing", |s| remove(&mut s["resources"], "missing")),
    ("missing", "accepts_missing", |s| each_waiting(s, |job| remove(job, "accepts_missing"))),
    ("alike", "filters", |s| each_request(s, |request| remove(request, "filter"))),
    ("alike", "dependencies", |s| each_waiting(s, |job| remove(job, "dependencies"))),
    ("alike", "reservations", |s| each_waiting(s, |job| remove(job, "reservation_start"))),
    ("alike", "besteffort", |s| each_job(s, |job| remove(&mut job["types"], "besteffort"))),
    ("alike", "quotas", |s| remove(s, "quotas")),
    ("alike", "ordering", |s| remove(s, "ordering")),
    ("alike", "max_time", |s| remove(s, "max_time")),
];

fn remove(json: &mut Value, key: &str) {
    if let Some(keys) = json.as_object_mut() {
        keys.remove(key);
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

/// Leaves the last level alone.
fn inner_level(request: &mut Value) {
    let levels = request["levels"].as_array_mut().expect("levels");
    levels.drain(..levels.len() - 1);
}

fn elements(json: &mut Value) -> impl Iterator<Item = &mut Value> {
    json.as_array_mut().into_iter().flatten()
}

fn each_waiting(snapshot: &mut Value, mut change: impl FnMut(&mut Value)) {
    for group in elements(&mut snapshot["queue_groups"]) {
        elements(&mut group["waiting_jobs"]).for_each(&mut change);
    }
}

fn each_job(snapshot: &mut Value, mut change: impl FnMut(&mut Value)) {
    elements(&mut snapshot["scheduled_jobs"]).for_each(&mut change);
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
