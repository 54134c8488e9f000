//! The log `oar.redox` of Python's `logging`.

use pyo3::intern;
use pyo3::prelude::*;

use crate::cycle::Took;

/// Logs a warning.
///
/// # Errors
/// When Python's logging raises.
pub(crate) fn warn(py: Python<'_>, message: &str) -> PyResult<()> {
    logger(py)?.call_method1(intern!(py, "warning"), ("%s", message)).map(drop)
}

/// Logs how many jobs waited and were placed, and how long that took, for those who look into it (level DEBUG).
///
/// # Errors
/// When Python's logging raises.
pub(crate) fn took(py: Python<'_>, waiting: usize, placed: usize, took: &Took) -> PyResult<()> {
    let [reading, placing, writing] = [took.reading, took.placing, took.writing].map(|part| part.as_secs_f64());
    let message = "%d of %d waiting jobs placed: read in %.6f s, placed in %.6f s, written in %.6f s";
    let arguments = (message, placed, waiting, reading, placing, writing);
    logger(py)?.call_method1(intern!(py, "debug"), arguments).map(drop)
}

fn logger(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import(intern!(py, "logging"))?.call_method1(intern!(py, "getLogger"), ("oar.redox",))
}
