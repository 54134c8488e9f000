//! What a step changes, in lines for the log.

use oar_scheduler_core::JobState;
use oar_scheduler_db::{Changed, Changes};

/// What was done about jobs: the launched, the ended, the killed, and what was noted of others.
pub(super) fn lines(changes: &Changes, changed: &Changed) -> Vec<String> {
    let launched = changed.launched.iter().map(|job| format!("job {job} is launched"));
    let states = changed.states.iter().map(|(job, state)| match state {
        JobState::Waiting if changed.killed.contains(job) => {
            format!("job {job} is a reservation that nobody waits for")
        }
        JobState::Waiting => format!("job {job} is a reservation that was acknowledged"),
        state => format!("job {job} is in state {}", state.name()),
    });
    let killed = changed.killed.iter().map(|job| format!("job {job} is to be killed"));
    let host_events = changes.host_events.iter().map(|event| &event.event);
    let events = changes
        .events
        .iter()
        .chain(host_events)
        .map(|event| format!("job {}: {}: {}", event.job, event.kind, event.description));
    launched.chain(states).chain(killed).chain(events).collect()
}

/// What is told of waiting jobs.
pub(super) fn messages(changes: &Changes) -> impl Iterator<Item = String> {
    changes.decisions.messages.iter().map(|(job, message)| format!("{job}: {message}"))
}
