//! Jobs as a round sees them.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::procset::ProcSet;
use crate::units::{JobId, MoldableId, Seconds, Time};

/// What is known of every job: who it belongs to and its types.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Job {
    /// The job's number.
    #[serde(deserialize_with = "named::id")]
    pub id: JobId,
    /// Its owner.
    #[serde(default, deserialize_with = "named::user")]
    pub user: String,
    /// Its project.
    #[serde(default, deserialize_with = "named::project")]
    pub project: String,
    /// The name of its queue.
    #[serde(default, deserialize_with = "named::queue")]
    pub queue: String,
    /// Its name; empty when it has none.
    #[serde(default, deserialize_with = "named::name")]
    pub name: String,
    /// Its types with their values; an empty value stands for none.
    #[serde(default, deserialize_with = "named::types")]
    pub types: BTreeMap<String, String>,
}

/// Reads `null` as the default value, as if the key were absent.
pub(crate) fn null_as_default<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// Readers that put the key into their errors: the fields of a job are part of a larger object, where serde no longer knows the key.
macro_rules! named_readers {
    ($($key:ident: $type:ty = $read:expr;)*) => {
        mod named {
            use super::*;
            $(pub fn $key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                $read(deserializer).map_err(|error| serde::de::Error::custom(format!("`{}`: {error}", stringify!($key))))
            })*
        }
    };
}

named_readers! {
    id: JobId = JobId::deserialize;
    user: String = null_as_default;
    project: String = null_as_default;
    queue: String = null_as_default;
    name: String = null_as_default;
    types: BTreeMap<String, String> = read_types;
}

fn read_types<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let types: BTreeMap<String, Value> = null_as_default(deserializer)?;
    let texts = types.into_iter().map(|(name, value)| match value {
        Value::Null => Ok((name, String::new())),
        Value::String(value) => Ok((name, value)),
        other => Err(serde::de::Error::custom(format!("of type `{name}`: expected a text or null, found {other}"))),
    });
    texts.collect()
}

impl Job {
    /// Whether the job has this type, with or without a value.
    #[must_use]
    pub fn has_type(&self, name: &str) -> bool {
        self.types.contains_key(name)
    }

    /// The value of a type, if the job has it.
    #[must_use]
    pub fn type_value(&self, name: &str) -> Option<&str> {
        self.types.get(name).map(String::as_str)
    }

    /// Whether normal jobs may take this job's resources.
    #[must_use]
    pub fn is_besteffort(&self) -> bool {
        self.has_type("besteffort")
    }

    /// The name of the container that this job is, if it is one: the type's value, or else the job's number.
    #[must_use]
    pub fn container_name(&self) -> Option<String> {
        self.type_value("container").map(|name| if name.is_empty() { self.id.to_string() } else { name.to_owned() })
    }

    /// The name of the container that this job runs in.
    #[must_use]
    pub fn inner_of(&self) -> Option<&str> {
        self.type_value("inner")
    }
}

/// A job that holds resources: running, being launched, or reserved for later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledJob {
    /// Who it belongs to.
    #[serde(flatten)]
    pub job: Job,
    /// Its first second.
    pub start: Time,
    /// How long it holds its resources, security time included.
    pub walltime: Seconds,
    /// What it holds.
    pub resources: ProcSet,
    /// Its state, if known. Only with a state that says so does a job count as current (and so as holding on past its end).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<JobState>,
}

/// A job to be placed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WaitingJob {
    /// Who it belongs to.
    #[serde(flatten)]
    pub job: Job,
    /// When it was submitted.
    #[serde(default, deserialize_with = "null_as_default")]
    pub submission_time: Time,
    /// The jobs that it waits for.
    #[serde(default, deserialize_with = "null_as_default")]
    pub dependencies: Vec<Dependency>,
    /// Its alternatives, the preferred first among equals.
    pub moldables: Vec<Moldable>,
    /// The requested start of a new advance reservation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservation_start: Option<Time>,
    /// It does not start before (type `postpone`). Reservations have their own time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest_start: Option<Time>,
    /// The second by which it must be over, its security time not counted (type `deadline`). Not for reservations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_end: Option<Time>,
    /// Whether it may be placed on resources that are missing (type `state=permissive`, reservations of a server that gives them such resources).
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "std::ops::Not::not")]
    pub accepts_missing: bool,
}

impl WaitingJob {
    /// The last second that the job may hold by its deadline, its security time included, and at most `end`.
    pub(crate) fn last_second(&self, security_time: Seconds, end: Time) -> Time {
        self.latest_end.map_or(end, |latest| (latest + security_time).previous().min(end))
    }
}

/// One alternative of a job: a walltime and what it asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Moldable {
    /// The number of the alternative.
    pub id: MoldableId,
    /// How long it would run, security time included.
    pub walltime: Seconds,
    /// Its groups, which take different resources.
    pub requests: Vec<Request>,
}

/// One group of a request (`oarsub -l "{filter}/switch=1/core=4"`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Request {
    /// The resources that the properties select; `None`: the default resources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<ProcSet>,
    /// Levels of the hierarchy from outer to inner, with how many blocks of each.
    pub levels: Vec<(String, Count)>,
}

/// How many blocks of a level a request asks for: a positive number, or one of [`Count::ALL`], [`Count::BEST`], [`Count::HALF_BEST`].
/// Other numbers can be written down but never satisfied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Count(pub i64);

impl Count {
    /// All blocks that the filter touches.
    pub const ALL: Self = Self(-1);
    /// As many as there are, at least one.
    pub const BEST: Self = Self(-2);
    /// Half of as many as there are.
    pub const HALF_BEST: Self = Self(-3);

    /// Whether it can be satisfied at all.
    #[must_use]
    pub fn is_valid(self) -> bool {
        self.0 >= Self::HALF_BEST.0 && self.0 != 0
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self::ALL => formatter.write_str("ALL"),
            Self::BEST => formatter.write_str("BEST"),
            Self::HALF_BEST => formatter.write_str("BESTHALF"),
            Self(number) => number.fmt(formatter),
        }
    }
}

/// What a job waits for (`oarsub -a`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// The required job.
    pub job: JobId,
    /// Its state.
    pub state: JobState,
    /// How it ended.
    #[serde(default)]
    pub exit_code: Option<i64>,
}

/// The states of OAR's jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum JobState {
    Waiting,
    Hold,
    #[serde(rename = "toLaunch")]
    ToLaunch,
    #[serde(rename = "toError")]
    ToError,
    #[serde(rename = "toAckReservation")]
    ToAckReservation,
    Launching,
    Running,
    Suspended,
    Resuming,
    Finishing,
    Terminated,
    Error,
}

impl JobState {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Waiting,
        Self::Hold,
        Self::ToLaunch,
        Self::ToError,
        Self::ToAckReservation,
        Self::Launching,
        Self::Running,
        Self::Suspended,
        Self::Resuming,
        Self::Finishing,
        Self::Terminated,
        Self::Error,
    ];

    /// The state of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether a job in this state has been given its resources and has not ended.
    #[must_use]
    pub fn is_current(self) -> bool {
        matches!(
            self,
            Self::ToLaunch | Self::Launching | Self::Running | Self::Suspended | Self::Resuming | Self::Finishing
        )
    }

    /// Whether a job in this state will never change again.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Terminated | Self::Error)
    }

    /// OAR's name of the state.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Hold => "Hold",
            Self::ToLaunch => "toLaunch",
            Self::ToError => "toError",
            Self::ToAckReservation => "toAckReservation",
            Self::Launching => "Launching",
            Self::Running => "Running",
            Self::Suspended => "Suspended",
            Self::Resuming => "Resuming",
            Self::Finishing => "Finishing",
            Self::Terminated => "Terminated",
            Self::Error => "Error",
        }
    }
}
