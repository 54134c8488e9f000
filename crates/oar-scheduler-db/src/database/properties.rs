//! What users wrote: conditions on resources, as SQL (`oarsub -p`, `oarsub -l "{…}"`).
//!
//! They run as the role that can only read, in a transaction that sees what the round sees and can only read, each text once and for a limited time. What is
//! wrong with one concerns nobody but those who wrote it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use oar_scheduler_core::ProcSet;
use sqlx::error::DatabaseError;
use sqlx::{Connection, Executor, PgConnection, Row, SqliteConnection};

use super::machine::number_of;
use super::{DbError, connect_postgres, connect_sqlite};
use crate::conf::{self, Postgres};

/// How long a text may take.
const TIMEOUT: Duration = Duration::from_secs(2);

/// How long to wait for the database to stop by itself what takes too long.
const PATIENCE: Duration = Duration::from_secs(1);

/// PostgreSQL's code for a statement that took too long.
const CANCELED: &str = "57014";

/// The conditions of a round, and the resources that they select.
pub(super) struct Properties<'a> {
    database: &'a conf::Database,
    /// What the round sees, by PostgreSQL's name for it.
    snapshot: Option<String>,
    reader: Reader,
    known: BTreeMap<String, Result<ProcSet, Problem>>,
    /// The users who have had a text that took too long: the round waits for no other of theirs.
    slow_users: BTreeSet<String>,
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub text: String,
    /// Whether the text may have an answer in another round.
    pub is_passing: bool,
}

enum Reader {
    NotConnected,
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
    /// It does not let us in: why.
    Refused(String),
}

/// Why a text has no answer.
enum Failure {
    /// What the database says about it.
    Wrong(String),
    /// The database does not let us in: why.
    NotAsked(String),
    TooSlow,
    /// The connection is gone.
    Lost(String),
}

impl<'a> Properties<'a> {
    pub fn new(database: &'a conf::Database, snapshot: Option<String>) -> Self {
        Self { database, snapshot, reader: Reader::NotConnected, known: BTreeMap::new(), slow_users: BTreeSet::new() }
    }

    /// How many texts were asked.
    pub fn count(&self) -> u64 {
        self.known.len() as u64
    }

    /// The resources that a user's text selects, or what is wrong with it.
    pub async fn select(&mut self, text: &str, user: &str) -> Result<ProcSet, Problem> {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        if self.slow_users.contains(user) {
            let text = "properties: not looked at in this round, as others of this user took too long".to_owned();
            return Err(Problem { text, is_passing: true });
        }
        self.connect().await;
        let answer = match &mut self.reader {
            Reader::Postgres(connection) => {
                let answer = tokio::time::timeout(TIMEOUT + PATIENCE, select_in_postgres(connection, text)).await;
                answer.unwrap_or(Err(Failure::Lost("it took too long".to_owned())))
            }
            Reader::Sqlite(connection) => select_in_sqlite(connection, text).await,
            Reader::NotConnected => Err(Failure::Lost("no connection".to_owned())),
            Reader::Refused(problem) => Err(Failure::NotAsked(problem.clone())),
        };
        let answer = match answer {
            Ok(resources) => Ok(resources),
            Err(failure) => {
                self.recover(&failure).await;
                let is_passing = !matches!(failure, Failure::Wrong(_));
                let text = match failure {
                    Failure::Wrong(problem) | Failure::NotAsked(problem) => format!("properties: {problem}"),
                    Failure::TooSlow => {
                        self.slow_users.insert(user.to_owned());
                        format!("properties: they took longer than {} s", TIMEOUT.as_secs())
                    }
                    Failure::Lost(problem) => {
                        self.slow_users.insert(user.to_owned());
                        format!("properties: the connection to the database was lost: {problem}")
                    }
                };
                Err(Problem { text, is_passing })
            }
        };
        self.known.insert(text.to_owned(), answer.clone());
        answer
    }

    async fn connect(&mut self) {
        if !matches!(self.reader, Reader::NotConnected) {
            return;
        }
        let connected = match self.database {
            conf::Database::Postgres(postgres) => self.connect_postgres(postgres).await.map(Reader::Postgres),
            conf::Database::Sqlite(file) => connect_sqlite(file, true).await.map(Reader::Sqlite),
        };
        self.reader = connected.unwrap_or_else(|error| Reader::Refused(error.to_string()));
    }

    async fn connect_postgres(&self, postgres: &Postgres) -> Result<PgConnection, DbError> {
        let mut connection = connect_postgres(postgres, &postgres.read_only, TIMEOUT).await?;
        let begun = connection.execute(self.beginning("").as_str()).await;
        begun.map_err(|source| DbError::Statement { purpose: "beginning to read as the round does", source })?;
        Ok(connection)
    }

    /// The statements that begin a transaction which sees what the round sees.
    fn beginning(&self, before: &str) -> String {
        let begin = format!("{before}BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        match &self.snapshot {
            Some(snapshot) => format!("{begin}; SET TRANSACTION SNAPSHOT '{}'", snapshot.replace('\'', "''")),
            None => begin,
        }
    }

    /// After an error nothing more can be asked in a transaction of PostgreSQL.
    async fn recover(&mut self, failure: &Failure) {
        let again = self.beginning("ROLLBACK; ");
        if let Reader::Postgres(connection) = &mut self.reader
            && (matches!(failure, Failure::Lost(_)) || connection.execute(again.as_str()).await.is_err())
        {
            self.reader = Reader::NotConnected;
        }
    }

    /// Ends the connection.
    pub async fn close(self) {
        // It has changed nothing: how it ends does not matter.
        let _ = match self.reader {
            Reader::Postgres(connection) => connection.close().await,
            Reader::Sqlite(connection) => connection.close().await,
            Reader::NotConnected | Reader::Refused(_) => Ok(()),
        };
    }
}

/// The text stands alone in its parentheses: it has no say about other conditions. A comment at its end ends with the line.
fn query(text: &str) -> String {
    format!("SELECT CAST(resource_id AS bigint) FROM resources WHERE ({text}\n)")
}

/// Sent as one statement: PostgreSQL refuses a second one within.
async fn select_in_postgres(connection: &mut PgConnection, text: &str) -> Result<ProcSet, Failure> {
    let rows = sqlx::query(&query(text)).persistent(false).fetch_all(connection).await.map_err(Failure::of)?;
    let ids = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>().map_err(Failure::of)?;
    Ok(ids.into_iter().filter_map(number_of).collect())
}

async fn select_in_sqlite(connection: &mut SqliteConnection, text: &str) -> Result<ProcSet, Failure> {
    // SQLite would run what follows as a statement of its own.
    if text.contains(';') {
        return Err(Failure::Wrong("expected a condition, found a text with a semicolon".to_owned()));
    }
    let deadline = Instant::now() + TIMEOUT;
    let mut handle = connection.lock_handle().await.map_err(Failure::of)?;
    handle.set_progress_handler(10_000, move || Instant::now() < deadline);
    drop(handle);
    let rows = sqlx::query(&query(text)).persistent(false).fetch_all(connection).await.map_err(Failure::of);
    let rows = rows.map_err(|failure| if Instant::now() < deadline { failure } else { Failure::TooSlow })?;
    let ids = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>().map_err(Failure::of)?;
    Ok(ids.into_iter().filter_map(number_of).collect())
}

impl Failure {
    fn of(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) if error.code().as_deref() == Some(CANCELED) => Self::TooSlow,
            sqlx::Error::Database(error) => Self::Wrong(one_line(error.as_ref())),
            other => Self::Lost(other.to_string()),
        }
    }
}

fn one_line(error: &dyn DatabaseError) -> String {
    error.message().split_whitespace().collect::<Vec<_>>().join(" ")
}
