//! A database of its own, on the PostgreSQL server that `tools/with_postgres.sh` starts.

use std::env;
use std::path::Path;

use oar_scheduler_db::Database;
use oar_scheduler_db::conf::{self, Conf};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, Executor, PgConnection};

use crate::error::Error;

const PORT: &str = "OAR_TEST_POSTGRES_PORT";
const PASSWORD: &str = "OAR_TEST_POSTGRES_PASSWORD";
const HOST: &str = "127.0.0.1";
const LOGIN: &str = "postgres";

/// What `oar.conf` says besides where the database is: as OAR's own example, but with all levels, fair sharing, and no limit on the jobs of a round.
const SETTINGS: &str = r#"HIERARCHY_LABELS="resource_id,cluster,network_address,cpu,core"
SCHEDULER_RESOURCE_ORDER="scheduler_priority ASC, state_num ASC, available_upto DESC, suspended_jobs ASC, network_address DESC, resource_id ASC"
JOB_PRIORITY="FAIRSHARE"
MAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND="0"
LOG_FILE=":stderr:"
"#;

/// A PostgreSQL server that lets us create databases.
pub(super) struct Server {
    port: u16,
    password: String,
}

/// A database with the tables of OAR 3.
pub(super) struct RoundDatabase {
    name: String,
    /// The text of `oar.conf`.
    pub conf: String,
    /// A connection that is none of the schedulers.
    pub control: PgConnection,
}

impl Server {
    /// The server that the environment names.
    pub fn from_environment() -> Result<Self, Error> {
        let Ok(port) = env::var(PORT) else { return Err(Error::NoPostgres) };
        let expected = "a port from 1 to 65535";
        let number = port.parse().ok().filter(|port| *port > 0);
        let port = number.ok_or(Error::Environment { variable: PORT, expected, found: port })?;
        Ok(Self { port, password: env::var(PASSWORD).unwrap_or_default() })
    }

    /// Creates a database.
    pub async fn create(&self) -> Result<RoundDatabase, Error> {
        let name = format!("oar_bench_{}", std::process::id());
        self.run("creating a database", &format!("CREATE DATABASE {name}")).await?;
        let created = self.open(&name).await;
        if created.is_err() {
            // What went wrong first is what matters.
            let _ = self.drop(&name).await;
        }
        created
    }

    async fn open(&self, name: &str) -> Result<RoundDatabase, Error> {
        let Self { port, password } = self;
        let conf = format!(
            "DB_TYPE=Pg\nDB_HOSTNAME={HOST}\nDB_PORT={port}\nDB_BASE_NAME={name}\nDB_BASE_LOGIN={LOGIN}\nDB_BASE_PASSWD='{password}'\n{SETTINGS}"
        );
        let database = conf::Database::of(&parsed(&conf)).map_err(oar_scheduler_meta::SiteError::from)?;
        Database::connect(&database).await?.create_schema().await?;
        Ok(RoundDatabase { name: name.to_owned(), conf, control: self.connect(name).await? })
    }

    /// Removes a database.
    pub async fn remove(&self, database: RoundDatabase) -> Result<(), Error> {
        let name = database.name.clone();
        drop(database);
        self.drop(&name).await
    }

    async fn drop(&self, name: &str) -> Result<(), Error> {
        self.run("removing the database", &format!("DROP DATABASE {name} WITH (FORCE)")).await
    }

    /// Runs a statement that concerns the whole server.
    async fn run(&self, purpose: &'static str, statement: &str) -> Result<(), Error> {
        let done = self.connect("postgres").await?.execute(statement).await;
        done.map(drop).map_err(|source| Error::Statement { purpose, source })
    }

    async fn connect(&self, database: &str) -> Result<PgConnection, Error> {
        let options = PgConnectOptions::new_without_pgpass().host(HOST).port(self.port).username(LOGIN);
        let options = options.password(&self.password).database(database);
        let purpose = "connecting to the server that OAR_TEST_POSTGRES_PORT names";
        PgConnection::connect_with(&options).await.map_err(|source| Error::Statement { purpose, source })
    }
}

impl RoundDatabase {
    /// What a scheduler would read from a file.
    pub fn conf(&self) -> Conf {
        parsed(&self.conf)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn parsed(conf: &str) -> Conf {
    Conf::parse(Path::new("oar.conf"), conf)
}
