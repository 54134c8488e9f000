//! Where and when one job goes.

use std::collections::BTreeSet;

use super::holds::{Holds, View};
use super::matching;
use super::quotas::Quotas;
use super::set::Set;
use super::sharing;
use super::snapshot::{Job, Moldable, Snapshot};

/// What a job gets.
pub struct Placement {
    pub moldable: i64,
    pub start: i64,
    pub walltime: i64,
    pub resources: Set,
}

impl Placement {
    /// Its last second.
    pub fn end(&self) -> i64 {
        last_second(self.start, self.walltime)
    }
}

/// The quotas, for a job that is subject to them.
fn quotas_of<'a>(job: &Job, quotas: Option<&'a Quotas>) -> Option<&'a Quotas> {
    quotas.filter(|_| !job.has("no_quotas"))
}

/// Places a job of the queue: the alternative that ends first. An inner job must have its timeline.
pub fn place(holds: &Holds, quotas: Option<&Quotas>, job: &Job) -> Option<Placement> {
    if !sharing::types_are_valid(job) {
        return None;
    }
    let view = holds.seen_by(job);
    let earliest = earliest_start(&view)?;
    let mut best: Option<Placement> = None;
    for moldable in &job.moldables {
        let placement = first_start(&view, quotas_of(job, quotas), moldable, earliest);
        if let Some(placement) = placement
            && best.as_ref().is_none_or(|best| placement.end() < best.end())
        {
            best = Some(placement);
        }
    }
    best
}

/// Places an advance reservation where it asks to be, or not at all.
pub fn reserve(holds: &Holds, quotas: Option<&Quotas>, job: &Job) -> Option<Placement> {
    let Snapshot { now, max_time, security_time, .. } = *holds.snapshot;
    let moldable = job.moldables.first()?;
    if !sharing::types_are_valid(job) || !holds.has_timeline(job) {
        return None;
    }
    let wanted = job.reservation_start?;
    if now >= wanted.saturating_add(moldable.walltime) {
        return None;
    }
    let start = wanted.max(now);
    let to = last_second(start, moldable.walltime.saturating_sub(security_time)).max(start);
    if to > max_time {
        return None;
    }
    try_at(&holds.seen_by(job), quotas_of(job, quotas), moldable, start, to)
}

/// The first candidate at which the alternative can start.
fn first_start(view: &View, quotas: Option<&Quotas>, moldable: &Moldable, earliest: i64) -> Option<Placement> {
    let mut candidates: BTreeSet<i64> = view.change_instants().into_iter().collect();
    candidates.extend([view.snapshot.now, earliest]);
    candidates.extend(quotas.iter().flat_map(|quotas| quotas.change_instants(view)));
    let latest = view.job.latest_end.map(|end| end.saturating_add(view.snapshot.security_time).saturating_sub(1));
    let latest = latest.map_or(view.snapshot.max_time, |latest| latest.min(view.snapshot.max_time));
    candidates.retain(|start| *start >= earliest && last_second(*start, moldable.walltime) <= latest);
    candidates
        .into_iter()
        .find_map(|start| try_at(view, quotas, moldable, start, last_second(start, moldable.walltime)))
}

/// The alternative started at `start`, if what is available over `[start, to]` matches and the quotas allow it.
fn try_at(view: &View, quotas: Option<&Quotas>, moldable: &Moldable, start: i64, to: i64) -> Option<Placement> {
    let hierarchy = &view.machine.hierarchy;
    if !matching::is_valid(moldable, hierarchy) {
        return None;
    }
    let resources = matching::find(moldable, hierarchy, &view.available(start, to))?;
    let is_allowed = quotas.is_none_or(|quotas| quotas.allow(view, &resources, start, to, moldable.walltime));
    is_allowed.then_some(Placement { moldable: moldable.id, start, walltime: moldable.walltime, resources })
}

/// The earliest start by dependencies and envelope; none when the job cannot start in this round.
fn earliest_start(view: &View) -> Option<i64> {
    if view.job.has("leaflet") && !envelope_is_open(view) {
        return None;
    }
    let now = view.snapshot.now;
    let mut earliest = view.job.earliest_start.map_or(now, |start| start.max(now));
    for dependency in &view.job.dependencies {
        match (dependency.state.as_str(), dependency.exit_code) {
            ("Error", _) | ("Terminated", None | Some(0)) => {}
            ("Terminated", _) => return None,
            _ => {
                let ends = view.known.iter().filter(|hold| hold.job.id == dependency.job).map(|hold| hold.end);
                earliest = earliest.max(ends.max()?.max(now).saturating_add(1));
            }
        }
    }
    Some(earliest)
}

/// Whether the envelope of a leaflet runs, and belongs to the same user.
fn envelope_is_open(view: &View) -> bool {
    let envelope: Option<i64> = view.job.value("leaflet").and_then(|value| value.parse().ok());
    let is_seen = |id: i64| view.known.iter().any(|hold| hold.is_scheduled && hold.job.id == id);
    view.snapshot
        .scheduled
        .iter()
        .filter(|scheduled| Some(scheduled.job.id) == envelope && is_seen(scheduled.job.id))
        .any(|scheduled| {
            let is_running = match scheduled.state.as_deref() {
                None => scheduled.start <= view.snapshot.now,
                Some(state) => ["Running", "toLaunch", "Launching"].contains(&state),
            };
            is_running && scheduled.job.user == view.job.user
        })
}

fn last_second(start: i64, walltime: i64) -> i64 {
    start.saturating_add(walltime).saturating_sub(1)
}
