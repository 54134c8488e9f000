//! `WALLTIME_*`: how running jobs get other walltimes.

use std::collections::BTreeMap;

use oar_scheduler_core::Seconds;

use super::{Conf, ConfError, hash};

/// The settings by which running jobs get other walltimes.
#[derive(Debug, Clone, PartialEq)]
pub struct WalltimeChanges {
    /// `WALLTIME_CHANGE_APPLY_TIME`: how long before its end a job gets more, unless it is forced; 0: at once.
    pub apply_time: PerQueue,
    /// `WALLTIME_INCREMENT`: how much a job gets at once, unless it is forced; 0: all.
    pub increment: PerQueue,
}

impl WalltimeChanges {
    /// The settings, if walltimes may change (`WALLTIME_CHANGE_ENABLED`).
    ///
    /// # Errors
    /// When that is neither yes nor no.
    pub(super) fn of(conf: &Conf) -> Result<Option<Self>, ConfError> {
        let is_enabled = conf.flag("WALLTIME_CHANGE_ENABLED")?.unwrap_or(false);
        let of = |key| PerQueue::of(conf, key);
        Ok(is_enabled
            .then(|| Self { apply_time: of("WALLTIME_CHANGE_APPLY_TIME"), increment: of("WALLTIME_INCREMENT") }))
    }
}

/// A duration for each queue: seconds, or a share of a walltime. What is wrong with it is told when it is needed, as it concerns few jobs.
#[derive(Debug, Clone, PartialEq)]
pub struct PerQueue {
    key: &'static str,
    /// The texts by queue, `_` for all others; or what is wrong with the whole value.
    values: Result<BTreeMap<String, String>, String>,
}

impl PerQueue {
    fn of(conf: &Conf, key: &'static str) -> Self {
        let text = conf.get(key).map(str::trim);
        let values = match text {
            None => Ok(BTreeMap::new()),
            Some(text) if text.starts_with('{') => match hash::read(text) {
                Some(pairs) => Ok(pairs.into_iter().collect()),
                None => {
                    Err(conf.wrong(key, "a number, or a hash of numbers such as {default => 600, _ => 0}").to_string())
                }
            },
            Some(text) => Ok([("_".to_owned(), text.to_owned())].into()),
        };
        Self { key, values }
    }

    /// The duration for a job of a queue; a share is one of its walltime. A queue that is not named has none: 0.
    ///
    /// # Errors
    /// What is wrong with the value.
    pub fn seconds(&self, queue: &str, walltime: Seconds) -> Result<Seconds, String> {
        let values = self.values.as_ref().map_err(Clone::clone)?;
        let Some(text) = values.get(queue).or_else(|| values.get("_")) else { return Ok(Seconds(0)) };
        amount(text.trim(), walltime).ok_or_else(|| {
            format!("{}: expected seconds, or a share such as 0.5, for queue {queue}, found {text:?}", self.key)
        })
    }
}

/// Seconds, or with a point and up to 1.0 a share.
fn amount(text: &str, walltime: Seconds) -> Option<Seconds> {
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Seconds(i64::from(seconds)));
    }
    let number = text.parse::<f64>().ok().filter(|number| (0.0..=f64::from(u32::MAX)).contains(number))?;
    let seconds = if number <= 1.0 { number * walltime.0.max(0) as f64 } else { number };
    // Both are whole numbers that a double has exactly, but for the part that is cut off.
    Some(Seconds(seconds as i64))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use super::*;

    fn changes(text: &str) -> Option<WalltimeChanges> {
        WalltimeChanges::of(&Conf::parse(Path::new("oar.conf"), text)).unwrap()
    }

    #[test]
    fn they_are_off_unless_they_are_on() {
        assert_eq!(changes(""), None);
        assert_eq!(changes("WALLTIME_CHANGE_ENABLED=NO"), None);
        for yes in ["yes", "YES", "Yes"] {
            assert!(changes(&format!("WALLTIME_CHANGE_ENABLED=\"{yes}\"")).is_some());
        }
    }

    #[test]
    fn durations_are_seconds_or_shares_for_all_queues_or_each() {
        let increment = |text: &str, queue: &str| {
            let changes = changes(&format!("WALLTIME_CHANGE_ENABLED=YES\nWALLTIME_INCREMENT={text}")).unwrap();
            changes.increment.seconds(queue, Seconds(1001)).map(|seconds| seconds.0)
        };
        assert_eq!(increment("", "default"), Ok(0));
        assert_eq!(increment("600", "default"), Ok(600));
        assert_eq!(increment("\"0.5\"", "default"), Ok(500));
        assert_eq!(increment("1.0", "default"), Ok(1001));
        assert_eq!(increment("1", "default"), Ok(1));
        assert_eq!(increment("0.0", "default"), Ok(0));
        assert_eq!(increment("7200.0", "default"), Ok(7200));
        for hash in ["{default => 60, _ => 0.1, best => 'x'}", "{'default': 60, '_': 0.1, 'best': 'x'}"] {
            let hash = format!("\"{hash}\"");
            assert_eq!(increment(&hash, "default"), Ok(60));
            assert_eq!(increment(&hash, "admin"), Ok(100));
            let wrong = "WALLTIME_INCREMENT: expected seconds, or a share such as 0.5, for queue best, found \"x\"";
            assert_eq!(increment(&hash, "best"), Err(wrong.to_owned()));
        }
        assert_eq!(increment("\"{admin => 60}\"", "default"), Ok(0));
        let wrong = increment("\"{admin 60}\"", "default").unwrap_err();
        assert!(wrong.contains("line 2: WALLTIME_INCREMENT: expected a number, or a hash"), "{wrong}");
        for odd in ["-5", "inf", "NaN", "1e99"] {
            assert!(increment(odd, "default").is_err(), "{odd}");
        }
    }
}
