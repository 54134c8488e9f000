//! The plan: what a round decides.

use serde::{Deserialize, Deserializer, Serialize};

use crate::hooks::PropertyChange;
use crate::ordering::Priority;
use crate::procset::ProcSet;
use crate::reasons::Reason;
use crate::units::{JobId, MoldableId, Seconds, Time};

/// The name of the plan's JSON form.
pub const FORMAT: &str = "oar-scheduler-plan/1";

/// What a round decides. Its JSON form (`oar-scheduler-plan/1`) is described in `docs/snapshot-format.md`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// [`FORMAT`].
    #[serde(default = "format", deserialize_with = "known_format")]
    pub format: String,
    /// The time of the round.
    #[serde(default)]
    pub now: Time,
    /// The placed jobs, in order of placement.
    pub assignments: Vec<Assignment>,
    /// The jobs without a place, in the order in which they were handled.
    pub unscheduled: Vec<Unscheduled>,
    /// What holds back each job that does not start now, in the order of the two lists above.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// How FAIRSHARE or MULTIFACTOR came to their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub priorities: Vec<Priority>,
    /// What the plugin of `EXTRA_METASCHED` changes about resources, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub property_changes: Vec<PropertyChange>,
    /// What looks wrong without stopping the round.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

fn format() -> String {
    FORMAT.to_owned()
}

fn known_format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let found = String::deserialize(deserializer)?;
    if found == FORMAT {
        Ok(found)
    } else {
        Err(serde::de::Error::custom(format!("expected format {FORMAT:?}, found {found:?}")))
    }
}

impl Plan {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// When the text is not JSON, or not a plan: where, what was expected and what was found.
    pub fn from_json(text: &[u8]) -> Result<Self, crate::snapshot::FormatError> {
        crate::snapshot::read_json(text)
    }

    /// The place of a job, if it has one.
    #[must_use]
    pub fn assignment(&self, job: JobId) -> Option<&Assignment> {
        self.assignments.iter().find(|assignment| assignment.job == job)
    }

    /// What holds a job back, if it does not start now.
    #[must_use]
    pub fn reason(&self, job: JobId) -> Option<&Reason> {
        self.reasons.iter().find(|reason| reason.job == job)
    }
}

/// A job with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The job.
    pub job: JobId,
    /// The chosen alternative.
    pub moldable: MoldableId,
    /// The first second.
    pub start: Time,
    /// How long it holds the resources, security time included.
    pub walltime: Seconds,
    /// The resources.
    pub resources: ProcSet,
}

/// A job without a place in this round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unscheduled {
    /// The job.
    pub job: JobId,
    /// Of a refused reservation: when it could begin instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub could_start_at: Option<Time>,
}
