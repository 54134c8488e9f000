//! Rows of either engine. Queries cast each column to `bigint` or `text`, so that there are no other types.

use oar_scheduler_core::{Job, JobId};
use sea_query::{Expr, ExprTrait, PostgresQueryBuilder, SelectStatement, SqliteQueryBuilder};
use sea_query_sqlx::SqlxBinder;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Executor, Row as _, ValueRef};

use super::{Connection, Database, DbError};

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

    /// A column of type `text`; `None`: NULL. A database that does not know its encoding gives any bytes: those that are not UTF-8 are replaced.
    pub fn text(&self, column: usize) -> Result<Option<String>, sqlx::Error> {
        match self {
            Self::Postgres(row) => {
                let value = row.try_get_raw(column)?;
                if value.is_null() {
                    return Ok(None);
                }
                let bytes = value.as_bytes().map_err(|source| decoding(column, source))?;
                Ok(Some(String::from_utf8_lossy(bytes).into_owned()))
            }
            Self::Sqlite(row) => {
                let bytes: Option<Vec<u8>> = row.try_get_unchecked(column)?;
                Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
            }
        }
    }

    /// A job whose number, user, project, queue and name are in five columns, from this one on. It has no types yet.
    pub fn job(&self, first: usize) -> Result<Job, sqlx::Error> {
        let text = |column| Ok::<String, sqlx::Error>(self.text(first + column)?.unwrap_or_default());
        Ok(Job {
            id: JobId(self.number(first)?.unwrap_or_default()),
            user: text(1)?,
            project: text(2)?,
            queue: text(3)?,
            name: text(4)?,
            ..Job::default()
        })
    }
}

fn decoding(column: usize, source: sqlx::error::BoxDynError) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_string(), source }
}

/// A column of a table, as a number.
pub(super) fn number(table: &'static str, column: &'static str) -> Expr {
    Expr::col((table, column)).cast_as("bigint")
}

/// A column of a table, as a text.
pub(super) fn text(table: &'static str, column: &'static str) -> Expr {
    Expr::col((table, column)).cast_as("text")
}

impl Database {
    /// The rows of a query without parameters, each made into something else.
    pub(super) async fn rows<T>(
        &mut self,
        purpose: &'static str,
        query: &str,
        read: impl Fn(&Row) -> Result<T, sqlx::Error>,
    ) -> Result<Vec<T>, DbError> {
        let Self { connection, watch, .. } = self;
        let asked = async {
            match connection {
                Connection::Postgres(connection) => connection.fetch_all(query).await.map(of_postgres),
                Connection::Sqlite(connection) => connection.fetch_all(query).await.map(of_sqlite),
            }
        };
        let read = watch.limited(asked).await.and_then(|rows| rows.iter().map(read).collect());
        read.map_err(|source| DbError::Statement { purpose, source })
    }

    /// The rows of a query, each made into something else.
    pub(super) async fn select<T>(
        &mut self,
        purpose: &'static str,
        query: &SelectStatement,
        read: impl Fn(&Row) -> Result<T, sqlx::Error>,
    ) -> Result<Vec<T>, DbError> {
        let Self { connection, watch, .. } = self;
        let asked = async {
            match connection {
                Connection::Postgres(connection) => {
                    let (query, values) = query.build_sqlx(PostgresQueryBuilder);
                    sqlx::query_with(&query, values).fetch_all(connection).await.map(of_postgres)
                }
                Connection::Sqlite(connection) => {
                    let (query, values) = query.build_sqlx(SqliteQueryBuilder);
                    sqlx::query_with(&query, values).fetch_all(connection).await.map(of_sqlite)
                }
            }
        };
        let read = watch.limited(asked).await.and_then(|rows| rows.iter().map(read).collect());
        read.map_err(|source| DbError::Statement { purpose, source })
    }
}

fn of_postgres(rows: Vec<PgRow>) -> Vec<Row> {
    rows.into_iter().map(Row::Postgres).collect()
}

fn of_sqlite(rows: Vec<SqliteRow>) -> Vec<Row> {
    rows.into_iter().map(Row::Sqlite).collect()
}

/// A name as a part of a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
