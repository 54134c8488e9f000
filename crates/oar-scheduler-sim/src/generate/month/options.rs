//! Options as they are written.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use oar_scheduler_core::Time;

/// When a log begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// The same everywhere.
    Instant(Time),
    /// What the site's clocks show.
    Clock(DateTime),
}

impl Start {
    /// The instant.
    ///
    /// # Errors
    /// In words: when it is before 1970, or no calendar has it.
    pub fn in_zone(self, zone: &TimeZone) -> Result<Time, String> {
        let time = match self {
            Self::Instant(time) => time,
            Self::Clock(clock) => {
                let instant = zone.to_ambiguous_timestamp(clock).compatible();
                Time(
                    instant
                        .map_err(|error| format!("expected a date with an instant, found {clock}: {error}"))?
                        .as_second(),
                )
            }
        };
        if time < Time(0) { Err("expected a start from 1970 on, found an earlier one".to_owned()) } else { Ok(time) }
    }
}

pub(super) fn start(text: &str) -> Result<Start, String> {
    if let Ok(seconds) = text.parse() {
        let known = Timestamp::from_second(seconds).is_ok_and(|instant| instant >= Timestamp::UNIX_EPOCH);
        return if known { Ok(Start::Instant(Time(seconds))) } else { Err(wrong_start()) };
    }
    // With `Z` or an offset it is an instant, without one a date and time of day.
    match text.parse::<Timestamp>() {
        Ok(instant) => Ok(Start::Instant(Time(instant.as_second()))),
        Err(_) => text.parse().map(Start::Clock).map_err(|_| wrong_start()),
    }
}

fn wrong_start() -> String {
    "expected a time such as 2026-03-02, 2026-03-02T08:00:00, 2026-03-02T07:00:00Z or 1772406000".to_owned()
}

pub(super) fn time_zone(text: &str) -> Result<TimeZone, String> {
    TimeZone::get(text).map_err(|_| "expected the name of a time zone such as Europe/Paris".to_owned())
}

pub(super) fn load(text: &str) -> Result<f64, String> {
    let load = text.parse().ok().filter(|load: &f64| *load > 0.0 && *load <= 10.0);
    load.ok_or_else(|| "expected a number above 0 and up to 10".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_an_instant_or_what_the_clocks_show() {
        let paris = time_zone("Europe/Paris").unwrap();
        let midnight = 1_772_406_000;
        for text in
            ["1772406000", "2026-03-02", "2026-03-02T00:00:00", "2026-03-01T23:00:00Z", "2026-03-02T00:00+01:00"]
        {
            assert_eq!(start(text).unwrap().in_zone(&paris), Ok(Time(midnight)), "{text}");
        }
        assert_eq!(start("2026-03-02").unwrap().in_zone(&TimeZone::UTC), Ok(Time(midnight + 3600)));
        for text in ["", "monday", "2026-13-01", "-5", "1e9", "99999999999999", "2026-03-02T25:00:00"] {
            assert!(start(text).is_err(), "{text}");
        }
        assert!(start("1969-12-31").unwrap().in_zone(&paris).is_err());
    }

    #[test]
    fn a_load_is_above_0_and_up_to_10() {
        assert_eq!((load("0.8"), load("10")), (Ok(0.8), Ok(10.0)));
        for text in ["0", "-1", "10.01", "nan", "inf", "", "80%"] {
            assert!(load(text).is_err(), "{text}");
        }
    }
}
