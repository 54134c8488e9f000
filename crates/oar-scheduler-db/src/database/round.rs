//! Everything that a round needs, read in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use oar_scheduler_core::{
    Accounting, JobId, JobState, Moldable, MoldableId, ProcSet, QueueGroup, Request, Resources, Seconds, Snapshot,
    Time, WaitingJob,
};

use super::gantt::GanttRow;
use super::jobs::{JobDetails, JobRow, Types};
use super::properties::{Problem, Properties};
use super::requests::{Alternative, GroupRow};
use super::{Connection, Database, DbError, Machine, Transaction};
use crate::conf::{self, Server, Settings};

/// The condition that `oarsub` writes when a user wrote none.
const DEFAULT_PROPERTY: &str = "type = 'default'";

/// Which round to read.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The queue groups to be scheduled, highest priority first, each with the names of its queues.
    pub groups: Vec<Vec<String>>,
    /// Which of their jobs.
    pub jobs: Jobs,
    /// The time of the round; none: the database's.
    pub now: Option<Time>,
    /// Between the rounds of a server the gantt shows where waiting jobs of all queues are expected to run. Whether to read it as it would be in the server's
    /// next round, when these queues are about to be scheduled: without the predictions of queues that come later.
    pub is_outlook: bool,
}

impl Scope {
    /// The names of all queues.
    pub(super) fn queues(&self) -> impl Iterator<Item = &String> {
        self.groups.iter().flatten()
    }
}

/// Which jobs of the queues a round is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jobs {
    /// Those that wait for a place, whenever.
    Waiting,
    /// New reservations too.
    WithReservations,
    /// New reservations alone: other jobs that wait keep their places.
    NewReservations,
    /// Accepted reservations that have lost their places. They accept missing resources, which may be there in time.
    LostReservations,
}

/// Everything that a round needs.
#[derive(Debug, Clone)]
pub struct RoundInput {
    /// What the engine gets. Time zone, quotas and the file of MULTIFACTOR are not in the database.
    pub snapshot: Snapshot,
    /// What is known of the waiting jobs besides, those left out too.
    pub details: BTreeMap<JobId, JobDetails>,
    /// Waiting jobs that are not in the snapshot, as something is wrong with them.
    pub left_out: Vec<LeftOut>,
    /// Places in the gantt that waiting jobs of these queues have already: this round decides anew.
    pub outdated: Vec<MoldableId>,
    /// How many default resources are not dead.
    pub default_not_dead: u64,
    /// Resources that every job gets besides.
    pub always_assigned: ProcSet,
    /// What is odd in the database.
    pub remarks: Vec<String>,
}

/// A waiting job that does not take part in the round.
#[derive(Debug, Clone)]
pub struct LeftOut {
    /// The job.
    pub job: WaitingJob,
    /// What is wrong.
    pub problem: String,
    /// Whether it will never run.
    pub is_hopeless: bool,
    /// Whether nothing is wrong with the job itself: the next round may place it.
    pub is_passing: bool,
}

impl Database {
    /// Reads a round: as it is at one instant, whatever happens meanwhile. Changes nothing.
    ///
    /// # Errors
    /// When the database cannot be asked, has no such queue, or `SCHEDULER_RESOURCE_ORDER` is not an order. What is wrong with a job is no error: that job is
    /// left out.
    pub async fn read_round(
        &mut self,
        database: &conf::Database,
        settings: &Settings,
        scope: &Scope,
    ) -> Result<RoundInput, DbError> {
        self.transaction(Transaction::BeginReading).await?;
        let read = self.read_all(database, settings, scope).await;
        self.end(read).await
    }

    async fn read_all(
        &mut self,
        database: &conf::Database,
        settings: &Settings,
        scope: &Scope,
    ) -> Result<RoundInput, DbError> {
        let now = match scope.now {
            Some(now) => now,
            None => self.now().await?,
        };
        let queues = self.queues().await?;
        let priorities: BTreeMap<String, i64> = queues.into_iter().map(|queue| (queue.name, queue.priority)).collect();
        let queues: Vec<String> = scope.queues().cloned().collect();
        if let Some(unknown) = queues.iter().find(|queue| !priorities.contains_key(*queue)) {
            let known = priorities.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            return Err(DbError::Queue { found: unknown.clone(), known });
        }
        let requests = self.requests(scope).await?;
        let groups = requests.values().flatten().flat_map(|alternative| &alternative.groups);
        let named = groups.flat_map(|group| group.levels.iter().map(|(level, _)| level.as_str())).collect();
        let mut types = self.types(scope).await?;
        let mut rows = self.waiting_jobs(scope).await?;
        for row in &mut rows {
            row.waiting.job.types = types.remove(&row.waiting.job.id).unwrap_or_default();
            row.waiting.accepts_missing = accepts_missing(&row.waiting, scope.jobs, settings.server);
        }
        let with_missing = rows.iter().any(|row| row.waiting.accepts_missing);
        let mut input = RoundInput::new(self.machine_with(settings, &named, now, with_missing).await?, now, settings);
        let accountings = match settings.ordering.needs_accounting() {
            true => self.accounting(&scope.groups, settings, now).await?,
            false => vec![Accounting::default(); scope.groups.len()],
        };
        for (queues, accounting) in scope.groups.iter().zip(accountings) {
            let group = QueueGroup { queues: queues.clone(), waiting_jobs: Vec::new(), accounting };
            input.snapshot.groups.push(group);
        }
        let lowest = queues.iter().filter_map(|queue| priorities.get(queue)).min();
        let places_anew = matches!(scope.jobs, Jobs::Waiting | Jobs::WithReservations);
        for row in self.gantt(now).await? {
            let queue = &row.scheduled.job.queue;
            if row.is_prediction && places_anew && queues.contains(queue) {
                input.outdated.push(row.moldable);
            } else if !(row.is_prediction && scope.is_outlook && priorities.get(queue) <= lowest) {
                input.hold(row, &mut types);
            }
        }
        self.read_waiting(database, settings, scope, (rows, requests), &mut input).await?;
        input.snapshot.known_jobs = self.known_jobs(&input.jobs_named_elsewhere()).await?;
        Ok(input)
    }

    async fn read_waiting(
        &mut self,
        database: &conf::Database,
        settings: &Settings,
        scope: &Scope,
        (rows, mut requests): (Vec<JobRow>, BTreeMap<JobId, Vec<Alternative>>),
        input: &mut RoundInput,
    ) -> Result<(), DbError> {
        let mut dependencies: BTreeMap<JobId, Vec<_>> = BTreeMap::new();
        for (job, dependency) in self.dependencies(scope, settings.server).await? {
            dependencies.entry(job).or_default().push(dependency);
        }
        let mut properties = Properties::new(database, self.exported_snapshot().await?);
        for JobRow { mut waiting, properties: text, details } in rows {
            let id = waiting.job.id;
            input.details.insert(id, details);
            let mut problems = Vec::new();
            for alternative in requests.remove(&id).unwrap_or_default() {
                let (moldable, problem) = input.moldable(alternative, &text, &waiting.job.user, &mut properties).await;
                waiting.moldables.push(moldable);
                problems.extend(problem);
            }
            for dependency in dependencies.remove(&id).unwrap_or_default() {
                match dependency {
                    Ok(dependency) => waiting.dependencies.push(dependency),
                    Err(missing) => problems.push(Problem {
                        text: format!("it depends on job {missing}, which does not exist"),
                        is_passing: false,
                    }),
                }
            }
            input.add_waiting(waiting, problems.into_iter().next());
        }
        self.watch.statements += properties.count();
        properties.close().await;
        Ok(())
    }

    /// What this transaction sees, for another connection: PostgreSQL's name for it.
    async fn exported_snapshot(&mut self) -> Result<Option<String>, DbError> {
        if let Connection::Sqlite(_) = self.connection {
            return Ok(None);
        }
        let query = "SELECT CAST(pg_export_snapshot() AS text)";
        let names = self.rows("sharing what the round sees", query, |row| row.text(0)).await?;
        Ok(names.into_iter().flatten().next())
    }
}

impl RoundInput {
    fn new(machine: Machine, now: Time, settings: &Settings) -> Self {
        let mut snapshot = Snapshot::new(now, machine.resources);
        snapshot.security_time = settings.security_time;
        snapshot.ordering = settings.ordering.clone();
        Self {
            snapshot,
            details: BTreeMap::new(),
            left_out: Vec::new(),
            outdated: Vec::new(),
            default_not_dead: machine.default_not_dead,
            always_assigned: machine.always_assigned,
            remarks: machine.remarks,
        }
    }

    /// Puts a job on its place.
    fn hold(&mut self, row: GanttRow, types: &mut Types) {
        let mut scheduled = row.scheduled;
        scheduled.job.types = types.remove(&scheduled.job.id).unwrap_or_default();
        scheduled.walltime = scheduled.walltime + self.snapshot.security_time;
        self.snapshot.scheduled_jobs.push(scheduled);
    }

    /// Puts a waiting job into its group, unless there is a problem with it.
    fn add_waiting(&mut self, waiting: WaitingJob, problem: Option<Problem>) {
        let group = self.snapshot.groups.iter_mut().find(|group| group.queues.contains(&waiting.job.queue));
        match (problem, group) {
            (None, Some(group)) => group.waiting_jobs.push(waiting),
            (problem, _) => {
                let Problem { text, is_passing } = problem.unwrap_or(Problem { text: String::new(), is_passing: true });
                self.left_out.push(LeftOut { job: waiting, problem: text, is_hopeless: false, is_passing });
            }
        }
    }

    /// An alternative with the resources that its properties select, or what is wrong with them.
    async fn moldable(
        &self,
        alternative: Alternative,
        text: &str,
        user: &str,
        properties: &mut Properties<'_>,
    ) -> (Moldable, Option<Problem>) {
        let (mut requests, mut problem) = (Vec::new(), None);
        for GroupRow { property, levels, .. } in alternative.groups {
            let filter = filter([text, &property], user, &self.snapshot.resources, properties).await;
            let filter = filter.unwrap_or_else(|wrong| {
                problem = problem.take().or(Some(wrong));
                None
            });
            requests.push(Request { filter, levels });
        }
        // A walltime that is none must not become one by the time that is added.
        let walltime = match alternative.walltime {
            walltime if walltime > Seconds(0) => walltime + self.snapshot.security_time,
            walltime => walltime,
        };
        (Moldable { id: alternative.id, walltime, requests }, problem)
    }

    /// The jobs that waiting jobs name as their containers or envelopes, and that neither hold resources nor wait in these queues.
    fn jobs_named_elsewhere(&self) -> Vec<JobId> {
        let waiting = || self.snapshot.groups.iter().flat_map(|group| &group.waiting_jobs);
        let here: BTreeSet<JobId> = waiting()
            .map(|waiting| waiting.job.id)
            .chain(self.snapshot.scheduled_jobs.iter().map(|scheduled| scheduled.job.id))
            .collect();
        let named = waiting().flat_map(|waiting| {
            ["inner", "leaflet"].into_iter().filter_map(|name| waiting.job.type_value(name)?.trim().parse().ok())
        });
        let named: BTreeSet<JobId> = named.map(JobId).filter(|job| !here.contains(job)).collect();
        named.into_iter().collect()
    }

    /// Whether a job that holds resources is in this state.
    #[must_use]
    pub fn is_in_state(&self, job: JobId, state: JobState) -> bool {
        self.snapshot.scheduled_jobs.iter().any(|known| known.job.id == job && known.state == Some(state))
    }
}

/// Whether a job may have resources that are not there: who says so, and reservations, for which they may be there in time. OAR 3 gives new ones none.
fn accepts_missing(waiting: &WaitingJob, jobs: Jobs, server: Server) -> bool {
    let is_new_reservation = waiting.reservation_start.is_some() && server == Server::Oar2;
    waiting.job.type_value("state") == Some("permissive") || is_new_reservation || jobs == Jobs::LostReservations
}

/// The resources that all these texts select; `None`: the default ones.
async fn filter(
    texts: [&str; 2],
    user: &str,
    resources: &Resources,
    properties: &mut Properties<'_>,
) -> Result<Option<ProcSet>, Problem> {
    let [job, group] = texts.map(str::trim);
    if job.is_empty() && (group.is_empty() || group == DEFAULT_PROPERTY) {
        return Ok(None);
    }
    let mut filter = resources.usable.union(&resources.missing);
    for text in [job, group].into_iter().filter(|text| !text.is_empty()) {
        let selected = match text {
            DEFAULT_PROPERTY => resources.default.clone(),
            text => properties.select(text, user).await?,
        };
        filter = filter.intersection(&selected);
    }
    Ok(Some(filter))
}
