//! What must be true before a job is placed at all: consistent types, dependencies, its envelope.

use crate::gantt::Gantt;
use crate::job::{Dependency, Job, JobState, WaitingJob};
use crate::reasons::{Cause, EnvelopeProblem};
use crate::sharing::Sharing;
use crate::snapshot::KnownJob;
use crate::units::{JobId, Time};

/// What contradicts itself in a job's types, in words.
pub(crate) fn contradiction(job: &Job) -> Option<String> {
    if let Some(contradiction) = Sharing::contradiction(job) {
        return Some(contradiction);
    }
    match job.inner_of() {
        Some("") => Some("type inner names no container".to_owned()),
        Some(name) if job.container_name().as_deref() == Some(name) => {
            Some("the job cannot be its own container".to_owned())
        }
        _ => None,
    }
}

/// What dependencies and envelope make of a job.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conditions {
    /// The earliest start they allow; `None`: none in this round.
    pub earliest: Option<Time>,
    /// Each that holds the job back now.
    pub causes: Vec<Cause>,
}

impl Conditions {
    pub fn of(waiting: &WaitingJob, gantt: &Gantt, known_jobs: &[KnownJob]) -> Self {
        let mut conditions = Self { earliest: Some(gantt.now()), causes: Vec::new() };
        for dependency in &waiting.dependencies {
            let end = match (dependency.state, dependency.exit_code) {
                (JobState::Error, _) | (JobState::Terminated, None | Some(0)) => continue,
                (JobState::Terminated, Some(_)) => None,
                _ => gantt.end_of(dependency.job),
            };
            conditions.wait_for(dependency, end.map(|end| end.max(gantt.now()).next()));
        }
        if let Some(until) = waiting.earliest_start.filter(|until| *until > gantt.now()) {
            conditions.earliest = conditions.earliest.map(|earliest| earliest.max(until));
            conditions.causes.push(Cause::Postponed { until });
        }
        if let Some(envelope) = waiting.job.type_value("leaflet")
            && let Some(problem) = envelope_problem(envelope, &waiting.job, gantt, known_jobs)
        {
            conditions.earliest = None;
            conditions.causes.push(Cause::Envelope { envelope: envelope.to_owned(), problem });
        }
        conditions
    }

    /// `until`: the earliest start that the dependency allows, if any. A job that is required twice counts once, as the stricter of the two.
    fn wait_for(&mut self, dependency: &Dependency, until: Option<Time>) {
        let Dependency { job, state, .. } = *dependency;
        let exit_code = dependency.exit_code.filter(|_| state == JobState::Terminated);
        self.earliest = self.earliest.zip(until).map(|(earliest, until)| earliest.max(until));
        let same_job = |cause: &&mut Cause| matches!(cause, Cause::Dependency { job: known, .. } if *known == job);
        match self.causes.iter_mut().find(same_job) {
            None => self.causes.push(Cause::Dependency { job, state, exit_code, until }),
            Some(known) if until.is_none() => *known = Cause::Dependency { job, state, exit_code, until },
            Some(_) => {}
        }
    }
}

fn envelope_problem(envelope: &str, job: &Job, gantt: &Gantt, known_jobs: &[KnownJob]) -> Option<EnvelopeProblem> {
    let Ok(id) = envelope.trim().parse().map(JobId) else { return Some(EnvelopeProblem::Missing) };
    let scheduled = gantt.scheduled(id);
    if scheduled.is_empty() {
        return Some(match known_state(id, known_jobs) {
            Some(None) => EnvelopeProblem::Missing,
            Some(Some(state)) if state.is_final() => EnvelopeProblem::Ended,
            _ => EnvelopeProblem::NotRunning,
        });
    }
    let running = scheduled.iter().filter(|scheduled| match scheduled.state {
        Some(state) => matches!(state, JobState::Running | JobState::ToLaunch | JobState::Launching),
        None => scheduled.start <= gantt.now(),
    });
    let running: Vec<_> = running.collect();
    if running.is_empty() {
        Some(EnvelopeProblem::NotRunning)
    } else if running.iter().all(|envelope| envelope.job.user != job.user) {
        Some(EnvelopeProblem::OtherUser)
    } else {
        None
    }
}

/// What is known of a job that is not part of the round: nothing, that it does not exist (`Some(None)`), or its state.
pub(crate) fn known_state(id: JobId, known_jobs: &[KnownJob]) -> Option<Option<JobState>> {
    known_jobs.iter().find(|known| known.id == id).map(|known| known.state)
}
