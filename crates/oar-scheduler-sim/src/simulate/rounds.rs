//! Keeping rounds for `oar-sim replay`.

use std::num::NonZeroU64;
use std::path::Path;

use jiff::civil::DateTime;
use oar_scheduler_core::{Snapshot, Time};
use serde::Serialize;

use super::folder;
use crate::experiment::Experiment;
use crate::simulation::Keep;
use crate::text::Clock;

/// The rounds to keep.
pub(super) struct Wanted {
    every: Option<NonZeroU64>,
    /// Ascending: of each, the first round that is not before.
    instants: Vec<Time>,
}

/// A line for `replay`.
#[derive(Serialize)]
struct Kept<'a> {
    name: String,
    snapshot: &'a Snapshot,
}

impl Wanted {
    /// What the options ask for.
    ///
    /// # Errors
    /// When one is not an instant, or the policy has no rounds.
    pub fn new(every: Option<NonZeroU64>, instants: &[String], experiment: &Experiment) -> Result<Self, String> {
        if (every.is_some() || !instants.is_empty()) && !experiment.has_rounds() {
            return Err("expected --policy oar: the other policies have no rounds to keep".to_owned());
        }
        let instants = instants.iter().map(|text| instant(text, &experiment.clock));
        let mut instants: Vec<Time> = instants.collect::<Result<_, _>>()?;
        instants.sort_unstable();
        Ok(Self { every, instants })
    }

    /// Keeps the wanted ones in a folder.
    pub fn keep(mut self, folder: Option<&Path>) -> Keep<'_> {
        let mut is_wanted = move |now: Time, number: u64| {
            let reached = self.instants.partition_point(|instant| *instant <= now);
            self.instants.drain(..reached);
            reached > 0 || self.every.is_some_and(|every| number % every == 0)
        };
        Box::new(move |snapshot, number| match folder {
            Some(folder) if is_wanted(snapshot.now, number) => write(folder, snapshot, number),
            _ => Ok(()),
        })
    }
}

fn instant(text: &str, clock: &Clock) -> Result<Time, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(Time(seconds));
    }
    let date: Result<DateTime, _> = text.parse();
    let date = date.and_then(|date| clock.zone.to_timestamp(date));
    date.map(|timestamp| Time(timestamp.as_second())).map_err(|_| {
        format!(
            "--snapshot-at: expected a date such as `2014-06-01T12:00:00` or seconds since the epoch, found `{text}`"
        )
    })
}

fn write(folder: &Path, snapshot: &Snapshot, number: u64) -> Result<(), String> {
    let kept = Kept { name: format!("round {number}"), snapshot };
    folder::file(folder, &format!("round-{number:06}.json"), |mut file| {
        serde_json::to_writer(&mut file, &kept)?;
        writeln!(file)
    })
}
