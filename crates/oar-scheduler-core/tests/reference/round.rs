//! The round: groups, jobs one by one, inner jobs put off behind their containers, reservations.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::holds::Holds;
use super::ordering;
use super::placing::{Placement, place, reserve};
use super::quotas::Quotas;
use super::sharing::tokens_of;
use super::snapshot::{Group, Job, Snapshot};

/// A job still to be placed, and the container that it was put off behind.
struct Pending<'a> {
    job: &'a Job,
    behind: Option<i64>,
}

struct Round<'a> {
    snapshot: &'a Snapshot,
    quotas: Option<Quotas>,
    holds: Holds<'a>,
    tokens: BTreeMap<String, i64>,
    assignments: Vec<Value>,
    unscheduled: Vec<Value>,
}

/// The plan of a round: assignments and unscheduled jobs, in the order of decision.
pub fn plan(snapshot: &Value) -> Value {
    let snapshot = Snapshot::read(snapshot);
    let mut round = Round {
        snapshot: &snapshot,
        quotas: Quotas::read(&snapshot),
        holds: Holds::new(&snapshot),
        tokens: snapshot.tokens.clone(),
        assignments: Vec::new(),
        unscheduled: Vec::new(),
    };
    for group in &snapshot.groups {
        round.place_group(group);
    }
    json!({ "assignments": round.assignments, "unscheduled": round.unscheduled })
}

impl Round<'_> {
    fn place_group(&mut self, group: &Group) {
        let jobs = ordering::sorted(self.snapshot, group);
        let kept = match self.snapshot.ordering["max_jobs"].as_i64() {
            Some(max) if max > 0 => jobs.len().min(max as usize),
            _ => jobs.len(),
        };
        let mut pending: Vec<Pending> = jobs[..kept].iter().map(|job| Pending { job, behind: None }).collect();
        while !pending.is_empty() {
            let next = pending.remove(0);
            if self.holds.has_timeline(next.job) {
                let has_tokens = tokens_of(next.job).all(|(name, asked)| {
                    asked.is_some_and(|asked| self.tokens.get(name).is_some_and(|left| *left >= asked))
                });
                let placement = if has_tokens { place(&self.holds, self.quotas.as_ref(), next.job) } else { None };
                self.record(next.job, placement);
            } else if let Some(container) = next_container(&pending, next.job) {
                put_off(&mut pending, next.job, container);
            } else {
                self.record(next.job, None);
            }
        }
        for job in &jobs[kept..] {
            self.record(job, None);
        }
        for job in ordering::reservations(group) {
            let placement = reserve(&self.holds, self.quotas.as_ref(), job);
            self.record(job, placement);
        }
    }

    fn record(&mut self, job: &Job, placement: Option<Placement>) {
        let Some(placement) = placement else {
            self.unscheduled.push(json!({ "job": job.id }));
            return;
        };
        for (name, asked) in tokens_of(job).filter(|_| placement.start <= self.snapshot.now) {
            if let Some(left) = self.tokens.get_mut(name) {
                *left -= asked.unwrap_or(0);
            }
        }
        self.holds.add_placed(job, placement.start, placement.walltime, &placement.resources);
        self.assignments.push(json!({
            "job": job.id,
            "moldable": placement.moldable,
            "start": placement.start,
            "walltime": placement.walltime,
            "resources": placement.resources.text(),
        }));
    }
}

/// The next container that an inner job names, unless that one was itself put off behind the job.
fn next_container(pending: &[Pending], inner: &Job) -> Option<i64> {
    let is_named = |job: &Job| job.container().as_deref() == inner.value("inner");
    pending
        .iter()
        .map(|pending| pending.job)
        .find(|job| is_named(job) && !is_behind(pending, job.id, inner.id))
        .map(|job| job.id)
}

/// Puts the job right behind the container, and behind what was put off behind that one before.
fn put_off<'a>(pending: &mut Vec<Pending<'a>>, job: &'a Job, container: i64) {
    let last =
        pending.iter().rposition(|other| other.job.id == container || is_behind(pending, other.job.id, container));
    pending.insert(last.expect("the container is pending") + 1, Pending { job, behind: Some(container) });
}

/// Whether a pending job was put off behind the other, or behind one that was.
fn is_behind(pending: &[Pending], id: i64, other: i64) -> bool {
    let behind = pending.iter().find(|pending| pending.job.id == id).and_then(|pending| pending.behind);
    behind.is_some_and(|behind| behind == other || is_behind(pending, behind, other))
}
