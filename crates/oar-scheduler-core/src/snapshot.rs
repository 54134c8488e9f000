//! The snapshot: everything a round needs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::hierarchy::Hierarchy;
use crate::job::{JobState, ScheduledJob, WaitingJob, null_as_default};
use crate::ordering::{Accounting, ConfiguredPlugin, Ordering};
use crate::procset::ProcSet;
use crate::quotas::{QuotasFile, QuotasSettings};
use crate::units::{JobId, Seconds, Time};

mod format;

pub use format::{FORMAT, FormatError, read_json};

/// OAR's end of time, the default end of the timeline: 2^31.
pub const MAX_TIME: Time = Time(1 << 31);

/// Everything a scheduling round needs, and nothing else: the same snapshot gives the same plan, everywhere.
///
/// Its JSON form (`oar-scheduler-snapshot/1`) is described in `docs/snapshot-format.md`.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The time of the round and the first second of the timeline.
    pub now: Time,
    /// The last second of the timeline.
    pub max_time: Time,
    /// `SCHEDULER_JOB_SECURITY_TIME`; part of every walltime of the snapshot.
    pub security_time: Seconds,
    /// The IANA name of the site's time zone.
    pub time_zone: String,
    /// The site's resources.
    pub resources: Resources,
    /// The quotas file, if quotas are on.
    pub quotas: Option<QuotasFile>,
    /// How the quotas file is to be read.
    pub quotas_settings: QuotasSettings,
    /// In which order the jobs of a group are placed.
    pub ordering: Ordering,
    /// `EXTRA_METASCHED`: the plugin that is called before each queue group, if there is one; `default` stands for none.
    pub extra_metasched: Option<ConfiguredPlugin>,
    /// The jobs that hold resources.
    pub scheduled_jobs: Vec<ScheduledJob>,
    /// Jobs that waiting jobs name, and that neither wait in this round nor hold resources.
    pub known_jobs: Vec<KnownJob>,
    /// How many tokens of each name are left (type `token:NAME=N`).
    pub tokens: BTreeMap<String, i64>,
    /// The queue groups, highest priority first.
    pub groups: Vec<QueueGroup>,
}

impl Snapshot {
    /// A snapshot of these resources at `now` with nothing on them and no job.
    #[must_use]
    pub fn new(now: Time, resources: Resources) -> Self {
        Self {
            now,
            max_time: MAX_TIME,
            security_time: Seconds(0),
            time_zone: "UTC".to_owned(),
            resources,
            quotas: None,
            quotas_settings: QuotasSettings::default(),
            ordering: Ordering::default(),
            extra_metasched: None,
            scheduled_jobs: Vec::new(),
            known_jobs: Vec::new(),
            tokens: BTreeMap::new(),
            groups: Vec::new(),
        }
    }
}

/// The site's resources and how they are grouped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resources {
    /// Resources of type `default`, usable or missing.
    pub default: ProcSet,
    /// All usable resources.
    pub usable: ProcSet,
    /// Resources that a suspended job gives back.
    pub suspendable: ProcSet,
    /// Usable resources that are switched off.
    pub absent: ProcSet,
    /// Resources that are not there now, and that nobody wakes up: for jobs with [`WaitingJob::accepts_missing`] alone. They are neither usable nor absent, even
    /// if they are given as such.
    pub missing: ProcSet,
    /// The blocks of each level, in the order in which they are to be taken, missing resources included.
    pub hierarchy: Hierarchy,
    /// When resources leave.
    pub available_upto: Vec<AvailableUpto>,
}

/// Resources that are unavailable from a given second on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvailableUpto {
    /// The first second without them.
    pub until: Time,
    /// Which.
    pub resources: ProcSet,
}

/// What is known of a job that another one names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownJob {
    /// Its number.
    pub id: JobId,
    /// Its owner.
    #[serde(default, deserialize_with = "null_as_default")]
    pub user: String,
    /// Its state; `None`: there is no such job.
    pub state: Option<JobState>,
}

/// Queues of equal priority, scheduled together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueueGroup {
    /// The names of the queues.
    pub queues: Vec<String>,
    /// Their waiting jobs, new reservations included.
    pub waiting_jobs: Vec<WaitingJob>,
    /// The figures that fair sharing needs.
    pub accounting: Accounting,
}
