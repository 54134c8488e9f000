//! Accepted reservations whose time has come: those that are over, and those that wait for resources which are not there.

use oar_scheduler_core::{JobState, Time};
use oar_scheduler_db::conf::{Server, Settings};
use oar_scheduler_db::{Changes, Event, PlacedJob, StateChange};

use super::presence::Needs;
use crate::message::with_part;

/// What is told of a reservation that is over before it began.
pub(super) const EXPIRED: &str = "Reservation expired and couldn't be started.";

/// What is to be done about accepted reservations. Their requested start counts, not the one in the gantt, which moves while they wait.
pub(super) fn decide(reservations: &[PlacedJob], now: Time, settings: &Settings) -> Changes {
    let mut changes = Changes::default();
    for reservation in reservations {
        let (id, start) = (reservation.job.id, reservation.requested_start);
        let over = start + reservation.walltime;
        // Launched later, it would have no time.
        if now >= over {
            changes.decisions.outdated.push(reservation.moldable);
            changes.decisions.messages.push((id, EXPIRED.to_owned()));
            changes.states.push(StateChange { job: id, from: JobState::Waiting, to: JobState::Error });
            continue;
        }
        if now < start {
            continue;
        }
        let needs = Needs::of(&reservation.job);
        let end = over + settings.security_time;
        let missing: Vec<_> =
            reservation.resources.iter().filter(|resource| !needs.are_met_until(resource, end)).collect();
        let all = reservation.resources.len();
        if missing.is_empty() && all > 0 {
            continue;
        }
        if missing.len() == all || now < start + settings.waiting_resources_timeout {
            changes.starts.push((reservation.moldable, now.next()));
            continue;
        }
        changes.lost.extend(missing.iter().map(|resource| (reservation.moldable, resource.id)));
        let left = (all - missing.len()).to_string();
        changes.decisions.messages.push((id, with_part(&reservation.message, "R", &left)));
        let kind = match settings.server {
            Server::Oar2 => "SCHEDULER_REDUCE_NB_NODES_FOR_RESERVATION",
            Server::Oar3 => "SCHEDULER_REDUCE_NB_RESSOURCES_FOR_RESERVATION",
        };
        let description = format!("[MetaSched] Reduce the number of resources for the job {id}");
        changes.events.push(Event { kind, job: id, description });
    }
    changes
}

#[cfg(test)]
mod tests {
    use oar_scheduler_core::{JobId, MoldableId, ResourceId, Seconds};

    use super::super::testing::{NOW, alive, placed, settings};
    use super::*;
    use oar_scheduler_db::ResourceState;

    /// What is done about a reservation of 1000 s on resources 1 and 2 that was to start so many seconds after now; `missing`: how many are not there.
    fn decided(start: i64, missing: usize, types: &[&str]) -> Changes {
        let mut reservation = placed(5, JobState::Waiting, types, [alive(1), alive(2)].into());
        reservation.is_reservation = true;
        (reservation.requested_start, reservation.walltime) = (NOW + Seconds(start), Seconds(1000));
        reservation.message = "R=2,W=0:16:40,J=R".to_owned();
        for resource in reservation.resources.iter_mut().take(missing) {
            resource.state = ResourceState::Absent;
        }
        decide(&[reservation], NOW, &settings(Server::Oar3))
    }

    const WAITS: &[(MoldableId, Time)] = &[(MoldableId(50), Time(NOW.0 + 1))];

    #[test]
    fn it_waits_for_its_resources_for_a_while() {
        assert_eq!(decided(1, 2, &[]), Changes::default(), "its time has not come");
        assert_eq!(decided(0, 0, &[]), Changes::default(), "all is there");
        assert_eq!(decided(0, 1, &[]).starts, WAITS);
        assert_eq!(decided(-299, 1, &[]).starts, WAITS);
        assert_eq!(decided(-900, 2, &[]).starts, WAITS, "nothing is there");
        let reduced = decided(-300, 1, &[]);
        assert_eq!((reduced.starts, reduced.lost), (vec![], vec![(MoldableId(50), ResourceId(1))]));
        assert_eq!(reduced.decisions.messages, [(JobId(5), "R=1,W=0:16:40,J=R".to_owned())]);
        assert_eq!(reduced.events.len(), 1);
    }

    #[test]
    fn it_is_over_when_nothing_of_its_time_is_left() {
        assert_eq!(decided(-999, 2, &[]).starts, WAITS);
        let over = decided(-1000, 0, &[]);
        assert_eq!(over.states, [StateChange { job: JobId(5), from: JobState::Waiting, to: JobState::Error }]);
        assert_eq!(over.decisions.outdated, [MoldableId(50)]);
    }

    #[test]
    fn some_types_do_not_need_their_resources_to_be_there() {
        assert_eq!(decided(0, 2, &["noop", "state=permissive"]), Changes::default());
        assert_eq!(decided(0, 2, &["cosystem=standby"]), Changes::default());
        assert_eq!(decided(0, 2, &["state=permissive"]).starts, WAITS);
    }
}
