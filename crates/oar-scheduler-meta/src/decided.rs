//! A round that was decided: what is to be written and told.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use oar_scheduler_core::{
    Assignment, Cause, ContainerProblem, JobId, JobState, MoldableId, Plan, ProcSet, Reason, Time, WaitingJob,
};
use oar_scheduler_db::conf::Server;
use oar_scheduler_db::{Decisions, JobDetails, LeftOut, Place, RoundInput};

use crate::dates;
use crate::message::{Message, asked};

/// A round that was read and decided.
#[derive(Debug, Clone)]
pub struct DecidedRound {
    /// What was read.
    pub input: RoundInput,
    /// What was decided.
    pub plan: Plan,
}

/// A job that is to start at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The job.
    pub job: JobId,
    /// The alternative.
    pub moldable: MoldableId,
    /// The resources, those that every job gets among them.
    pub resources: ProcSet,
}

/// New reservations about which a decision was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reservations {
    /// Those that have their places.
    pub accepted: Vec<JobId>,
    /// Those that will never have one.
    pub refused: Vec<JobId>,
}

impl DecidedRound {
    /// What is to be written into the database.
    #[must_use]
    pub fn decisions(&self, server: Server) -> Decisions {
        // OAR 2 has no column for it.
        let karmas = self.plan.priorities.iter().filter(|_| server == Server::Oar3);
        Decisions {
            outdated: self.input.outdated.clone(),
            places: self.plan.assignments.iter().map(|assignment| self.place(assignment)).collect(),
            messages: self.messages(),
            karmas: karmas.filter_map(|priority| Some((priority.job, priority.karma?))).collect(),
            errors: self.hopeless(),
        }
    }

    fn place(&self, assignment: &Assignment) -> Place {
        let resources = assignment.resources.union(&self.input.always_assigned);
        Place { moldable: assignment.moldable, start: assignment.start, resources }
    }

    /// Logs what is odd, and which jobs took no part.
    pub(crate) fn warn(&self) {
        for remark in self.input.remarks.iter().chain(&self.plan.warnings) {
            tracing::warn!("{remark}");
        }
        for left_out in &self.input.left_out {
            tracing::warn!("job {} is left out: {}", left_out.job.job.id, left_out.problem);
        }
    }

    /// The new reservations that were decided. An inner job whose container has no place yet goes on waiting, and so does one that the next round may understand.
    #[must_use]
    pub fn reservations(&self) -> Reservations {
        let mut reservations = Reservations::default();
        let placed: BTreeSet<JobId> = self.plan.assignments.iter().map(|assignment| assignment.job).collect();
        for waiting in self.waiting().filter(|waiting| waiting.reservation_start.is_some()) {
            let id = waiting.job.id;
            if placed.contains(&id) {
                reservations.accepted.push(id);
            } else if let Refused::Forever(_) = self.refused(id, self.plan.reason(id)) {
                reservations.refused.push(id);
            }
        }
        let refused = self.input.left_out.iter().filter(|left_out| self.is_refused(left_out));
        reservations.refused.extend(refused.map(|left_out| left_out.job.job.id));
        reservations
    }

    /// Whether a job that was left out is a reservation which is refused for that.
    fn is_refused(&self, LeftOut { job, is_passing, .. }: &LeftOut) -> bool {
        let length = job.moldables.first().map(|moldable| moldable.walltime).unwrap_or_default();
        job.reservation_start.is_some_and(|start| !is_passing || start + length <= self.plan.now)
    }

    /// What becomes of a reservation that has no place.
    fn refused(&self, job: JobId, reason: Option<&Reason>) -> Refused {
        let refused = self.plan.unscheduled.iter().find(|unscheduled| unscheduled.job == job);
        self::refused(reason, refused.and_then(|refused| refused.could_start_at), &self.input.snapshot.time_zone)
    }

    /// When a job starts, on what, and all that holds it back; `None`: it does not wait in a queue of the round.
    #[must_use]
    pub fn explanation(&self, job: JobId) -> Option<String> {
        let (_, message) = self.messages().into_iter().find(|(waiting, _)| *waiting == job)?;
        let resources = self.plan.assignment(job).map(|place| format!("\nits resources: {}", place.resources));
        Some(format!("{job}: {message}{}", resources.unwrap_or_default()))
    }

    /// Keeps the round in a file, for `oar-sim replay`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&self, path: &Path) -> io::Result<()> {
        let mut text = serde_json::to_string(&self.input.snapshot)?;
        text.push('\n');
        std::fs::write(path, text)
    }

    /// The jobs that a server may launch before the round is over: on resources that are there, inside a container that runs, if any.
    #[must_use]
    pub fn starts(&self) -> Vec<Start> {
        let snapshot = &self.input.snapshot;
        let waiting: BTreeMap<JobId, &WaitingJob> = self.waiting().map(|waiting| (waiting.job.id, waiting)).collect();
        let starting = self.plan.assignments.iter().filter(|assignment| {
            let container = waiting.get(&assignment.job).and_then(|waiting| waiting.job.inner_of());
            assignment.start <= snapshot.now
                && !assignment.resources.intersects(&snapshot.resources.absent)
                && !assignment.resources.intersects(&snapshot.resources.missing)
                && container.is_none_or(|name| self.runs(name))
        });
        let start = |assignment: &Assignment| Start {
            job: assignment.job,
            moldable: assignment.moldable,
            resources: self.place(assignment).resources,
        };
        starting.map(start).collect()
    }

    /// Whether a container of this name runs.
    fn runs(&self, container: &str) -> bool {
        self.input.snapshot.scheduled_jobs.iter().any(|scheduled| {
            scheduled.state == Some(JobState::Running) && scheduled.job.container_name().as_deref() == Some(container)
        })
    }

    /// What to tell of each waiting job.
    #[must_use]
    pub fn messages(&self) -> Vec<(JobId, String)> {
        let assignments: BTreeMap<JobId, &Assignment> =
            self.plan.assignments.iter().map(|assignment| (assignment.job, assignment)).collect();
        let reasons: BTreeMap<JobId, &Reason> = self.plan.reasons.iter().map(|reason| (reason.job, reason)).collect();
        let karmas: BTreeMap<JobId, f64> =
            self.plan.priorities.iter().filter_map(|priority| Some((priority.job, priority.karma?))).collect();
        let karma = |waiting: &WaitingJob| karmas.get(&waiting.job.id).copied();
        let decided = self.waiting().map(|waiting| {
            let assignment = assignments.get(&waiting.job.id).copied();
            let reason = reasons.get(&waiting.job.id).copied();
            let moldable =
                assignment.map(|assignment| assignment.moldable).or(reason.and_then(|reason| reason.moldable));
            let text = self.text(waiting, assignment, reason);
            let resources = assignment.map(|assignment| self.place(assignment).resources.len());
            let is_refused = waiting.reservation_start.is_some() && assignment.is_none();
            if is_refused && let Refused::Forever(why) = self.refused(waiting.job.id, reason) {
                return (waiting.job.id, why);
            }
            (waiting.job.id, self.message(waiting, moldable, resources, karma(waiting), &text))
        });
        let left_out = self.input.left_out.iter().map(|left_out| {
            let LeftOut { job, problem, .. } = left_out;
            match self.is_refused(left_out) {
                true => (job.job.id, format!("This advance reservation cannot run: {problem}")),
                false => (job.job.id, self.message(job, None, None, karma(job), problem)),
            }
        });
        decided.chain(left_out).collect()
    }

    fn message(
        &self,
        job: &WaitingJob,
        moldable: Option<MoldableId>,
        resources: Option<u64>,
        karma: Option<f64>,
        text: &str,
    ) -> String {
        let snapshot = &self.input.snapshot;
        let none = JobDetails::default();
        let details = self.input.details.get(&job.job.id).unwrap_or(&none);
        let of_number = |id| job.moldables.iter().find(|moldable| moldable.id == id);
        let moldable = moldable.and_then(of_number).or(job.moldables.first());
        let resources = resources.or_else(|| asked(moldable?, &snapshot.resources));
        let walltime = moldable.map(|moldable| moldable.walltime - snapshot.security_time);
        Message { job, details, resources, walltime, karma, text }.line()
    }

    /// When a job starts, and why not now; nothing of one that starts now.
    fn text(&self, waiting: &WaitingJob, assignment: Option<&Assignment>, reason: Option<&Reason>) -> String {
        let line = reason.map(|reason| reason.line.as_str()).unwrap_or_default();
        let is_deadline = |cause: &Cause| matches!(cause, Cause::Deadline { .. });
        let is_told = reason.is_some_and(|reason| reason.causes.iter().any(is_deadline));
        match (assignment, waiting.latest_end.filter(|_| !is_told)) {
            (Some(assignment), _) if assignment.start > self.plan.now => {
                let at = self.date(assignment.start);
                if line.is_empty() { format!("starts at {at}") } else { format!("starts at {at}: {line}") }
            }
            (None, Some(end)) => format!("{line}; after that it would not be over by {}", self.date(end)),
            _ => line.to_owned(),
        }
    }

    /// A date on the site's wall clock.
    fn date(&self, at: Time) -> String {
        dates::shown(at, &dates::zone(&self.input.snapshot.time_zone))
    }

    /// The jobs that will never run: whose date is over, and inner jobs of a container that there is not, or no longer, or that they are themselves.
    fn hopeless(&self) -> Vec<JobId> {
        let never = |cause: &Cause| {
            matches!(cause, Cause::Container { problem: ContainerProblem::Ended | ContainerProblem::Missing, .. })
        };
        let reasons = self.plan.reasons.iter().filter(|reason| reason.causes.iter().any(never));
        let own_container = self.waiting().filter(|waiting| {
            waiting.job.container_name().is_some_and(|name| waiting.job.inner_of() == Some(name.as_str()))
        });
        let left_out = self.input.left_out.iter().filter(|left_out| left_out.is_hopeless);
        let decided = reasons.map(|reason| reason.job).chain(own_container.map(|waiting| waiting.job.id));
        let decided = decided.chain(left_out.map(|left_out| left_out.job.job.id));
        // Those who ask for a reservation get an answer of its own.
        let refused: BTreeSet<JobId> = self.reservations().refused.into_iter().collect();
        decided.filter(|job| !refused.contains(job)).collect()
    }

    /// The jobs that took part in the round.
    fn waiting(&self) -> impl Iterator<Item = &WaitingJob> {
        self.input.snapshot.groups.iter().flat_map(|group| &group.waiting_jobs)
    }
}

/// What becomes of a new reservation that has no place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The container that it is to be in has no place yet: it goes on waiting.
    NotYet,
    /// It will never run; why, in words for its user.
    Forever(String),
}

/// What becomes of a new reservation that has no place: what holds it back, when it could begin instead, and the time zone of the site.
#[must_use]
pub fn refused(reason: Option<&Reason>, could_start_at: Option<Time>, time_zone: &str) -> Refused {
    let has = |is: fn(&Cause) -> bool| reason.is_some_and(|reason| reason.causes.iter().any(is));
    if has(|cause| matches!(cause, Cause::Container { problem: ContainerProblem::NotScheduled, .. })) {
        return Refused::NotYet;
    }
    if has(|cause| matches!(cause, Cause::ReservationTooOld { .. })) {
        return Refused::Forever("Reservation too old".to_owned());
    }
    Refused::Forever(match could_start_at {
        Some(at) => format!("This reservation could run at {}", dates::shown(at, &dates::zone(time_zone))),
        None if has(|cause| matches!(cause, Cause::Quota { .. })) => {
            "This advance reservation cannot run due to quotas".to_owned()
        }
        None => "This advance reservation cannot run".to_owned(),
    })
}
