//! What can go wrong.

use oar_scheduler_core::RoundError;

/// Why there is nothing to report.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The engine refuses a snapshot of ours.
    #[error("the engine cannot decide this round: {0}")]
    Round(#[from] RoundError),
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] std::io::Error),
}
