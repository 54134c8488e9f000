//! What a round has left in the database.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::workload::NOW;
use crate::error::Error;

/// How many waiting jobs have which answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// A place; those that do not start now are told why.
    pub placed: u64,
    /// No place, and a message that says why.
    pub explained: u64,
    /// A place from now on.
    pub starting_now: u64,
    /// The resources of all places together.
    pub resources_placed: u64,
}

impl Outcome {
    /// Reads it.
    ///
    /// # Errors
    /// When the database cannot be asked, or one of so many waiting jobs has neither a place nor an explanation.
    pub async fn read(database: &mut PgConnection, jobs: u32) -> Result<Self, Error> {
        let query = sqlx::query_as(include_str!("outcome.sql")).bind(NOW).fetch_one(database);
        let purpose = "looking at what the round has written";
        let row: (i64, i64, i64, Option<i64>, i64) =
            query.await.map_err(|source| Error::Statement { purpose, source })?;
        let (placed, explained, starting_now, first, resources_placed) = row;
        let [placed, explained, starting_now, resources_placed] =
            [placed, explained, starting_now, resources_placed].map(count);
        let (jobs, answered) = (u64::from(jobs), placed + explained);
        if answered == jobs {
            Ok(Self { placed, explained, starting_now, resources_placed })
        } else {
            Err(Error::NoAnswer { jobs, answered, first })
        }
    }
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
