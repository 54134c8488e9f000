//! What is free over time, as Python's slots ask for it.

use oar_scheduler_core::{ProcSet, Time};
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;

use crate::procsets::Maker;

/// What is free over time, in spans that follow each other.
#[pyclass(frozen, module = "oar_scheduler_redox")]
pub(crate) struct Free {
    spans: Vec<Span>,
}

struct Span {
    begin: Time,
    end: Time,
    free: ProcSet,
    /// What others hold and share.
    shared: ProcSet,
}

impl Free {
    /// What is `free` from each instant on, up to and including `last`. `accessible`, at the same instants: what is free, and what others share. A span is made
    /// to begin at `from`.
    pub fn new(free: Vec<(Time, ProcSet)>, accessible: Option<Vec<(Time, ProcSet)>>, last: Time, from: Time) -> Self {
        let mut accessible = accessible.unwrap_or_default().into_iter();
        let mut spans: Vec<Span> = Vec::with_capacity(free.len() + 1);
        for (begin, free) in free {
            let shared = accessible.next().map(|(_, accessible)| accessible.difference(&free)).unwrap_or_default();
            if let Some(before) = spans.last_mut() {
                before.end = begin.previous();
            }
            spans.push(Span { begin, end: last, free, shared });
        }
        spans.retain_mut(|span| {
            span.end = span.end.min(last);
            span.begin <= span.end
        });
        if let Some(index) = spans.iter().position(|span| span.begin < from && from <= span.end)
            && let Some(before) = spans.get_mut(index)
        {
            let behind =
                Span { begin: from, end: before.end, free: before.free.clone(), shared: before.shared.clone() };
            before.end = from.previous();
            spans.insert(index + 1, behind);
        }
        Self { spans }
    }

    /// Whether there is nothing any more from an instant on.
    pub fn is_over_before(&self, instant: Time) -> bool {
        self.spans.last().is_none_or(|span| span.end < instant)
    }

    fn span(&self, number: usize) -> PyResult<&Span> {
        self.spans.get(number).ok_or_else(|| {
            PyIndexError::new_err(format!("expected a span before {}, found {number}", self.spans.len()))
        })
    }
}

#[pymethods]
impl Free {
    /// The first and the last second of each span.
    fn spans(&self) -> Vec<(i64, i64)> {
        self.spans.iter().map(|span| (span.begin.0, span.end.0)).collect()
    }

    /// What is free in a span, counted from 0.
    fn free<'py>(&self, py: Python<'py>, span: usize) -> PyResult<Bound<'py, PyAny>> {
        Maker::new(py)?.make(&self.span(span)?.free)
    }

    /// What others hold in a span and share with whoever asks.
    fn shared<'py>(&self, py: Python<'py>, span: usize) -> PyResult<Bound<'py, PyAny>> {
        Maker::new(py)?.make(&self.span(span)?.shared)
    }

    /// What is free in every second from `begin` to `end`.
    fn over<'py>(&self, py: Python<'py>, begin: i64, end: i64) -> PyResult<Bound<'py, PyAny>> {
        let first = self.spans.partition_point(|span| span.end.0 < begin);
        let mut spans = self.spans.get(first..).unwrap_or_default().iter().take_while(|span| span.begin.0 <= end);
        let free = spans.next().map(|span| span.free.clone()).unwrap_or_default();
        Maker::new(py)?.make(&spans.fold(free, |free, span| free.intersection(&span.free)))
    }
}
