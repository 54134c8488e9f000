//! What a round decided, written in one transaction.

use oar_scheduler_core::{JobId, JobState, MoldableId, ProcSet, Time};

use super::bulk::Rows;
use super::{Database, DbError, Transaction};

/// The longest message that a job can have, in bytes: the column counts characters, but bytes in a database that does not know its encoding.
pub const MESSAGE_MAX: usize = 255;

/// What a round decided.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decisions {
    /// Places in the gantt that no longer count.
    pub outdated: Vec<MoldableId>,
    /// Where and when jobs run.
    pub places: Vec<Place>,
    /// What to tell of jobs that wait; cut to [`MESSAGE_MAX`].
    pub messages: Vec<(JobId, String)>,
    /// How jobs came to their place in the order, where that is kept (`jobs.last_karma`).
    pub karmas: Vec<(JobId, f64)>,
    /// Waiting jobs that will never run.
    pub errors: Vec<JobId>,
}

/// Where and when a job runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The alternative.
    pub moldable: MoldableId,
    /// Its first second.
    pub start: Time,
    /// The resources.
    pub resources: ProcSet,
}

impl Database {
    /// Writes what a round decided: all or nothing. Jobs that no longer wait are left alone.
    ///
    /// # Errors
    /// When the database refuses it; then nothing is written.
    pub async fn write_decisions(&mut self, decisions: &Decisions) -> Result<(), DbError> {
        self.transaction(Transaction::Begin).await?;
        let written = self.write_all(decisions).await;
        self.end(written).await
    }

    /// Part of a transaction.
    pub(super) async fn write_all(&mut self, decisions: &Decisions) -> Result<(), DbError> {
        self.delete_places(&decisions.outdated).await?;
        self.insert_places(&decisions.places).await?;
        self.update_messages(&decisions.messages).await?;
        self.update_karmas(&decisions.karmas).await?;
        self.set_to_error(&decisions.errors).await
    }

    async fn delete_places(&mut self, outdated: &[MoldableId]) -> Result<(), DbError> {
        for table in ["gantt_jobs_predictions", "gantt_jobs_resources"] {
            let statement = format!("DELETE FROM {table} WHERE moldable_job_id IN (SELECT a FROM (ROWS) AS old)");
            let rows = Rows::Keys(outdated.iter().map(|moldable| moldable.0).collect());
            self.write("taking outdated predictions back", &statement, rows).await?;
        }
        Ok(())
    }

    async fn insert_places(&mut self, places: &[Place]) -> Result<(), DbError> {
        let starts = places.iter().map(|place| (place.moldable.0, place.start.0)).collect();
        let statement =
            "INSERT INTO gantt_jobs_predictions (moldable_job_id, start_time) SELECT a, b FROM (ROWS) AS new";
        self.write("writing when jobs run", statement, Rows::Numbers(starts)).await?;
        let pairs = places.iter().flat_map(|place| place.resources.iter().map(|resource| (place.moldable.0, resource)));
        let pairs = pairs.map(|(moldable, resource)| (moldable, i64::from(resource.0))).collect();
        let statement =
            "INSERT INTO gantt_jobs_resources (moldable_job_id, resource_id) SELECT a, b FROM (ROWS) AS new";
        self.write("writing where jobs run", statement, Rows::Numbers(pairs)).await
    }

    async fn update_messages(&mut self, messages: &[(JobId, String)]) -> Result<(), DbError> {
        let rows = messages.iter().map(|(job, message)| (job.0, storable(message))).collect();
        let statement = "UPDATE jobs SET message = new.b FROM (ROWS) AS new \
                         WHERE jobs.job_id = new.a AND jobs.state = 'Waiting' AND jobs.message <> new.b";
        self.write("writing the messages of jobs", statement, Rows::Texts(rows)).await
    }

    async fn update_karmas(&mut self, karmas: &[(JobId, f64)]) -> Result<(), DbError> {
        let rows = karmas.iter().map(|(job, karma)| (job.0, *karma)).collect();
        let statement = "UPDATE jobs SET last_karma = new.b FROM (ROWS) AS new \
                         WHERE jobs.job_id = new.a AND jobs.state = 'Waiting' \
                         AND jobs.last_karma IS DISTINCT FROM CAST(new.b AS real)";
        self.write("writing the karma of jobs", statement, Rows::Reals(rows)).await
    }

    /// Gives up jobs that will never run: the meta-scheduler tells their users, and ends them.
    async fn set_to_error(&mut self, jobs: &[JobId]) -> Result<(), DbError> {
        self.move_jobs(jobs, JobState::Waiting, JobState::ToError).await.map(drop)
    }
}

/// A text as the column can have it: not too long, cut at a character, and without the one character that PostgreSQL does not store.
pub(super) fn storable(text: &str) -> String {
    let mut text: String = text.chars().filter(|character| *character != '\0').collect();
    let end = (0..=text.len().min(MESSAGE_MAX)).rev().find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or_default());
    text
}
