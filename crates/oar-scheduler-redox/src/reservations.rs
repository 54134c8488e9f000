//! New advance reservations of a queue.

use std::collections::BTreeMap;

use oar_scheduler_core::Assignment;
use oar_scheduler_meta::{Refused, refused};
use pyo3::intern;
use pyo3::prelude::*;

use crate::cycle::{HookedRound, Progress, detached, hold, log_problems, read_waiting, write};
use crate::handles::{Objects, Platform};
use crate::jobs::Reader;
use crate::log;

/// `jobs.reservation` of a reservation about which a decision was made.
const DECIDED: &str = "Scheduled";

/// Accepts or refuses the new reservations of a queue, one after the other, and has the places of the accepted ones saved.
///
/// # Errors
/// When the platform, or OAR's job handling, raises.
pub(crate) fn check(
    objects: &Py<Objects>,
    platform: &mut Platform,
    round: &mut HookedRound,
    queue: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let py = queue.py();
    let own = objects.get();
    let handling = Handling { py, own, module: py.import(intern!(py, "oar.lib.job_handling"))? };
    let Some(waiting) = own.waiting_jobs(queue, Some("toSchedule"), platform.snapshot.security_time)? else {
        return Ok(());
    };
    let jobs = read_waiting(&waiting, objects, platform, Reader::new(py, false), Reader::reservation)?;
    let mut accepted: Vec<Assignment> = Vec::new();
    for job in &jobs {
        let id = job.job.id;
        let before = Progress::of(round);
        let place = detached(py, || round.place_reservation(job).cloned())?;
        log_problems(py, round, &before)?;
        match place {
            Some(place) => {
                handling.set_state(id.0, "toAckReservation")?;
                handling.set_reservation(id.0)?;
                accepted.push(place);
            }
            // It was handled before.
            None if Progress::of(round).handled == before.handled => {}
            None => match refused(round.reason(id).as_ref(), round.could_start_at(id), &platform.snapshot.time_zone) {
                Refused::NotYet => log::warn(py, &format!("reservation {id} waits for its container"))?,
                Refused::Forever(why) => {
                    handling.set_state(id.0, "toError")?;
                    handling.set_message(id.0, &why)?;
                    handling.set_reservation(id.0)?;
                }
            },
        }
    }
    if !accepted.is_empty() {
        own.save_assigns(&write(&waiting, &accepted, &BTreeMap::new())?)?;
        hold(platform, &accepted, &jobs);
    }
    Ok(())
}

/// `oar.lib.job_handling`.
struct Handling<'py, 'o> {
    py: Python<'py>,
    own: &'o Objects,
    module: Bound<'py, PyModule>,
}

impl Handling<'_, '_> {
    fn set_state(&self, job: i64, state: &str) -> PyResult<()> {
        let arguments = (&self.own.session, &self.own.config, job, state);
        self.module.call_method1(intern!(self.py, "set_job_state"), arguments).map(drop)
    }

    fn set_message(&self, job: i64, message: &str) -> PyResult<()> {
        self.module.call_method1(intern!(self.py, "set_job_message"), (&self.own.session, job, message)).map(drop)
    }

    fn set_reservation(&self, job: i64) -> PyResult<()> {
        self.module.call_method1(intern!(self.py, "set_job_resa_state"), (&self.own.session, job, DECIDED)).map(drop)
    }
}
