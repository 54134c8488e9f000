//! New advance reservations of a queue.

use oar_scheduler_core::{Assignment, WaitingJob};
use oar_scheduler_meta::{Refused, refused};
use pyo3::intern;
use pyo3::prelude::*;

use crate::cycle::{HookedRound, Progress, Writer, detached, hold, log_problems, read_waiting};
use crate::handles::{Objects, Platform, SlotSets};
use crate::jobs::Reader;
use crate::log;

/// `jobs.reservation` of a reservation about which a decision was made.
const DECIDED: &str = "Scheduled";

/// Accepts or refuses the new reservations of a queue, one after the other, and has the places of the accepted ones saved, whatever happens in between.
///
/// # Errors
/// When the platform, or OAR's job handling, raises: the first error.
pub(crate) fn check(
    objects: &Py<Objects>,
    platform: &mut Platform,
    slot_sets: &mut SlotSets,
    queue: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let py = queue.py();
    let own = objects.get();
    let handling = Handling { py, own, module: py.import(intern!(py, "oar.lib.job_handling"))? };
    let Some(waiting) = own.waiting_jobs(queue, Some("toSchedule"), platform.snapshot.security_time)? else {
        return Ok(());
    };
    let jobs = read_waiting(&waiting, objects, platform, Reader::new(py, false), Reader::reservation)?;
    let accepted = slot_sets.change(|round| {
        let mut accepted = Accepted { writer: Writer::new(&waiting)?, places: Vec::new() };
        let decided =
            jobs.iter().try_for_each(|job| decide(job, round, &handling, &mut accepted, &platform.snapshot.time_zone));
        let saved = if accepted.places.is_empty() { Ok(()) } else { own.save_assigns(&accepted.writer.assigned) };
        if let (Err(_), Err(error)) = (&decided, &saved) {
            log::warn(py, &format!("the places of accepted reservations are not saved: {error}"))?;
        }
        decided.and(saved).map(|()| accepted.places)
    })?;
    hold(platform, &accepted, &jobs);
    Ok(())
}

/// The reservations that were accepted.
struct Accepted<'w, 'py> {
    writer: Writer<'w, 'py>,
    places: Vec<Assignment>,
}

/// Accepts or refuses a reservation, and tells OAR.
fn decide(
    job: &WaitingJob,
    round: &mut HookedRound,
    handling: &Handling<'_, '_>,
    accepted: &mut Accepted<'_, '_>,
    time_zone: &str,
) -> PyResult<()> {
    let (py, id) = (handling.py, job.job.id);
    let before = Progress::of(round);
    let place = detached(py, || round.place_reservation(job).cloned())?;
    log_problems(py, round, &before)?;
    if let Some(place) = place {
        if accepted.writer.write(&place, None)? {
            // First: OAR may have told its user when it raises.
            accepted.places.push(place);
            handling.set_state(id.0, "toAckReservation")?;
            handling.set_reservation(id.0)?;
        }
        return Ok(());
    }
    if Progress::of(round).handled == before.handled {
        // It was handled before.
        return Ok(());
    }
    let (reason, could_start_at) = detached(py, || (round.reason(id), round.could_start_at(id)))?;
    match refused(reason.as_ref(), could_start_at, time_zone) {
        Refused::NotYet => log::warn(py, &format!("reservation {id} waits for its container")),
        Refused::Forever(why) => {
            handling.set_state(id.0, "toError")?;
            handling.set_message(id.0, &why)?;
            handling.set_reservation(id.0)
        }
    }
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
