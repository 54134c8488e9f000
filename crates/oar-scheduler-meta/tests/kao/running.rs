//! Jobs that have their resources already.

use super::site::{Job, NOW, Site};

/// Submits a job in a state (`Running`, …) that began so many seconds after [`NOW`] and has these resources.
pub fn start(site: &Site, job: Job, state: &'static str, after: i64, resources: impl IntoIterator<Item = i64>) {
    let moldable = job.id * 10;
    let job = job.in_state(state).with("start_time", &(NOW + after).to_string());
    site.submit(&job.with("assigned_moldable_job", &moldable.to_string()));
    for resource in resources {
        site.sql(&format!(
            "INSERT INTO assigned_resources (moldable_job_id, resource_id) VALUES ({moldable}, {resource})"
        ));
    }
}
