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
mod programs;
mod reservations;
mod resources;

use pyo3::prelude::*;

/// The native part of the package `oar_scheduler_redox`.
#[pymodule]
mod oar_scheduler_redox {
    use std::collections::BTreeMap;

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
    #[pymodule_export]
    use super::programs::{create_schema, kamelot_main, kao_main, log_line};

    /// The version of the engine.
    #[pyfunction]
    fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// Places the waiting jobs of a group of queues: a whole round, as an external scheduler makes it.
    ///
    /// Asks the platform for its resources, the jobs that hold them and the waiting jobs; writes `start_time`, `walltime`, `end_time`, `moldable_id`, `res_set` and,
    /// where it was computed, `karma` on the jobs that have a place; and calls `save_assigns` once with those, if any job waits.
    ///
    /// A job that cannot be read is left out, with a warning in the log `oar.redox`. A `JOB_PRIORITY` that names no order, or a plugin of CUSTOM that fails, is a
    /// warning too, and FIFO is used; so is a setting that does not matter to the round, and it is as if it were not there. Raises TypeError or ValueError when an
    /// argument, anything else in the configuration, a file that it names or an answer of the platform is not what it should be; what the platform raises is raised.
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
    ///
    /// Raises as schedule_cycle_external.
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
    ///
    /// Calls nothing of the platform. Raises ValueError when the quotas cannot be used, SchedulerError when the handle is at work.
    #[pyfunction]
    fn build_redox_slot_sets(py: Python<'_>, platform_handle: &PlatformHandle) -> PyResult<SlotSetsHandle> {
        let mut platform = platform_handle.state()?;
        let slot_sets = cycle::begin(py, &platform_handle.objects, &mut platform)?;
        Ok(SlotSetsHandle::new(platform_handle.objects.clone_ref(py), slot_sets))
    }

    /// Places the waiting jobs of a group of queues of equal priority, and has their places saved.
    ///
    /// As schedule_cycle_external; containers that are placed serve the groups that come after. Raises SchedulerError when a handle is at work, ValueError when the
    /// slot sets were built of another platform. When it fails after jobs were placed, as in `save_assigns`, the slot sets cannot be used any more (SchedulerError).
    #[pyfunction]
    fn schedule_cycle_internal(
        platform_handle: &PlatformHandle,
        slot_sets_handle: &SlotSetsHandle,
        queues: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let queues = Queues::read(queues)?;
        let (mut platform, mut slot_sets) = (platform_handle.state()?, slot_sets_handle.state(platform_handle)?);
        let done = cycle::place_group(&platform_handle.objects, &mut platform, &mut slot_sets, &queues);
        platform_handle.objects.get().keep_jobs(BTreeMap::new());
        done
    }

    /// Accepts or refuses the new advance reservations of a queue, one after the other.
    ///
    /// Tells `oar.lib.job_handling` of each at once: state `toAckReservation`, or `toError` with a message that says why. The places of the accepted ones are saved
    /// by one call at the end, also if something is raised before. A reservation whose container has no place yet goes on waiting. Raises as
    /// schedule_cycle_internal.
    #[pyfunction]
    fn check_reservation_jobs(
        platform_handle: &PlatformHandle,
        slot_sets_handle: &SlotSetsHandle,
        queue: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        if !queue.is_instance_of::<PyString>() {
            let found = error::shown(queue);
            return Err(PyTypeError::new_err(format!("queue: expected the name of a queue, found {found}")));
        }
        let (mut platform, mut slot_sets) = (platform_handle.state()?, slot_sets_handle.state(platform_handle)?);
        let done = reservations::check(&platform_handle.objects, &mut platform, &mut slot_sets, queue);
        platform_handle.objects.get().keep_jobs(BTreeMap::new());
        done
    }

    /// Decides a round that is given as data.
    ///
    /// `snapshot` is what a file of the format `oar-scheduler-snapshot/1` holds, the answer what one of the format `oar-scheduler-plan/1` does. Without `reasons`
    /// nothing is said of why jobs do not start now, which may take longer than the plan. Raises ValueError with the place that is not what it should be,
    /// and what interrupts a plugin, such as Ctrl-C; it is not interrupted while no plugin is at work.
    #[pyfunction]
    #[pyo3(signature = (snapshot, *, reasons = true))]
    fn plan<'py>(snapshot: &Bound<'py, PyAny>, reasons: bool) -> PyResult<Bound<'py, PyAny>> {
        data::plan(snapshot, reasons)
    }

    /// What becomes of a job of a round that is given as data and why, in a line; without `job`, of all of them, a line each under a heading.
    ///
    /// Raises ValueError as plan, and KeyError when no such job waits.
    #[pyfunction]
    #[pyo3(signature = (snapshot, job = None))]
    fn explain(snapshot: &Bound<'_, PyAny>, job: Option<i64>) -> PyResult<String> {
        data::explain(snapshot, job)
    }
}
