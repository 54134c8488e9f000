//! OAR's scheduling engine: snapshot in, plan out.
//!
//! [`plan`] decides a whole round. [`Round`] is the same in steps, for a meta-scheduler. Neither has a clock, a file, an environment or any
//! state beside its arguments: the same snapshot gives the same plan, byte for byte.
//!
//! What is decided is written in `docs/scheduling-rules.md`, what the reasons promise in `docs/reasons.md`; where to start reading, in this
//! crate's README.

mod bits;
mod conditions;
mod gantt;
mod hierarchy;
mod hooks;
mod job;
mod machine;
mod ordering;
mod plan;
mod procset;
mod quotas;
mod reasons;
mod requests;
mod round;
mod search;
mod sharing;
mod snapshot;
mod text;
mod timeline;
mod tokens;
mod units;
mod words;

pub use gantt::{Gantt, Hold, Scheduled, View};
pub use hierarchy::{Group, Hierarchy, RequestError, Shortage, Size, find, shortage};
pub use hooks::{
    AssignRequest, BeforeGroup, FindRequest, HookError, Hooks, NoHooks, Placement, PluginCall, Preparation,
    PropertyChange, SortRequest,
};
pub use job::{Count, Dependency, Job, JobState, Moldable, Request, ScheduledJob, WaitingJob};
pub use ordering::{
    Accounting, ConfiguredPlugin, Factor, Fairshare, Multifactor, Ordering, OrderingContext, Policy, Priority, Sums,
};
pub use plan::{Assignment, FORMAT as PLAN_FORMAT, Plan, Unscheduled};
pub use procset::{ProcSet, ProcSetError};
pub use quotas::{
    Claim, Counts, Figure, Quotas, QuotasError, QuotasFile, QuotasSettings, RuleKey, TakenOver, Usage, Violation,
};
pub use reasons::{Cause, ContainerProblem, EnvelopeProblem, Impossible, Reason};
pub use round::{Effort, Round, RoundError, plan};
pub use search::Search;
pub use sharing::{Access, Offer, Sharing, TimesharingKey};
pub use snapshot::{
    AvailableUpto, FORMAT as SNAPSHOT_FORMAT, FormatError, KnownJob, MAX_TIME, QueueGroup, Resources, Snapshot,
    read_json,
};
pub use units::{JobId, MoldableId, ResourceId, Seconds, Time};
pub use words::Words;
