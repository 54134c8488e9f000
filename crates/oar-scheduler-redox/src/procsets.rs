//! Sets of resources: the engine's, and `procset.ProcSet`.

use oar_scheduler_core::ProcSet;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyTuple};

use crate::error::shown;

/// From so many ranges on a set is not made by the constructor of `procset.ProcSet`, which takes a time that grows with their square.
const AT_ONCE_MAX: usize = 16;

/// Whether sets keep their ranges as those of procset 1.0 do: in ascending order, as `ProcInt`s in the list `_itvs`.
static KEEPS_LIST: PyOnceLock<bool> = PyOnceLock::new();

/// The resources of a `procset.ProcSet`.
pub(crate) fn read(set: &Bound<'_, PyAny>) -> PyResult<ProcSet> {
    let py = set.py();
    let Some(intervals) = set.getattr_opt(intern!(py, "intervals"))? else {
        return Err(PyTypeError::new_err(format!("expected a procset.ProcSet, found {}", shown(set))));
    };
    let mut ranges = Vec::new();
    for interval in intervals.call0()?.try_iter()? {
        let interval = interval?;
        let (first, last) = match interval.cast::<PyTuple>() {
            Ok(pair) => (pair.get_item(0)?, pair.get_item(1)?),
            Err(_) => (interval.getattr(intern!(py, "inf"))?, interval.getattr(intern!(py, "sup"))?),
        };
        let bound = |bound: &Bound<'_, PyAny>| {
            bound
                .extract::<u32>()
                .map_err(|_| PyValueError::new_err(format!("expected resources from 0 to {}, found {bound}", u32::MAX)))
        };
        ranges.push(bound(&first)?..=bound(&last)?);
    }
    Ok(ProcSet::from_ranges(ranges))
}

/// Makes sets of `procset`.
pub(crate) struct Maker<'py> {
    class: Bound<'py, PyAny>,
    range: Bound<'py, PyAny>,
}

impl<'py> Maker<'py> {
    pub fn new(py: Python<'py>) -> PyResult<Self> {
        let procset = py.import(intern!(py, "procset"))?;
        Ok(Self { class: procset.getattr(intern!(py, "ProcSet"))?, range: procset.getattr(intern!(py, "ProcInt"))? })
    }

    /// The `procset.ProcSet` of these resources.
    pub fn make(&self, set: &ProcSet) -> PyResult<Bound<'py, PyAny>> {
        let ranges: Vec<(u32, u32)> = set.ranges().map(std::ops::RangeInclusive::into_inner).collect();
        if ranges.len() > AT_ONCE_MAX && self.keeps_list()? { self.of_list(&ranges) } else { self.of_ranges(&ranges) }
    }

    /// By halves: the constructor is for few ranges.
    fn of_ranges(&self, ranges: &[(u32, u32)]) -> PyResult<Bound<'py, PyAny>> {
        if ranges.len() <= AT_ONCE_MAX {
            let py = self.class.py();
            let pairs = ranges.iter().map(|(first, last)| PyList::new(py, [*first, *last]));
            return self.class.call1(PyTuple::new(py, pairs.collect::<PyResult<Vec<_>>>()?)?);
        }
        let (left, right) = ranges.split_at(ranges.len() / 2);
        self.of_ranges(left)?.bitor(self.of_ranges(right)?)
    }

    /// As a set that is unpickled.
    fn of_list(&self, ranges: &[(u32, u32)]) -> PyResult<Bound<'py, PyAny>> {
        let py = self.class.py();
        let set = self.class.call0()?;
        let ranges = ranges.iter().map(|range| self.range.call1(*range)).collect::<PyResult<Vec<_>>>()?;
        set.setattr(intern!(py, "_itvs"), PyList::new(py, ranges)?)?;
        Ok(set)
    }

    fn keeps_list(&self) -> PyResult<bool> {
        let py = self.class.py();
        let found = KEEPS_LIST.get_or_try_init(py, || {
            let ranges = [(1, 2), (4, 4), (6, 9)];
            let made = self.of_ranges(&ranges)?;
            let kept = made.getattr_opt(intern!(py, "_itvs"))?;
            let is_list = kept.is_some_and(|kept| {
                kept.cast_exact::<PyList>().is_ok_and(|kept| kept.iter().all(|range| range.get_type().is(&self.range)))
            });
            Ok::<_, PyErr>(is_list && made.eq(self.of_list(&ranges)?)?)
        })?;
        Ok(*found)
    }
}
