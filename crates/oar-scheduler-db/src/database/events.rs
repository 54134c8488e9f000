//! What happened to jobs (`event_logs`), and the jobs that are to be killed (`frag_jobs`).

use oar_scheduler_core::JobId;

use super::bulk::Rows;
use super::decisions::storable;
use super::states::keys;
use super::{Database, DbError};

/// Something that happened to a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// OAR's name for it, of at most 50 characters.
    pub kind: &'static str,
    /// The job.
    pub job: JobId,
    /// What happened, for people; cut to what the column can have.
    pub description: String,
}

impl Database {
    /// Notes events: a statement for each kind. Part of a transaction.
    pub(super) async fn write_events(&mut self, events: &[Event]) -> Result<(), DbError> {
        let now = self.clock();
        let mut kinds: Vec<(&str, Vec<(i64, String)>)> = Vec::new();
        for Event { kind, job, description } in events {
            let row = (job.0, storable(description));
            match kinds.iter_mut().find(|(known, _)| known == kind) {
                Some((_, rows)) => rows.push(row),
                None => kinds.push((kind, vec![row])),
            }
        }
        for (kind, rows) in kinds {
            let statement = format!(
                "INSERT INTO event_logs (type, job_id, date, description) SELECT '{kind}', a, {now}, b FROM (ROWS) AS new"
            );
            self.write("noting events", &statement, Rows::Texts(rows)).await?;
        }
        Ok(())
    }

    /// Whether there are jobs that are to be killed, and that nobody has begun to kill.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn has_jobs_to_kill(&mut self) -> Result<bool, DbError> {
        let query = "SELECT CAST(COUNT(*) AS bigint) FROM frag_jobs JOIN jobs ON jobs.job_id = frag_id_job \
                     WHERE frag_state = 'LEON' AND jobs.state NOT IN ('Finishing', 'Terminated', 'Error') \
                     AND NOT EXISTS (SELECT 1 FROM assigned_resources \
                     JOIN resources ON resources.resource_id = assigned_resources.resource_id \
                     WHERE assigned_resources.moldable_job_id = jobs.assigned_moldable_job \
                     AND assigned_resource_index = 'CURRENT' AND desktop_computing = 'YES')";
        let counts = self.rows("looking for jobs that are to be killed", query, |row| row.number(0)).await?;
        Ok(counts.into_iter().flatten().any(|count| count > 0))
    }

    /// Asks for jobs to be killed, unless that has been done, and returns those that are new. With `inner` also the jobs inside of those that are containers.
    /// Part of a transaction.
    pub(super) async fn kill_jobs(&mut self, jobs: &[JobId], inner: bool) -> Result<Vec<JobId>, DbError> {
        let purpose = "asking for jobs to be killed";
        let mut asked = jobs.to_vec();
        if inner {
            let statement = "SELECT CAST(jobs.job_id AS bigint) FROM (ROWS) AS killed \
                             JOIN job_types AS containers ON containers.job_id = killed.a \
                             AND (containers.type = 'container' OR containers.type LIKE 'container=%') \
                             JOIN job_types AS inners ON inners.type = 'inner=' || CAST(killed.a AS text) \
                             JOIN jobs ON jobs.job_id = inners.job_id WHERE jobs.state NOT IN ('Terminated', 'Error')";
            asked.extend(self.change(purpose, statement, keys(jobs)).await?.into_iter().map(JobId));
        }
        let now = self.clock();
        let statement = format!(
            "INSERT INTO frag_jobs (frag_id_job, frag_date) SELECT DISTINCT a, {now} FROM (ROWS) AS killed WHERE true \
             ON CONFLICT DO NOTHING RETURNING CAST(frag_id_job AS bigint)"
        );
        let killed = self.change(purpose, &statement, keys(&asked)).await?.into_iter().map(JobId).collect::<Vec<_>>();
        let events = killed.iter().map(|job| Event {
            kind: "FRAG_JOB_REQUEST",
            job: *job,
            description: format!("User root requested to frag the job {job}"),
        });
        self.write_events(&events.collect::<Vec<_>>()).await?;
        Ok(killed)
    }
}
