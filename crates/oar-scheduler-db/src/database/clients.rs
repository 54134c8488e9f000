//! Jobs of which somebody must be told: who waits for them in front of a terminal, and the server.

use oar_scheduler_core::{JobId, JobState, Time};

use super::rows::Row;
use super::{Database, DbError};

/// A job of which somebody must be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The job.
    pub job: JobId,
    /// Waiting, toError, toAckReservation or toLaunch.
    pub state: JobState,
    /// Whether somebody sits in front of it (`oarsub -I`).
    pub is_interactive: bool,
    /// Whether it is a reservation about which a decision was made.
    pub is_reservation: bool,
    /// Where its `oarsub` listens: `host:port`; may have no port, or be empty.
    pub address: String,
    /// What is told of it.
    pub message: String,
    /// `jobs.start_time`.
    pub requested_start: Time,
    /// Its start in the gantt.
    pub start: Option<Time>,
    /// Whether it runs on a resource that fetches its jobs by itself.
    pub is_desktop: bool,
    /// Whether a round was about to tell that the reservation is good, and perhaps did.
    pub may_know: bool,
}

impl Client {
    /// The event that notes that somebody is about to be told that the reservation is good.
    pub const ACKNOWLEDGING: &str = "ACKNOWLEDGE_RESERVATION";
}

impl Database {
    /// The jobs that are given up, acknowledged or launched, and the interactive ones that wait, by number.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn clients(&mut self) -> Result<Vec<Client>, DbError> {
        let query = format!(
            "SELECT CAST(job_id AS bigint), CAST(state AS text), CAST(job_type AS text), \
             CAST(reservation AS text), CAST(info_type AS text), CAST(message AS text), CAST(start_time AS bigint), \
             (SELECT CAST(MIN(gantt_jobs_predictions.start_time) AS bigint) FROM gantt_jobs_predictions \
             JOIN moldable_job_descriptions ON moldable_id = gantt_jobs_predictions.moldable_job_id \
             WHERE moldable_job_descriptions.moldable_job_id = jobs.job_id), \
             (SELECT CAST(COUNT(*) AS bigint) FROM assigned_resources \
             JOIN resources ON resources.resource_id = assigned_resources.resource_id \
             WHERE assigned_resources.moldable_job_id = jobs.assigned_moldable_job \
             AND assigned_resource_index = 'CURRENT' AND desktop_computing = 'YES'), \
             (SELECT CAST(COUNT(*) AS bigint) FROM event_logs \
             WHERE event_logs.job_id = jobs.job_id AND event_logs.type = '{}') \
             FROM jobs WHERE state IN ('toError', 'toAckReservation', 'toLaunch', 'Waiting') \
             AND (state <> 'Waiting' OR (job_type = 'INTERACTIVE' AND reservation = 'None')) ORDER BY job_id",
            Client::ACKNOWLEDGING
        );
        let clients = self.rows("reading of which jobs somebody must be told", &query, read).await?;
        Ok(clients.into_iter().flatten().collect())
    }
}

fn read(row: &Row) -> Result<Option<Client>, sqlx::Error> {
    let text = |column| Ok::<String, sqlx::Error>(row.text(column)?.unwrap_or_default());
    let Some(state) = JobState::from_name(&text(1)?) else { return Ok(None) };
    Ok(Some(Client {
        job: JobId(row.number(0)?.unwrap_or_default()),
        state,
        is_interactive: text(2)? == "INTERACTIVE",
        is_reservation: text(3)? == "Scheduled",
        address: text(4)?,
        message: text(5)?,
        requested_start: Time(row.number(6)?.unwrap_or_default()),
        start: row.number(7)?.map(Time),
        is_desktop: row.number(8)?.unwrap_or_default() > 0,
        may_know: row.number(9)?.unwrap_or_default() > 0,
    }))
}
