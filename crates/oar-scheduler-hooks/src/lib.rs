//! Named plugins for OAR's scheduling engine, written in Rust.
//!
//! A site's own plugins are functions. They are registered in a [`Plugins`] under the names by which jobs and `oar.conf` select them, beside the
//! [published] ones:
//!
//! ```
//! use oar_scheduler_hooks::{FindRequest, HookError, PluginCall, Plugins, PluginsError, ProcSet};
//!
//! /// Job type `find=avoid:1-8`: what the engine itself would take if these resources were not there.
//! fn avoid(call: &PluginCall, request: &FindRequest<'_>) -> Result<ProcSet, HookError> {
//!     call.expect(1, &[])?;
//!     let avoided = call.argument(0).unwrap_or_default();
//!     let avoided: ProcSet = avoided.parse().map_err(|error| HookError::failed(format!("{error}")))?;
//!     Ok(request.matched_in(&request.available.difference(&avoided)))
//! }
//!
//! fn plugins() -> Result<Plugins, PluginsError> {
//!     Plugins::published().with_find("avoid", avoid)
//! }
//! # assert!(plugins().is_ok());
//! ```
//!
//! `docs/plugins.md` teaches it step by step, down to the site's own `kamelot` and `kao`; `examples/plugin` is a whole crate.

mod plugins;
pub mod published;

pub use oar_scheduler_core::{
    AssignRequest, Assignment, BeforeGroup, ConfiguredPlugin, Count, FindRequest, Gantt, Hierarchy, Hold, HookError,
    Hooks, Job, JobId, JobState, Moldable, MoldableId, Placement, Plan, PluginCall, Preparation, ProcSet,
    PropertyChange, Reason, Request, ResourceId, Resources, RoundError, ScheduledJob, Search, Seconds, Snapshot,
    SortRequest, Time, WaitingJob, plan,
};
pub use plugins::{Kind, Plugins, PluginsError};
