//! What is in the database before a round.

use clap::{Args, value_parser};
use serde::{Deserialize, Serialize};
use sqlx::{Executor, PgConnection};

use crate::error::Error;

/// The time of every round: Monday, 9 March 2026, 10:00 UTC.
pub(super) const NOW: i64 = 1_773_050_400;
/// The queue of all waiting jobs.
pub(super) const QUEUE: &str = "default";

/// How much there is.
#[derive(Debug, Clone, PartialEq, Eq, Args, Serialize, Deserialize)]
pub(crate) struct Size {
    /// How many jobs wait.
    #[arg(long, default_value_t = 10_000, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub jobs: u32,

    /// How many jobs run.
    #[arg(long, default_value_t = 1_000, value_parser = value_parser!(u32).range(0..=1_000_000))]
    pub running: u32,

    /// How many resources (cores) the machine has.
    #[arg(long, default_value_t = 10_000, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub resources: u32,

    /// How many different texts there are in the properties of jobs.
    #[arg(long, default_value_t = 8, value_parser = value_parser!(u32).range(0..=10_000))]
    pub property_texts: u32,

    /// How many jobs have ended, and are still in the tables.
    #[arg(long, default_value_t = 0, value_parser = value_parser!(u32).range(0..=10_000_000))]
    pub ended: u32,

    /// Which one of the databases that can be drawn.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl Size {
    /// Refuses what cannot be.
    pub fn check(&self) -> Result<(), Error> {
        let Self { running, resources, .. } = *self;
        if running <= resources { Ok(()) } else { Err(Error::TooManyRunning { running, resources }) }
    }

    /// Fills a new database. The same options stand for the same rows, everywhere.
    pub async fn fill(&self, database: &mut PgConnection) -> Result<(), Error> {
        let Self { jobs, running, resources, property_texts, ended, seed } = *self;
        let options = format!(
            "SET round.jobs = {jobs}; SET round.running = {running}; SET round.resources = {resources}; \
             SET round.property_texts = {property_texts}; SET round.ended = {ended}; SET round.seed = {seed}; SET round.now = {NOW};"
        );
        let purpose = "filling the database";
        for statements in [options.as_str(), include_str!("workload.sql"), TIDY] {
            database.execute(statements).await.map_err(|source| Error::Statement { purpose, source })?;
        }
        Ok(())
    }
}

/// What a server's database has had done to it by itself, sooner or later.
const TIDY: &str = "VACUUM ANALYZE";

/// Takes back what a round has written.
pub(super) async fn reset(database: &mut PgConnection) -> Result<(), Error> {
    let purpose = "taking the round before back";
    for statements in [include_str!("reset.sql"), TIDY] {
        database.execute(statements).await.map_err(|source| Error::Statement { purpose, source })?;
    }
    Ok(())
}
