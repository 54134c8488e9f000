//! Jobs whose start has come: which of them are launched.

use std::collections::{BTreeMap, BTreeSet};

use oar_scheduler_core::{JobId, JobState, ResourceId, Seconds, Time};
use oar_scheduler_db::{Changes, Event, Launch, PlacedJob};

use super::presence::Needs;
use super::sharing;
use crate::message::{hours, with_part};

/// What is launched.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Launches {
    /// The launches, and what belongs to them.
    pub changes: Changes,
    /// The jobs that should start, and do not: why.
    pub held_up: Vec<(JobId, String)>,
}

/// Which of the waiting jobs are launched. `jobs` are those with places that start soon and those that have their resources; `evicted` the jobs that others are
/// being killed for.
pub(super) fn decide(jobs: &[PlacedJob], evicted: &BTreeMap<JobId, BTreeSet<JobId>>, now: Time) -> Launches {
    let mut holders: Holders<'_> = BTreeMap::new();
    for job in jobs.iter().filter(|job| overruns(job, now)) {
        hold(&mut holders, job);
    }
    let (normal, besteffort): (Vec<&PlacedJob>, Vec<&PlacedJob>) =
        jobs.iter().filter(|job| job.state == JobState::Waiting).partition(|job| !job.job.is_besteffort());
    let mut launches = Launches::default();
    for job in normal.iter().filter(|job| job.start <= now) {
        if launches.consider(job, jobs, &holders, evicted, now) {
            hold(&mut holders, job);
        }
    }
    // What a job is about to get no besteffort job gets before it.
    for job in normal {
        hold(&mut holders, job);
    }
    for job in besteffort.into_iter().filter(|job| job.start <= now) {
        if launches.consider(job, jobs, &holders, evicted, now) {
            hold(&mut holders, job);
        }
    }
    launches
}

/// Whether something else than besteffort jobs keeps a job from being launched when its time comes.
pub(super) fn is_held_up(jobs: &[PlacedJob], now: Time) -> impl Fn(&PlacedJob) -> bool {
    let mut holders: Holders<'_> = BTreeMap::new();
    for other in jobs.iter().filter(|other| overruns(other, now) && !other.job.is_besteffort()) {
        hold(&mut holders, other);
    }
    move |job| obstacle(job, jobs, &holders, &BTreeMap::new(), now.max(job.start)).is_some()
}

/// Who has resources that a job may be given.
type Holders<'j> = BTreeMap<ResourceId, Vec<&'j PlacedJob>>;

/// Whether the time of a job is over: it may be there for a while yet.
fn overruns(job: &PlacedJob, now: Time) -> bool {
    let gives_back = matches!(job.state, JobState::Suspended | JobState::Resuming);
    job.state.is_current() && !gives_back && job.start + job.walltime <= now
}

fn hold<'j>(holders: &mut Holders<'j>, job: &'j PlacedJob) {
    for resource in &job.resources {
        holders.entry(resource.id).or_default().push(job);
    }
}

impl Launches {
    /// Launches a job, unless something is in its way.
    fn consider(
        &mut self,
        job: &PlacedJob,
        jobs: &[PlacedJob],
        holders: &Holders<'_>,
        evicted: &BTreeMap<JobId, BTreeSet<JobId>>,
        now: Time,
    ) -> bool {
        match obstacle(job, jobs, holders, evicted, now) {
            Some(obstacle) => {
                self.held_up.push((job.job.id, obstacle));
                false
            }
            None => {
                self.launch(job, now);
                true
            }
        }
    }

    fn launch(&mut self, job: &PlacedJob, now: Time) {
        let (id, moldable) = (job.job.id, job.moldable);
        let left = left_of(job, now);
        if left < job.walltime {
            self.changes.walltimes.push((moldable, left));
            self.changes.starts.push((moldable, now));
            self.changes.decisions.messages.push((id, with_part(&job.message, "W", &hours(left))));
            let description = format!("Change walltime from {} to {left}", job.walltime);
            self.changes.events.push(Event { kind: "REDUCE_RESERVATION_WALLTIME", job: id, description });
        }
        self.changes.launches.push(Launch { job: id, moldable, start: now.max(job.submission_time) });
    }
}

/// How long a job may run from now on: a reservation that begins late ends when it was to.
fn left_of(job: &PlacedJob, now: Time) -> Seconds {
    let late = now - job.requested_start;
    match job.is_reservation && late > Seconds(0) {
        true => job.walltime - late,
        false => job.walltime,
    }
}

/// What keeps a job from being launched, if anything does.
fn obstacle(
    job: &PlacedJob,
    jobs: &[PlacedJob],
    holders: &Holders<'_>,
    evicted: &BTreeMap<JobId, BTreeSet<JobId>>,
    now: Time,
) -> Option<String> {
    if let Some((holder, _)) = evicted.iter().find(|(_, held_up)| held_up.contains(&job.job.id)) {
        return Some(format!("besteffort job {holder} must give its resources back first"));
    }
    if let Some(container) = job.job.inner_of() {
        let is_it = |other: &&PlacedJob| other.job.container_name().as_deref() == Some(container);
        if !jobs.iter().filter(is_it).any(|other| other.state == JobState::Running) {
            return Some(format!("container {container} does not run"));
        }
    }
    if job.resources.is_empty() {
        return Some("it has no resources in the gantt".to_owned());
    }
    let left = left_of(job, now);
    if left <= Seconds(0) && job.is_reservation {
        return Some("its time is over".to_owned());
    }
    let (needs, end) = (Needs::of(&job.job), now + left);
    if let Some(resource) = job.resources.iter().find(|resource| !needs.allow_launch(resource, end)) {
        let is = if resource.is_leaving { "about to leave" } else { "not there" };
        return Some(format!("resource {} is {is}", resource.id));
    }
    job.resources.iter().find_map(|resource| {
        let others = holders.get(&resource.id).into_iter().flatten();
        let holder = others.into_iter().find(|holder| !sharing::admits(&holder.job, &job.job))?;
        Some(format!("job {} has resource {}, or gets it first", holder.job.id, resource.id))
    })
}

#[cfg(test)]
mod tests {
    use oar_scheduler_core::MoldableId;
    use oar_scheduler_db::ResourceState;

    use super::super::testing::{NOW, alive, placed};
    use super::*;

    fn waiting(id: i64, types: &[&str], resources: &[u32]) -> PlacedJob {
        placed(id, JobState::Waiting, types, resources.iter().map(|id| alive(*id)).collect())
    }

    /// The jobs that are launched.
    fn launched(jobs: &[PlacedJob]) -> Vec<i64> {
        let launches = decide(jobs, &BTreeMap::new(), NOW);
        launches.changes.launches.iter().map(|launch| launch.job.0).collect()
    }

    #[test]
    fn those_whose_time_has_come_and_whose_resources_are_there() {
        let mut later = waiting(2, &[], &[2]);
        later.start = NOW.next();
        let with = |id: i64, types: &[&str], state: ResourceState, is_leaving| {
            let mut job = waiting(id, types, &[id as u32]);
            job.resources.iter_mut().for_each(|resource| (resource.state, resource.is_leaving) = (state, is_leaving));
            job
        };
        let jobs = [
            waiting(1, &[], &[1]),
            later,
            with(3, &[], ResourceState::Alive, true),
            with(4, &[], ResourceState::Absent, false),
            with(5, &["deploy=standby"], ResourceState::Absent, false),
            with(6, &["deploy=standby"], ResourceState::Broken, false),
            with(7, &["noop", "state=permissive"], ResourceState::Broken, true),
            waiting(8, &[], &[]),
        ];
        assert_eq!(launched(&jobs), [1, 5, 7]);
        let held_up = decide(&jobs, &BTreeMap::new(), NOW).held_up;
        assert_eq!(held_up.iter().map(|(job, _)| job.0).collect::<Vec<_>>(), [3, 4, 6, 8]);
        let evicted = [(JobId(9), [JobId(1)].into())].into();
        assert!(decide(&jobs[..1], &evicted, NOW).changes.launches.is_empty());
    }

    #[test]
    fn nobody_gets_what_another_one_has() {
        let mut overrun = waiting(1, &[], &[1]);
        (overrun.state, overrun.start) = (JobState::Finishing, NOW - overrun.walltime);
        let mut suspended = overrun.clone();
        (suspended.state, suspended.job.id) = (JobState::Suspended, JobId(2));
        suspended.resources = vec![alive(2)];
        let mut soon = waiting(6, &[], &[5]);
        soon.start = NOW.next();
        let jobs = [
            overrun,
            suspended,
            waiting(3, &[], &[1]),
            waiting(4, &[], &[2, 3]),
            waiting(5, &[], &[3]),
            soon,
            waiting(7, &[], &[4]),
            waiting(8, &["besteffort"], &[5]),
            waiting(9, &["besteffort"], &[6]),
            waiting(10, &["timesharing=*,*"], &[7]),
            waiting(11, &["timesharing=*,*"], &[7]),
        ];
        assert_eq!(launched(&jobs), [4, 7, 10, 11, 9]);
    }

    #[test]
    fn besteffort_jobs_hold_nobody_up_who_cannot_start_all_the_same() {
        let mut besteffort = waiting(1, &["besteffort"], &[1]);
        (besteffort.state, besteffort.start) = (JobState::Running, NOW - besteffort.walltime);
        let mut overrun = waiting(2, &[], &[2]);
        (overrun.state, overrun.start) = (JobState::Running, NOW - overrun.walltime);
        let mut missing = waiting(5, &[], &[1, 3]);
        missing.resources.iter_mut().skip(1).for_each(|resource| resource.state = ResourceState::Absent);
        let jobs = [besteffort, overrun, waiting(3, &[], &[1]), waiting(4, &[], &[1, 2]), missing];
        let is_held_up = is_held_up(&jobs, NOW);
        assert_eq!(jobs[2..].iter().map(is_held_up).collect::<Vec<_>>(), [false, true, true]);
    }

    #[test]
    fn inner_jobs_need_their_container_to_run() {
        let mut container = waiting(1, &["container"], &[1, 2]);
        let inner = [waiting(2, &["inner=1"], &[1]), waiting(3, &["inner=4"], &[2])];
        assert_eq!(launched(&[container.clone(), inner[0].clone()]), [1]);
        container.state = JobState::Running;
        assert_eq!(launched(&[&[container][..], &inner].concat()), [2]);
    }

    #[test]
    fn a_reservation_that_begins_late_ends_in_time() {
        let late = |seconds: i64| {
            let mut job = waiting(1, &[], &[1]);
            (job.is_reservation, job.requested_start) = (true, NOW - Seconds(seconds));
            job.message = "R=1,W=0:1:40,J=R".to_owned();
            decide(&[job], &BTreeMap::new(), NOW).changes
        };
        assert_eq!((late(0).walltimes, late(0).launches.len()), (vec![], 1));
        let changes = late(40);
        assert_eq!(changes.walltimes, [(MoldableId(10), Seconds(60))]);
        assert_eq!(changes.starts, [(MoldableId(10), NOW)]);
        assert_eq!(changes.decisions.messages, [(JobId(1), "R=1,W=0:1:0,J=R".to_owned())]);
        assert_eq!(changes.events[0].description, "Change walltime from 100 to 60");
        assert_eq!(late(100).launches, []);
    }
}
