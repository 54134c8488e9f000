//! What can go wrong.

use std::io;
use std::path::{Path, PathBuf};

use oar_scheduler_core::RoundError;
use oar_scheduler_db::DbError;
use oar_scheduler_meta::SiteError;

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
    /// There is no PostgreSQL server to measure on.
    #[error(
        "a round is measured on a PostgreSQL server of its own, and OAR_TEST_POSTGRES_PORT names none: \
         `tools/with_postgres.sh oar-bench round` starts one (Debian: `apt-get install postgresql`)"
    )]
    NoPostgres,
    /// A variable of the environment.
    #[error("{variable}: expected {expected}, found {found:?}")]
    Environment {
        /// Its name.
        variable: &'static str,
        /// What should be there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// A machine that cannot hold what is to run on it.
    #[error("--running: expected at most as many jobs as the machine has resources ({resources}), found {running}")]
    TooManyRunning {
        /// The jobs.
        running: u32,
        /// The resources.
        resources: u32,
    },
    /// The client of the database cannot work.
    #[error("cannot talk to a database: {0}")]
    Runtime(io::Error),
    /// A database of ours cannot be used.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A statement of ours failed.
    #[error("{purpose}: {source}")]
    Statement {
        /// What it was for.
        purpose: &'static str,
        /// What the database says.
        source: sqlx::Error,
    },
    /// A round on a database failed.
    #[error("the round: {0}")]
    Site(#[from] SiteError),
    /// A round has left jobs without an answer.
    #[error("expected a place or a reason for each of {jobs} waiting jobs, found {answered} of them with one{}", without(.first))]
    NoAnswer {
        /// The jobs that wait.
        jobs: u64,
        /// Those that have an answer.
        answered: u64,
        /// The first that has none.
        first: Option<i64>,
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
    /// The virtual environment has no Python module.
    #[error("{}: expected a Python virtual environment with the module oar_scheduler_redox (`make redox-venv`): {}", .venv.display(), last_lines(.problem))]
    NoModule {
        /// The virtual environment.
        venv: PathBuf,
        /// What Python said.
        problem: String,
    },
    /// What is measured in Python has no such feature.
    #[error("the Python module is measured on waiting jobs alone, without `{0}`")]
    NotInPython(&'static str),
    /// OAR3 has no such feature, or its own idea of it.
    #[error("OAR3's functions cannot be compared on `{0}`: they decide it by other rules")]
    NotComparable(&'static str),
}

/// What an error message has room for.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.get(lines.len().saturating_sub(3)..).unwrap_or_default().join(" / ")
}

/// Which job is meant.
fn without(job: &Option<i64>) -> String {
    job.map_or_else(String::new, |job| format!("; job {job} has none"))
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
