//! Besteffort jobs in the way of others: who gives its resources back, and how.

use std::collections::{BTreeMap, BTreeSet};

use oar_scheduler_core::{JobId, JobState, ResourceId, Time};
use oar_scheduler_db::{Changes, Event, Eviction, PlacedJob};

use super::sharing;

/// The besteffort jobs that run in the way of jobs which are to start, each with those that it holds up. Jobs that something else holds up as well need
/// nobody's room yet.
pub(super) fn in_the_way(
    jobs: &[PlacedJob],
    is_held_up: impl Fn(&PlacedJob) -> bool,
) -> BTreeMap<JobId, BTreeSet<JobId>> {
    let mut holders: BTreeMap<ResourceId, Vec<&PlacedJob>> = BTreeMap::new();
    for job in jobs.iter().filter(|job| job.state.is_current() && job.job.is_besteffort()) {
        for resource in &job.resources {
            holders.entry(resource.id).or_default().push(job);
        }
    }
    let mut in_the_way: BTreeMap<JobId, BTreeSet<JobId>> = BTreeMap::new();
    let needs_room = |job: &&PlacedJob| job.state == JobState::Waiting && !job.job.is_besteffort() && !is_held_up(job);
    for job in jobs.iter().filter(needs_room) {
        for resource in &job.resources {
            for holder in
                holders.get(&resource.id).into_iter().flatten().filter(|holder| !sharing::admits(&holder.job, &job.job))
            {
                in_the_way.entry(holder.job.id).or_default().insert(job.job.id);
            }
        }
    }
    in_the_way
}

/// What is done so that besteffort jobs give their resources back: those that can write a checkpoint are told to, once, and have their time for it; the others
/// are killed, unless that has been asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Evicted {
    /// Jobs to be killed, and what is noted.
    pub changes: Changes,
    /// Jobs to be told to write a checkpoint.
    pub checkpoints: Vec<JobId>,
}

pub(super) fn evict(
    jobs: &[PlacedJob],
    in_the_way: &BTreeMap<JobId, BTreeSet<JobId>>,
    so_far: &BTreeMap<JobId, Eviction>,
    now: Time,
) -> Evicted {
    let mut evicted = Evicted::default();
    let events = &mut evicted.changes.events;
    for job in jobs.iter().filter(|job| in_the_way.contains_key(&job.job.id)) {
        let id = job.job.id;
        let Eviction { checkpoint, is_told, is_killed } = so_far.get(&id).copied().unwrap_or_default();
        if is_killed {
            continue;
        }
        let mut note = |kind, description: String| events.push(Event { kind, job: id, description });
        if job.checkpoint.0 > 0 {
            match checkpoint {
                None => {
                    note("CHECKPOINT", format!("[MetaSched] checkpoint of the besteffort job {id}"));
                    evicted.checkpoints.push(id);
                    continue;
                }
                Some(first) if now <= first + job.checkpoint => {
                    // A round was broken off before it could.
                    evicted.checkpoints.extend(Some(id).filter(|_| !is_told));
                    continue;
                }
                Some(_) => note("CHECKPOINT_TIMEOUT", format!("[MetaSched] no checkpoint of the job {id} in time")),
            }
        }
        note("BESTEFFORT_KILL", format!("[MetaSched] kill the besteffort job {id}"));
        evicted.changes.kills.push(id);
    }
    evicted
}

#[cfg(test)]
mod tests {
    use oar_scheduler_core::Seconds;

    use super::super::testing::{NOW, alive, placed};
    use super::*;

    fn running(id: i64, types: &[&str], resources: &[u32]) -> PlacedJob {
        placed(id, JobState::Running, types, resources.iter().map(|id| alive(*id)).collect())
    }

    fn waiting(id: i64, types: &[&str], resources: &[u32]) -> PlacedJob {
        placed(id, JobState::Waiting, types, resources.iter().map(|id| alive(*id)).collect())
    }

    #[test]
    fn only_besteffort_jobs_are_in_the_way_and_only_of_others() {
        let jobs = [
            running(1, &["besteffort"], &[1, 2]),
            running(2, &[], &[3]),
            running(3, &["besteffort", "timesharing=user,*"], &[4]),
            waiting(10, &[], &[2, 3]),
            waiting(11, &["besteffort"], &[1]),
            waiting(12, &["timesharing=*,user"], &[4]),
        ];
        assert_eq!(in_the_way(&jobs, |_| false), [(JobId(1), [JobId(10)].into())].into());
        assert!(in_the_way(&jobs, |job| job.job.id == JobId(10)).is_empty());
    }

    /// The events, whether it is killed, and whether it is told to write a checkpoint.
    fn evicted(checkpoint: i64, so_far: Eviction) -> (Vec<&'static str>, bool, bool) {
        let mut job = running(1, &["besteffort"], &[1]);
        job.checkpoint = Seconds(checkpoint);
        let so_far = [(JobId(1), so_far)].into();
        let in_the_way = [(JobId(1), BTreeSet::new())].into();
        let evicted = evict(&[job, running(2, &["besteffort"], &[2])], &in_the_way, &so_far, NOW);
        let events = evicted.changes.events.iter().map(|event| event.kind).collect();
        (events, evicted.changes.kills == [JobId(1)], evicted.checkpoints == [JobId(1)])
    }

    #[test]
    fn they_are_killed_once_and_have_time_for_a_checkpoint() {
        let noted = |ago: i64| Eviction { checkpoint: Some(NOW - Seconds(ago)), ..Eviction::default() };
        let told = |ago: i64| Eviction { is_told: true, ..noted(ago) };
        let killed = Eviction { is_killed: true, ..Eviction::default() };
        assert_eq!(evicted(0, Eviction::default()), (vec!["BESTEFFORT_KILL"], true, false));
        assert_eq!(evicted(0, killed), (vec![], false, false));
        assert_eq!(evicted(60, Eviction::default()), (vec!["CHECKPOINT"], false, true));
        assert_eq!(evicted(60, told(60)), (vec![], false, false));
        assert_eq!(evicted(60, noted(60)), (vec![], false, true));
        assert_eq!(evicted(60, told(61)), (vec!["CHECKPOINT_TIMEOUT", "BESTEFFORT_KILL"], true, false));
        assert_eq!(evicted(60, killed), (vec![], false, false));
    }
}
