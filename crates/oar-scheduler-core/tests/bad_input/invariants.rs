//! What is true of every plan.

use std::collections::BTreeMap;

use oar_scheduler_core::{Assignment, JobId, Plan, ProcSet, Seconds, Snapshot, Time, WaitingJob};

/// Types by which jobs may share resources.
const SHARING: [&str; 6] = ["timesharing", "placeholder", "allow", "allowed", "supersed", "inner"];

/// What is wrong with a plan, if anything.
pub fn violation(snapshot: &Snapshot, plan: &Plan) -> Option<String> {
    every_job_once(snapshot, plan)
        .or_else(|| reasons(plan))
        .or_else(|| places(snapshot, plan))
        .or_else(|| shared(snapshot, plan))
        .or_else(|| unreadable(plan))
}

fn waiting(snapshot: &Snapshot) -> impl Iterator<Item = &WaitingJob> {
    snapshot.groups.iter().flat_map(|group| &group.waiting_jobs)
}

/// Every waiting job is assigned, unscheduled or left out with a warning.
fn every_job_once(snapshot: &Snapshot, plan: &Plan) -> Option<String> {
    let mut open: BTreeMap<JobId, i64> = BTreeMap::new();
    for job in waiting(snapshot) {
        *open.entry(job.job.id).or_default() += 1;
    }
    let placed = plan.assignments.iter().map(|assignment| assignment.job);
    for job in placed.chain(plan.unscheduled.iter().map(|job| job.job)) {
        *open.entry(job).or_default() -= 1;
    }
    for warning in &plan.warnings {
        let id = warning.strip_prefix("job ").and_then(|rest| rest.split(' ').next()?.parse().ok());
        if let Some(id) = id.filter(|_| warning.contains("is left out")) {
            *open.entry(JobId(id)).or_default() -= 1;
        }
    }
    let wrong = open.into_iter().find(|(_, count)| *count != 0)?;
    Some(format!("job {} occurs in the plan {} times too little", wrong.0, wrong.1))
}

fn reasons(plan: &Plan) -> Option<String> {
    let unexplained = plan.unscheduled.iter().find(|job| {
        plan.reason(job.job).is_none_or(|reason| reason.causes.is_empty() || reason.line.trim().is_empty())
    })?;
    Some(format!("job {} waits without reason: {:?}", unexplained.job, plan.reason(unexplained.job)))
}

/// The last second in which the resources are the job's alone: the security time of a reservation need not be free.
fn end(snapshot: &Snapshot, assignment: &Assignment) -> Time {
    let job = waiting(snapshot).find(|job| job.job.id == assignment.job);
    let is_reservation = job.is_some_and(|job| job.reservation_start.is_some());
    let security = if is_reservation { snapshot.security_time.max(Seconds(0)) } else { Seconds(0) };
    (assignment.start.end_of(assignment.walltime) - security).max(assignment.start)
}

fn places(snapshot: &Snapshot, plan: &Plan) -> Option<String> {
    let wrong = plan.assignments.iter().find(|assignment| {
        let is_inside = snapshot.now <= assignment.start && end(snapshot, assignment) <= snapshot.max_time;
        let accepts_missing = waiting(snapshot).any(|job| job.job.id == assignment.job && job.accepts_missing);
        let (usable, missing) = (&snapshot.resources.usable, &snapshot.resources.missing);
        let machine = if accepts_missing { usable.union(missing) } else { usable.difference(missing) };
        let is_there = assignment.resources.is_subset(&machine);
        !is_inside || !is_there || assignment.resources.is_empty() || assignment.walltime <= Seconds(0)
    })?;
    Some(format!("an impossible place: {wrong:?}"))
}

fn shared(snapshot: &Snapshot, plan: &Plan) -> Option<String> {
    let scheduled = snapshot.scheduled_jobs.iter().map(|job| &job.job);
    if waiting(snapshot).map(|job| &job.job).chain(scheduled).any(|job| SHARING.iter().any(|name| job.has_type(name))) {
        return None;
    }
    let windows: Vec<(Time, Time, &Assignment)> =
        plan.assignments.iter().map(|job| (job.start, end(snapshot, job), job)).collect();
    for (rank, (start, end, job)) in windows.iter().enumerate() {
        for (other_start, other_end, other) in &windows[..rank] {
            let twice: ProcSet = job.resources.intersection(&other.resources);
            if start <= other_end && other_start <= end && !twice.is_empty() {
                return Some(format!("resources {twice} belong to both {job:?} and {other:?}"));
            }
        }
    }
    None
}

/// The plan's JSON form can be read.
fn unreadable(plan: &Plan) -> Option<String> {
    let text = serde_json::to_string(plan).ok()?;
    let error = Plan::from_json(text.as_bytes()).err()?;
    Some(format!("the plan cannot be read: {error}"))
}
