//! Jobs with their places in the gantt and the state of what they have there: what the meta-scheduler launches, delays and makes room for.

use std::collections::BTreeMap;

use oar_scheduler_core::{Job, JobId, JobState, MoldableId, ResourceId, Seconds, Time};

use super::beginning::current_states;
use super::bulk::Rows;
use super::machine::number_of;
use super::rows::Row;
use super::{Database, DbError};

/// A job with its place in the gantt.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedJob {
    /// The job.
    pub job: Job,
    /// Its state.
    pub state: JobState,
    /// Whether it is a reservation.
    pub is_reservation: bool,
    /// When it was submitted.
    pub submission_time: Time,
    /// `jobs.start_time`: of a reservation that waits, the start that was asked for.
    pub requested_start: Time,
    /// What is told of it.
    pub message: String,
    /// How long before its end it wants to be told to write a checkpoint; 0: never.
    pub checkpoint: Seconds,
    /// The alternative.
    pub moldable: MoldableId,
    /// Without the security time.
    pub walltime: Seconds,
    /// Its start in the gantt.
    pub start: Time,
    /// What it has there.
    pub resources: Vec<PlacedResource>,
}

/// A resource of a place, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedResource {
    /// Its number.
    pub id: ResourceId,
    /// Its `network_address`; may be empty.
    pub host: String,
    /// Whether it is there.
    pub state: ResourceState,
    /// Whether it is about to be Absent, Suspected or Dead.
    pub is_leaving: bool,
    /// Until when it can be used, if it is absent.
    pub available_upto: Time,
    /// Whether it fetches its jobs by itself.
    pub is_desktop: bool,
}

/// Whether a resource is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceState {
    /// It is.
    Alive,
    /// It is switched off.
    Absent,
    /// Suspected, Dead, or no longer in the table.
    Broken,
}

/// Which jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// Reservations that were accepted and wait.
    AcceptedReservations,
    /// Waiting jobs that are to start by then, unless they are to be killed, and all that have their resources.
    StartingBy(Time),
}

/// Jobs that wait and are to be killed are not launched any more.
const NOT_KILLED: &str = "(jobs.state <> 'Waiting' OR NOT EXISTS (SELECT 1 FROM frag_jobs \
                          WHERE frag_id_job = jobs.job_id AND frag_state <> 'FRAGGED'))";

impl Places {
    /// What holds for them in `jobs` and `gantt_jobs_predictions`.
    fn condition(self) -> String {
        match self {
            Self::AcceptedReservations => "jobs.state = 'Waiting' AND jobs.reservation = 'Scheduled'".to_owned(),
            Self::StartingBy(limit) => format!(
                "jobs.state IN ('Waiting', {}) AND gantt_jobs_predictions.start_time <= {limit} AND {NOT_KILLED}",
                current_states()
            ),
        }
    }
}

/// What was done so far to make a job give its resources back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Eviction {
    /// When it was first to be told to write a checkpoint.
    pub checkpoint: Option<Time>,
    /// Whether it was told, or could not be.
    pub is_told: bool,
    /// Whether it is to be killed already.
    pub is_killed: bool,
}

const FROM: &str = "FROM gantt_jobs_predictions \
                    JOIN moldable_job_descriptions ON moldable_id = gantt_jobs_predictions.moldable_job_id \
                    JOIN jobs ON jobs.job_id = moldable_job_descriptions.moldable_job_id WHERE";

impl Database {
    /// Jobs with their places, by number.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn placed_jobs(&mut self, places: Places) -> Result<Vec<PlacedJob>, DbError> {
        let condition = places.condition();
        let query = format!(
            "SELECT CAST(jobs.job_id AS bigint), CAST(job_user AS text), CAST(project AS text), \
             CAST(queue_name AS text), CAST(job_name AS text), CAST(jobs.state AS text), CAST(reservation AS text), \
             CAST(submission_time AS bigint), CAST(jobs.start_time AS bigint), CAST(message AS text), \
             CAST(checkpoint AS bigint), CAST(moldable_id AS bigint), CAST(moldable_walltime AS bigint), \
             CAST(gantt_jobs_predictions.start_time AS bigint) {FROM} {condition} ORDER BY jobs.job_id, moldable_id"
        );
        let mut jobs: Vec<PlacedJob> =
            self.rows("reading jobs with their places", &query, read_job).await?.into_iter().flatten().collect();
        if jobs.is_empty() {
            return Ok(jobs);
        }
        let mut types = self.types_where(&format!("job_id IN (SELECT jobs.job_id {FROM} {condition})")).await?;
        let mut resources = self.placed_resources(&condition).await?;
        for placed in &mut jobs {
            placed.job.types = types.remove(&placed.job.id).unwrap_or_default();
            placed.resources = resources.remove(&placed.moldable).unwrap_or_default();
        }
        Ok(jobs)
    }

    async fn placed_resources(
        &mut self,
        condition: &str,
    ) -> Result<BTreeMap<MoldableId, Vec<PlacedResource>>, DbError> {
        let query = format!(
            "SELECT CAST(held.moldable_job_id AS bigint), CAST(held.resource_id AS bigint), \
             CAST(network_address AS text), CAST(resources.state AS text), CAST(next_state AS text), \
             CAST(available_upto AS bigint), CAST(desktop_computing AS text) FROM gantt_jobs_resources AS held \
             LEFT JOIN resources ON resources.resource_id = held.resource_id \
             WHERE held.moldable_job_id IN (SELECT moldable_id {FROM} {condition}) \
             ORDER BY network_address, held.resource_id"
        );
        let read = |row: &Row| {
            let resource = number_of(row.number(1)?.unwrap_or(-1));
            let resource = match resource {
                Some(id) => Some(read_resource(row, id)?),
                None => None,
            };
            Ok((MoldableId(row.number(0)?.unwrap_or_default()), resource))
        };
        let mut resources: BTreeMap<MoldableId, Vec<PlacedResource>> = BTreeMap::new();
        for (moldable, resource) in self.rows("reading the resources of places", &query, read).await? {
            resources.entry(moldable).or_default().extend(resource);
        }
        Ok(resources)
    }

    /// What was done so far to make these jobs give their resources back.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn evictions(&mut self, jobs: &[JobId]) -> Result<BTreeMap<JobId, Eviction>, DbError> {
        let statement = "SELECT a, (SELECT CAST(MIN(date) AS bigint) FROM event_logs \
                         WHERE event_logs.job_id = held.a AND event_logs.type = 'CHECKPOINT'), \
                         (SELECT CAST(COUNT(*) AS bigint) FROM event_logs WHERE event_logs.job_id = held.a \
                         AND event_logs.type IN ('CHECKPOINT_SUCCESSFULL', 'CHECKPOINT_ERROR')), \
                         (SELECT CAST(COUNT(*) AS bigint) FROM frag_jobs WHERE frag_id_job = held.a) \
                         FROM (ROWS) AS held";
        let read = |row: &Row| {
            let checkpoint = row.number(1)?.map(Time);
            let [is_told, is_killed] = [row.number(2)?, row.number(3)?].map(|count| count.unwrap_or_default() > 0);
            Ok((JobId(row.number(0)?.unwrap_or_default()), Eviction { checkpoint, is_told, is_killed }))
        };
        let purpose = "looking for jobs that are being killed";
        let rows = Rows::Keys(jobs.iter().map(|job| job.0).collect());
        Ok(self.change_with(purpose, statement, rows, read).await?.into_iter().collect())
    }
}

/// `None`: a state that there is not.
fn read_job(row: &Row) -> Result<Option<PlacedJob>, sqlx::Error> {
    let text = |column| Ok::<String, sqlx::Error>(row.text(column)?.unwrap_or_default());
    let number = |column| Ok::<i64, sqlx::Error>(row.number(column)?.unwrap_or_default());
    let Some(state) = JobState::from_name(&text(5)?) else { return Ok(None) };
    let job = row.job(0)?;
    Ok(Some(PlacedJob {
        job,
        state,
        is_reservation: text(6)? != "None",
        submission_time: Time(number(7)?),
        requested_start: Time(number(8)?),
        message: text(9)?,
        checkpoint: Seconds(number(10)?),
        moldable: MoldableId(number(11)?),
        walltime: Seconds(number(12)?),
        start: Time(number(13)?),
        resources: Vec::new(),
    }))
}

fn read_resource(row: &Row, id: ResourceId) -> Result<PlacedResource, sqlx::Error> {
    let state = match row.text(3)?.as_deref() {
        Some("Alive") => ResourceState::Alive,
        Some("Absent") => ResourceState::Absent,
        _ => ResourceState::Broken,
    };
    Ok(PlacedResource {
        id,
        host: row.text(2)?.unwrap_or_default(),
        state,
        is_leaving: matches!(row.text(4)?.as_deref(), Some("Absent" | "Suspected" | "Dead")),
        available_upto: Time(row.number(5)?.unwrap_or_default()),
        is_desktop: row.text(6)?.as_deref() == Some("YES"),
    })
}
