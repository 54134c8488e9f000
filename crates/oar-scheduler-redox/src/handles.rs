//! What lives between two calls: a platform that was read, and a round under way.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use oar_scheduler_core::{JobId, Round, Snapshot};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::config::Config;
use crate::error::SchedulerError;
use crate::hooks::PythonHooks;

/// The Python objects of a round: what calls go to, and what plugins get.
#[pyclass(frozen, module = "oar_scheduler_redox")]
pub(crate) struct Objects {
    pub session: Py<PyAny>,
    pub config: Py<PyAny>,
    pub platform: Py<PyAny>,
    pub resource_set: Py<PyAny>,
    /// The jobs that hold resources, a list.
    pub scheduled: Py<PyAny>,
    /// The waiting jobs of the group that is placed now.
    jobs: Mutex<BTreeMap<JobId, Py<PyAny>>>,
}

impl Objects {
    pub fn new(objects: [&Bound<'_, PyAny>; 5]) -> Self {
        let [session, config, platform, resource_set, scheduled] = objects.map(|object| object.clone().unbind());
        Self { session, config, platform, resource_set, scheduled, jobs: Mutex::default() }
    }

    /// Keeps the waiting jobs of a group, as the platform gave them, until others come in their place.
    pub fn keep_jobs(&self, jobs: BTreeMap<JobId, Py<PyAny>>) {
        let before = mem::replace(&mut *self.jobs(), jobs);
        // Python may be called when they go: the lock is free by now.
        drop(before);
    }

    /// A waiting job of the group that is placed now, as the platform gave it.
    pub fn job<'py>(&self, py: Python<'py>, id: JobId) -> Option<Bound<'py, PyAny>> {
        self.jobs().get(&id).map(|job| job.bind(py).clone())
    }

    fn jobs(&self) -> MutexGuard<'_, BTreeMap<JobId, Py<PyAny>>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Objects {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        for object in [&self.session, &self.config, &self.platform, &self.resource_set, &self.scheduled] {
            visit.call(object)?;
        }
        self.jobs.try_lock().map_or(Ok(()), |jobs| jobs.values().try_for_each(|job| visit.call(job)))
    }
}

/// A platform: its configuration, its resources and the jobs that hold them, as they were when it was built.
///
/// It can be used in any thread, by one call at a time.
#[pyclass(frozen, module = "oar_scheduler_redox")]
pub(crate) struct PlatformHandle {
    /// What calls go to.
    pub objects: Py<Objects>,
    state: Mutex<Platform>,
}

/// What was read of a platform.
pub(crate) struct Platform {
    pub config: Config,
    /// Without queue groups.
    pub snapshot: Snapshot,
}

/// The slot sets of a round: who holds what, when.
///
/// It can be used in any thread, by one call at a time; no longer after a call that failed when jobs had been placed.
#[pyclass(frozen, module = "oar_scheduler_redox")]
pub(crate) struct SlotSetsHandle {
    /// Those of the platform that it was built of.
    objects: Py<Objects>,
    state: Mutex<SlotSets>,
}

/// A round under way.
pub(crate) struct SlotSets {
    round: Round<PythonHooks>,
    /// What failed when jobs had been placed: nobody knows what of it was saved.
    failed: Option<String>,
}

impl SlotSets {
    pub fn new(round: Round<PythonHooks>) -> Self {
        Self { round, failed: None }
    }

    fn usable(&self) -> PyResult<()> {
        self.failed.as_ref().map_or(Ok(()), |failed| {
            Err(SchedulerError::new_err(format!(
                "this SlotSetsHandle cannot be used any more, what it has placed was not all saved: {failed}"
            )))
        })
    }

    /// Does what changes the round and must then be saved: if that fails, the round cannot be used any more.
    ///
    /// # Errors
    /// Its errors; `SchedulerError` when something has failed before.
    pub fn change<T>(&mut self, change: impl FnOnce(&mut Round<PythonHooks>) -> PyResult<T>) -> PyResult<T> {
        self.usable()?;
        let changed = change(&mut self.round);
        self.failed = changed.as_ref().err().map(ToString::to_string);
        changed
    }
}

impl PlatformHandle {
    pub fn new(objects: Py<Objects>, platform: Platform) -> Self {
        Self { objects, state: Mutex::new(platform) }
    }

    /// What was read, for one call.
    pub fn state(&self) -> PyResult<MutexGuard<'_, Platform>> {
        free(&self.state, "PlatformHandle")
    }
}

impl SlotSetsHandle {
    pub fn new(objects: Py<Objects>, slot_sets: SlotSets) -> Self {
        Self { objects, state: Mutex::new(slot_sets) }
    }

    /// The round, for one call with the platform that it was built of.
    pub fn state(&self, platform: &PlatformHandle) -> PyResult<MutexGuard<'_, SlotSets>> {
        if !self.objects.is(&platform.objects) {
            return Err(PyValueError::new_err("slot_sets_handle: expected one that was built of this platform_handle"));
        }
        let slot_sets = free(&self.state, "SlotSetsHandle")?;
        slot_sets.usable()?;
        Ok(slot_sets)
    }
}

fn free<'m, T>(state: &'m Mutex<T>, name: &str) -> PyResult<MutexGuard<'m, T>> {
    state.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => SchedulerError::new_err(format!(
            "this {name} is at work: it can be used again once the call that uses it has returned"
        )),
        TryLockError::Poisoned(_) => {
            SchedulerError::new_err(format!("this {name} cannot be used any more: a call that used it failed"))
        }
    })
}

#[pymethods]
impl PlatformHandle {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.objects)
    }
}

#[pymethods]
impl SlotSetsHandle {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.objects)?;
        match self.state.try_lock() {
            Ok(slot_sets) => slot_sets.round.hooks().traverse(&visit),
            Err(_) => Ok(()),
        }
    }
}
