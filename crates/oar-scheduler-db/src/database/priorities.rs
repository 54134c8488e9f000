//! `resources.scheduler_priority`: how much jobs that others may share or push aside weigh on a resource and its neighbours.

use oar_scheduler_core::JobId;

use super::bulk::Rows;
use super::events::Event;
use super::rows::quoted;
use super::states::keys;
use super::{Database, DbError};
use crate::conf::{Server, Settings};

/// When weights change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Start,
    Stop,
}

impl Change {
    const fn event(self) -> &'static str {
        match self {
            Self::Start => "SCHEDULER_PRIORITY_UPDATED_START",
            Self::Stop => "SCHEDULER_PRIORITY_UPDATED_STOP",
        }
    }

    /// By how much a job of weight 1 changes what it has.
    const fn step(self) -> i64 {
        match self {
            Self::Start => 2,
            Self::Stop => -2,
        }
    }
}

/// The resources that share a value of a column with what jobs have, with the jobs and what they weigh.
fn neighbours(level: &str) -> String {
    let level = quoted(level);
    format!(
        "SELECT neighbours.resource_id AS id, blocks.job AS job, blocks.weight AS weight FROM (\
         SELECT DISTINCT weighed.a AS job, weighed.b AS weight, resources.{level} AS block FROM (ROWS) AS weighed \
         JOIN jobs ON jobs.job_id = weighed.a \
         JOIN assigned_resources ON assigned_resources.moldable_job_id = jobs.assigned_moldable_job \
         AND assigned_resource_index = 'CURRENT' \
         JOIN resources ON resources.resource_id = assigned_resources.resource_id) AS blocks \
         JOIN resources AS neighbours ON neighbours.{level} = blocks.block"
    )
}

/// How much a job weighs by its types. Both servers must undo what the other half of their processes has done.
fn weight(is_besteffort: bool, is_timesharing: bool, server: Server) -> i64 {
    let is_heavy = match server {
        Server::Oar2 => is_timesharing && !is_besteffort,
        Server::Oar3 => is_besteffort && !is_timesharing,
    };
    if is_heavy { 10 } else { 1 }
}

impl Database {
    /// Puts the weight of these jobs on the resources that they have, or takes it off again; of each job once. Part of a transaction.
    pub(super) async fn change_priorities(
        &mut self,
        jobs: &[JobId],
        change: Change,
        settings: &Settings,
    ) -> Result<(), DbError> {
        if settings.priority_hierarchy.is_empty() {
            return Ok(());
        }
        let purpose = "changing the priorities of resources";
        let weighed = self.weighed(jobs, change, settings.server).await?;
        if weighed.is_empty() {
            return Ok(());
        }
        let columns = self.columns_of_resources().await?;
        let levels = settings.priority_hierarchy.iter().zip(1..).filter(|(level, _)| columns.contains(level));
        for (level, rank) in levels {
            let rows = || Rows::Numbers(weighed.clone());
            let step = change.step();
            let neighbours = neighbours(level);
            let statement = format!(
                "UPDATE resources SET scheduler_priority = scheduler_priority + change.weight FROM (\
                 SELECT id, CAST(SUM(weight) AS bigint) * {step} * {rank} AS weight FROM ({neighbours}) AS weights \
                 GROUP BY id) AS change WHERE resources.resource_id = change.id"
            );
            self.write(purpose, &statement, rows()).await?;
            if settings.logs_priorities {
                let level = level.replace('\'', "''");
                let statement = format!(
                    "INSERT INTO resource_logs (resource_id, attribute, value, date_start, finaud_decision) \
                     SELECT resources.resource_id, 'scheduler_priority', \
                     CAST(scheduler_priority AS text) || ' ({step:+}*{rank}*' || CAST(weight AS text) || '@job ' \
                     || CAST(job AS text) || '/{level})', {}, 'NO' FROM ({neighbours}) AS weights \
                     JOIN resources ON resources.resource_id = weights.id",
                    self.clock()
                );
                self.write(purpose, &statement, rows()).await?;
            }
        }
        let order = settings.priority_hierarchy.join("/");
        let events = weighed.iter().map(|(job, _)| Event {
            kind: change.event(),
            job: JobId(*job),
            description: format!("Scheduler priority for job {job} updated ({order})"),
        });
        self.write_events(&events.collect::<Vec<_>>()).await
    }

    /// Those of these jobs whose weight is to be changed, with how much they weigh.
    async fn weighed(&mut self, jobs: &[JobId], change: Change, server: Server) -> Result<Vec<(i64, i64)>, DbError> {
        let (is_due, event) = match change {
            Change::Start => ("NOT EXISTS", change.event()),
            Change::Stop => ("EXISTS", Change::Start.event()),
        };
        let statement = format!(
            "SELECT CAST(job_id AS bigint), \
             CAST(MAX(CASE WHEN type = 'besteffort' OR type LIKE 'besteffort=%' THEN 1 ELSE 0 END) AS bigint), \
             CAST(MAX(CASE WHEN type = 'timesharing' OR type LIKE 'timesharing=%' THEN 1 ELSE 0 END) AS bigint) \
             FROM job_types WHERE job_id IN (SELECT a FROM (ROWS) AS jobs) AND {is_due} (SELECT 1 FROM event_logs \
             WHERE event_logs.job_id = job_types.job_id AND event_logs.type = '{event}') GROUP BY job_id"
        );
        let purpose = "looking for jobs with a weight on resources";
        let found = self
            .change_with(purpose, &statement, keys(jobs), |row| {
                Ok((row.number(0)?, row.number(1)? == Some(1), row.number(2)? == Some(1)))
            })
            .await?;
        let weighed = found.into_iter().filter(|(_, is_besteffort, is_timesharing)| *is_besteffort || *is_timesharing);
        let weighed = weighed.filter_map(|(job, is_besteffort, is_timesharing)| {
            Some((job?, weight(is_besteffort, is_timesharing, server)))
        });
        Ok(weighed.collect())
    }
}
