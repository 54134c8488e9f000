//! A server's database and configuration, and the rounds that are read from it.

use std::fmt;
use std::path::PathBuf;

use oar_scheduler_core::{Hooks, JobId, RoundError, plan};
use oar_scheduler_db::conf::{self, Conf, ConfError, Server, Settings};
use oar_scheduler_db::{Database, DbError, Jobs, RoundInput, Scope};
use oar_scheduler_hooks::Plugins;

use crate::dates;
use crate::decided::DecidedRound;
use crate::files::{self, FileError};
use crate::tokens;

/// Why there is no round.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// `oar.conf` does not say where the database is.
    #[error(transparent)]
    Conf(#[from] ConfError),
    /// `oar.conf` has a value that is none of those accepted.
    #[error("{source}")]
    Settings {
        /// The kind of server that it is the configuration of.
        server: Server,
        /// Which value.
        source: ConfError,
    },
    /// The database.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A file that `oar.conf` names.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file in which a round was to be kept.
    #[error("{}: {source}", path.display())]
    Keep {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A job that is to be explained, and does not wait in the queues of the round.
    #[error("expected a job that waits in an active queue, found {0}")]
    NotWaiting(JobId),
    /// What only the scheduler of a queue knows.
    #[error(
        "--snapshot, --explain: expected METASCHEDULER_MODE=internal, found external: ask the scheduler of the queue"
    )]
    External,
    /// The engine refuses the round.
    #[error("{}{source}", quotas.as_ref().map(|path| format!("QUOTAS_CONF_FILE {}: ", path.display())).unwrap_or_default())]
    Round {
        /// The file that is wrong, if it is one.
        quotas: Option<PathBuf>,
        /// What is wrong.
        source: RoundError,
    },
}

/// A connection to a server's database, and how the server is configured.
pub struct Site {
    /// What `oar.conf` says.
    pub settings: Settings,
    pub(crate) conf: conf::Database,
    pub(crate) database: Database,
    pub(crate) plugins: Box<dyn Hooks + Send + Sync>,
}

impl Site {
    /// Connects.
    ///
    /// # Errors
    /// When the configuration or the database cannot be used.
    pub async fn connect(conf: &Conf) -> Result<Self, SiteError> {
        let database_conf = conf::Database::of(conf)?;
        let mut database = Database::connect(&database_conf).await?;
        let server = database.server().await?;
        let settings = Settings::of(conf, server).map_err(|source| SiteError::Settings { server, source })?;
        Ok(Self { settings, conf: database_conf, database, plugins: Box::new(Plugins::published()) })
    }

    /// The same site with other plugins than the published ones.
    #[must_use]
    pub fn with_plugins(self, plugins: impl Hooks + Send + Sync + 'static) -> Self {
        Self { plugins: Box::new(plugins), ..self }
    }

    /// Reads a round. Changes nothing.
    ///
    /// # Errors
    /// When the database or a file of the configuration cannot be used. What is wrong with a job is no error.
    pub async fn read(&mut self, scope: &Scope) -> Result<RoundInput, SiteError> {
        let mut input = self.database.read_round(&self.conf, &self.settings, scope).await?;
        files::complete(&mut input, &self.settings)?;
        // A scheduler of one queue is not the one who calls it.
        let is_whole = scope.jobs == Jobs::WithReservations;
        input.snapshot.extra_metasched = self.settings.extra_metasched.clone().filter(|_| is_whole);
        dates::apply(&mut input);
        tokens::count(&mut input, &self.settings.token_scripts).await;
        Ok(input)
    }

    /// Decides a round that was read.
    ///
    /// # Errors
    /// When the engine refuses the round. What is wrong with a job is no error.
    pub fn plan(&self, input: RoundInput) -> Result<DecidedRound, SiteError> {
        self.plan_with(input, &*self.plugins)
    }

    /// The same with other plugins than those of the site.
    ///
    /// # Errors
    /// As [`Site::plan`].
    pub fn plan_with(&self, input: RoundInput, hooks: impl Hooks) -> Result<DecidedRound, SiteError> {
        let plan = plan(&input.snapshot, hooks).map_err(|source| {
            let quotas = self.settings.quotas.as_ref().filter(|_| matches!(source, RoundError::Quotas(_)));
            SiteError::Round { quotas: quotas.map(|quotas| quotas.file.clone()), source }
        })?;
        Ok(DecidedRound { input, plan })
    }

    /// Reads a round, and decides it. Changes nothing.
    ///
    /// # Errors
    /// As [`Site::read`] and [`Site::plan`].
    pub async fn decide(&mut self, scope: &Scope) -> Result<DecidedRound, SiteError> {
        let input = self.read(scope).await?;
        self.plan(input)
    }

    /// Writes what was decided: all or nothing.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn write(&mut self, round: &DecidedRound) -> Result<(), SiteError> {
        Ok(self.database.write_decisions(&round.decisions(self.settings.server)).await?)
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Site").field("settings", &self.settings).finish_non_exhaustive()
    }
}
