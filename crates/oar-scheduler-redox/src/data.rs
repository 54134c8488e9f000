//! Rounds without a platform: a snapshot as a dict, a plan as a dict.

use oar_scheduler_core::{Hooks, JobId, Plan, Round, RoundError, Snapshot, Words};
use pyo3::exceptions::{PyKeyError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

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

/// No snapshot is deeper; what contains itself is.
const DEPTH_MAX: usize = 64;

fn read(snapshot: &Bound<'_, PyAny>) -> PyResult<Snapshot> {
    if !snapshot.is_instance_of::<PyDict>() {
        return Err(PyTypeError::new_err(format!("snapshot: expected a dict, found {}", shown(snapshot))));
    }
    if let Some((key, _)) = snapshot.cast::<PyDict>()?.iter().find(|(_, value)| is_deeper(value, DEPTH_MAX)) {
        let problem = format!("snapshot[{}]: expected no more than {DEPTH_MAX} levels, found more", shown(&key));
        return Err(PyValueError::new_err(problem));
    }
    let mut reader = pythonize::Depythonizer::from_object(snapshot);
    serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| PyValueError::new_err(format!("snapshot, at `{}`: {}", error.path(), error.inner())))
}

/// Whether there is something inside so many levels of dicts, lists and tuples.
fn is_deeper(value: &Bound<'_, PyAny>, levels: usize) -> bool {
    let Some(levels) = levels.checked_sub(1) else { return true };
    if let Ok(dict) = value.cast::<PyDict>() {
        dict.values().iter().any(|value| is_deeper(&value, levels))
    } else if let Ok(list) = value.cast::<PyList>() {
        list.iter().any(|value| is_deeper(&value, levels))
    } else if let Ok(tuple) = value.cast::<PyTuple>() {
        tuple.iter().any(|value| is_deeper(&value, levels))
    } else {
        false
    }
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
