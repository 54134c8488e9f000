//! Rounds without a platform: a snapshot as a dict, a plan as a dict.

use oar_scheduler_core::{Hooks, JobId, Plan, Round, RoundError, Snapshot, Words};
use pyo3::exceptions::{PyKeyError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::cycle::detached;
use crate::error::{SchedulerError, shown};
use crate::hooks::PythonHooks;

/// Decides a snapshot. `reasons`: whether to say what holds jobs back, which may cost more than the plan.
///
/// # Errors
/// `TypeError` when it is no dict, `ValueError` when it is no snapshot: where, what was expected and what was found. What interrupts a plugin is raised.
pub(crate) fn plan<'py>(snapshot: &Bound<'py, PyAny>, reasons: bool) -> PyResult<Bound<'py, PyAny>> {
    let py = snapshot.py();
    let snapshot = read(snapshot)?;
    Ok(pythonize::pythonize(py, &decide(py, &snapshot, reasons)?)?)
}

/// What becomes of a job of a snapshot, or of all of them, and why, in words.
///
/// # Errors
/// As [`plan`]; `KeyError` when no such job waits.
pub(crate) fn explain(snapshot: &Bound<'_, PyAny>, job: Option<i64>) -> PyResult<String> {
    let py = snapshot.py();
    let snapshot = read(snapshot)?;
    let plan = decide(py, &snapshot, true)?;
    let words = Words::new(&snapshot, &plan);
    match job {
        Some(job) => words.job(JobId(job)).ok_or_else(|| PyKeyError::new_err(format!("no job {job} waits"))),
        None => {
            let lines: Vec<String> = words.lines().iter().map(|line| format!("  {line}")).collect();
            Ok(format!("{}\n{}", words.time(), lines.join("\n")))
        }
    }
}

fn read(snapshot: &Bound<'_, PyAny>) -> PyResult<Snapshot> {
    if !snapshot.is_instance_of::<PyDict>() {
        return Err(PyTypeError::new_err(format!("snapshot: expected a dict, found {}", shown(snapshot))));
    }
    let mut reader = pythonize::Depythonizer::from_object(snapshot);
    serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| PyValueError::new_err(format!("snapshot, at `{}`: {}", error.path(), error.inner())))
}

fn decide(py: Python<'_>, snapshot: &Snapshot, reasons: bool) -> PyResult<Plan> {
    let hooks = PythonHooks::new(None);
    let decided = detached(py, || decided(snapshot, &hooks, reasons))?;
    hooks.check()?;
    decided.map_err(|error| match error {
        RoundError::Machine(_) => SchedulerError::new_err(error.to_string()),
        _ => PyValueError::new_err(format!("snapshot: {error}")),
    })
}

fn decided(snapshot: &Snapshot, hooks: impl Hooks, reasons: bool) -> Result<Plan, RoundError> {
    let mut round = Round::new(snapshot, hooks)?;
    for group in &snapshot.groups {
        round.place_group(group);
    }
    Ok(if reasons { round.finish() } else { round.finish_without_reasons() })
}
