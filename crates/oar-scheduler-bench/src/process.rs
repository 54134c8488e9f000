//! Other programs, and this one once more.

use std::path::PathBuf;
use std::process::Command;

use crate::error::Error;

/// This binary.
pub(crate) fn own_program() -> Result<PathBuf, Error> {
    std::env::current_exe().map_err(|error| Error::Start { program: "oar-bench".to_owned(), error })
}

/// Runs a command to its end, and gives what it printed.
///
/// # Errors
/// When it cannot be started, or fails; `program` is what it is called then.
pub(crate) fn output_of(command: &mut Command, program: &str) -> Result<Vec<u8>, Error> {
    output_with(command, program, 0)
}

/// The same of a program that may end with any code up to this one.
///
/// # Errors
/// As [`output_of`].
pub(crate) fn output_with(command: &mut Command, program: &str, code_max: i32) -> Result<Vec<u8>, Error> {
    let program = program.to_owned();
    let ended = command.output().map_err(|error| Error::Start { program: program.clone(), error })?;
    if ended.status.code().is_some_and(|code| (0..=code_max).contains(&code)) {
        return Ok(ended.stdout);
    }
    let stderr = String::from_utf8_lossy(&ended.stderr).into_owned();
    Err(Error::Failed { program, status: ended.status, stderr })
}
