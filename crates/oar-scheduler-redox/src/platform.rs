//! The calls on a platform (`oar.kao.platform.Platform`), argument by argument as OAR 3 takes them.

use oar_scheduler_core::{Accounting, Seconds, Sums, Time};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::error::shown;
use crate::handles::Objects;

/// The waiting jobs of some queues, as a platform gives them.
pub(crate) struct Waiting<'py> {
    /// By number.
    pub jobs: Bound<'py, PyDict>,
    /// Their numbers, in order.
    pub ids: Bound<'py, PyList>,
}

/// What `resource_set` answers.
pub(crate) fn resource_set<'py>(
    platform: &Bound<'py, PyAny>,
    session: &Bound<'py, PyAny>,
    config: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = platform.py();
    let arguments = PyDict::new(py);
    arguments.set_item(intern!(py, "session"), session)?;
    arguments.set_item(intern!(py, "config"), config)?;
    platform.call_method(intern!(py, "resource_set"), (), Some(&arguments))
}

/// What `get_scheduled_jobs` answers.
pub(crate) fn scheduled_jobs<'py>(
    platform: &Bound<'py, PyAny>,
    session: &Bound<'py, PyAny>,
    resource_set: &Bound<'py, PyAny>,
    security_time: Seconds,
    now: Time,
) -> PyResult<Bound<'py, PyAny>> {
    let py = platform.py();
    platform.call_method1(intern!(py, "get_scheduled_jobs"), (session, resource_set, security_time.0, now.0))
}

impl Objects {
    /// The waiting jobs of the queues, with all that is known of them; `None`: there are none. `reservation`: which, if not those that are no reservations.
    pub fn waiting_jobs<'py>(
        &self,
        queues: &Bound<'py, PyAny>,
        reservation: Option<&str>,
        security_time: Seconds,
    ) -> PyResult<Option<Waiting<'py>>> {
        let py = queues.py();
        let platform = self.platform.bind(py);
        let arguments = PyDict::new(py);
        arguments.set_item(intern!(py, "session"), &self.session)?;
        if let Some(reservation) = reservation {
            arguments.set_item(intern!(py, "reservation"), reservation)?;
        }
        let answer = platform.call_method(intern!(py, "get_waiting_jobs"), (queues,), Some(&arguments))?;
        let wrong = || {
            PyTypeError::new_err(format!(
                "get_waiting_jobs: expected a tuple (dict of jobs, list of ids, …), found {}",
                shown(&answer)
            ))
        };
        let tuple = answer.cast::<PyTuple>().map_err(|_| wrong())?;
        let (jobs, ids) = (tuple.get_item(0).map_err(|_| wrong())?, tuple.get_item(1).map_err(|_| wrong())?);
        let jobs = jobs.cast_into::<PyDict>().map_err(|_| wrong())?;
        let ids = ids.cast_into::<PyList>().map_err(|_| wrong())?;
        if jobs.is_empty() {
            return Ok(None);
        }
        let arguments = (&self.session, &jobs, &ids, &self.resource_set, security_time.0);
        platform.call_method1(intern!(py, "get_data_jobs"), arguments)?;
        Ok(Some(Waiting { jobs, ids }))
    }

    /// Saves the places of these jobs.
    pub fn save_assigns(&self, jobs: &Bound<'_, PyDict>) -> PyResult<()> {
        let py = jobs.py();
        let arguments = (&self.session, jobs, &self.resource_set);
        self.platform.bind(py).call_method1(intern!(py, "save_assigns"), arguments).map(drop)
    }

    /// What the queues' jobs have asked for and used in the window that ends now.
    pub fn accounting(&self, py: Python<'_>, queues: &[String], now: Time, window: Seconds) -> PyResult<Accounting> {
        let platform = self.platform.bind(py);
        let ask =
            |method: &str| platform.call_method1(method, (&self.session, queues.to_vec(), (now - window).0, now.0));
        let read = |method: &str| {
            let answer = ask(method)?;
            answer.extract::<(_, _)>().map_err(|_| {
                PyTypeError::new_err(format!(
                    "{method}: expected a tuple of two dicts {{name: number}}, found {}",
                    shown(&answer)
                ))
            })
        };
        let total = ask("get_sum_accounting_window")?;
        let (asked_total, used_total) = total.extract::<(f64, f64)>().map_err(|_| {
            let found = shown(&total);
            PyTypeError::new_err(format!("get_sum_accounting_window: expected a tuple of two numbers, found {found}"))
        })?;
        let (asked_projects, used_projects) = read("get_sum_accounting_by_project")?;
        let (asked_users, used_users) = read("get_sum_accounting_by_user")?;
        Ok(Accounting {
            used: Sums { total: used_total, projects: used_projects, users: used_users },
            asked: Sums { total: asked_total, projects: asked_projects, users: asked_users },
        })
    }
}
