//! What plugins are shown of jobs and resources, with OAR 3's names.

use oar_scheduler_core::{Hierarchy, Hold, Job, Offer, ProcSet, Sharing, WaitingJob};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use pyo3::{PyTraverseError, PyVisit};

use super::matching::Machine;
use crate::procsets::Maker;

/// The types that OAR 3 keeps in attributes of their own.
const OWN_ATTRIBUTES: [&str; 6] = ["timesharing", "placeholder", "allow", "assign", "find", "no_quotas"];

/// `oar.lib.job_handling.PLACEHOLDER` and `ALLOW`.
const PLACEHOLDER: u8 = 1;
const ALLOW: u8 = 2;

/// The machines that plugins were shown.
#[derive(Default)]
pub(super) struct Shown(Vec<(Hierarchy, Py<PyAny>)>);

impl Shown {
    /// A hierarchy as a dict: the blocks of each level. The same object as long as it is the same hierarchy.
    pub fn hierarchy<'py>(&mut self, py: Python<'py>, hierarchy: &Hierarchy) -> PyResult<Bound<'py, PyAny>> {
        if let Some((_, shown)) = self.0.iter().find(|(known, _)| known == hierarchy) {
            return Ok(shown.bind(py).clone());
        }
        let maker = Maker::new(py)?;
        let levels = PyDict::new(py);
        for (name, blocks) in hierarchy.levels() {
            let blocks = blocks.iter().map(|block| maker.make(block)).collect::<PyResult<Vec<_>>>()?;
            levels.set_item(name, PyList::new(py, blocks)?)?;
        }
        let class = py.import("oar_scheduler_redox.plugins.hierarchy")?.getattr("Hierarchy")?;
        let shown = class.call1((levels, Machine::new(hierarchy)))?;
        self.0.push((hierarchy.clone(), shown.clone().unbind()));
        Ok(shown)
    }

    /// Shows Python's garbage collector what is held.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.0.iter().try_for_each(|(_, shown)| visit.call(shown))
    }
}

/// A waiting job. `default` is what a request without filter means.
pub(super) fn waiting<'py>(py: Python<'py>, waiting: &WaitingJob, default: &ProcSet) -> PyResult<Bound<'py, PyDict>> {
    let fields = job(py, &waiting.job)?;
    fields.set_item("submission_time", waiting.submission_time.0)?;
    fields.set_item("state", "Waiting")?;
    fields.set_item("start_time", 0)?;
    let dependencies = waiting.dependencies.iter();
    let dependencies: Vec<(i64, &str, Option<i64>)> =
        dependencies.map(|dependency| (dependency.job.0, dependency.state.name(), dependency.exit_code)).collect();
    fields.set_item("deps", dependencies)?;
    let maker = Maker::new(py)?;
    let alternatives = PyList::empty(py);
    for moldable in &waiting.moldables {
        let groups = PyList::empty(py);
        for request in &moldable.requests {
            let levels: Vec<(&str, i64)> =
                request.levels.iter().map(|(name, count)| (name.as_str(), count.0)).collect();
            groups.append((levels, maker.make(request.filter.as_ref().unwrap_or(default))?))?;
        }
        alternatives.append((moldable.id.0, moldable.walltime.0, groups))?;
    }
    fields.set_item("mld_res_rqts", alternatives)?;
    Ok(fields)
}

/// The groups of one of a job's alternatives.
pub(super) fn groups<'py>(job: &Bound<'py, PyAny>, moldable: usize) -> PyResult<Bound<'py, PyAny>> {
    job.getattr(intern!(job.py(), "mld_res_rqts"))?.get_item(moldable)?.get_item(2)
}

/// A job that holds resources.
pub(super) fn held<'py>(py: Python<'py>, hold: &Hold, maker: &Maker<'py>) -> PyResult<Bound<'py, PyDict>> {
    let fields = job(py, &hold.job)?;
    fields.set_item("start_time", hold.begin.0)?;
    fields.set_item("walltime", hold.walltime.0)?;
    fields.set_item("res_set", maker.make(&hold.resources)?)?;
    Ok(fields)
}

fn job<'py>(py: Python<'py>, job: &Job) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    fields.set_item("id", job.id.0)?;
    fields.set_item("name", &job.name)?;
    fields.set_item("user", &job.user)?;
    fields.set_item("project", &job.project)?;
    fields.set_item("queue_name", &job.queue)?;
    let types = PyDict::new(py);
    for (name, value) in job.types.iter().filter(|(name, _)| !OWN_ATTRIBUTES.contains(&name.as_str())) {
        types.set_item(name, value)?;
    }
    fields.set_item("types", types)?;
    fields.set_item("key_cache", PyDict::new(py))?;
    // The quotas are the engine's business, whatever the plugin does.
    fields.set_item("no_quotas", true)?;
    fields.set_item("ts", false)?;
    fields.set_item("ph", 0)?;
    for offer in Sharing::of(job).offers {
        match offer {
            Offer::Timesharing(key) => {
                fields.set_item("ts", true)?;
                fields.set_item("ts_user", key.user.as_deref().unwrap_or("*"))?;
                fields.set_item("ts_name", key.name.as_deref().unwrap_or("*"))?;
            }
            Offer::Placeholder(name) => placeholder(&fields, PLACEHOLDER, &name)?,
        }
    }
    if let Some(name) = job.type_value("allowed").or_else(|| job.type_value("allow")) {
        placeholder(&fields, ALLOW, name)?;
    }
    Ok(fields)
}

fn placeholder(fields: &Bound<'_, PyDict>, kind: u8, name: &str) -> PyResult<()> {
    fields.set_item("ph", kind)?;
    fields.set_item("ph_name", name)
}
