//! The engine's own choice of resources, for plugins.

use std::collections::BTreeMap;

use oar_scheduler_core::{Count, Hierarchy, Moldable, ProcSet, Request, Seconds, find};
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::procsets::{self, Maker};

/// The hierarchy behind the one that a plugin was shown.
#[pyclass(frozen, module = "oar_scheduler_redox")]
pub(crate) struct Machine(Hierarchy);

impl Machine {
    pub fn new(hierarchy: &Hierarchy) -> Self {
        Self(hierarchy.clone())
    }
}

/// The resources that the engine takes of those that are free, for the groups of a request; the empty set when they do not fit.
///
/// Raises `ValueError` when the request makes no sense on this hierarchy.
#[pyfunction]
#[pyo3(signature = (free, groups, hierarchy, /))]
pub(crate) fn match_request<'py>(
    free: &Bound<'py, PyAny>,
    groups: &Bound<'py, PyAny>,
    hierarchy: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = free.py();
    let requests = groups.try_iter()?.map(|group| request(&group?)).collect::<PyResult<Vec<_>>>()?;
    let alternative = Moldable { walltime: Seconds(1), requests, ..Moldable::default() };
    let machine = hierarchy.getattr_opt(intern!(py, "engine"))?;
    let hierarchy = match machine.as_ref().and_then(|machine| machine.cast::<Machine>().ok()) {
        Some(machine) => machine.get().0.clone(),
        None => given(hierarchy, &alternative)?,
    };
    let nothing = ProcSet::new();
    let groups = hierarchy.resolve(&alternative, &nothing).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let found = find(&groups, &procsets::read(free)?).unwrap_or_default();
    Maker::new(py)?.make(&found)
}

fn request(group: &Bound<'_, PyAny>) -> PyResult<Request> {
    let (levels, filter): (Bound<'_, PyAny>, Bound<'_, PyAny>) = group.extract()?;
    let levels = levels.try_iter()?.map(|level| {
        let (name, count): (String, i64) = level?.extract()?;
        Ok((name, Count(count)))
    });
    Ok(Request { levels: levels.collect::<PyResult<_>>()?, filter: Some(procsets::read(&filter)?) })
}

/// The levels that a request names, of a hierarchy that is not the engine's own.
fn given(hierarchy: &Bound<'_, PyAny>, alternative: &Moldable) -> PyResult<Hierarchy> {
    let hierarchy = hierarchy.cast::<PyDict>()?;
    let mut levels = BTreeMap::new();
    for (name, _) in alternative.requests.iter().flat_map(|request| &request.levels) {
        if let Some(blocks) = hierarchy.get_item(name)? {
            let blocks = blocks.try_iter()?.map(|block| procsets::read(&block?));
            levels.insert(name.clone(), blocks.collect::<PyResult<_>>()?);
        }
    }
    Ok(Hierarchy::new(&levels))
}
