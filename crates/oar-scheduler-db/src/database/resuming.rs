//! Jobs that are to go on after they were suspended.

use std::collections::{BTreeMap, BTreeSet};

use oar_scheduler_core::{Job, JobId, MoldableId, ResourceId};

use super::bulk::Rows;
use super::machine::number_of;
use super::rows::Row;
use super::{Database, DbError};
use crate::conf::Settings;

/// A job that is to go on after it was suspended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResumingJob {
    /// The job.
    pub job: Job,
    /// What it has.
    pub resources: BTreeSet<ResourceId>,
    /// The nodes that know of it.
    pub hosts: Vec<String>,
    /// The jobs that have some of it now.
    pub others: Vec<Job>,
    /// Whether it has been noted that nodes cannot be told.
    pub is_noted: bool,
}

impl ResumingJob {
    /// The event that notes that nodes cannot be told.
    pub const NO_MANAGER: &str = "SUSPEND_RESUME_MANAGER_FILE";
}

const PURPOSE: &str = "reading the jobs that are to be resumed";

impl Database {
    /// The jobs that are to be resumed, and not killed, by number.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn resuming_jobs(&mut self, settings: &Settings) -> Result<Vec<ResumingJob>, DbError> {
        let query = format!(
            "SELECT CAST(job_id AS bigint), CAST(job_user AS text), CAST(project AS text), \
             CAST(queue_name AS text), CAST(job_name AS text), CAST(assigned_moldable_job AS bigint), \
             (SELECT CAST(COUNT(*) AS bigint) FROM event_logs \
             WHERE event_logs.job_id = jobs.job_id AND event_logs.type = '{}') \
             FROM jobs WHERE state = 'Resuming' \
             AND NOT EXISTS (SELECT 1 FROM frag_jobs WHERE frag_id_job = job_id) ORDER BY job_id",
            ResumingJob::NO_MANAGER
        );
        let read = self.rows(PURPOSE, &query, read_job).await?;
        if read.is_empty() {
            return Ok(Vec::new());
        }
        let by_moldable =
            || Rows::Numbers(read.iter().map(|(resuming, moldable)| (resuming.job.id.0, moldable.0)).collect());
        let mut others = self.others_on_their_resources(by_moldable()).await?;
        let mut resources = self.their_resources(by_moldable(), settings).await?;
        let mut jobs: Vec<JobId> = read.iter().map(|(resuming, _)| resuming.job.id).collect();
        jobs.extend(others.values().flatten().map(|job| job.id));
        jobs.sort();
        jobs.dedup();
        let types = self.types_of(&jobs).await?;
        let types_of = |job: JobId| types.get(&job).cloned().unwrap_or_default();
        let complete = |(mut resuming, _): (ResumingJob, MoldableId)| {
            let id = resuming.job.id;
            resuming.job.types = types_of(id);
            resuming.others = others.remove(&id).unwrap_or_default();
            resuming.others.iter_mut().for_each(|job| job.types = types_of(job.id));
            (resuming.resources, resuming.hosts) = resources.remove(&id).unwrap_or_default();
            resuming
        };
        Ok(read.into_iter().map(complete).collect())
    }

    async fn others_on_their_resources(&mut self, resuming: Rows) -> Result<BTreeMap<JobId, Vec<Job>>, DbError> {
        let statement = "SELECT DISTINCT resuming.a, CAST(jobs.job_id AS bigint), CAST(jobs.job_user AS text), \
             CAST(jobs.job_name AS text) FROM (ROWS) AS resuming \
             JOIN assigned_resources AS theirs ON theirs.moldable_job_id = resuming.b \
             AND theirs.assigned_resource_index = 'CURRENT' \
             JOIN assigned_resources AS taken ON taken.resource_id = theirs.resource_id \
             AND taken.assigned_resource_index = 'CURRENT' \
             JOIN jobs ON jobs.assigned_moldable_job = taken.moldable_job_id \
             WHERE jobs.job_id <> resuming.a AND jobs.state IN \
             ('toLaunch', 'toError', 'toAckReservation', 'Launching', 'Running', 'Finishing') ORDER BY resuming.a, 2";
        let read = |row: &Row| {
            let text = |column| Ok::<String, sqlx::Error>(row.text(column)?.unwrap_or_default());
            let job =
                Job { id: JobId(row.number(1)?.unwrap_or_default()), user: text(2)?, name: text(3)?, ..Job::default() };
            Ok((JobId(row.number(0)?.unwrap_or_default()), job))
        };
        let mut others: BTreeMap<JobId, Vec<Job>> = BTreeMap::new();
        for (resuming, job) in self.change_with(PURPOSE, statement, resuming, read).await? {
            others.entry(resuming).or_default().push(job);
        }
        Ok(others)
    }

    /// What the jobs have, and of that the nodes on which they have processes.
    async fn their_resources(
        &mut self,
        resuming: Rows,
        settings: &Settings,
    ) -> Result<BTreeMap<JobId, (BTreeSet<ResourceId>, Vec<String>)>, DbError> {
        let statement = "SELECT resuming.a, CAST(resources.resource_id AS bigint), \
             CAST(resources.network_address AS text), CAST(resources.type AS text) FROM (ROWS) AS resuming \
             JOIN assigned_resources ON assigned_resources.moldable_job_id = resuming.b \
             AND assigned_resource_index = 'CURRENT' \
             JOIN resources ON resources.resource_id = assigned_resources.resource_id \
             ORDER BY resuming.a, resources.network_address, resources.resource_id";
        let read = |row: &Row| {
            let text = |column| Ok::<String, sqlx::Error>(row.text(column)?.unwrap_or_default());
            let [job, resource] = [row.number(0)?, row.number(1)?].map(|number| number.unwrap_or(-1));
            Ok((JobId(job), number_of(resource), text(2)?, text(3)?))
        };
        let mut of_jobs: BTreeMap<JobId, (BTreeSet<ResourceId>, Vec<String>)> = BTreeMap::new();
        for (job, resource, host, kind) in self.change_with(PURPOSE, statement, resuming, read).await? {
            let (resources, hosts) = of_jobs.entry(job).or_default();
            resources.extend(resource);
            let is_node = kind == "default" || settings.always_assigned_type.as_ref() == Some(&kind);
            if is_node && !host.is_empty() && hosts.last() != Some(&host) {
                hosts.push(host);
            }
        }
        Ok(of_jobs)
    }
}

fn read_job(row: &Row) -> Result<(ResumingJob, MoldableId), sqlx::Error> {
    let number = |column| Ok::<i64, sqlx::Error>(row.number(column)?.unwrap_or_default());
    let job = row.job(0)?;
    Ok((ResumingJob { job, is_noted: number(6)? > 0, ..ResumingJob::default() }, MoldableId(number(5)?)))
}
