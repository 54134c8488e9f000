//! The time axis: where its lines are and what they say.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp, ToSpan};
use oar_scheduler_core::Time;

/// A line of the axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    /// In seconds from now.
    pub at: f64,
    pub label: String,
    /// The first tick of a day (with steps of days and more: of a month, of a year).
    pub is_major: bool,
}

/// The distance of two ticks.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Seconds(i64),
    Days(i64),
    Months(i64),
    Years(i64),
}

const STEPS: &[Step] = &[
    Step::Seconds(1),
    Step::Seconds(2),
    Step::Seconds(5),
    Step::Seconds(10),
    Step::Seconds(30),
    Step::Seconds(60),
    Step::Seconds(120),
    Step::Seconds(300),
    Step::Seconds(600),
    Step::Seconds(1800),
    Step::Seconds(3600),
    Step::Seconds(2 * 3600),
    Step::Seconds(3 * 3600),
    Step::Seconds(6 * 3600),
    Step::Seconds(12 * 3600),
    Step::Days(1),
    Step::Days(2),
    Step::Days(7),
    Step::Days(14),
    Step::Months(1),
    Step::Months(3),
    Step::Months(6),
    Step::Years(1),
    Step::Years(2),
    Step::Years(5),
    Step::Years(10),
    Step::Years(20),
    Step::Years(50),
    Step::Years(100),
    Step::Years(500),
    Step::Years(1000),
];

impl Step {
    fn seconds(self) -> f64 {
        match self {
            Self::Seconds(seconds) => seconds as f64,
            Self::Days(days) => days as f64 * 86_400.0,
            Self::Months(months) => months as f64 * 2_629_746.0,
            Self::Years(years) => years as f64 * 31_556_952.0,
        }
    }

    fn span(self) -> Option<Span> {
        match self {
            Self::Seconds(seconds) => Span::new().try_seconds(seconds).ok(),
            Self::Days(days) => Span::new().try_days(days).ok(),
            Self::Months(months) => Span::new().try_months(months).ok(),
            Self::Years(years) => Span::new().try_years(years).ok(),
        }
    }

    /// The last instant of this step's raster that is not after `at`.
    fn floor(self, at: DateTime) -> Option<DateTime> {
        let midnight = at.date().to_datetime(jiff::civil::Time::midnight());
        match self {
            Self::Seconds(step) => {
                let time = at.time();
                let since = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
                midnight.checked_add(Span::new().try_seconds(since / step * step).ok()?).ok()
            }
            // Weeks begin on Monday.
            Self::Days(days) if days % 7 == 0 => {
                midnight.checked_sub(i64::from(at.date().weekday().to_monday_zero_offset()).days()).ok()
            }
            Self::Days(_) => Some(midnight),
            Self::Months(step) => {
                let month = i8::try_from((i64::from(at.month()) - 1) / step * step + 1).ok()?;
                DateTime::new(at.year(), month, 1, 0, 0, 0, 0).ok()
            }
            Self::Years(step) => {
                let year = i16::try_from(i64::from(at.year()).div_euclid(step) * step).ok()?;
                DateTime::new(year, 1, 1, 0, 0, 0, 0).ok()
            }
        }
    }

    fn label(self, at: DateTime) -> (String, bool) {
        let is_midnight = at.time() == jiff::civil::Time::midnight();
        let (format, is_major) = match self {
            Self::Seconds(_) if is_midnight => ("%a %-d %b", true),
            Self::Seconds(seconds) if seconds < 60 => ("%H:%M:%S", false),
            Self::Seconds(_) => ("%H:%M", false),
            Self::Days(_) => ("%a %-d %b", at.day() <= 7 && at.day() == 1),
            Self::Months(_) => ("%b %Y", at.month() == 1),
            Self::Years(_) => ("%Y", false),
        };
        (at.strftime(format).to_string(), is_major)
    }
}

/// The ticks from `from` to `to` seconds from now, at most about `most` of them; on the wall clock of the zone where there is a calendar for these
/// times, else counted from now.
pub(crate) fn ticks(now: Time, zone: &TimeZone, from: f64, to: f64, most: usize) -> Vec<Tick> {
    let least = (to - from) / most.max(1) as f64;
    let step = STEPS.iter().copied().find(|step| step.seconds() >= least);
    step.and_then(|step| on_the_clock(now, zone, from, to, step)).unwrap_or_else(|| counted(from, to, least))
}

fn on_the_clock(now: Time, zone: &TimeZone, from: f64, to: f64, step: Step) -> Option<Vec<Tick>> {
    let first = Timestamp::from_second(now.0.checked_add(from.floor() as i64)?).ok()?;
    Timestamp::from_second(now.0.checked_add(to.ceil() as i64)?).ok()?;
    let mut ticks: Vec<Tick> = Vec::new();
    let mut at = step.floor(zone.to_datetime(first))?;
    let span = step.span()?;
    loop {
        // An hour that the clock skips has no line; one that comes twice has one.
        let timestamp = zone.to_ambiguous_timestamp(at);
        let is_gap = matches!(timestamp.offset(), AmbiguousOffset::Gap { .. });
        let seconds = (i128::from(timestamp.compatible().ok()?.as_second()) - i128::from(now.0)) as f64;
        if seconds > to {
            return Some(ticks);
        }
        if seconds >= from && !is_gap {
            let (label, is_major) = step.label(at);
            ticks.push(Tick { at: seconds, label, is_major });
        }
        at = at.checked_add(span).ok()?;
        // Days of two begin again with each month, so that their dates are always odd.
        if step == Step::Days(2) && at.day() % 2 == 0 {
            at = at.checked_sub(1.day()).ok()?;
        }
    }
}

fn counted(from: f64, to: f64, least: f64) -> Vec<Tick> {
    let mut step = 1.0_f64;
    while step < least {
        step *= 10.0;
    }
    let first = (from / step).ceil();
    let count = ((to / step).floor() - first).clamp(0.0, 1000.0) as u32;
    let tick = |index: u32| {
        let at = (first + f64::from(index)) * step;
        Tick { at, label: format!("{at:+e} s"), is_major: false }
    };
    (0..=count).map(tick).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(now: &str, hours: f64, most: usize) -> Vec<String> {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let now = now.parse::<DateTime>().unwrap().to_zoned(zone.clone()).unwrap().timestamp().as_second();
        ticks(Time(now), &zone, 0.0, hours * 3600.0, most).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn lines_are_at_round_times_of_the_wall_clock() {
        assert_eq!(labels("2026-03-09T10:10:00", 3.0, 4), ["11:00", "12:00", "13:00"]);
        assert_eq!(labels("2026-03-09T19:30:00", 12.0, 5), ["21:00", "Tue 10 Mar", "03:00", "06:00"]);
        assert_eq!(labels("2026-03-09T10:00:00", 24.0 * 3.0, 4), ["Tue 10 Mar", "Wed 11 Mar", "Thu 12 Mar"]);
        assert_eq!(
            labels("2026-03-11T10:00:00", 24.0 * 30.0, 6),
            ["Mon 16 Mar", "Mon 23 Mar", "Mon 30 Mar", "Mon 6 Apr"]
        );
        assert_eq!(labels("2026-03-11T10:00:00", 24.0 * 365.0, 5), ["Apr 2026", "Jul 2026", "Oct 2026", "Jan 2027"]);
    }

    #[test]
    fn a_skipped_hour_has_no_line_and_a_repeated_one_has_one() {
        assert_eq!(labels("2026-03-29T00:30:00", 4.0, 6), ["01:00", "03:00", "04:00", "05:00"]);
        assert_eq!(labels("2026-10-25T00:30:00", 4.0, 6), ["01:00", "02:00", "03:00"]);
    }

    #[test]
    fn times_beyond_any_calendar_are_counted_from_now() {
        let found = ticks(Time(i64::MAX - 10), &TimeZone::UTC, 0.0, 1000.0, 5);
        assert_eq!(found.first().unwrap().label, "+0e0 s");
        assert!(found.len() <= 6);
        assert!(ticks(Time(0), &TimeZone::UTC, -1e17, 1e19, 10).len() <= 11);
    }
}
