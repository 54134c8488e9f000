//! The users who want to be told of their jobs: `jobs.notify`.

use oar_scheduler_core::JobId;

use super::states::keys;
use super::{Database, DbError};

/// A user who wants to be told of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// The job.
    pub job: JobId,
    /// Its name; may be empty.
    pub name: String,
    /// The user.
    pub user: String,
    /// Of what, and how: `[END,ERROR] mail:alice@example.org`, as the user wrote it.
    pub method: String,
    /// Where the job was submitted: `host:port`; may have no port, or be empty.
    pub address: String,
}

impl Database {
    /// Those of the users of these jobs who want to be told of them.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn contacts(&mut self, jobs: &[JobId]) -> Result<Vec<Contact>, DbError> {
        let query = "SELECT CAST(job_id AS bigint), CAST(job_name AS text), CAST(job_user AS text), \
                     CAST(notify AS text), CAST(info_type AS text) FROM jobs \
                     WHERE notify <> '' AND job_id IN (SELECT a FROM (ROWS) AS changed) ORDER BY job_id";
        self.change_with("reading who wants to be told of a job", query, keys(jobs), |row| {
            let text = |column| Ok::<String, sqlx::Error>(row.text(column)?.unwrap_or_default());
            let job = JobId(row.number(0)?.unwrap_or_default());
            Ok(Contact { job, name: text(1)?, user: text(2)?, method: text(3)?, address: text(4)? })
        })
        .await
    }
}
