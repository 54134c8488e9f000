//! `oar.conf`: the file, and what the schedulers take from it. See `docs/configuration.md`.

use std::path::PathBuf;

mod energy;
mod file;
mod hash;
mod mail;
mod resuming;
mod settings;
mod walltimes;

pub use energy::{Energy, Halt, NodeManager};
pub use file::{Conf, Remark};
pub use mail::Mail;
pub use resuming::Resuming;
pub use settings::{
    Address, Almighty, Checkpoints, Database, Log, LogFile, Login, Mode, Postgres, Quotas, Server, Settings,
};
pub use walltimes::{PerQueue, WalltimeChanges};

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A value that is none of those that are accepted.
    #[error("{}, line {line}: {key}: expected {expected}, found {found:?}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The line of the assignment that counts, from 1.
        line: usize,
        /// The key.
        key: String,
        /// What is accepted.
        expected: String,
        /// The value, shortened if it is long; `…` for a password.
        found: String,
    },
    /// A key without which nothing goes.
    #[error("{}: {key} is not set; expected {expected}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// What is accepted.
        expected: String,
    },
}
