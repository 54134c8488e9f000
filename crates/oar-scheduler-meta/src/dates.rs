//! The dates that jobs come with: types `postpone`, `deadline` and `expire`.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use oar_scheduler_core::{Job, Seconds, Snapshot, Time, WaitingJob};
use oar_scheduler_db::{LeftOut, RoundInput};

/// Reads the dates of all waiting jobs. A job whose date is none, or is over, takes no part in the round.
pub(crate) fn apply(input: &mut RoundInput) {
    let zone = zone(&input.snapshot.time_zone);
    let Snapshot { now, security_time, ref mut groups, .. } = input.snapshot;
    for group in groups {
        for mut job in std::mem::take(&mut group.waiting_jobs) {
            // Reservations have their own time.
            let dated = match job.reservation_start {
                Some(_) => Ok(()),
                None => read(&mut job, &zone, now, security_time),
            };
            match dated {
                Ok(()) => group.waiting_jobs.push(job),
                Err(Problem { text, is_hopeless }) => {
                    input.left_out.push(LeftOut { job, problem: text, is_hopeless, is_passing: false });
                }
            }
        }
    }
}

/// A date of a job that is none, or is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub text: String,
    /// Whether the job will never run.
    pub is_hopeless: bool,
}

/// Gives a waiting job the dates that its types say.
///
/// # Errors
/// When one is none, or is over.
pub fn read(waiting: &mut WaitingJob, zone: &TimeZone, now: Time, security_time: Seconds) -> Result<(), Problem> {
    let over = |text: String| Problem { text, is_hopeless: true };
    let job = &waiting.job;
    let postpone = date(job, "postpone", zone)?;
    let start = postpone.map_or(now, |postpone| postpone.max(now));
    if let Some(expire) = date(job, "expire", zone)?.filter(|expire| start > *expire) {
        return Err(over(format!("it was to start by {}, the job will never run", shown(expire, zone))));
    }
    let shortest = waiting.moldables.iter().map(|moldable| moldable.walltime - security_time).min();
    let deadline = date(job, "deadline", zone)?;
    if let Some(deadline) = deadline.filter(|deadline| start + shortest.unwrap_or_default() > *deadline) {
        return Err(over(format!("it cannot be over by {}, the job will never run", shown(deadline, zone))));
    }
    (waiting.earliest_start, waiting.latest_end) = (postpone, deadline);
    Ok(())
}

/// The date by which a job must be over, if it has one (type `deadline`).
///
/// # Errors
/// When it is no date.
pub(crate) fn deadline(job: &Job, zone: &TimeZone) -> Result<Option<Time>, String> {
    date(job, "deadline", zone).map_err(|problem| problem.text)
}

/// The date that a type of a job says, if the job has it.
fn date(job: &Job, name: &str, zone: &TimeZone) -> Result<Option<Time>, Problem> {
    let Some(value) = job.type_value(name) else { return Ok(None) };
    let text = value.trim_matches(|character: char| character.is_whitespace() || "\"'".contains(character));
    let date = text.parse::<DateTime>().and_then(|date| date.to_zoned(zone.clone()));
    match date {
        Ok(date) => Ok(Some(Time(date.timestamp().as_second()))),
        Err(_) => Err(Problem {
            text: format!("type {name}: expected a date such as 2026-11-20 or 2026-11-20 18:30:00, found {value:?}"),
            is_hopeless: false,
        }),
    }
}

/// The time zone of this name; UTC if there is none.
#[must_use]
pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// A date on the wall clock.
pub(crate) fn shown(at: Time, zone: &TimeZone) -> String {
    match jiff::Timestamp::from_second(at.0) {
        Ok(timestamp) => zone.to_datetime(timestamp).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Err(_) => at.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use oar_scheduler_core::Moldable;

    use super::*;

    const NOW: Time = Time(1_700_000_000);

    /// A job of 90 s and the security time of 10 s, an alternative of 190 s, and these types, at 2023-11-14 23:13:20 in Paris.
    fn of(types: &[(&str, &str)]) -> Result<(Option<i64>, Option<i64>), (String, bool)> {
        let mut waiting = WaitingJob::default();
        waiting.job.types = types.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let walltimes = [200, 100].map(Seconds);
        waiting.moldables = walltimes.map(|walltime| Moldable { walltime, ..Moldable::default() }).into();
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let done = read(&mut waiting, &zone, NOW, Seconds(10));
        let dates = (waiting.earliest_start, waiting.latest_end);
        let seconds = |date: Option<Time>| date.map(|date| (date - NOW).0);
        done.map(|()| (seconds(dates.0), seconds(dates.1))).map_err(|problem| (problem.text, problem.is_hopeless))
    }

    #[test]
    fn dates_are_those_of_the_wall_clock() {
        assert_eq!(of(&[("postpone", "2023-11-15")]), Ok((Some(2800), None)));
        assert_eq!(of(&[("postpone", "\"2023-11-14 23:14\"")]), Ok((Some(40), None)));
        assert_eq!(of(&[("postpone", "2023-11-14 23:13:21"), ("expire", "2023-11-14 23:13:21")]), Ok((Some(1), None)));
        assert_eq!(of(&[("deadline", "2023-11-14 23:14:50")]), Ok((None, Some(90))));
    }

    #[test]
    fn dates_that_are_over() {
        let hopeless = |types: &[(&str, &str)]| of(types).unwrap_err();
        let (text, is_hopeless) = hopeless(&[("expire", "2023-11-14 23:13:19")]);
        assert_eq!(
            (text.as_str(), is_hopeless),
            ("it was to start by 2023-11-14 23:13:19, the job will never run", true)
        );
        assert!(hopeless(&[("expire", "2023-11-15"), ("postpone", "2023-11-16")]).1);
        let (text, is_hopeless) = hopeless(&[("deadline", "2023-11-14 23:14:49")]);
        assert_eq!(
            (text.as_str(), is_hopeless),
            ("it cannot be over by 2023-11-14 23:14:49, the job will never run", true)
        );
        assert!(hopeless(&[("deadline", "2023-11-15 00:00:00"), ("postpone", "2023-11-14 23:59:00")]).1);
    }

    #[test]
    fn dates_that_are_none() {
        for value in ["", "tomorrow", "2023-02-30", "2023-11-14 25:00:00"] {
            let (text, is_hopeless) = of(&[("deadline", value)]).unwrap_err();
            assert!(text.starts_with("type deadline: expected a date such as ") && !is_hopeless, "{text}");
        }
    }
}
