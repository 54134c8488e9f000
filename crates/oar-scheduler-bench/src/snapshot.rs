//! From a case to the engine's snapshot, and the engine's plans. Nothing else knows what a snapshot is made of.

use std::collections::BTreeMap;

use oar_scheduler_core::{
    Count, Dependency, Job, JobId, JobState, Moldable, MoldableId, ProcSet, QueueGroup, QuotasFile, QuotasSettings,
    Request, Resources, Seconds, Snapshot, Time, WaitingJob, find,
};

use crate::case::{self, Ask, Round};

/// The time of every round: Monday, 9 March 2026, 10:00 UTC.
const NOW: Time = Time(1_773_050_400);
/// How far ahead jobs are placed: a hundred years.
const AHEAD: Seconds = Seconds(100 * 365 * 86_400);

/// The name of the only queue.
const QUEUE: &str = "default";

/// The snapshot of a round: an empty machine, and all jobs wait.
pub(crate) fn of(round: &Round) -> Snapshot {
    let mut snapshot = Snapshot::new(NOW, round.machine.resources());
    snapshot.max_time = NOW + AHEAD;
    snapshot.quotas = round.rules.quotas.clone().map(QuotasFile);
    let window_time_limit = Seconds(i64::from(round.rules.days_ahead) * 86_400);
    snapshot.quotas_settings = QuotasSettings { window_time_limit, ..QuotasSettings::default() };
    let waiting_jobs = round.jobs.iter().map(|job| waiting(job, &round.rules.filters)).collect();
    let queues = vec![QUEUE.to_owned()];
    snapshot.groups = vec![QueueGroup { queues, waiting_jobs, ..QueueGroup::default() }];
    snapshot
}

fn waiting(job: &case::Job, filters: &[ProcSet]) -> WaitingJob {
    let filter = job.filter.and_then(|filter| filters.get(filter));
    let id = JobId(job.id.into());
    let types = job.job_type.clone().map(|(name, value)| (name.to_owned(), value));
    WaitingJob {
        job: Job {
            id,
            user: format!("user{}", job.user),
            project: format!("project{}", job.user),
            queue: QUEUE.to_owned(),
            name: String::new(),
            types: types.into_iter().collect::<BTreeMap<_, _>>(),
        },
        submission_time: NOW,
        dependencies: job.after.map(|after| dependency(JobId(after.into()))).into_iter().collect(),
        moldables: (0..).zip(&job.asks).map(|(rank, ask)| moldable(id, rank, ask, filter)).collect(),
        ..WaitingJob::default()
    }
}

fn dependency(job: JobId) -> Dependency {
    Dependency { job, state: JobState::Waiting, exit_code: None }
}

fn moldable(job: JobId, rank: i64, ask: &Ask, filter: Option<&ProcSet>) -> Moldable {
    // Alternatives are numbered through all jobs.
    let id = MoldableId(job.0 * 10 + rank);
    Moldable { id, walltime: Seconds(i64::from(ask.minutes) * 60), requests: vec![request(ask, filter)] }
}

fn request(ask: &Ask, filter: Option<&ProcSet>) -> Request {
    let within = ask.within.map(|level| (level.to_owned(), Count(1)));
    let units = (ask.of.to_owned(), Count(ask.count.into()));
    Request { filter: filter.cloned(), levels: within.into_iter().chain([units]).collect() }
}

/// Which of these resources, all free, a job takes that asks for this; `None`: they cannot hold it.
pub(crate) fn held(machine: &Resources, available: &ProcSet, ask: &Ask) -> Option<ProcSet> {
    let moldable = moldable(JobId(0), 0, ask, None);
    let groups = machine.hierarchy.resolve(&moldable, &machine.default).ok()?;
    find(&groups, available)
}
