//! Whether the resources of a job are there, as far as the job needs them to be.

use oar_scheduler_core::{Job, Seconds, Time};
use oar_scheduler_db::{PlacedResource, ResourceState};

/// How long before a sleeping resource leaves a reservation on it must be over.
const STANDBY_MARGIN: Seconds = Seconds(600);

/// What a job needs of its resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// They must be there.
    Alive,
    /// They may be switched off: the job's type wakes them up (`deploy`, `cosystem` or `noop=standby`).
    Standby,
    /// Anything will do (`state=permissive` with `noop` or `cosystem`).
    Nothing,
}

impl Needs {
    pub fn of(job: &Job) -> Self {
        let is_free = job.has_type("noop") || job.has_type("cosystem");
        if job.type_value("state") == Some("permissive") && is_free {
            return Self::Nothing;
        }
        let is_standby = ["deploy", "cosystem", "noop"].iter().any(|name| job.type_value(name) == Some("standby"));
        if is_standby { Self::Standby } else { Self::Alive }
    }

    /// Whether a resource is there for a reservation that holds it until `end`.
    pub fn are_met_until(self, resource: &PlacedResource, end: Time) -> bool {
        match self {
            Self::Nothing => true,
            Self::Standby => {
                resource.state == ResourceState::Alive
                    || resource.state == ResourceState::Absent && end + STANDBY_MARGIN < resource.available_upto
            }
            Self::Alive => resource.state == ResourceState::Alive,
        }
    }

    /// Whether a job that would hold a resource until `end` may be launched on it now.
    pub fn allow_launch(self, resource: &PlacedResource, end: Time) -> bool {
        match self {
            Self::Nothing => true,
            Self::Standby => match resource.state {
                ResourceState::Alive => !resource.is_leaving,
                ResourceState::Absent => end <= resource.available_upto,
                ResourceState::Broken => false,
            },
            Self::Alive => resource.state == ResourceState::Alive && !resource.is_leaving,
        }
    }
}
