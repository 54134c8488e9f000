//! Words for times and names.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use oar_scheduler_core::{Seconds, Snapshot, Time};

/// The wall clock of a site.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    pub zone: TimeZone,
}

impl Clock {
    /// The clock of a snapshot; UTC where its time zone is unknown, which no round survives anyway.
    pub fn of(snapshot: &Snapshot) -> Self {
        Self { zone: TimeZone::get(&snapshot.time_zone).unwrap_or(TimeZone::UTC) }
    }

    /// The date as the site sees it; seconds since the epoch for one that no calendar has.
    pub fn date(&self, at: Time) -> String {
        match Timestamp::from_second(at.0) {
            Ok(timestamp) => self.zone.to_datetime(timestamp).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            Err(_) => format!("second {at}"),
        }
    }
}

/// A duration such as `1:30:00` or `2d 00:00:00`.
pub(crate) fn duration(seconds: Seconds) -> String {
    let sign = if seconds.0 < 0 { "-" } else { "" };
    let total = seconds.0.unsigned_abs();
    let (days, hours, minutes, seconds) = (total / 86_400, total / 3600 % 24, total / 60 % 60, total % 60);
    if days > 0 {
        format!("{sign}{days}d {hours:02}:{minutes:02}:{seconds:02}")
    } else {
        format!("{sign}{hours}:{minutes:02}:{seconds:02}")
    }
}

/// An instant as seen from the time of the round: `now`, `now+1:30:00`.
pub(crate) fn from_now(at: Time, now: Time) -> String {
    match at - now {
        Seconds(0) => "now".to_owned(),
        ahead @ Seconds(1..) => format!("now+{}", duration(ahead)),
        behind => format!("now{}", duration(behind)),
    }
}

/// A text from a file, fit for a terminal or a picture: without control characters.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let is_bad = |char: char| char.is_control() || matches!(char, '\u{fffe}' | '\u{ffff}');
    if text.contains(is_bad) { text.replace(is_bad, "\u{fffd}").into() } else { text.into() }
}

/// `1 job`, `2 jobs`.
pub(crate) fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// A text of at most so many characters, with an ellipsis where it was cut.
pub(crate) fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    if text.chars().count() <= most {
        return text.into();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_told_from_now() {
        let now = Time(1000);
        for (at, expected) in [
            (1000, "now"),
            (1059, "now+0:00:59"),
            (1000 + 90 * 60, "now+1:30:00"),
            (1000 + 86_400, "now+1d 00:00:00"),
            (400, "now-0:10:00"),
        ] {
            assert_eq!(from_now(Time(at), now), expected);
        }
        assert!(from_now(Time(i64::MAX), Time(i64::MIN)).starts_with("now+106751991167300d"));
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mb"), "a\u{fffd}[31mb");
        assert_eq!(printable("Müller"), "Müller");
    }

    #[test]
    fn long_texts_are_cut_with_an_ellipsis() {
        assert_eq!(shortened("abc", 3), "abc");
        assert_eq!(shortened("ab cd", 4), "ab…");
    }
}
