//! OAR's scheduling engine inside Python: the functions that OAR 3's meta-scheduler calls, and plugins written in Python.

mod assigned;
mod config;
mod cycle;
mod data;
mod error;
mod handles;
mod hooks;
mod jobs;
mod log;
mod platform;
mod procsets;
mod reservations;
mod resources;

use pyo3::prelude::*;

/// The native part of the package `oar_scheduler_redox`.
#[pymodule]
mod oar_scheduler_redox {
    use pyo3::exceptions::PyTypeError;
    use pyo3::types::PyString;

    use super::*;
    use cycle::Queues;

    #[pymodule_export]
    use super::error::SchedulerError;
    #[pymodule_export]
    use super::handles::{PlatformHandle, SlotSetsHandle};
    #[pymodule_export]
    use super::hooks::match_request;

    /// The version of the engine.
    #[pyfunction]
    fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// Places the waiting jobs of a group of queues: a whole round, as an external scheduler makes it.
    #[pyfunction]
    fn schedule_cycle_external(
        session: &Bound<'_, PyAny>,
        config: &Bound<'_, PyAny>,
        platform: &Bound<'_, PyAny>,
        now: &Bound<'_, PyAny>,
        queues: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let (now, queues) = (cycle::time(now)?, Queues::read(queues)?);
        cycle::whole(session, config, platform, now, &queues)
    }

    /// Reads a platform: its configuration, its resources, and the jobs that hold them.
    #[pyfunction]
    fn build_redox_platform(
        session: &Bound<'_, PyAny>,
        config: &Bound<'_, PyAny>,
        platform: &Bound<'_, PyAny>,
        now: &Bound<'_, PyAny>,
        scheduled_jobs: &Bound<'_, PyAny>,
    ) -> PyResult<PlatformHandle> {
        let now = cycle::time(now)?;
        let (objects, read) = cycle::read_platform(session, config, platform, now, Some(scheduled_jobs))?;
        Ok(PlatformHandle::new(Py::new(session.py(), objects)?, read))
    }

    /// Begins a round on a platform: who holds what, when.
    #[pyfunction]
    fn build_redox_slot_sets(py: Python<'_>, platform_handle: &PlatformHandle) -> PyResult<SlotSetsHandle> {
        let platform = platform_handle.state()?;
        Ok(SlotSetsHandle::new(cycle::begin(py, &platform_handle.objects, &platform)?))
    }

    /// Places the waiting jobs of a group of queues of equal priority.
    #[pyfunction]
    fn schedule_cycle_internal(
        platform_handle: &PlatformHandle,
        slot_sets_handle: &SlotSetsHandle,
        queues: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let queues = Queues::read(queues)?;
        let (mut platform, mut round) = (platform_handle.state()?, slot_sets_handle.state()?);
        cycle::place_group(&platform_handle.objects, &mut platform, &mut round, &queues)
    }

    /// Accepts or refuses the new advance reservations of a queue.
    #[pyfunction]
    fn check_reservation_jobs(
        platform_handle: &PlatformHandle,
        slot_sets_handle: &SlotSetsHandle,
        queue: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        if !queue.is_instance_of::<PyString>() {
            let found = resources::type_name(queue);
            return Err(PyTypeError::new_err(format!("queue: expected the name of a queue, found {found}")));
        }
        let (mut platform, mut round) = (platform_handle.state()?, slot_sets_handle.state()?);
        reservations::check(&platform_handle.objects, &mut platform, &mut round, queue)
    }
    /// Decides a round that is given as data.
    #[pyfunction]
    #[pyo3(signature = (snapshot, *, reasons = true))]
    fn plan<'py>(snapshot: &Bound<'py, PyAny>, reasons: bool) -> PyResult<Bound<'py, PyAny>> {
        data::plan(snapshot, reasons)
    }

    /// What becomes of a job of a round that is given as data, or of all of them, and why.
    #[pyfunction]
    #[pyo3(signature = (snapshot, job = None))]
    fn explain(snapshot: &Bound<'_, PyAny>, job: Option<i64>) -> PyResult<String> {
        data::explain(snapshot, job)
    }
}
