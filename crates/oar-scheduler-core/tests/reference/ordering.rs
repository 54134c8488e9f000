//! In which order the waiting jobs of a group are placed.

use std::cmp::Ordering;

use serde_json::Value;

use super::snapshot::{Group, Job, Snapshot};

/// The waiting jobs of the group that are not reservations, in order.
pub fn sorted<'a>(snapshot: &Snapshot, group: &'a Group) -> Vec<&'a Job> {
    let policy = snapshot.ordering["policy"].as_str().unwrap_or("GIVEN");
    let mut jobs: Vec<&Job> = group.waiting.iter().filter(|job| job.reservation_start.is_none()).collect();
    match policy {
        "GIVEN" => {}
        "FAIRSHARE" | "FAIRSHARING" => {
            jobs.sort_by_key(|job| job.id);
            jobs.sort_by(|a, b| compare(karma(snapshot, group, a), karma(snapshot, group, b)));
        }
        "MULTIFACTOR" => {
            jobs.sort_by_key(|job| job.id);
            jobs.sort_by(|a, b| compare(priority(snapshot, group, b), priority(snapshot, group, a)));
        }
        _ => jobs.sort_by_key(|job| job.id),
    }
    jobs
}

/// The order of numbers, in which 0 and -0 are the same.
fn compare(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).expect("a number")
}

/// The reservations of the group, in order.
pub fn reservations(group: &Group) -> Vec<&Job> {
    let mut jobs: Vec<&Job> = group.waiting.iter().filter(|job| job.reservation_start.is_some()).collect();
    let rank = |job: &Job| group.queues.iter().position(|queue| *queue == job.queue).unwrap_or(group.queues.len());
    jobs.sort_by_key(|job| (rank(job), job.id));
    jobs
}

/// How far the job's owners are above their share.
fn karma(snapshot: &Snapshot, group: &Group, job: &Job) -> f64 {
    let fairshare = &snapshot.ordering["fairshare"];
    let (used, asked) = (&group.accounting["used"], &group.accounting["asked"]);
    let total = |sums: &Value| if number(&sums["total"], 0.0) == 0.0 { 1.0 } else { number(&sums["total"], 0.0) };
    let coefficient = |name: &str, default: f64| number(&fairshare[name], default);
    let project_target = number(&fairshare["project_targets"][&job.project], 0.0);
    let user_target = number(&fairshare["user_targets"][&job.user], 0.0);
    let used_project = number(&used["projects"][&job.project], 0.0);
    let used_user = number(&used["users"][&job.user], 0.0);
    let asked_user = number(&asked["users"][&job.user], 0.0);
    coefficient("coef_project", 0.0) * (used_project / total(used) - project_target / 100.0)
        + coefficient("coef_user", 1.0) * (used_user / total(used) - user_target / 100.0)
        + coefficient("coef_user_ask", 1.0) * (asked_user / total(asked) - user_target / 100.0)
}

/// The weighted sum of the factors.
fn priority(snapshot: &Snapshot, group: &Group, job: &Job) -> f64 {
    let settings = &snapshot.ordering["multifactor"];
    let setting = |name: &str| number(&settings[name], 0.0);
    let cluster = snapshot.default.len().max(1) as f64;
    let size = size(job, cluster);
    let work = size * job.moldables.first().map_or(0.0, |moldable| moldable.walltime as f64);
    let small_first = |mode: &str| setting(mode) == 0.0;
    let mut priority = 0.0;
    if setting("age_weight") != 0.0 {
        let age = snapshot.now.saturating_sub(job.submission_time).max(0) as f64;
        priority += setting("age_weight") * (number(&settings["age_coef"], 1.65e-06) * age).min(1.0);
    }
    if setting("queue_weight") > 0.0 {
        priority += setting("queue_weight") * number(&settings["queue_coefs"][&job.queue], 0.0);
    }
    if setting("work_weight") > 0.0 {
        let small = 1.0 / work.max(1.0);
        priority += setting("work_weight") * if small_first("work_mode") { small } else { 1.0 - small };
    }
    if setting("size_weight") > 0.0 {
        priority +=
            setting("size_weight") * if small_first("size_mode") { 1.0 - size / cluster } else { size / cluster };
    }
    if setting("karma_weight") != 0.0 {
        priority += setting("karma_weight") * (1.0 / (1.0 + karma(snapshot, group, job)).max(0.000001));
    }
    if setting("qos_weight") > 0.0 {
        priority += setting("qos_weight") * type_value(job, "qos").map_or(0.0, |qos| qos.clamp(0.0, 1.0));
    }
    if setting("nice_weight") > 0.0 {
        priority += setting("nice_weight") * type_value(job, "nice").map_or(1.0, |nice| nice.max(1.0));
    }
    priority
}

/// How many resources the first alternative asks for; the whole cluster for a group of unknown size.
fn size(job: &Job, cluster: f64) -> f64 {
    let groups = job.moldables.first().into_iter().flat_map(|moldable| &moldable.requests);
    let size_of = |levels: &[(String, i64)]| {
        if levels.iter().any(|(_, count)| *count <= 0) {
            cluster
        } else {
            levels.iter().map(|(_, count)| *count as f64).product()
        }
    };
    groups.map(|group| size_of(&group.levels)).sum()
}

/// The finite number that a type has as its value.
fn type_value(job: &Job, name: &str) -> Option<f64> {
    job.value(name)?.trim().parse().ok().filter(|value: &f64| value.is_finite())
}

fn number(json: &Value, default: f64) -> f64 {
    json.as_f64().unwrap_or(default)
}
