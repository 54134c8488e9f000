//! Changes of the state of jobs, with all that belongs to them.

use oar_scheduler_core::{JobId, JobState};

use super::bulk::Rows;
use super::priorities::Change;
use super::{Database, DbError};
use crate::conf::Settings;

/// What is taken out of use when jobs end: table, column, and which rows are theirs.
const ENDED: [(&str, &str, &str); 6] = [
    ("moldable_job_descriptions", "moldable_index", "moldable_job_id IN (SELECT a FROM (ROWS) AS ended)"),
    (
        "job_resource_groups",
        "res_group_index",
        "res_group_moldable_id IN (SELECT moldable_id FROM moldable_job_descriptions \
         WHERE moldable_job_id IN (SELECT a FROM (ROWS) AS ended))",
    ),
    (
        "job_resource_descriptions",
        "res_job_index",
        "res_job_group_id IN (SELECT res_group_id FROM job_resource_groups \
         JOIN moldable_job_descriptions ON moldable_id = res_group_moldable_id \
         WHERE moldable_job_id IN (SELECT a FROM (ROWS) AS ended))",
    ),
    ("job_types", "types_index", "job_id IN (SELECT a FROM (ROWS) AS ended)"),
    ("job_dependencies", "job_dependency_index", "job_id IN (SELECT a FROM (ROWS) AS ended)"),
    (
        "assigned_resources",
        "assigned_resource_index",
        "moldable_job_id IN (SELECT assigned_moldable_job FROM jobs \
         WHERE assigned_moldable_job <> 0 AND job_id IN (SELECT a FROM (ROWS) AS ended))",
    ),
];

/// The resources that jobs had when they ended.
const THEIR_RESOURCES: &str = "resource_id IN (SELECT assigned_resources.resource_id FROM assigned_resources \
                               JOIN jobs ON jobs.assigned_moldable_job = assigned_resources.moldable_job_id \
                               WHERE assigned_resource_index = 'CURRENT' AND assigned_moldable_job <> 0 \
                               AND job_id IN (SELECT a FROM (ROWS) AS ended))";

/// Resources have no suspended job any more: those for which the rest of the statement holds.
const NOT_SUSPENDED: &str = "UPDATE resources SET suspended_jobs = 'NO' WHERE suspended_jobs = 'YES' AND";
const NOT_OF_SUSPENDED: &str = "resource_id NOT IN (SELECT assigned_resources.resource_id FROM assigned_resources \
                                JOIN jobs ON jobs.assigned_moldable_job = assigned_resources.moldable_job_id \
                                WHERE jobs.state = 'Suspended' AND assigned_resource_index = 'CURRENT')";

impl Database {
    /// Takes those of these jobs that are in a state to another, and returns them. Part of a transaction.
    pub(super) async fn change_states(
        &mut self,
        jobs: &[JobId],
        from: JobState,
        to: JobState,
        settings: &Settings,
    ) -> Result<Vec<JobId>, DbError> {
        let changed = self.move_jobs(jobs, from, to).await?;
        if to.is_final() {
            self.end_jobs(&changed, to, settings).await?;
        }
        if to == JobState::Running && !changed.is_empty() {
            self.run("noting which resources suspended jobs have", format!("{NOT_SUSPENDED} {NOT_OF_SUSPENDED}"))
                .await?;
        }
        Ok(changed)
    }

    /// The same, without what belongs to the end of a job.
    pub(super) async fn move_jobs(
        &mut self,
        jobs: &[JobId],
        from: JobState,
        to: JobState,
    ) -> Result<Vec<JobId>, DbError> {
        let purpose = "changing the state of jobs";
        let (from, to) = (from.name(), to.name());
        let statement = format!(
            "UPDATE jobs SET state = '{to}' WHERE state = '{from}' AND job_id IN (SELECT a FROM (ROWS) AS moved) \
             RETURNING CAST(job_id AS bigint)"
        );
        let changed: Vec<JobId> = self.change(purpose, &statement, keys(jobs)).await?.into_iter().map(JobId).collect();
        let now = self.clock();
        let statements = [
            format!(
                "UPDATE job_state_logs SET date_stop = {now} \
                 WHERE date_stop = 0 AND job_id IN (SELECT a FROM (ROWS) AS moved)"
            ),
            format!(
                "INSERT INTO job_state_logs (job_id, job_state, date_start, date_stop) \
                 SELECT a, '{to}', {now}, 0 FROM (ROWS) AS moved"
            ),
        ];
        for statement in statements {
            self.write(purpose, &statement, keys(&changed)).await?;
        }
        Ok(changed)
    }

    async fn end_jobs(&mut self, jobs: &[JobId], to: JobState, settings: &Settings) -> Result<(), DbError> {
        let purpose = "ending jobs";
        let now = self.clock();
        let stop = "UPDATE jobs SET stop_time = start_time WHERE stop_time < start_time AND job_id IN (SELECT a FROM (ROWS) AS ended)";
        self.write(purpose, stop, keys(jobs)).await?;
        let used = format!("UPDATE resources SET last_job_date = {now} WHERE {THEIR_RESOURCES}");
        self.write(purpose, &used, keys(jobs)).await?;
        if to == JobState::Error {
            let of_suspended = THEIR_RESOURCES.replace("WHERE", "WHERE jobs.suspended = 'YES' AND");
            let given_back = format!("{NOT_SUSPENDED} {of_suspended} AND {NOT_OF_SUSPENDED}");
            self.write(purpose, &given_back, keys(jobs)).await?;
        }
        self.change_priorities(jobs, Change::Stop, settings).await?;
        for (table, column, theirs) in ENDED {
            let statement = format!("UPDATE {table} SET {column} = 'LOG' WHERE {column} = 'CURRENT' AND {theirs}");
            self.write(purpose, &statement, keys(jobs)).await?;
        }
        Ok(())
    }
}

/// Jobs as the rows of a statement.
pub(super) fn keys(jobs: &[JobId]) -> Rows {
    Rows::Keys(jobs.iter().map(|job| job.0).collect())
}
