//! What is raised.

use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyTypeError, PyValueError};
use pyo3::prelude::*;

create_exception!(oar_scheduler_redox, SchedulerError, PyException, "The scheduler cannot do what it was asked to do.");

/// An error with the place of what is wrong. Those that others have raised stay as they are.
pub(crate) fn at(py: Python<'_>, place: &str, error: PyErr) -> PyErr {
    let message = || format!("{place}: {}", error.value(py));
    if error.get_type(py).is(py.get_type::<PyTypeError>()) {
        PyTypeError::new_err(message())
    } else if error.get_type(py).is(py.get_type::<PyValueError>()) {
        PyValueError::new_err(message())
    } else {
        error
    }
}
