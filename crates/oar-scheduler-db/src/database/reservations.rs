//! Accepted reservations that have lost their places.

use oar_scheduler_core::JobId;

use super::jobs::LOST;
use super::{Database, DbError};

/// A reservation that was accepted, and has no place in the gantt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostReservation {
    /// The job.
    pub job: JobId,
    /// Whether it has been noted that there is no other place.
    pub is_noted: bool,
}

impl LostReservation {
    /// The event that notes that a reservation gets no other place.
    pub const NO_PLACE: &str = "UNABLE_TO_GET_RESOURCE_BACK_FOR_RESERVATION";
}

impl Database {
    /// The reservations that were accepted, wait, and have no place in the gantt: somebody has emptied it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn lost_reservations(&mut self) -> Result<Vec<LostReservation>, DbError> {
        let query = format!(
            "SELECT CAST(job_id AS bigint), (SELECT CAST(COUNT(*) AS bigint) FROM event_logs \
             WHERE event_logs.job_id = jobs.job_id AND event_logs.type = '{}') \
             FROM jobs WHERE state = 'Waiting' AND {LOST} ORDER BY job_id",
            LostReservation::NO_PLACE
        );
        let lost = self
            .rows("looking for reservations without a place", &query, |row| {
                let is_noted = row.number(1)?.unwrap_or_default() > 0;
                Ok(LostReservation { job: JobId(row.number(0)?.unwrap_or_default()), is_noted })
            })
            .await?;
        Ok(lost)
    }
}
