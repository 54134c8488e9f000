//! Many rows in one statement.

use super::rows::Row;
use super::{Connection, Database, DbError};

/// Rows of a number `a`, and of something else `b` but for the first kind.
pub(super) enum Rows {
    Keys(Vec<i64>),
    Numbers(Vec<(i64, i64)>),
    Reals(Vec<(i64, f64)>),
    Texts(Vec<(i64, String)>),
}

impl Rows {
    fn is_empty(&self) -> bool {
        match self {
            Self::Keys(rows) => rows.is_empty(),
            Self::Numbers(rows) => rows.is_empty(),
            Self::Reals(rows) => rows.is_empty(),
            Self::Texts(rows) => rows.is_empty(),
        }
    }

    /// The query that gives the rows in PostgreSQL: a parameter for each column, an array.
    fn in_postgres(&self) -> &'static str {
        match self {
            Self::Keys(_) => "SELECT * FROM unnest($1::bigint[]) AS arrays (a)",
            Self::Numbers(_) => "SELECT * FROM unnest($1::bigint[], $2::bigint[]) AS arrays (a, b)",
            Self::Reals(_) => "SELECT * FROM unnest($1::bigint[], $2::double precision[]) AS arrays (a, b)",
            Self::Texts(_) => "SELECT * FROM unnest($1::bigint[], $2::text[]) AS arrays (a, b)",
        }
    }

    /// The query that gives them in SQLite: one parameter, all rows in JSON.
    fn in_sqlite(&self) -> &'static str {
        match self {
            Self::Keys(_) => "SELECT value AS a FROM json_each($1)",
            _ => "SELECT value ->> 0 AS a, value ->> 1 AS b FROM json_each($1)",
        }
    }

    fn json(&self) -> Result<String, serde_json::Error> {
        match self {
            Self::Keys(rows) => serde_json::to_string(rows),
            Self::Numbers(rows) => serde_json::to_string(rows),
            Self::Reals(rows) => serde_json::to_string(rows),
            Self::Texts(rows) => serde_json::to_string(rows),
        }
    }
}

impl Database {
    /// Runs a statement in which `ROWS` stands for a query that gives these rows. Without rows there is nothing to do.
    pub(super) async fn write(&mut self, purpose: &'static str, statement: &str, rows: Rows) -> Result<(), DbError> {
        self.change(purpose, statement, rows).await.map(drop)
    }

    /// The same with a statement that gives rows back (`RETURNING`), or is a query: the numbers in their first column, which is a `bigint`.
    pub(super) async fn change(
        &mut self,
        purpose: &'static str,
        statement: &str,
        rows: Rows,
    ) -> Result<Vec<i64>, DbError> {
        let numbers = self.change_with(purpose, statement, rows, |row| row.number(0)).await?;
        Ok(numbers.into_iter().flatten().collect())
    }

    /// The same, each row that comes back made into something else.
    pub(super) async fn change_with<T>(
        &mut self,
        purpose: &'static str,
        statement: &str,
        rows: Rows,
        read: impl Fn(&Row) -> Result<T, sqlx::Error>,
    ) -> Result<Vec<T>, DbError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let Self { connection, watch, .. } = self;
        let asked = async {
            match connection {
                Connection::Postgres(connection) => {
                    let statement = statement.replace("ROWS", rows.in_postgres());
                    let query = sqlx::query(&statement);
                    let query = match rows {
                        Rows::Keys(rows) => query.bind(rows),
                        Rows::Numbers(rows) => {
                            let (a, b): (Vec<i64>, Vec<i64>) = rows.into_iter().unzip();
                            query.bind(a).bind(b)
                        }
                        Rows::Reals(rows) => {
                            let (a, b): (Vec<i64>, Vec<f64>) = rows.into_iter().unzip();
                            query.bind(a).bind(b)
                        }
                        Rows::Texts(rows) => {
                            let (a, b): (Vec<i64>, Vec<String>) = rows.into_iter().unzip();
                            query.bind(a).bind(b)
                        }
                    };
                    query.fetch_all(connection).await.map(|rows| rows.into_iter().map(Row::Postgres).collect())
                }
                Connection::Sqlite(connection) => {
                    let statement = statement.replace("ROWS", rows.in_sqlite());
                    match rows.json() {
                        Ok(json) => {
                            let rows = sqlx::query(&statement).bind(json).fetch_all(connection).await;
                            rows.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
                        }
                        Err(error) => Err(sqlx::Error::Encode(error.into())),
                    }
                }
            }
        };
        let done = watch.limited(asked).await;
        let read = done.and_then(|rows: Vec<Row>| rows.iter().map(read).collect());
        read.map_err(|source| DbError::Statement { purpose, source })
    }
}
