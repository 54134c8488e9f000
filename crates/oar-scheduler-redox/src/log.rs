//! The log `oar.redox` of Python's `logging`.

use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;

use crate::cycle::Took;

/// Logs a warning.
///
/// # Errors
/// What is meant for the whole program, such as Ctrl-C: what else logging raises costs no round.
pub(crate) fn warn(py: Python<'_>, message: &str) -> PyResult<()> {
    let logged = logger(py).and_then(|logger| logger.call_method1(intern!(py, "warning"), ("%s", message)));
    forget(py, logged)
}

/// Logs how many jobs waited and were placed, and how long that took, for those who look into it (level DEBUG).
///
/// # Errors
/// As [`warn`].
pub(crate) fn took(py: Python<'_>, waiting: usize, placed: usize, took: &Took) -> PyResult<()> {
    let [reading, placing, writing] = [took.reading, took.placing, took.writing].map(|part| part.as_secs_f64());
    let message = "%d of %d waiting jobs placed: read in %.6f s, placed in %.6f s, written in %.6f s";
    let arguments = (message, placed, waiting, reading, placing, writing);
    let logged = logger(py).and_then(|logger| logger.call_method1(intern!(py, "debug"), arguments));
    forget(py, logged)
}

/// Handlers of a site may raise anything, also because they call a handle that is at work.
fn forget(py: Python<'_>, logged: PyResult<Bound<'_, PyAny>>) -> PyResult<()> {
    match logged {
        Err(error) if error.is_instance_of::<PyException>(py) => error.write_unraisable(py, None),
        logged => return logged.map(drop),
    }
    Ok(())
}

fn logger(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import(intern!(py, "logging"))?.call_method1(intern!(py, "getLogger"), ("oar.redox",))
}
