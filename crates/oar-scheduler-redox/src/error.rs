//! What is raised.

use pyo3::create_exception;
use pyo3::exceptions::{PyAttributeError, PyException, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyInt, PyList, PySet, PyString, PyTuple};

/// Values are shortened to so many characters in messages.
const SHOWN_MAX: usize = 100;

create_exception!(oar_scheduler_redox, SchedulerError, PyException, "The scheduler cannot do what it was asked to do.");

/// An error with the place of what is wrong. Those that others have raised stay as they are.
pub(crate) fn at(py: Python<'_>, place: &str, error: PyErr) -> PyErr {
    let message = || format!("{place}: {}", error.value(py));
    if error.get_type(py).is(py.get_type::<PyTypeError>()) {
        PyTypeError::new_err(message())
    } else if error.get_type(py).is(py.get_type::<PyValueError>()) {
        PyValueError::new_err(message())
    } else if error.get_type(py).is(py.get_type::<PyAttributeError>()) {
        PyAttributeError::new_err(message())
    } else {
        error
    }
}

/// That something has no such attribute.
pub(crate) fn no_attribute(name: &str) -> PyErr {
    PyAttributeError::new_err(format!("expected an attribute {name}, found none"))
}

/// An object as messages show it: what a plain value is, shortened if it is long; of what else the type.
pub(crate) fn shown(object: &Bound<'_, PyAny>) -> String {
    let is_plain = object.is_none()
        || object.is_instance_of::<PyInt>()
        || object.is_instance_of::<PyFloat>()
        || object.is_instance_of::<PyString>()
        || object.is_instance_of::<PyBytes>()
        || object.is_instance_of::<PyTuple>()
        || object.is_instance_of::<PyList>()
        || object.is_instance_of::<PyDict>()
        || object.is_instance_of::<PySet>();
    if is_plain { written(object) } else { type_name(object) }
}

/// What Python writes for an object, shortened if it is long.
pub(crate) fn written(object: &Bound<'_, PyAny>) -> String {
    let Ok(text) = object.repr().map(|text| text.to_string_lossy().into_owned()) else { return type_name(object) };
    let mut shown: String = text.chars().take(SHOWN_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

fn type_name(object: &Bound<'_, PyAny>) -> String {
    object.get_type().name().map_or_else(|_| "something else".to_owned(), |name| name.to_string())
}
