//! Accepted reservations that have lost their places in the gantt, and get others.

use std::collections::BTreeSet;

use oar_scheduler_core::{Cause, JobId, JobState};
use oar_scheduler_db::conf::Server;
use oar_scheduler_db::{Changes, Decisions, Event, LostReservation, StateChange};

use super::accepted::EXPIRED;
use crate::decided::{DecidedRound, Reservations};

/// What is to be done about them, as a round on all that may be there in time has decided.
pub(super) fn decide(round: &DecidedRound, lost: &[LostReservation], server: Server) -> Changes {
    let Decisions { places, .. } = round.decisions(server);
    let mut changes = Changes { decisions: Decisions { places, ..Decisions::default() }, ..Changes::default() };
    let Reservations { accepted, refused } = round.reservations();
    for job in accepted {
        changes.decisions.messages.push((job, "Renewed resources for reservation".to_owned()));
        let description = "[MetaSched] Resources for reservation were lost, got them back".to_owned();
        changes.events.push(Event { kind: "GET_RESOURCES_BACK_FOR_RESERVATION", job, description });
    }
    let noted: BTreeSet<JobId> = lost.iter().filter(|lost| lost.is_noted).map(|lost| lost.job).collect();
    for job in refused {
        let reason = round.plan.reason(job);
        let is_over = |cause: &Cause| matches!(cause, Cause::ReservationTooOld { .. });
        if reason.is_some_and(|reason| reason.causes.iter().any(is_over)) {
            changes.decisions.messages.push((job, EXPIRED.to_owned()));
            changes.states.push(StateChange { job, from: JobState::Waiting, to: JobState::Error });
            continue;
        }
        changes.decisions.messages.push((job, "No resource for reservation".to_owned()));
        if !noted.contains(&job) {
            let description = "[MetaSched] Resources for reservation were lost, and there are no others".to_owned();
            changes.events.push(Event { kind: LostReservation::NO_PLACE, job, description });
        }
    }
    changes
}
