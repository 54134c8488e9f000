//! What is written on the jobs that have a place.

use oar_scheduler_core::Assignment;
use pyo3::intern;
use pyo3::prelude::*;

use crate::procsets::Maker;

/// Writes a place on a job. The walltime is the engine's: it includes the security time. The karma is written where there is one.
pub(crate) fn write(job: &Bound<'_, PyAny>, place: &Assignment, karma: Option<f64>, sets: &Maker<'_>) -> PyResult<()> {
    let py = job.py();
    job.setattr(intern!(py, "start_time"), place.start.0)?;
    job.setattr(intern!(py, "walltime"), place.walltime.0)?;
    job.setattr(intern!(py, "end_time"), place.start.end_of(place.walltime).0)?;
    job.setattr(intern!(py, "moldable_id"), place.moldable.0)?;
    job.setattr(intern!(py, "res_set"), sets.make(&place.resources)?)?;
    match karma {
        Some(karma) => job.setattr(intern!(py, "karma"), karma),
        None => Ok(()),
    }
}
