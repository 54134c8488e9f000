//! Rows of either engine. Queries cast each column to `bigint` or `text`, so that there are no other types.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Executor, Row as _};

use super::{Database, DbError};

/// A row.
pub(super) enum Row {
    Postgres(PgRow),
    Sqlite(SqliteRow),
}

impl Row {
    /// A column of type `bigint`; `None`: NULL.
    pub fn number(&self, column: usize) -> Result<Option<i64>, sqlx::Error> {
        match self {
            Self::Postgres(row) => row.try_get(column),
            Self::Sqlite(row) => row.try_get(column),
        }
    }

    /// A column of type `text`; `None`: NULL.
    pub fn text(&self, column: usize) -> Result<Option<String>, sqlx::Error> {
        match self {
            Self::Postgres(row) => row.try_get(column),
            Self::Sqlite(row) => row.try_get(column),
        }
    }
}

impl Database {
    /// The rows of a query without parameters, each made into something else.
    pub(super) async fn rows<T>(
        &mut self,
        purpose: &'static str,
        query: &str,
        read: impl Fn(&Row) -> Result<T, sqlx::Error>,
    ) -> Result<Vec<T>, DbError> {
        let rows: Result<Vec<Row>, sqlx::Error> = match self {
            Self::Postgres(connection) => {
                connection.fetch_all(query).await.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
            Self::Sqlite(connection) => {
                connection.fetch_all(query).await.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
        };
        let read = rows.and_then(|rows| rows.iter().map(read).collect());
        read.map_err(|source| DbError::Statement { purpose, source })
    }
}

/// A name as a part of a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
