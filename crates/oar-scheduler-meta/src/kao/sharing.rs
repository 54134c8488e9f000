//! Whether a job may have resources that another one has.

use oar_scheduler_core::{Job, Sharing};

/// Whether `job` may start on what `holder` has: by timesharing, on its placeholder, in its container, or instead of it.
pub(super) fn admits(holder: &Job, job: &Job) -> bool {
    let sharing = Sharing::of(job);
    let is_inside = job.inner_of().is_some_and(|name| holder.container_name().as_deref() == Some(name));
    is_inside || sharing.supersedes == Some(holder.id) || sharing.access.admits(holder.id, &Sharing::of(holder).offers)
}
