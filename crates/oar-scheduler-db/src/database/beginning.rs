//! The begin of a round: the gantt shows who holds resources, and nothing else.

use oar_scheduler_core::{JobState, Seconds, Time};

use super::{Database, DbError, Transaction};
use crate::conf::{Server, Settings};

/// A clock that goes back by more than this has been set; rounds then go back with it.
const CLOCK_STEP_MAX: Seconds = Seconds(60);

/// The places of accepted reservations, which stay.
const KEPT: &str = "SELECT moldable_id FROM moldable_job_descriptions JOIN jobs ON jobs.job_id = moldable_job_id \
                    WHERE jobs.state IN ('Waiting', 'toAckReservation') AND jobs.reservation = 'Scheduled' \
                    AND moldable_id IN (SELECT moldable_job_id FROM gantt_jobs_predictions) \
                    AND moldable_id IN (SELECT moldable_job_id FROM gantt_jobs_resources)";

/// A round that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beginning {
    /// The time of the round.
    pub now: Time,
    /// By how much the database's clock was set back since the last round, if by a lot.
    pub clock_went_back: Option<Seconds>,
}

impl Beginning {
    /// OAR 2 keeps the time of its last round, and is always a second ahead.
    fn of(clock: Time, previous: Option<Time>, server: Server) -> Self {
        if server == Server::Oar3 {
            return Self { now: clock, clock_went_back: None };
        }
        let back = previous.map_or(Seconds(0), |previous| previous - clock);
        let clock_went_back = Some(back).filter(|back| *back > CLOCK_STEP_MAX);
        let latest = previous.filter(|_| clock_went_back.is_none()).map_or(clock, |previous| previous.max(clock));
        Self { now: latest.next(), clock_went_back }
    }
}

/// The states of jobs that have been given their resources, as SQL.
pub(super) fn current_states() -> String {
    let current = JobState::ALL.into_iter().filter(|state| state.is_current());
    current.map(|state| format!("'{}'", state.name())).collect::<Vec<_>>().join(", ")
}

impl Database {
    /// Empties the gantt but for accepted reservations, and puts the jobs into it that have their resources. A job that overruns is there with an end that is now.
    /// `now`: the time of the round; none: the database's.
    ///
    /// # Errors
    /// When the database refuses it; then nothing has changed.
    pub async fn begin_round(&mut self, settings: &Settings, now: Option<Time>) -> Result<Beginning, DbError> {
        self.transaction(Transaction::Begin).await?;
        let begun = self.fill_gantt(settings, now).await;
        self.end(begun).await
    }

    async fn fill_gantt(&mut self, settings: &Settings, now: Option<Time>) -> Result<Beginning, DbError> {
        let beginning = match now {
            Some(now) => Beginning { now, clock_went_back: None },
            None => self.time_of_round(settings.server).await?,
        };
        let now = beginning.now;
        let purpose = "emptying the gantt";
        for table in ["gantt_jobs_predictions", "gantt_jobs_resources"] {
            self.run(purpose, format!("DELETE FROM {table} WHERE moldable_job_id NOT IN ({KEPT})")).await?;
        }
        let purpose = "putting the current jobs into the gantt";
        if settings.server == Server::Oar2 {
            let row = format!("INSERT INTO gantt_jobs_predictions (moldable_job_id, start_time) VALUES (0, {now})");
            self.run(purpose, row).await?;
        }
        let states = current_states();
        let predictions = format!(
            "INSERT INTO gantt_jobs_predictions (moldable_job_id, start_time) SELECT moldable_id, \
             CASE WHEN jobs.start_time <= 0 THEN {now} \
             WHEN jobs.suspended = 'NO' AND moldable_walltime > 0 \
             AND CAST(jobs.start_time AS bigint) + moldable_walltime < {now} THEN {now} - moldable_walltime \
             ELSE jobs.start_time END \
             FROM jobs JOIN moldable_job_descriptions ON moldable_id = jobs.assigned_moldable_job \
             WHERE jobs.state IN ({states}) AND jobs.assigned_moldable_job <> 0 ON CONFLICT DO NOTHING"
        );
        self.run(purpose, predictions).await?;
        let resources = format!(
            "INSERT INTO gantt_jobs_resources (moldable_job_id, resource_id) \
             SELECT assigned_resources.moldable_job_id, assigned_resources.resource_id FROM assigned_resources \
             JOIN jobs ON jobs.assigned_moldable_job = assigned_resources.moldable_job_id \
             WHERE jobs.state IN ({states}) AND jobs.assigned_moldable_job <> 0 \
             AND assigned_resource_index = 'CURRENT' ON CONFLICT DO NOTHING"
        );
        self.run(purpose, resources).await?;
        Ok(beginning)
    }

    async fn time_of_round(&mut self, server: Server) -> Result<Beginning, DbError> {
        let purpose = "asking for the time";
        let query = format!(
            "SELECT {}, (SELECT CAST(start_time AS bigint) FROM gantt_jobs_predictions WHERE moldable_job_id = 0)",
            self.clock()
        );
        let times = self.rows(purpose, &query, |row| Ok((row.number(0)?, row.number(1)?))).await?;
        match times.first() {
            Some((Some(clock), previous)) => Ok(Beginning::of(Time(*clock), previous.map(Time), server)),
            _ => Err(DbError::Statement { purpose, source: sqlx::Error::RowNotFound }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_of_oar_2_are_a_second_ahead_and_never_go_back() {
        let of = |previous: Option<i64>| {
            let beginning = Beginning::of(Time(1000), previous.map(Time), Server::Oar2);
            (beginning.now.0, beginning.clock_went_back.map(|back| back.0))
        };
        assert_eq!(of(None), (1001, None));
        assert_eq!(of(Some(0)), (1001, None));
        assert_eq!(of(Some(1000)), (1001, None));
        assert_eq!(of(Some(1001)), (1002, None));
        assert_eq!(of(Some(1060)), (1061, None));
        assert_eq!(of(Some(1061)), (1001, Some(61)));
        assert_eq!(Beginning::of(Time(1000), Some(Time(1030)), Server::Oar3).now, Time(1000));
    }
}
