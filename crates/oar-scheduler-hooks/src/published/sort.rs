//! `JOB_PRIORITY=CUSTOM`, `CUSTOM_JOB_SORTING=NAME`.

use serde::Deserialize;

use crate::{HookError, JobId, SortRequest, WaitingJob};

/// The configuration of [`simple_priority`].
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Weights {
    /// What waiting since the beginning of time (1970) would be worth.
    #[serde(rename = "WAITING_TIME_WEIGHT")]
    waiting_time: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { waiting_time: 0.0 }
    }
}

/// `simple_priority`: the job with the highest number in its type `priority=NUMBER` comes first, and of equals the one with the lower job number. A job without
/// that type, or with another value, has 0. Waiting adds `WAITING_TIME_WEIGHT × (now − submission time) / now`.
///
/// # Errors
/// When the configuration is no JSON object with that key or none.
pub fn simple_priority(request: &SortRequest<'_>) -> Result<Vec<JobId>, HookError> {
    let weights: Weights = serde_json::from_str(request.config).map_err(|error| {
        HookError::Failed(format!("CUSTOM_JOB_SORTING_CONFIG: expected {{\"WAITING_TIME_WEIGHT\": NUMBER}}: {error}"))
    })?;
    // Seconds since 1970 are exact in a float.
    let now = request.now.0.max(1) as f64;
    let priority = |waiting: &WaitingJob| {
        let own = waiting.job.type_value("priority").and_then(|value| value.trim().parse::<f64>().ok());
        let waited = (request.now - waiting.submission_time).0 as f64;
        own.filter(|own| own.is_finite()).unwrap_or(0.0) + weights.waiting_time * waited / now
    };
    let mut jobs: Vec<(f64, JobId)> = request.jobs.iter().map(|job| (priority(job), job.job.id)).collect();
    jobs.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    Ok(jobs.into_iter().map(|(_, id)| id).collect())
}
