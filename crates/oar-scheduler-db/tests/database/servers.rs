//! Databases to test on: a file of SQLite, and a database of the PostgreSQL server that `tools/with_postgres.sh` starts.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::UNIX_EPOCH;

use oar_scheduler_db::Database;
use oar_scheduler_db::conf::{self, Conf};
use sqlx::{Connection, Executor, PgConnection, Row, SqliteConnection};
use tempfile::TempDir;

/// An empty database.
pub struct Server {
    pub conf: conf::Database,
    _folder: TempDir,
}

/// A number for each database of this process.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// What the tests run in.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test)
}

/// An empty database of each engine that is there.
pub async fn servers() -> Vec<Server> {
    let mut servers = vec![sqlite()];
    servers.extend(postgres().await);
    servers
}

pub fn sqlite() -> Server {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("oar.db");
    std::fs::write(&file, "").unwrap();
    Server { conf: conf::Database::Sqlite(file), _folder: folder }
}

/// A database of the server; `None`, and a word about it, if there is no server.
pub async fn postgres() -> Option<Server> {
    let Ok(port) = std::env::var("OAR_TEST_POSTGRES_PORT") else {
        eprintln!("skipped on PostgreSQL: tools/with_postgres.sh starts one");
        return None;
    };
    let password = std::env::var("OAR_TEST_POSTGRES_PASSWORD").unwrap();
    // A process may have the number of one that has ended.
    let begun = UNIX_EPOCH.elapsed().unwrap().as_nanos();
    let name = format!("oar_{}_{}_{begun}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let url = format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres");
    let mut connection = PgConnection::connect(&url).await.unwrap();
    connection.execute(format!("CREATE DATABASE {name}").as_str()).await.unwrap();
    let text = format!(
        "DB_TYPE=Pg\nDB_HOSTNAME=127.0.0.1\nDB_PORT={port}\nDB_BASE_NAME={name}\nDB_BASE_LOGIN=postgres\nDB_BASE_PASSWD={password}"
    );
    let conf = conf::Database::of(&Conf::parse(Path::new("oar.conf"), &text)).unwrap();
    Some(Server { conf, _folder: tempfile::tempdir().unwrap() })
}

impl Server {
    pub async fn connect(&self) -> Database {
        Database::connect(&self.conf).await.unwrap()
    }

    /// With the tables of OAR 3.
    pub async fn with_schema(self) -> Self {
        self.connect().await.create_schema().await.unwrap();
        self
    }

    /// Runs some SQL.
    pub async fn run(&self, sql: &str) -> Result<(), sqlx::Error> {
        match &self.conf {
            conf::Database::Postgres(_) => self.raw().await.execute(sql).await.map(drop),
            conf::Database::Sqlite(file) => lite(file).await.execute(sql).await.map(drop),
        }
    }

    /// The rows of a query of one column of text.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        match &self.conf {
            conf::Database::Postgres(_) => {
                let rows = sqlx::query(sql).fetch_all(&mut self.raw().await).await.unwrap();
                rows.iter().map(|row| row.get::<String, _>(0)).collect()
            }
            conf::Database::Sqlite(file) => {
                let rows = sqlx::query(sql).fetch_all(&mut lite(file).await).await.unwrap();
                rows.iter().map(|row| row.get::<String, _>(0)).collect()
            }
        }
    }

    /// A connection to the PostgreSQL server, for what takes more than one statement.
    pub async fn raw(&self) -> PgConnection {
        let conf::Database::Postgres(postgres) = &self.conf else { panic!("not PostgreSQL") };
        let password = postgres.login.password.as_deref().unwrap();
        let url = format!("postgres://postgres:{password}@127.0.0.1:{}/{}", postgres.port, postgres.name);
        PgConnection::connect(&url).await.unwrap()
    }
}

async fn lite(file: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap()
}
