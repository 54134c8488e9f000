//! The log `oar.redox` of Python's `logging`.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyAnyMethods;

/// Logs a warning.
///
/// # Errors
/// When Python's logging raises.
pub(crate) fn warn(py: Python<'_>, message: &str) -> PyResult<()> {
    let logger = py.import(intern!(py, "logging"))?.call_method1(intern!(py, "getLogger"), ("oar.redox",))?;
    logger.call_method1(intern!(py, "warning"), ("%s", message)).map(drop)
}
