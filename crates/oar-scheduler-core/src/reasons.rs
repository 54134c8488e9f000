//! Why a job does not start now.
//!
//! The causes of a job are a *minimal* set: without all of them the job starts now, and each of them alone is enough to hold it back. They speak
//! of the plan as it is: of the jobs that were placed before this one, where they were placed. See `docs/reasons.md`.

use serde::{Deserialize, Serialize};

use crate::hierarchy::Shortage;
use crate::job::JobState;
use crate::procset::ProcSet;
use crate::quotas::{Figure, RuleKey, Violation};
use crate::units::{JobId, MoldableId, Seconds, Time};

mod explain;
mod in_order;
mod line;
mod minimal;
mod plain;
mod question;

pub(crate) use explain::Explainer;

/// All that holds a job back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The job.
    pub job: JobId,
    /// The causes in one readable line.
    pub line: String,
    /// The alternative that would start now without the causes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moldable: Option<MoldableId>,
    /// What that alternative lacks now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortage: Option<Shortage>,
    /// What must change for the job to start now; all of it.
    pub causes: Vec<Cause>,
    /// How many jobs the round had placed before this one: the first so many of the plan's assignments. Only they, and the scheduled jobs, are in its way.
    pub placed_before: usize,
}

/// One thing that holds a job back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cause {
    /// Another job holds resources that this one needs.
    Held {
        /// The holder.
        job: JobId,
        /// Those of its resources that this job would take.
        resources: ProcSet,
        /// The second at which they are free again.
        until: Time,
    },
    /// Resources that the job needs leave before it would end.
    AvailableUpto {
        /// Their first second away.
        until: Time,
        /// Those that this job would take.
        resources: ProcSet,
    },
    /// The container that the job runs in.
    Container {
        /// Its name.
        container: String,
        /// What is wrong with it.
        problem: ContainerProblem,
    },
    /// A limit of the quotas.
    Quota {
        /// The rule set of the calendar; none: the default rules.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rules: Option<String>,
        /// The rule, as written in the file.
        rule: RuleKey,
        /// Which of its figures.
        figure: Figure,
        /// What others use of it at the peak of the job's time.
        used: i64,
        /// What this job would add.
        asked: i64,
        /// The limit.
        limit: i64,
    },
    /// The job would end after `QUOTAS_WINDOW_TIME_LIMIT`.
    WindowLimit {
        /// The last second that a job under quotas may hold.
        end: Time,
    },
    /// A job that this one waits for.
    Dependency {
        /// The required job.
        job: JobId,
        /// Its state.
        state: JobState,
        /// How it ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exit_code: Option<i64>,
        /// The earliest start that it allows, if its end is predicted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Time>,
    },
    /// The job does not want to start earlier.
    Postponed {
        /// Its earliest start.
        until: Time,
    },
    /// The job would be over too late.
    Deadline {
        /// The second by which it must be over, its security time not counted.
        end: Time,
    },
    /// Too few tokens are left.
    Token {
        /// Their name.
        token: String,
        /// How many the job asks for.
        asked: i64,
        /// How many there are; none: nobody knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left: Option<i64>,
    },
    /// The envelope that this leaflet belongs to.
    Envelope {
        /// As the type names it.
        envelope: String,
        /// What is wrong with it.
        problem: EnvelopeProblem,
    },
    /// The job has its place, on resources that are switched off.
    Absent {
        /// Those that must wake up.
        resources: ProcSet,
    },
    /// `MAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND`: enough other jobs come before.
    RoundLimit {
        /// The limit.
        limit: usize,
        /// The job's rank, from 1.
        rank: usize,
    },
    /// The sorting plugin left the job out.
    NotSelected {
        /// The plugin.
        plugin: String,
    },
    /// The plugin that the job names.
    Plugin {
        /// The type that names it.
        plugin: String,
        /// What is wrong.
        problem: String,
    },
    /// The requested time of the reservation is over.
    ReservationTooOld {
        /// The requested start.
        start: Time,
    },
    /// An alternative that can never run on this machine.
    Impossible {
        /// Which one; none: the job has no alternative at all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        moldable: Option<MoldableId>,
        /// Why not.
        problem: Impossible,
    },
    /// The job contradicts itself.
    Invalid {
        /// How.
        problem: String,
    },
}

/// That a plugin finds no place for a job now, as [`Cause::Plugin`] says it.
pub(crate) const NO_PLACE_NOW: &str = "it finds no place now";

impl Cause {
    /// Whether something is wrong with the job or its plugin, rather than in its way.
    pub(crate) fn is_fault(&self) -> bool {
        match self {
            Self::Invalid { .. } => true,
            Self::Plugin { problem, .. } => problem != NO_PLACE_NOW,
            _ => false,
        }
    }
}

impl From<Violation> for Cause {
    fn from(Violation { rules, rule, figure, used, asked, limit }: Violation) -> Self {
        Self::Quota { rules, rule, figure, used, asked, limit }
    }
}

/// What is wrong with a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContainerProblem {
    /// It has no place in this round.
    NotScheduled,
    /// It has not begun, is too small or ends too early.
    TooSmall,
    /// It has ended: the inner job will never run.
    Ended,
    /// There is no such job: the inner job will never run.
    Missing,
}

/// What is wrong with an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvelopeProblem {
    /// It does not run yet.
    NotRunning,
    /// It belongs to somebody else.
    OtherUser,
    /// It has ended: the leaflet will never run.
    Ended,
    /// There is no such job: the leaflet will never run.
    Missing,
}

/// Why an alternative can never run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Impossible {
    /// It asks for nothing.
    Empty,
    /// Its walltime is not positive.
    Walltime {
        /// The walltime.
        walltime: Seconds,
    },
    /// It goes through more levels than any machine has.
    TooManyLevels {
        /// How many.
        levels: usize,
    },
    /// There is no such level.
    NoSuchLevel {
        /// The level.
        level: String,
    },
    /// The number asked of a level makes no sense.
    BadCount {
        /// The level.
        level: String,
        /// The number.
        count: i64,
    },
    /// The properties select no usable resource.
    FilterMatchesNothing {
        /// The group, from 0.
        group: usize,
    },
    /// There are not that many, even when all is free.
    MoreThanExists {
        /// How many there are.
        shortage: Shortage,
    },
    /// There would be enough, but for resources that are missing now.
    Missing {
        /// How many there are without them.
        shortage: Shortage,
    },
    /// It lasts beyond the end of the timeline.
    TooLong {
        /// The last second of the timeline.
        end: Time,
    },
}
