//! `kamelot`, the scheduler of a queue: its command line, and the program.

use std::path::PathBuf;

use clap::Parser;

mod program;

pub use program::{run, run_with};

/// Schedules the waiting jobs of a queue of an OAR server.
///
/// OAR servers start it, for each round, as `kamelot QUEUE EPOCH TEXT`; oar.conf (OARCONFFILE) says where the database is.
#[derive(Debug, Parser)]
#[command(name = "kamelot", version)]
pub struct Arguments {
    /// The queue.
    #[arg(required_unless_present = "convert_quotas")]
    pub queue: Option<String>,
    /// The time of the round, in seconds since the epoch; default: now, by the database's clock.
    pub epoch: Option<i64>,
    /// The same time as a text, which is not needed.
    #[arg(hide = true)]
    pub text: Vec<String>,
    /// Tell what would be decided, job by job, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Keep the round in FILE, for `oar-sim replay`, and change nothing.
    #[arg(long, value_name = "FILE")]
    pub snapshot: Option<PathBuf>,
    /// Tell when this job would start, and all that holds it back, and change nothing.
    #[arg(long, value_name = "JOB")]
    pub explain: Option<i64>,
    /// Print OAR 2's quotas file FILE (in Perl) as a file for QUOTAS_CONF_FILE, and what means something else on standard error.
    #[arg(long, value_name = "FILE", exclusive = true)]
    pub convert_quotas: Option<PathBuf>,
}

impl Arguments {
    /// Whether the round is only to be looked at.
    #[must_use]
    pub fn only_reads(&self) -> bool {
        self.dry_run || self.snapshot.is_some() || self.explain.is_some()
    }
}
