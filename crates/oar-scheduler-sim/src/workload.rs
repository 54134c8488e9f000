//! A workload: the jobs of a log, cleaned and ready to be simulated.

use std::collections::BTreeMap;

use oar_scheduler_core::{JobId, Seconds, Time};
use serde::Serialize;

mod clean;

pub(crate) use clean::Cleaning;

/// The jobs that are simulated.
#[derive(Debug, Clone, Default)]
pub(crate) struct Workload {
    /// The file's name, for headings.
    pub name: String,
    /// Ascending by submission; of one instant, in the order of the log.
    pub jobs: Vec<Job>,
    /// How many records were left out, by cause.
    pub dropped: BTreeMap<Dropped, u64>,
    /// The IANA name of the site's time zone, if the log tells one that exists.
    pub time_zone: Option<String>,
}

/// A job of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    /// The number that the log gives it.
    pub number: i64,
    /// Its rank by submission among all records of the log, from 1.
    pub id: JobId,
    /// When it was submitted, in seconds since the epoch.
    pub submit: Time,
    /// How long it runs; at most `requested`.
    pub run: Seconds,
    /// The walltime that it asked for.
    pub requested: Seconds,
    /// The processors that it asked for; at least 1.
    pub size: u32,
    /// The user's number as text, or `unknown`.
    pub user: String,
    /// The group's number as text, or `unknown`.
    pub project: String,
    /// The number of its queue in the log; -1: none.
    pub queue: i64,
}

/// Why a record of a log is not simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Dropped {
    /// It cannot be read, or repeats the number of another one.
    Unusable,
    /// It was submitted before the log begins.
    NegativeSubmission,
    /// It did not run, or nobody knows how long.
    NoRunTime,
    /// It has no walltime.
    NoRequestedTime,
    /// It has no processors.
    NoProcessors,
    /// It asks for more processors than there are.
    TooLarge,
    /// Its request does not fit on the empty machine: `oarsub` would refuse it.
    Refused,
}
