//! What can go wrong.

use std::io;
use std::path::{Path, PathBuf};

use oar_scheduler_core::RoundError;

/// Why there is nothing to report.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The engine refuses a snapshot of ours.
    #[error("the engine cannot decide this round: {0}")]
    Round(#[from] RoundError),
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
    /// A file cannot be read.
    #[error("{}: cannot read it: {error}", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file cannot be written.
    #[error("{}: cannot write it: {error}", .path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A document is not of its format.
    #[error("{}: expected {expected}, found {problem}", .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What should be there.
        expected: &'static str,
        /// What is there.
        problem: String,
    },
    /// A program cannot be started.
    #[error("cannot run `{program}`: {error}")]
    Start {
        /// Which.
        program: String,
        /// Why.
        error: io::Error,
    },
    /// A program failed.
    #[error("`{program}` failed ({status}): {}", last_lines(.stderr))]
    Failed {
        /// Which.
        program: String,
        /// How.
        status: std::process::ExitStatus,
        /// What it said.
        stderr: String,
    },
    /// There is no callgrind.
    #[error(
        "instructions are counted by valgrind, which is not installed: `apt install valgrind`, or your system's package"
    )]
    NoValgrind,
    /// Callgrind saw nothing of what is measured.
    #[error("{case}: no instruction was counted: expected a placement in this binary's `{function}`, found none")]
    NothingCounted {
        /// The case.
        case: String,
        /// The function that instructions are counted in.
        function: &'static str,
    },
    /// The virtual environment is none.
    #[error("{}: expected a Python virtual environment with OAR3 installed, found no `bin/python` in it", .0.display())]
    NoPython(PathBuf),
    /// The virtual environment has no OAR3.
    #[error("{}: its Python cannot import OAR3's scheduler: {}", .venv.display(), last_lines(.problem))]
    NoOar3 {
        /// The virtual environment.
        venv: PathBuf,
        /// What Python said.
        problem: String,
    },
    /// OAR3 has no such feature, or its own idea of it.
    #[error("OAR3's functions cannot be compared on `{0}`: they decide it by other rules")]
    NotComparable(&'static str),
}

/// What an error message has room for.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.get(lines.len().saturating_sub(3)..).unwrap_or_default().join(" / ")
}

/// The error of a file that cannot be read.
pub(crate) fn cannot_read(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |error| Error::Read { path, error }
}

/// The error of a file that cannot be written.
pub(crate) fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |error| Error::Write { path, error }
}
