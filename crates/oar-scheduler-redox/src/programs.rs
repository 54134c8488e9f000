//! The programs `kao` and `kamelot` inside Python, for the commands of `oar-scheduler-kao`.

use std::ffi::OsString;
use std::fmt::Display;
use std::path::PathBuf;

use oar_scheduler_db::Database;
use oar_scheduler_db::conf::{self, Conf};
use oar_scheduler_meta::{kamelot, kao};
use pyo3::prelude::*;

use crate::error::SchedulerError;
use crate::hooks::PythonHooks;

/// The program `kao`, with plugins written in Python. `argv` begins with the name of the program. Returns what the program is to end with.
#[pyfunction]
#[pyo3(signature = (argv, /))]
pub(crate) fn kao_main(py: Python<'_>, argv: Vec<OsString>) -> u8 {
    py.detach(|| kao::run_with(argv, || Ok(PythonHooks::of_program())))
}

/// The program `kamelot`, with plugins written in Python. `argv` begins with the name of the program. Returns what the program is to end with.
#[pyfunction]
#[pyo3(signature = (argv, /))]
pub(crate) fn kamelot_main(py: Python<'_>, argv: Vec<OsString>) -> u8 {
    py.detach(|| kamelot::run_with(argv, || Ok(PythonHooks::of_program())))
}

/// Writes a line to the log of the program that runs. `level`: that of Python's `logging`.
#[pyfunction]
#[pyo3(signature = (level, message, /))]
pub(crate) fn log_line(level: u32, message: &str) {
    match level {
        40.. => tracing::error!("{message}"),
        30.. => tracing::warn!("{message}"),
        20.. => tracing::info!("{message}"),
        _ => tracing::debug!("{message}"),
    }
}

/// Creates the tables of OAR 3 in the empty database that an `oar.conf` names: for tests of plugins.
#[pyfunction]
#[pyo3(signature = (oar_conf, /))]
pub(crate) fn create_schema(py: Python<'_>, oar_conf: PathBuf) -> PyResult<()> {
    let failed = |error: &dyn Display| SchedulerError::new_err(format!("{}: {error}", oar_conf.display()));
    let conf = Conf::read(&oar_conf).map_err(|error| failed(&error))?;
    let database = conf::Database::of(&conf).map_err(|error| failed(&error))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let create = async { Database::connect(&database).await?.create_schema().await };
    py.detach(|| runtime.block_on(create)).map_err(|error| failed(&error))
}
