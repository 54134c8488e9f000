//! `oar-bench export`: the round that is measured, as a file.

use std::path::PathBuf;

use clap::Args;
use oar_scheduler_sim::output::{Output, Status};

use crate::case;
use crate::error::{Error, cannot_write};
use crate::snapshot;

/// Write the round that is measured as a snapshot, which `oar-sim replay` decides.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    case: case::Options,

    /// Where the snapshot goes; standard output without it, or when it is `-`.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Status, Error> {
    let snapshot = snapshot::of(&arguments.case.case().round());
    match arguments.output.as_deref().filter(|path| path.as_os_str() != "-") {
        None => output.json(&snapshot)?,
        Some(path) => {
            let mut line = serde_json::to_vec(&snapshot).map_err(std::io::Error::from).map_err(cannot_write(path))?;
            line.push(b'\n');
            std::fs::write(path, line).map_err(cannot_write(path))?;
        }
    }
    Ok(Status::Success)
}
