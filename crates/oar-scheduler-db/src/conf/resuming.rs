//! How suspended jobs are resumed.

use std::path::PathBuf;
use std::time::Duration;

use super::{Conf, ConfError, Server};

/// How suspended jobs are resumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resuming {
    /// `JUST_BEFORE_RESUME_EXEC_FILE`: the command that is run before a job is resumed.
    pub script: Option<String>,
    /// `SUSPEND_RESUME_SCRIPT_TIMEOUT`: how long it may take.
    pub script_timeout: Duration,
    /// `SUSPEND_RESUME_FILE`: the Perl script that is run on each node of a job to resume it; a relative path is one in `OARDIR`. `None`: without
    /// `JOB_RESOURCE_MANAGER_PROPERTY_DB_FIELD` nodes know nothing of jobs, which are not resumed.
    pub manager: Option<PathBuf>,
    /// `TAKTUK_CMD`: how all nodes are reached at once; otherwise each by ssh.
    pub taktuk: Option<String>,
    /// `OAR_SSH_CONNECTION_TIMEOUT`: how long ssh may take; TakTuk twice as long.
    pub ssh_timeout: Duration,
}

impl Resuming {
    /// The settings.
    ///
    /// # Errors
    /// When a value is wrong.
    pub(super) fn of(conf: &Conf, server: Server) -> Result<Self, ConfError> {
        let seconds = |key: &str, default: u64| {
            Ok::<_, ConfError>(Duration::from_secs(conf.integer(key, 0)?.map_or(default, i64::unsigned_abs)))
        };
        let other = conf.get("SUSPEND_RESUME_FILE_MANAGER").filter(|_| server == Server::Oar3);
        let file = conf.get("SUSPEND_RESUME_FILE").or(other).unwrap_or("/etc/oar/suspend_resume_manager.pl");
        Ok(Self {
            script: conf.get("JUST_BEFORE_RESUME_EXEC_FILE").map(str::to_owned),
            script_timeout: seconds("SUSPEND_RESUME_SCRIPT_TIMEOUT", 60)?,
            manager: conf.get("JOB_RESOURCE_MANAGER_PROPERTY_DB_FIELD").map(|_| file.into()),
            taktuk: conf.get("TAKTUK_CMD").map(str::to_owned),
            ssh_timeout: seconds("OAR_SSH_CONNECTION_TIMEOUT", 120)?,
        })
    }
}
