//! Running jobs that are to get other walltimes (`oarwalltime`): how much of it they get.

use jiff::tz::TimeZone;
use oar_scheduler_core::{Seconds, Sharing, Time};
use oar_scheduler_db::conf::{Server, Settings, WalltimeChanges};
use oar_scheduler_db::{NextJob, WalltimeAnswer, WalltimeRequest, WalltimeRequests};

use crate::dates;
use crate::message::hours;
use crate::{Site, SiteError, files};

/// What a column of PostgreSQL can have.
const INTEGER_MAX: i64 = i32::MAX as i64;

/// Answers the requests that there are, and returns what was done in lines.
///
/// # Errors
/// When the database cannot be used; then nothing was done.
pub(super) async fn answer(site: &mut Site, now: Option<Time>) -> Result<Vec<String>, SiteError> {
    let Some(changes) = &site.settings.walltime_changes else { return Ok(Vec::new()) };
    let (settings, zone) = (&site.settings, dates::zone(&files::time_zone()));
    let answers = site.database.answer_walltime_requests(settings.security_time, now, |read| {
        let mut answers = Vec::new();
        for request in &read.requests {
            match decide(request, read, changes, settings, &zone) {
                Ok(answer) => answers.push(answer),
                Err(reason) => tracing::info!("job {}: its walltime does not change yet: {reason}", request.job.id),
            }
        }
        answers
    });
    let line = |answer: &WalltimeAnswer| format!("job {}: {}", answer.job, answer.note.trim());
    Ok(answers.await?.iter().map(line).collect())
}

/// What becomes of a request; `Err`: it waits on, and why.
fn decide(
    request: &WalltimeRequest,
    read: &WalltimeRequests,
    changes: &WalltimeChanges,
    settings: &Settings,
    zone: &TimeZone,
) -> Result<WalltimeAnswer, String> {
    let answer = |granted, note| WalltimeAnswer { job: request.job.id, moldable: request.moldable, granted, note };
    let over = request.requested.map(|requested| requested + request.timeout);
    if request.timeout > Seconds(0) && over.is_some_and(|over| read.now > over) {
        let note = format!(
            "Walltime change request cancelled: not granted within {} (pending: {})",
            hours(request.timeout),
            signed(request.pending)
        );
        return Ok(answer(None, note));
    }
    let granted = match request.pending > Seconds(0) {
        true => increase(request, read.now, changes, settings.security_time, zone)?,
        false => decrease(request, read.now)?,
    };
    let left = request.pending - granted;
    if request.is_whole && left != Seconds(0) {
        return Err(format!("all of {} does not fit", signed(request.pending)));
    }
    let walltime = request.walltime + granted;
    let is_storable = |seconds: Seconds| (-INTEGER_MAX..=INTEGER_MAX).contains(&seconds.0);
    if ![walltime, request.granted + granted, left].into_iter().all(is_storable) {
        return Err(format!("expected seconds up to {INTEGER_MAX}, found {walltime}"));
    }
    Ok(answer(Some(granted), note(request, granted, read.has_whole, settings.server)))
}

/// How much more a job gets.
fn increase(
    request: &WalltimeRequest,
    now: Time,
    changes: &WalltimeChanges,
    security_time: Seconds,
    zone: &TimeZone,
) -> Result<Seconds, String> {
    let from = request.end();
    let mut asked = request.pending;
    if !request.is_forced {
        let first_walltime = request.walltime - request.granted;
        let apply_time = changes.apply_time.seconds(&request.job.queue, first_walltime)?;
        if apply_time > Seconds(0) && from - apply_time > now {
            return Err(format!("it is due {} before the end", hours(apply_time)));
        }
        let increment = changes.increment.seconds(&request.job.queue, first_walltime)?;
        if increment > Seconds(0) {
            asked = asked.min(increment);
        }
    }
    let mut to = from + asked;
    if let Some(end) = request.container_end {
        to = to.min(end);
    }
    if let Some(deadline) = dates::deadline(&request.job, zone)? {
        to = to.min(deadline);
    }
    let in_the_way = request.next.iter().filter(|next| next.start > from && next.start <= to + security_time);
    let in_the_way = in_the_way.filter(|next| is_in_the_way(next, request));
    if let Some(next) = in_the_way.min_by_key(|next| next.start) {
        let end = (next.start - security_time).previous();
        if end <= from {
            return Err(format!("job {} comes next", next.job.id));
        }
        to = to.min(end);
    }
    match to - from {
        granted if granted > Seconds(0) => Ok(granted),
        _ => Err("its container, or its deadline, ends then".to_owned()),
    }
}

/// How much less a job gets: it does not end before now.
fn decrease(request: &WalltimeRequest, now: Time) -> Result<Seconds, String> {
    let left = (request.end() - now).max(Seconds(0));
    match request.pending.max(Seconds(0) - left) {
        granted if granted < Seconds(0) => Ok(granted),
        _ => Err("its time is over".to_owned()),
    }
}

/// Whether a job does not give way to one that goes on.
fn is_in_the_way(next: &NextJob, request: &WalltimeRequest) -> bool {
    let shares = Sharing::of(&request.job).access.admits(next.job.id, &Sharing::of(&next.job).offers);
    let gives_way = next.job.is_besteffort() || (request.delays_others && !next.is_reservation);
    !shares && !gives_way
}

/// What is noted, as each server has it.
fn note(request: &WalltimeRequest, granted: Seconds, has_whole: bool, server: Server) -> String {
    let left = request.pending - granted;
    let beginning = match (server, has_whole) {
        (_, true) => "Walltime changed",
        (Server::Oar2, false) => " walltime changed",
        (Server::Oar3, false) => "walltime changed",
    };
    let flags = [
        (request.is_forced, "/force"),
        (request.delays_others, "/delay next jobs"),
        (request.is_whole && has_whole, "/whole"),
    ];
    let flags: String = flags.iter().filter(|(is_set, _)| *is_set).map(|(_, text)| *text).collect();
    let timeout = match has_whole && left == Seconds(0) {
        true => format!("/timeout: {}", hours(request.timeout)),
        false => String::new(),
    };
    let walltime = hours(request.walltime + granted);
    format!("{beginning}: {walltime} (granted: {}/pending: {}{flags}{timeout})", signed(granted), signed(left))
}

fn signed(seconds: Seconds) -> String {
    format!("{}{}", if seconds > Seconds(0) { "+" } else { "" }, hours(seconds))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use oar_scheduler_core::{Job, JobId, MoldableId};
    use oar_scheduler_db::conf::Conf;

    use super::super::testing::NOW;
    use super::*;

    const ON: &str = "SCHEDULER_JOB_SECURITY_TIME=10\nWALLTIME_CHANGE_ENABLED=yes\n";

    fn at(after: i64) -> Time {
        NOW + Seconds(after)
    }

    fn job(id: i64, types: &[&str]) -> Job {
        let types = types.iter().map(|text| text.split_once('=').unwrap_or((text, "")));
        let types = types.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Job { id: JobId(id), user: "alice".to_owned(), queue: "default".to_owned(), types, ..Job::default() }
    }

    /// A job that ends 100 s after now and is to get so much more.
    fn request(pending: i64, types: &[&str]) -> WalltimeRequest {
        WalltimeRequest {
            job: job(1, types),
            moldable: MoldableId(10),
            start: at(-1000),
            walltime: Seconds(1100),
            pending: Seconds(pending),
            ..WalltimeRequest::default()
        }
    }

    fn next(start: i64, types: &[&str]) -> NextJob {
        NextJob { job: job(2, types), start: at(start), is_reservation: false }
    }

    fn answered(request: &WalltimeRequest, conf: &str, has_whole: bool) -> Result<(Option<i64>, String), String> {
        let conf = Conf::parse(Path::new("oar.conf"), &format!("{ON}{conf}"));
        let settings = Settings::of(&conf, Server::Oar3).unwrap();
        let read = WalltimeRequests { now: NOW, has_whole, requests: Vec::new() };
        let changes = settings.walltime_changes.as_ref().unwrap();
        let answer = decide(request, &read, changes, &settings, &TimeZone::UTC)?;
        Ok((answer.granted.map(|granted| granted.0), answer.note))
    }

    /// How much is granted; 0: nothing yet.
    fn granted(request: &WalltimeRequest, conf: &str) -> i64 {
        answered(request, conf, false).map_or(0, |(granted, _)| granted.unwrap())
    }

    #[test]
    fn more_comes_in_pieces_when_it_is_due_unless_forced() {
        let mut request = request(500, &[]);
        assert_eq!(granted(&request, ""), 500);
        assert_eq!(granted(&request, "WALLTIME_INCREMENT=200"), 200);
        assert_eq!(granted(&request, "WALLTIME_INCREMENT=600"), 500);
        assert_eq!(granted(&request, "WALLTIME_INCREMENT=0.1"), 110);
        assert_eq!(granted(&request, "WALLTIME_CHANGE_APPLY_TIME=99"), 0);
        assert_eq!(granted(&request, "WALLTIME_CHANGE_APPLY_TIME=100"), 500);
        assert_eq!(granted(&request, "WALLTIME_INCREMENT=soon"), 0);
        request.granted = Seconds(100);
        assert_eq!(granted(&request, "WALLTIME_INCREMENT=0.1"), 100, "of what it had at first");
        request.is_forced = true;
        assert_eq!(granted(&request, "WALLTIME_INCREMENT=200\nWALLTIME_CHANGE_APPLY_TIME=99"), 500);
    }

    #[test]
    fn the_time_that_it_was_suspended_does_not_count() {
        let mut request = request(500, &[]);
        request.suspended = Seconds(50);
        request.next = vec![next(300, &[])];
        assert_eq!(granted(&request, ""), 139, "from 150 to 289");
        assert_eq!(granted(&request, "WALLTIME_CHANGE_APPLY_TIME=149"), 0);
    }

    #[test]
    fn the_next_job_is_not_pushed_away() {
        let with = |next: NextJob, types: &[&str]| {
            let mut request = request(500, types);
            request.next = vec![next];
            request
        };
        assert_eq!(granted(&with(next(611, &[]), &[]), ""), 500, "beyond the security time");
        assert_eq!(granted(&with(next(610, &[]), &[]), ""), 499);
        assert_eq!(granted(&with(next(300, &[]), &[]), ""), 189);
        assert_eq!(granted(&with(next(111, &[]), &[]), ""), 0);
        assert_eq!(granted(&with(next(100, &[]), &[]), ""), 500, "it begins when this one ends: they share");
        assert_eq!(granted(&with(next(300, &["besteffort"]), &[]), ""), 500);
        let shared = |kind: &str| granted(&with(next(300, &["timesharing=*,user"]), &[kind]), "");
        assert_eq!((shared("timesharing=user,*"), shared("timesharing=*,*")), (500, 189));
        assert_eq!(granted(&with(next(300, &["placeholder=p"]), &["allowed=p"]), ""), 500);
        assert_eq!(granted(&with(next(300, &["placeholder=p"]), &["allowed=q"]), ""), 189);
        let mut delaying = with(next(300, &[]), &[]);
        delaying.delays_others = true;
        assert_eq!(granted(&delaying, ""), 500);
        delaying.next[0].is_reservation = true;
        assert_eq!(granted(&delaying, ""), 189);
    }

    #[test]
    fn containers_and_deadlines_are_limits() {
        let mut inner = request(500, &["inner=7"]);
        assert_eq!(granted(&inner, ""), 500);
        inner.container_end = Some(at(250));
        assert_eq!(granted(&inner, ""), 150);
        inner.container_end = Some(at(100));
        assert_eq!(granted(&inner, ""), 0);
        assert_eq!(granted(&request(500, &["deadline=2023-11-14 22:20:00"]), ""), 300);
        let odd = answered(&request(500, &["deadline=soon"]), "", false).unwrap_err();
        assert!(odd.starts_with("type deadline: expected a date"), "{odd}");
    }

    #[test]
    fn less_never_ends_a_job_before_now() {
        assert_eq!(granted(&request(-60, &[]), ""), -60);
        assert_eq!(granted(&request(-500, &[]), ""), -100);
        let mut over = request(-60, &[]);
        over.walltime = Seconds(990);
        assert_eq!(granted(&over, ""), 0);
    }

    #[test]
    fn all_or_nothing_and_not_for_ever() {
        let mut whole = request(500, &[]);
        (whole.is_whole, whole.next) = (true, vec![next(300, &[])]);
        assert_eq!(granted(&whole, ""), 0);
        whole.next.clear();
        let note = "Walltime changed: 0:26:40 (granted: +0:8:20/pending: 0:0:0/whole/timeout: 0:0:0)";
        assert_eq!(answered(&whole, "", true), Ok((Some(500), note.to_owned())));
        (whole.timeout, whole.requested) = (Seconds(60), Some(at(-60)));
        assert_eq!(answered(&whole, "", true).unwrap().0, Some(500));
        whole.requested = Some(at(-61));
        let note = "Walltime change request cancelled: not granted within 0:1:0 (pending: +0:8:20)";
        assert_eq!(answered(&whole, "", true), Ok((None, note.to_owned())));
    }

    #[test]
    fn what_is_noted() {
        let mut request = request(500, &[]);
        (request.is_forced, request.delays_others, request.next) = (true, true, vec![next(300, &[])]);
        request.next[0].is_reservation = true;
        let note = "walltime changed: 0:21:29 (granted: +0:3:9/pending: +0:5:11/force/delay next jobs)";
        assert_eq!(answered(&request, "", false), Ok((Some(189), note.to_owned())));
        assert!(super::note(&request, Seconds(500), false, Server::Oar2).starts_with(" walltime changed: 0:26:40"));
    }

    #[test]
    fn numbers_out_of_range_cost_only_their_own_job() {
        let mut odd = request(i64::MAX, &[]);
        assert_eq!(granted(&odd, ""), 0);
        (odd.pending, odd.granted) = (Seconds(500), Seconds(INTEGER_MAX - 10));
        assert_eq!(granted(&odd, ""), 0);
        (odd.granted, odd.start) = (Seconds(0), Time(i64::MIN));
        assert_eq!(granted(&odd, ""), 500);
    }
}
