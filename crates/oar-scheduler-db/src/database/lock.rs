//! That two meta-schedulers never work on a database at once.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::PathBuf;

use super::{Connection, Database, DbError};
use crate::conf;

/// The number of our lock among those of PostgreSQL's that applications give a meaning: `kao` in ASCII.
const LOCK: i64 = 0x006b_616f;

/// The lock, for as long as it exists. In PostgreSQL it ends with the connection.
#[derive(Debug)]
pub struct Lock {
    _file: Option<File>,
}

impl Database {
    /// Takes the meta-scheduler's lock of a database, unless another process has it. On SQLite that is a file beside the database.
    ///
    /// # Errors
    /// When the database cannot be asked, or the file cannot be made.
    pub async fn lock(&mut self, database: &conf::Database) -> Result<Option<Lock>, DbError> {
        let purpose = "taking the lock of the meta-scheduler";
        match (&self.connection, database) {
            (Connection::Sqlite(_), conf::Database::Sqlite(file)) => {
                let mut name = file.clone().into_os_string();
                name.push(".kao-lock");
                let failed = |source: std::io::Error| DbError::Statement { purpose, source: source.into() };
                let path = PathBuf::from(name);
                let file = OpenOptions::new().create(true).append(true).open(path).map_err(failed)?;
                match file.try_lock() {
                    Ok(()) => Ok(Some(Lock { _file: Some(file) })),
                    Err(TryLockError::WouldBlock) => Ok(None),
                    Err(TryLockError::Error(error)) => Err(failed(error)),
                }
            }
            _ => {
                let query = format!("SELECT CAST(CASE WHEN pg_try_advisory_lock({LOCK}) THEN 1 ELSE 0 END AS bigint)");
                let taken = self.rows(purpose, &query, |row| row.number(0)).await?;
                Ok(taken.contains(&Some(1)).then_some(Lock { _file: None }))
            }
        }
    }
}
