//! Whether a job may have resources that another one has.

use oar_scheduler_core::{Job, Sharing};
use oar_scheduler_db::PlacedJob;

/// Whether `job` may start on what `holder` has: by timesharing, on its placeholder, in its container, or instead of it.
pub(super) fn admits(holder: &PlacedJob, job: &PlacedJob) -> bool {
    admits_job(&holder.job, &job.job)
}

/// The same of any jobs.
pub(super) fn admits_job(holder: &Job, job: &Job) -> bool {
    let sharing = Sharing::of(job);
    let is_inside = job.inner_of().is_some_and(|name| holder.container_name().as_deref() == Some(name));
    is_inside || sharing.supersedes == Some(holder.id) || sharing.access.admits(holder.id, &Sharing::of(holder).offers)
}
