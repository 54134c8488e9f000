//! Copies of the gantt: for those who look at it between rounds, and for those who want to know later.

use oar_scheduler_core::Time;

use super::{Database, DbError, Transaction};
use crate::conf::Settings;

impl Database {
    /// Copies the gantt to where commands and web pages look at it, and, if that is configured, to where it is kept.
    ///
    /// # Errors
    /// When the database refuses it; then nothing has changed.
    pub async fn copy_gantt(&mut self, settings: &Settings, now: Time) -> Result<(), DbError> {
        self.transaction(Transaction::Begin).await?;
        let copied = self.copy_tables(settings, now).await;
        self.end(copied).await
    }

    async fn copy_tables(&mut self, settings: &Settings, now: Time) -> Result<(), DbError> {
        let purpose = "copying the gantt";
        for (table, columns) in [
            ("gantt_jobs_predictions", "moldable_job_id, start_time"),
            ("gantt_jobs_resources", "moldable_job_id, resource_id"),
        ] {
            self.run(purpose, format!("DELETE FROM {table}_visu")).await?;
            self.run(purpose, format!("INSERT INTO {table}_visu ({columns}) SELECT {columns} FROM {table}")).await?;
            if settings.logs_decisions {
                let kept = format!(
                    "INSERT INTO {table}_log (sched_date, {columns}) SELECT {now}, {columns} FROM {table} \
                     WHERE true ON CONFLICT DO NOTHING"
                );
                self.run(purpose, kept).await?;
            }
        }
        Ok(())
    }
}
