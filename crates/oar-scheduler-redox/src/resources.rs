//! The resource set of a platform.

use std::collections::BTreeMap;

use oar_scheduler_core::{AvailableUpto, Hierarchy, ProcSet, Resources, Time};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use crate::error::{at, no_attribute, shown};
use crate::procsets;

/// From this value on, `available_upto` is no limit for a resource that is there.
const NO_LIMIT: Time = Time(2_147_483_646);

/// The resources of a platform, numbered as the platform does: by their places in `SCHEDULER_RESOURCE_ORDER`.
pub(crate) struct Machine {
    pub resources: Resources,
    /// How many resources of type `default` are not dead, if the platform knows.
    pub default_not_dead: Option<u64>,
}

impl Machine {
    /// Reads a resource set.
    ///
    /// `roid_itvs`, `available_upto` and `hierarchy` are needed. `default_itvs` (else all of `roid_itvs`), `suspendable_roid_itvs` (else the same),
    /// `absent_roid_itvs` and `nb_resources_default_not_dead` are read if they are there.
    ///
    /// # Errors
    /// `TypeError` or `ValueError` with the attribute that is not what it should be.
    pub fn read<'py>(set: &Bound<'py, PyAny>, now: Time, wakes_nodes: bool) -> PyResult<Self> {
        let py = set.py();
        let required = |name: &Bound<'py, PyString>| {
            set.getattr_opt(name)?.ok_or_else(|| at(py, "resource_set", no_attribute(&name.to_string_lossy())))
        };
        let sets = |name: &Bound<'_, PyString>| {
            let found = set.getattr_opt(name)?.filter(|found| !found.is_none());
            found.map(|found| procsets::read(&found).map_err(|error| place(py, name, error))).transpose()
        };
        let roid_itvs = intern!(py, "roid_itvs");
        let usable = procsets::read(&required(roid_itvs)?).map_err(|error| place(py, roid_itvs, error))?;
        let leaving = available_upto(&required(intern!(py, "available_upto"))?)?;
        let levels = hierarchy(&required(intern!(py, "hierarchy"))?)?;
        let default = sets(intern!(py, "default_itvs"))?.unwrap_or_else(|| usable.clone());
        let suspendable = sets(intern!(py, "suspendable_roid_itvs"))?.unwrap_or_else(|| default.clone());
        let absent = sets(intern!(py, "absent_roid_itvs"))?.unwrap_or_default();
        let default_not_dead = set.getattr_opt(intern!(py, "nb_resources_default_not_dead"))?;
        let default_not_dead = default_not_dead.and_then(|number| number.extract().ok());
        let read = Read { usable, leaving, levels, default, suspendable, absent };
        Ok(Self { resources: read.resources(now, wakes_nodes), default_not_dead })
    }
}

/// What a resource set says.
struct Read {
    usable: ProcSet,
    leaving: Vec<(Time, ProcSet)>,
    levels: BTreeMap<String, Vec<ProcSet>>,
    default: ProcSet,
    suspendable: ProcSet,
    absent: ProcSet,
}

impl Read {
    /// What the engine gets: of the absent resources only those that somebody wakes up, and that are then there for a while.
    fn resources(self, now: Time, wakes_nodes: bool) -> Resources {
        let Self { usable, leaving, mut levels, default, suspendable, absent } = self;
        let mut gone = absent.clone();
        if wakes_nodes {
            let unlimited = leaving.iter().fold(absent.clone(), |rest, (_, resources)| rest.difference(resources));
            let staying = leaving.iter().filter(|(until, _)| *until > now);
            gone = staying.fold(gone, |gone, (_, resources)| gone.difference(resources)).difference(&unlimited);
        }
        if !gone.is_empty() {
            // What is left of a node is a whole block.
            for blocks in levels.values_mut() {
                blocks.iter_mut().for_each(|block| *block = block.difference(&gone));
                blocks.retain(|block| !block.is_empty());
            }
        }
        let left = |set: &ProcSet| set.difference(&gone);
        let absent = left(&absent);
        let available_upto = leaving.into_iter().filter(|(until, _)| *until < NO_LIMIT).map(|(until, resources)| {
            // A resource that is there and has 0 is not switched off.
            let resources = if until == Time(0) { resources.intersection(&absent) } else { left(&resources) };
            AvailableUpto { until, resources }
        });
        Resources {
            default: left(&default),
            usable: left(&usable),
            suspendable: left(&suspendable),
            available_upto: available_upto.filter(|leaving| !leaving.resources.is_empty()).collect(),
            absent,
            missing: ProcSet::new(),
            hierarchy: Hierarchy::new(&levels),
        }
    }
}

fn place(py: Python<'_>, attribute: &Bound<'_, PyString>, error: PyErr) -> PyErr {
    at(py, &format!("resource_set.{attribute}"), error)
}

fn dict<'py>(found: &Bound<'py, PyAny>, place: &str) -> PyResult<Bound<'py, PyDict>> {
    let dict = found.cast::<PyDict>();
    dict.cloned().map_err(|_| PyTypeError::new_err(format!("{place}: expected a dict, found {}", shown(found))))
}

fn available_upto(found: &Bound<'_, PyAny>) -> PyResult<Vec<(Time, ProcSet)>> {
    let py = found.py();
    let mut leaving: BTreeMap<Time, ProcSet> = BTreeMap::new();
    for (until, resources) in dict(found, "resource_set.available_upto")? {
        let instant = until.extract::<i64>().map_err(|_| {
            let found = shown(&until);
            PyTypeError::new_err(format!(
                "resource_set.available_upto: expected seconds since the epoch, found {found}"
            ))
        })?;
        let here = |error| at(py, &format!("resource_set.available_upto[{instant}]"), error);
        leaving.insert(Time(instant), procsets::read(&resources).map_err(here)?);
    }
    Ok(leaving.into_iter().collect())
}

fn hierarchy(found: &Bound<'_, PyAny>) -> PyResult<BTreeMap<String, Vec<ProcSet>>> {
    let py = found.py();
    let mut levels = BTreeMap::new();
    for (label, blocks) in dict(found, "resource_set.hierarchy")? {
        let here = |error| at(py, &format!("resource_set.hierarchy[{label:?}]"), error);
        let name = label.extract::<String>().map_err(|_| {
            PyTypeError::new_err(format!(
                "resource_set.hierarchy: expected labels that are texts, found {}",
                shown(&label)
            ))
        })?;
        let list = blocks
            .cast::<PyList>()
            .map_err(|_| here(PyTypeError::new_err(format!("expected a list, found {}", shown(&blocks)))))?;
        let block = |(number, block): (usize, Bound<'_, PyAny>)| {
            procsets::read(&block)
                .map_err(|error| at(py, &format!("resource_set.hierarchy[{label:?}][{number}]"), error))
        };
        let sets = list.iter().enumerate().map(block).collect::<PyResult<_>>()?;
        levels.insert(name, sets);
    }
    Ok(levels)
}
