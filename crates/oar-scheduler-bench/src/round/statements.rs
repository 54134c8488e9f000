//! The statements that the server ran for a round, as it counts them itself: its extension `pg_stat_statements`.
//!
//! The server counts what is run in the one database, by whomever: also the connection that properties are looked at with, and what the client asks
//! by itself. What begins and ends a transaction counts too.

use serde::{Deserialize, Serialize};
use sqlx::{Executor, PgConnection};

use super::server::RoundDatabase;
use crate::error::Error;

const PURPOSE: &str = "counting statements";

/// What the server did for a round.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Statements {
    /// The statements that it ran.
    pub statements: u64,
    /// The rows that they inserted, changed and deleted.
    pub rows_written: u64,
    /// The time that it took to plan and run them, and to send their results.
    pub seconds: f64,
}

/// Counts from now on what others than the controlling connection do.
///
/// Returns whether the server can count.
pub(super) async fn begin(database: &mut RoundDatabase) -> Result<bool, Error> {
    let failed = |source| Error::Statement { purpose: PURPOSE, source };
    let libraries = sqlx::query_scalar("SELECT current_setting('shared_preload_libraries')");
    let libraries: String = libraries.fetch_one(&mut database.control).await.map_err(failed)?;
    if !libraries.contains("pg_stat_statements") {
        return Ok(false);
    }
    let name = database.name();
    let begin = format!(
        "CREATE EXTENSION pg_stat_statements; SET pg_stat_statements.track = none; \
         ALTER DATABASE {name} SET pg_stat_statements.track = top; ALTER DATABASE {name} SET pg_stat_statements.track_planning = on"
    );
    database.control.execute(begin.as_str()).await.map_err(failed)?;
    Ok(true)
}

impl Statements {
    /// What was counted so far.
    pub async fn read(control: &mut PgConnection) -> Result<Self, Error> {
        let query = "SELECT CAST(coalesce(sum(calls), 0) AS bigint), \
                     CAST(coalesce(sum(rows) FILTER (WHERE query ~* '^\\s*(insert|update|delete)'), 0) AS bigint), \
                     CAST(coalesce(sum(total_plan_time + total_exec_time), 0) / 1000 AS double precision) FROM pg_stat_statements \
                     WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let read = sqlx::query_as(query).fetch_one(control).await;
        let (statements, rows, seconds): (i64, i64, f64) =
            read.map_err(|source| Error::Statement { purpose: PURPOSE, source })?;
        let [statements, rows_written] = [statements, rows].map(|number| u64::try_from(number).unwrap_or_default());
        Ok(Self { statements, rows_written, seconds })
    }

    /// What came since then.
    pub fn since(self, before: Self) -> Self {
        Self {
            statements: self.statements.saturating_sub(before.statements),
            rows_written: self.rows_written.saturating_sub(before.rows_written),
            seconds: self.seconds - before.seconds,
        }
    }
}
