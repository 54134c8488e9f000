//! Who holds resources: the tables `gantt_jobs_predictions` and `gantt_jobs_resources`.

use std::collections::BTreeMap;

use oar_scheduler_core::{JobId, JobState, MoldableId, ProcSet, ResourceId, ScheduledJob, Seconds, Time};
use sea_query::{Expr, ExprTrait, Order, Query};

use super::machine::number_of;
use super::rows::{Row, number, text};
use super::{Database, DbError};

/// A job with its place.
#[derive(Debug)]
pub(super) struct GanttRow {
    /// Its types and resources are not there yet; its walltime is without the security time.
    pub scheduled: ScheduledJob,
    pub moldable: MoldableId,
    /// Whether the job has a place only because a scheduler thought so: it waits, and is no reservation.
    pub is_prediction: bool,
    was_suspended: bool,
}

impl Database {
    /// The jobs that have a place, by start. Row 0 of the predictions, which OAR 2 keeps, is of no job.
    pub(super) async fn gantt(&mut self, now: Time) -> Result<Vec<GanttRow>, DbError> {
        let query = Query::select()
            .exprs([
                number("jobs", "job_id"),
                text("jobs", "job_user"),
                text("jobs", "project"),
                text("jobs", "queue_name"),
                text("jobs", "job_name"),
                text("jobs", "state"),
                text("jobs", "reservation"),
                text("jobs", "suspended"),
                number("gantt_jobs_predictions", "moldable_job_id"),
                number("gantt_jobs_predictions", "start_time"),
                number("moldable_job_descriptions", "moldable_walltime"),
            ])
            .from("gantt_jobs_predictions")
            .inner_join(
                "moldable_job_descriptions",
                Expr::col(("moldable_job_descriptions", "moldable_id"))
                    .equals(("gantt_jobs_predictions", "moldable_job_id")),
            )
            .inner_join("jobs", Expr::col(("jobs", "job_id")).equals(("moldable_job_descriptions", "moldable_job_id")))
            .order_by(("gantt_jobs_predictions", "start_time"), Order::Asc)
            .order_by(("jobs", "job_id"), Order::Asc)
            .to_owned();
        let mut rows = self.select("reading who holds resources", &query, GanttRow::read).await?;
        let mut resources = self.gantt_resources().await?;
        let suspended = rows.iter().filter(|row| row.was_suspended).map(|row| row.scheduled.job.id).collect();
        let suspensions = self.suspensions(suspended, now).await?;
        for row in &mut rows {
            let resources = resources.remove(&row.moldable).unwrap_or_default();
            row.scheduled.resources = resources.into_iter().collect();
            let suspended = suspensions.get(&row.scheduled.job.id).copied().unwrap_or_default();
            row.scheduled.walltime = row.scheduled.walltime + suspended;
        }
        Ok(rows)
    }

    async fn gantt_resources(&mut self) -> Result<BTreeMap<MoldableId, Vec<ResourceId>>, DbError> {
        let query = Query::select()
            .exprs([number("gantt_jobs_resources", "moldable_job_id"), number("gantt_jobs_resources", "resource_id")])
            .from("gantt_jobs_resources")
            .to_owned();
        let read = |row: &Row| Ok((row.number(0)?.unwrap_or_default(), row.number(1)?.unwrap_or_default()));
        let mut resources: BTreeMap<MoldableId, Vec<ResourceId>> = BTreeMap::new();
        for (moldable, resource) in self.select("reading which resources are held", &query, read).await? {
            resources.entry(MoldableId(moldable)).or_default().extend(number_of(resource));
        }
        Ok(resources)
    }

    /// How long each of these jobs has been suspended so far.
    pub(super) async fn suspensions(
        &mut self,
        jobs: Vec<JobId>,
        now: Time,
    ) -> Result<BTreeMap<JobId, Seconds>, DbError> {
        if jobs.is_empty() {
            return Ok(BTreeMap::new());
        }
        let query = Query::select()
            .exprs([
                number("job_state_logs", "job_id"),
                number("job_state_logs", "date_start"),
                number("job_state_logs", "date_stop"),
            ])
            .from("job_state_logs")
            .and_where(Expr::col(("job_state_logs", "job_state")).is_in(["Suspended", "Resuming"]))
            .and_where(Expr::col(("job_state_logs", "job_id")).is_in(jobs.iter().map(|job| job.0)))
            .to_owned();
        let read = |row: &Row| {
            let [job, begin, end] = [row.number(0)?, row.number(1)?, row.number(2)?].map(Option::unwrap_or_default);
            // A state that has not ended lasts until now.
            let end = if end == 0 { now.0 } else { end };
            Ok((JobId(job), Seconds(Ord::max(0, end.saturating_sub(begin)))))
        };
        let mut suspensions: BTreeMap<JobId, Seconds> = BTreeMap::new();
        for (job, seconds) in self.select("reading how long jobs were suspended", &query, read).await? {
            let sum = suspensions.entry(job).or_default();
            *sum = *sum + seconds;
        }
        Ok(suspensions)
    }
}

impl GanttRow {
    fn read(row: &Row) -> Result<Self, sqlx::Error> {
        let text = |column| Ok::<String, sqlx::Error>(row.text(column)?.unwrap_or_default());
        let number = |column| Ok::<i64, sqlx::Error>(row.number(column)?.unwrap_or_default());
        let state = JobState::from_name(&text(5)?);
        let job = row.job(0)?;
        Ok(Self {
            is_prediction: state == Some(JobState::Waiting) && text(6)? == "None",
            was_suspended: text(7)? == "YES",
            moldable: MoldableId(number(8)?),
            scheduled: ScheduledJob {
                job,
                start: Time(number(9)?),
                walltime: Seconds(number(10)?),
                resources: ProcSet::new(),
                state,
            },
        })
    }
}
