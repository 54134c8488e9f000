//! The quantities of scheduling, each a type of its own.

use std::fmt;
use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

macro_rules! integer_type {
    ($(#[$doc:meta])* $name:ident, $integer:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $integer);

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

integer_type!(
    /// The number OAR gives a job (`jobs.job_id`).
    JobId, i64
);
integer_type!(
    /// The number of one moldable alternative of a job (`moldable_job_descriptions.moldable_id`).
    MoldableId, i64
);
integer_type!(
    /// A resource, by its number (`resources.resource_id`). The order in which resources are taken is that of the hierarchy's blocks.
    ResourceId, u32
);
integer_type!(
    /// An instant: seconds since the epoch. Arithmetic saturates.
    Time, i64
);
integer_type!(
    /// A duration in seconds. Arithmetic saturates.
    Seconds, i64
);

impl Time {
    /// The last second that a job starting now holds: `start + walltime - 1`.
    #[must_use]
    pub fn end_of(self, walltime: Seconds) -> Self {
        Self(self.0.saturating_add(walltime.0.saturating_sub(1)))
    }

    /// The next second.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The second before.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl Add<Seconds> for Time {
    type Output = Self;
    fn add(self, duration: Seconds) -> Self {
        Self(self.0.saturating_add(duration.0))
    }
}

impl Add for Seconds {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub<Seconds> for Time {
    type Output = Self;
    fn sub(self, duration: Seconds) -> Self {
        Self(self.0.saturating_sub(duration.0))
    }
}

impl Sub for Time {
    type Output = Seconds;
    fn sub(self, other: Self) -> Seconds {
        Seconds(self.0.saturating_sub(other.0))
    }
}

impl Sub for Seconds {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}
