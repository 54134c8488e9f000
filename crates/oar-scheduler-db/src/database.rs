//! The database of a server: PostgreSQL or SQLite.

use std::path::Path;
use std::time::Duration;

use oar_scheduler_core::Time;
use sea_query::{PostgresQueryBuilder, SqliteQueryBuilder};
use sea_query_sqlx::SqlxBinder;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, Executor, PgConnection, SqliteConnection};

use crate::conf::{self, Login, Postgres, Server};

mod accounting;
mod beginning;
mod bulk;
mod changes;
mod clients;
mod contacts;
mod decisions;
mod display;
mod events;
mod gantt;
mod host_events;
mod jobs;
mod lock;
mod machine;
mod nodes;
mod placed;
mod priorities;
mod properties;
mod property_changes;
mod queues;
mod requests;
mod reservations;
mod resuming;
mod round;
mod rows;
mod schema;
mod states;
mod walltimes;
mod watch;

pub use beginning::Beginning;
pub use changes::{Changed, Changes, Launch, StateChange};
pub use clients::Client;
pub use contacts::Contact;
pub use decisions::{Decisions, MESSAGE_MAX, Place};
pub use events::Event;
pub use host_events::HostEvent;
pub use jobs::JobDetails;
pub use lock::Lock;
pub use machine::Machine;
pub use nodes::Nodes;
pub use placed::{Eviction, PlacedJob, PlacedResource, Places, ResourceState};
pub use queues::{Demand, Queue};
pub use reservations::LostReservation;
pub use resuming::ResumingJob;
pub use round::{Jobs, LeftOut, RoundInput, Scope};

pub use walltimes::{NextJob, WalltimeAnswer, WalltimeRequest, WalltimeRequests};
use watch::Watch;

/// How long the database may take to let us in.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// How long to wait for others who write into the same file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(20);

/// Something that the database refused, or that could not be asked of it.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection.
    #[error("cannot connect to {database}: {source}")]
    Connect {
        /// Which database, without password.
        database: String,
        /// Why not.
        source: sqlx::Error,
    },
    /// A database of no server that we know.
    #[error("the table schema: expected one version, 2.5.* or 3.*, found {found:?}")]
    Version {
        /// The versions that it has.
        found: String,
    },
    /// A queue that there is not.
    #[error("expected the name of a queue ({known}), found {found:?}")]
    Queue {
        /// The queues that there are.
        known: String,
        /// What was asked for.
        found: String,
    },
    /// A property of resources that is not to be changed.
    #[error("expected a property of resources that the server does not keep itself, found {found:?}")]
    Property {
        /// Which.
        found: String,
    },
    /// A statement failed; what it would have changed is unchanged.
    #[error("{purpose}: {source}")]
    Statement {
        /// What the statement was for.
        purpose: &'static str,
        /// What the database says.
        source: sqlx::Error,
    },
}

/// A connection to a database.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    /// Whether nothing of what is written is to stay: one transaction is under way that is never committed.
    rehearses: bool,
    watch: Watch,
}

#[derive(Debug)]
enum Connection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// A statement that begins or ends a transaction.
#[derive(Debug, Clone, Copy)]
enum Transaction {
    Begin,
    /// It sees one state throughout, and changes nothing.
    BeginReading,
    Commit,
    Rollback,
}

impl Database {
    /// Connects as the role that reads and writes. A file of SQLite must exist.
    ///
    /// # Errors
    /// When the database is not there, or does not let us in.
    pub async fn connect(database: &conf::Database) -> Result<Self, DbError> {
        let (connection, watch) = match database {
            conf::Database::Postgres(postgres) => {
                let timeout = postgres.statement_timeout;
                let connection = connect_postgres(postgres, &postgres.login, timeout).await?;
                (Connection::Postgres(connection), Watch::new(Some(timeout + postgres.lock_timeout)))
            }
            conf::Database::Sqlite(file) => (Connection::Sqlite(connect_sqlite(file, false).await?), Watch::new(None)),
        };
        Ok(Self { connection, rehearses: false, watch })
    }

    /// The kind of server that the database belongs to, as its table `schema` says.
    ///
    /// # Errors
    /// When it says nothing, or something else.
    pub async fn server(&mut self) -> Result<Server, DbError> {
        let query = "SELECT CAST(version AS text) FROM schema";
        let versions = self.rows("reading the version of the schema", query, |row| row.text(0)).await?;
        let versions: Vec<String> = versions.into_iter().flatten().collect();
        match versions.as_slice() {
            [version] if version.starts_with("2.5") => Ok(Server::Oar2),
            [version] if version.starts_with("3.") => Ok(Server::Oar3),
            _ => Err(DbError::Version { found: versions.join(", ") }),
        }
    }

    /// The time on the database's clock: of the server that all processes of OAR ask. Within a transaction it stands still in PostgreSQL.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn now(&mut self) -> Result<Time, DbError> {
        let query = format!("SELECT {}", self.clock());
        let seconds = self.rows("asking for the time", &query, |row| row.number(0)).await?;
        let now = seconds.into_iter().flatten().next();
        now.map(Time).ok_or(DbError::Statement { purpose: "asking for the time", source: sqlx::Error::RowNotFound })
    }

    /// Creates the tables of OAR 3 and the rows that every database has, in an empty database: all or nothing.
    ///
    /// # Errors
    /// When there are tables of these names already, or the role may not create any.
    pub async fn create_schema(&mut self) -> Result<(), DbError> {
        self.transaction(Transaction::Begin).await?;
        let created = self.create_tables().await;
        self.end(created).await
    }

    async fn create_tables(&mut self) -> Result<(), DbError> {
        if let Connection::Postgres(_) = self.connection {
            for statement in schema::enum_types() {
                self.run("creating a type", statement.to_string(PostgresQueryBuilder)).await?;
            }
        }
        for table in schema::TABLES {
            let statement = match &mut self.connection {
                Connection::Postgres(_) => table.statement(true).build(PostgresQueryBuilder),
                Connection::Sqlite(_) => table.statement(false).build(SqliteQueryBuilder),
            };
            self.run("creating a table", statement).await?;
            for index in table.indexes() {
                let statement = match &mut self.connection {
                    Connection::Postgres(_) => index.build(PostgresQueryBuilder),
                    Connection::Sqlite(_) => index.build(SqliteQueryBuilder),
                };
                self.run("creating an index", statement).await?;
            }
        }
        for rows in schema::rows() {
            self.execute("writing the first rows", &rows).await?;
        }
        Ok(())
    }

    /// From now on the database shows what is written to this connection alone, and keeps nothing of it.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn rehearse(&mut self) -> Result<(), DbError> {
        self.transaction(Transaction::Begin).await?;
        self.rehearses = true;
        Ok(())
    }

    /// How many statements were run so far, those that begin and end transactions and the conditions that users wrote among them.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.watch.statements
    }

    /// The time on the database's clock, in SQL.
    fn clock(&self) -> &'static str {
        match self.connection {
            Connection::Postgres(_) => "CAST(floor(EXTRACT(EPOCH FROM current_timestamp)) AS bigint)",
            Connection::Sqlite(_) => "CAST(strftime('%s', 'now') AS bigint)",
        }
    }

    async fn transaction(&mut self, transaction: Transaction) -> Result<(), DbError> {
        if self.rehearses {
            return Ok(());
        }
        let (purpose, statement) = match transaction {
            Transaction::Begin => match &mut self.connection {
                Connection::Postgres(_) => ("beginning a transaction", "BEGIN"),
                // One that begins by reading could not be sure to be let write.
                Connection::Sqlite(_) => ("beginning a transaction", "BEGIN IMMEDIATE"),
            },
            Transaction::BeginReading => match &mut self.connection {
                Connection::Postgres(_) => ("beginning to read", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
                Connection::Sqlite(_) => ("beginning to read", "BEGIN"),
            },
            Transaction::Commit => ("ending a transaction", "COMMIT"),
            Transaction::Rollback => ("taking a transaction back", "ROLLBACK"),
        };
        self.run(purpose, statement.to_owned()).await
    }

    /// Ends a transaction: if all went well, what was done in it stays.
    async fn end<T>(&mut self, done: Result<T, DbError>) -> Result<T, DbError> {
        let ended = self.transaction(if done.is_ok() { Transaction::Commit } else { Transaction::Rollback }).await;
        // What went wrong first is what matters.
        let done = done?;
        ended.map(|()| done)
    }

    /// Runs a text of SQL that has no parameters.
    async fn run(&mut self, purpose: &'static str, statement: String) -> Result<(), DbError> {
        let Self { connection, watch, .. } = self;
        let asked = async {
            match connection {
                Connection::Postgres(connection) => connection.execute(statement.as_str()).await.map(drop),
                Connection::Sqlite(connection) => connection.execute(statement.as_str()).await.map(drop),
            }
        };
        watch.limited(asked).await.map_err(|source| DbError::Statement { purpose, source })
    }

    /// Runs a statement.
    async fn execute(&mut self, purpose: &'static str, statement: &impl SqlxBinder) -> Result<(), DbError> {
        let Self { connection, watch, .. } = self;
        let asked = async {
            match connection {
                Connection::Postgres(connection) => {
                    let (statement, values) = statement.build_sqlx(PostgresQueryBuilder);
                    sqlx::query_with(&statement, values).execute(connection).await.map(drop)
                }
                Connection::Sqlite(connection) => {
                    let (statement, values) = statement.build_sqlx(SqliteQueryBuilder);
                    sqlx::query_with(&statement, values).execute(connection).await.map(drop)
                }
            }
        };
        watch.limited(asked).await.map_err(|source| DbError::Statement { purpose, source })
    }
}

async fn connect_postgres(postgres: &Postgres, login: &Login, timeout: Duration) -> Result<PgConnection, DbError> {
    let milliseconds = |duration: Duration| duration.as_millis().to_string();
    let options = PgConnectOptions::new_without_pgpass()
        .host(&postgres.host)
        .port(postgres.port)
        .database(&postgres.name)
        .username(&login.name)
        .application_name("oar-scheduler")
        .options([("statement_timeout", milliseconds(timeout)), ("lock_timeout", milliseconds(postgres.lock_timeout))]);
    let options = match &login.password {
        Some(password) => options.password(password),
        None => options,
    };
    let connected = tokio::time::timeout(CONNECT_TIMEOUT, PgConnection::connect_with(&options)).await;
    let connected = connected.unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())));
    connected.map_err(|source| DbError::Connect {
        database: format!("database {} at {}:{} as {}", postgres.name, postgres.host, postgres.port, login.name),
        source,
    })
}

async fn connect_sqlite(file: &Path, read_only: bool) -> Result<SqliteConnection, DbError> {
    let options = SqliteConnectOptions::new().filename(file).read_only(read_only).busy_timeout(BUSY_TIMEOUT);
    let failed = |source| DbError::Connect { database: file.display().to_string(), source };
    SqliteConnection::connect_with(&options).await.map_err(failed)
}
