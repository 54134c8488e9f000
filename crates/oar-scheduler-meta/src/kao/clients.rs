//! What those who wait in front of a terminal are told, and what follows from whether they could be told.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use oar_scheduler_core::{JobId, JobState, Time};
use oar_scheduler_db::conf::Server;
use oar_scheduler_db::{Changes, Client, Event, StateChange};

use crate::dates;
use crate::notify::{Delivery, Letter, Notice};

/// The letters to clients. Who has no address gets none.
pub(super) fn letters(clients: &[Client], now: Time, zone: &TimeZone) -> Vec<Letter> {
    let letter = |client: &Client| {
        let message = &client.message;
        let lines = match client.state {
            JobState::ToError if client.is_interactive || client.is_reservation => {
                vec![format!("{message}\n"), "BAD JOB\n".to_owned()]
            }
            JobState::ToAckReservation => vec!["GOOD RESERVATION\n".to_owned()],
            JobState::Waiting if client.is_interactive => {
                let [now, start] = [now, client.start?].map(|date| dates::shown(date, zone));
                vec![format!("[{now}] Start prediction: {start} ({message})\n")]
            }
            _ => return None,
        };
        let (host, port) = client.address.rsplit_once(':')?;
        let is_address = !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0);
        is_address.then(|| Letter { job: client.job, address: client.address.clone(), lines })
    };
    // Predictions come again in each round; the others are waited for.
    let (predictions, answers): (Vec<&Client>, Vec<&Client>) =
        clients.iter().partition(|client| client.state == JobState::Waiting);
    answers.into_iter().chain(predictions).filter_map(letter).collect()
}

/// What is noted before letters are sent: a round that is broken off must not kill a reservation that somebody knows to be good and no longer waits for.
pub(super) fn announce(clients: &[Client], letters: &[Letter]) -> Changes {
    let has_letter = |client: &&Client| letters.iter().any(|letter| letter.job == client.job);
    let told = clients.iter().filter(|client| client.state == JobState::ToAckReservation && !client.may_know);
    let event = |client: &Client| Event {
        kind: Client::ACKNOWLEDGING,
        job: client.job,
        description: format!("[MetaSched] oarsub is told that the reservation {} is good", client.job),
    };
    Changes { events: told.filter(has_letter).map(event).collect(), ..Changes::default() }
}

/// What follows from the deliveries.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Conclusion {
    /// States, kills and events.
    pub changes: Changes,
    /// What the server is told once that is written.
    pub notices: Vec<Notice>,
    /// Whether a reservation that starts within the second was acknowledged.
    pub starts_soon: bool,
}

/// What follows from the deliveries. Those who were not tried wait for the next round.
pub(super) fn conclude(
    clients: &[Client],
    deliveries: &BTreeMap<JobId, Delivery>,
    now: Time,
    server: Server,
) -> Conclusion {
    let mut conclusion = Conclusion::default();
    for client in clients {
        let (job, from) = (client.job, client.state);
        let delivery = deliveries.get(&job);
        if delivery == Some(&Delivery::NotTried) {
            continue;
        }
        let failure = match delivery {
            Some(Delivery::Failed(problem)) if !client.may_know => Some(problem),
            _ => None,
        };
        let changes = &mut conclusion.changes;
        match (from, failure) {
            (JobState::ToError, _) => changes.states.push(StateChange { job, from, to: JobState::Error }),
            (JobState::ToAckReservation, None) => {
                changes.states.push(StateChange { job, from, to: JobState::Waiting });
                conclusion.starts_soon |= client.requested_start.previous() <= now;
            }
            (JobState::ToAckReservation, Some(_)) => {
                let description = format!("Can not notify oarsub for the job {job}");
                changes.events.push(Event { kind: "CANNOT_NOTIFY_OARSUB", job, description });
                changes.kills.push(job);
                // Only there it is ended at once: those who kill jobs look for processes of others.
                changes.states.push(StateChange { job, from, to: JobState::Waiting });
            }
            // OAR 2 keeps a job whose terminal is gone.
            (JobState::Waiting, Some(_)) if server == Server::Oar3 => {
                let description = format!("kill the interactive job because session is lost {job}");
                changes.events.push(Event { kind: "LOST_SESSION", job, description });
                changes.kills.push(job);
                if !conclusion.notices.contains(&Notice::Deletion) {
                    conclusion.notices.push(Notice::Deletion);
                }
            }
            _ => {}
        }
    }
    conclusion
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(id: i64, state: JobState, is_interactive: bool, address: &str) -> Client {
        Client {
            job: JobId(id),
            state,
            is_interactive,
            is_reservation: state == JobState::ToAckReservation,
            address: address.to_owned(),
            message: "R=4".to_owned(),
            requested_start: Time(1000),
            start: Some(Time(90)),
            is_desktop: false,
            may_know: false,
        }
    }

    #[test]
    fn who_has_an_address_gets_a_letter() {
        let clients = [
            client(1, JobState::ToError, true, "host:5"),
            client(2, JobState::ToError, false, "host:5"),
            client(3, JobState::ToAckReservation, false, "::1:5"),
            client(4, JobState::ToAckReservation, false, "host:"),
            client(5, JobState::ToAckReservation, false, ""),
            client(6, JobState::Waiting, true, "host:0"),
            client(7, JobState::Waiting, true, "host:7"),
            client(8, JobState::ToLaunch, true, "host:7"),
        ];
        let letters = letters(&clients, Time(30), &TimeZone::UTC);
        let lines = letters.iter().map(|letter| (letter.job.0, letter.lines.concat())).collect::<Vec<_>>();
        let prediction = "[1970-01-01 00:00:30] Start prediction: 1970-01-01 00:01:30 (R=4)\n".to_owned();
        let expected = [(1, "R=4\nBAD JOB\n".to_owned()), (3, "GOOD RESERVATION\n".to_owned()), (7, prediction)];
        assert_eq!(lines, expected);
    }

    #[test]
    fn who_was_not_tried_waits_for_the_next_round() {
        let clients = [1, 2, 3, 4].map(|id| client(id, JobState::ToAckReservation, false, "host:5"));
        let failed = Delivery::Failed("gone".to_owned());
        let deliveries = [Delivery::Delivered, failed, Delivery::NotTried];
        let deliveries = (1..).map(JobId).zip(deliveries).collect();
        let conclusion = conclude(&clients, &deliveries, Time(999), Server::Oar2);
        let acknowledged = conclusion.changes.states.iter().map(|change| change.job.0).collect::<Vec<_>>();
        assert_eq!((acknowledged, conclusion.changes.kills), (vec![1, 2, 4], vec![JobId(2)]));
        assert!(conclusion.starts_soon);
        assert!(!conclude(&clients, &deliveries, Time(998), Server::Oar2).starts_soon);
    }

    #[test]
    fn who_may_know_of_a_good_reservation_keeps_it() {
        let mut client = client(1, JobState::ToAckReservation, false, "host:5");
        let letters = letters(&[client.clone()], Time(30), &TimeZone::UTC);
        assert_eq!(announce(&[client.clone()], &letters).events.len(), 1);
        assert_eq!(announce(&[client.clone()], &[]), Changes::default(), "nobody is told");
        client.may_know = true;
        assert_eq!(announce(&[client.clone()], &letters), Changes::default());
        let gone = [(JobId(1), Delivery::Failed("gone".to_owned()))].into();
        let conclusion = conclude(&[client], &gone, Time(30), Server::Oar2);
        assert_eq!((conclusion.changes.states.len(), conclusion.changes.kills), (1, vec![]));
    }
}
