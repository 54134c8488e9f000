//! The waiting jobs: the tables `jobs`, `job_types` and `job_dependencies`.

use std::collections::BTreeMap;

use oar_scheduler_core::{Dependency, JobId, JobState, KnownJob, Time, WaitingJob};
use sea_query::{Expr, ExprTrait, Order, Query, SelectStatement, UnionType};

use super::round::{Jobs, Scope};
use super::rows::{Row, number, text};
use super::states::keys;
use super::{Database, DbError};
use crate::conf::Server;

/// A waiting job as the table has it.
#[derive(Debug)]
pub(super) struct JobRow {
    /// Its types, dependencies and alternatives are not there yet.
    pub waiting: WaitingJob,
    pub properties: String,
    pub details: JobDetails,
}

/// What of a job matters to those who write about it, and not to the engine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobDetails {
    /// Whether somebody sits in front of it (`oarsub -I`).
    pub is_interactive: bool,
    /// What `jobs.message` says now.
    pub message: String,
}

/// The types of jobs, with their values.
pub(super) type Types = BTreeMap<JobId, BTreeMap<String, String>>;

/// Of the waiting jobs that are accepted reservations without a place in the gantt.
pub(super) const LOST: &str = "jobs.reservation = 'Scheduled' AND NOT EXISTS (SELECT 1 FROM moldable_job_descriptions \
                               JOIN gantt_jobs_predictions ON gantt_jobs_predictions.moldable_job_id = moldable_id \
                               WHERE moldable_job_descriptions.moldable_job_id = jobs.job_id)";

/// Of the jobs that a round is about, the numbers.
pub(super) fn waiting_in(scope: &Scope) -> SelectStatement {
    let which = match scope.jobs {
        Jobs::Waiting => "jobs.reservation = 'None'",
        Jobs::WithReservations => "jobs.reservation IN ('None', 'toSchedule')",
        Jobs::NewReservations => "jobs.reservation = 'toSchedule'",
        Jobs::LostReservations => LOST,
    };
    Query::select()
        .column(("jobs", "job_id"))
        .from("jobs")
        // PostgreSQL has a type of its own for states in OAR 3: a word in the text fits both.
        .and_where(Expr::cust("jobs.state = 'Waiting'"))
        .and_where(Expr::cust(which))
        .and_where(Expr::col(("jobs", "queue_name")).is_in(scope.queues().map(String::as_str)))
        .to_owned()
}

/// Of the jobs that have a place in the gantt, the numbers.
fn in_gantt() -> SelectStatement {
    Query::select()
        .column(("moldable_job_descriptions", "moldable_job_id"))
        .from("gantt_jobs_predictions")
        .inner_join(
            "moldable_job_descriptions",
            Expr::col(("moldable_job_descriptions", "moldable_id"))
                .equals(("gantt_jobs_predictions", "moldable_job_id")),
        )
        .to_owned()
}

const READING_TYPES: &str = "reading the types of jobs";

fn read_type(row: &Row) -> Result<(i64, String), sqlx::Error> {
    Ok((row.number(0)?.unwrap_or_default(), row.text(1)?.unwrap_or_default()))
}

fn types_of(rows: Vec<(i64, String)>) -> Types {
    let mut types = Types::new();
    for (job, text) in rows {
        let (name, value) = text.split_once('=').unwrap_or((&text, ""));
        if !name.is_empty() {
            types.entry(JobId(job)).or_default().insert(name.to_owned(), value.to_owned());
        }
    }
    types
}

impl Database {
    /// The jobs that a round is about, by number.
    pub(super) async fn waiting_jobs(&mut self, scope: &Scope) -> Result<Vec<JobRow>, DbError> {
        let mut query = waiting_in(scope);
        query.clear_selects();
        query.exprs([
            number("jobs", "job_id"),
            text("jobs", "job_user"),
            text("jobs", "project"),
            text("jobs", "queue_name"),
            text("jobs", "job_name"),
            number("jobs", "submission_time"),
            text("jobs", "properties"),
            text("jobs", "job_type"),
            text("jobs", "message"),
            text("jobs", "reservation"),
            number("jobs", "start_time"),
        ]);
        query.order_by(("jobs", "job_id"), Order::Asc);
        self.select("reading the waiting jobs", &query, JobRow::read).await
    }

    /// The types of the jobs that a round is about, and of those that have a place in the gantt. Of one that is given twice the last counts.
    pub(super) async fn types(&mut self, scope: &Scope) -> Result<Types, DbError> {
        // One subquery: with two, joined by OR, PostgreSQL reads the whole table, and with it the types of all jobs that have ever been.
        let jobs = waiting_in(scope).union(UnionType::All, in_gantt()).to_owned();
        let query = Query::select()
            .exprs([number("job_types", "job_id"), text("job_types", "type")])
            .from("job_types")
            .and_where(Expr::col(("job_types", "job_id")).in_subquery(jobs))
            .order_by(("job_types", "job_type_id"), Order::Asc)
            .to_owned();
        Ok(types_of(self.select(READING_TYPES, &query, read_type).await?))
    }

    /// The types of the jobs for which a condition on `job_types` holds.
    pub(super) async fn types_where(&mut self, condition: &str) -> Result<Types, DbError> {
        let query = format!(
            "SELECT CAST(job_id AS bigint), CAST(type AS text) FROM job_types WHERE {condition} ORDER BY job_type_id"
        );
        Ok(types_of(self.rows(READING_TYPES, &query, read_type).await?))
    }

    /// The types of these jobs.
    pub(super) async fn types_of(&mut self, jobs: &[JobId]) -> Result<Types, DbError> {
        let statement = "SELECT CAST(job_id AS bigint), CAST(type AS text) FROM job_types \
                         WHERE job_id IN (SELECT a FROM (ROWS) AS asked) ORDER BY job_type_id";
        Ok(types_of(self.change_with(READING_TYPES, statement, keys(jobs), read_type).await?))
    }

    /// What the jobs that a round is about wait for; `Err`: a job that there is not.
    pub(super) async fn dependencies(
        &mut self,
        scope: &Scope,
        server: Server,
    ) -> Result<Vec<(JobId, Result<Dependency, JobId>)>, DbError> {
        let job = || Expr::col(("job_dependencies", "job_id"));
        let query = Query::select()
            .exprs([
                number("job_dependencies", "job_id"),
                number("job_dependencies", "job_id_required"),
                text("jobs", "state"),
                number("jobs", "exit_code"),
            ])
            .from("job_dependencies")
            .left_join("jobs", Expr::col(("jobs", "job_id")).equals(("job_dependencies", "job_id_required")))
            .and_where(Expr::cust("job_dependencies.job_dependency_index = 'CURRENT'"))
            .and_where(job().in_subquery(waiting_in(scope)))
            .order_by(("job_dependencies", "job_id"), Order::Asc)
            .order_by(("job_dependencies", "job_id_required"), Order::Asc)
            .to_owned();
        let read = |row: &Row| {
            let job = JobId(row.number(0)?.unwrap_or_default());
            let required = JobId(row.number(1)?.unwrap_or_default());
            let state = row.text(2)?.as_deref().and_then(JobState::from_name);
            // For OAR 2 a job that has ended has ended, however.
            let exit_code = row.number(3)?.filter(|_| server == Server::Oar3);
            let dependency = state.map(|state| Dependency { job: required, state, exit_code });
            Ok((job, dependency.ok_or(required)))
        };
        self.select("reading the dependencies of jobs", &query, read).await
    }

    /// What is known of these jobs.
    pub(super) async fn known_jobs(&mut self, jobs: &[JobId]) -> Result<Vec<KnownJob>, DbError> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let query = Query::select()
            .exprs([number("jobs", "job_id"), text("jobs", "job_user"), text("jobs", "state")])
            .from("jobs")
            .and_where(Expr::col(("jobs", "job_id")).is_in(jobs.iter().map(|job| job.0)))
            .to_owned();
        let read = |row: &Row| {
            Ok(KnownJob {
                id: JobId(row.number(0)?.unwrap_or_default()),
                user: row.text(1)?.unwrap_or_default(),
                state: row.text(2)?.as_deref().and_then(JobState::from_name),
            })
        };
        let mut known = self.select("reading the jobs that others name", &query, read).await?;
        let missing = jobs.iter().filter(|job| !known.iter().any(|known| known.id == **job));
        let missing: Vec<KnownJob> =
            missing.map(|job| KnownJob { id: *job, user: String::new(), state: None }).collect();
        known.extend(missing);
        known.sort_by_key(|known| known.id);
        Ok(known)
    }
}

impl JobRow {
    fn read(row: &Row) -> Result<Self, sqlx::Error> {
        let text = |column| Ok::<String, sqlx::Error>(row.text(column)?.unwrap_or_default());
        let job = row.job(0)?;
        let submission_time = Time(row.number(5)?.unwrap_or_default());
        let reservation_start = match text(9)?.as_str() {
            "None" => None,
            _ => Some(Time(row.number(10)?.unwrap_or_default())),
        };
        Ok(Self {
            waiting: WaitingJob { job, submission_time, reservation_start, ..WaitingJob::default() },
            properties: text(6)?,
            details: JobDetails { is_interactive: text(7)? == "INTERACTIVE", message: text(8)? },
        })
    }
}
