//! Days and months on the site's wall clock.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use oar_scheduler_core::Time;

use super::span::Span;

/// The most periods that a span is cut into.
const PERIODS_MAX: usize = 4000;

/// A part of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    Day,
    Month,
}

/// A span cut at midnights or at the beginnings of months.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Periods {
    /// In seconds from the beginning of the span: the beginning of each period, and the end of the last.
    pub edges: Vec<f64>,
    /// What each period is called.
    pub names: Vec<String>,
}

impl Periods {
    /// The periods of a span; `None` where there is no calendar for it, or where there are too many.
    pub fn of(span: Span, zone: &TimeZone, period: Period) -> Option<Self> {
        let first = local(span.from, zone)?.date();
        local(span.to, zone)?;
        let end = span.seconds();
        let mut periods = Self { edges: Vec::new(), names: Vec::new() };
        let mut date = match period {
            Period::Day => first,
            Period::Month => first.first_of_month(),
        };
        let mut begin = 0.0;
        while begin < end {
            if periods.edges.len() >= PERIODS_MAX {
                return None;
            }
            periods.edges.push(begin);
            periods.names.push(period.name(date));
            date = match period {
                Period::Day => date.tomorrow().ok()?,
                Period::Month => date.checked_add(1.month()).ok()?,
            };
            let midnight = zone.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).ok()?;
            begin = span.at(Time(midnight.as_second())).max(begin + 1.0);
        }
        periods.edges.push(end);
        Some(periods)
    }
}

impl Period {
    fn name(self, date: Date) -> String {
        let format = match self {
            Self::Day => "%a %Y-%m-%d",
            Self::Month => "%Y-%m",
        };
        date.strftime(format).to_string()
    }
}

/// The hour of the week of an instant, from Monday 0:00 on.
pub(super) fn hour_of_week(at: Time, zone: &TimeZone) -> Option<usize> {
    let local = local(at, zone)?;
    let day = usize::try_from(local.date().weekday().to_monday_zero_offset()).ok()?;
    Some(day * 24 + usize::try_from(local.hour()).ok()?)
}

fn local(at: Time, zone: &TimeZone) -> Option<DateTime> {
    Some(zone.to_datetime(Timestamp::from_second(at.0).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paris(text: &str) -> Time {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        Time(text.parse::<DateTime>().unwrap().to_zoned(zone).unwrap().timestamp().as_second())
    }

    #[test]
    fn days_end_at_midnight_of_the_wall_clock_also_when_it_changes() {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let span = Span { from: paris("2026-03-28T18:00:00"), to: paris("2026-03-30T12:00:00") };
        let days = Periods::of(span, &zone, Period::Day).unwrap();
        assert_eq!(days.names, ["Sat 2026-03-28", "Sun 2026-03-29", "Mon 2026-03-30"]);
        // The Sunday has 23 hours.
        assert_eq!(days.edges.iter().map(|edge| edge / 3600.0).collect::<Vec<_>>(), [0.0, 6.0, 29.0, 41.0]);
        let months = Periods::of(span, &zone, Period::Month).unwrap();
        assert_eq!((months.names, months.edges.len()), (vec!["2026-03".to_owned()], 2));
    }

    #[test]
    fn weeks_begin_on_monday() {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        assert_eq!(hour_of_week(paris("2026-03-30T00:59:00"), &zone), Some(0));
        assert_eq!(hour_of_week(paris("2026-03-29T23:00:00"), &zone), Some(167));
        assert_eq!(hour_of_week(Time(i64::MAX), &zone), None);
    }

    #[test]
    fn times_beyond_any_calendar_have_no_periods() {
        for (from, to) in [(i64::MIN, i64::MAX), (0, i64::MAX), (-10_000_000_000, 10_000_000_000)] {
            assert_eq!(Periods::of(Span { from: Time(from), to: Time(to) }, &TimeZone::UTC, Period::Day), None);
        }
    }
}
