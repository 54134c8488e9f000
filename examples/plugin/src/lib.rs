//! Plugins of a site for OAR's schedulers, one of each kind. `docs/plugins.md` explains them.

use oar_scheduler_hooks::{
    AssignRequest, BeforeGroup, FindRequest, HookError, Job, JobId, Placement, PluginCall, Plugins, PluginsError,
    Preparation, ProcSet, ScheduledJob, Seconds, SortRequest,
};

/// The plugins of this site: the published ones, and its own.
///
/// # Errors
/// When two have the same name.
pub fn plugins() -> Result<Plugins, PluginsError> {
    Plugins::published()
        .with_find("avoid", avoid)?
        .with_assign("on_the_minute", on_the_minute)?
        .with_sort("favourites", favourites)?
        .with_before_group("keep_free", keep_free)
}

/// Job type `find=avoid:1-8`: what the engine itself would take if these resources were not there.
///
/// # Errors
/// When the argument is no set of resources.
pub fn avoid(call: &PluginCall, request: &FindRequest<'_>) -> Result<ProcSet, HookError> {
    call.expect(1, &[])?;
    let avoided = set_of(call.argument(0).unwrap_or_default())?;
    Ok(request.matched_in(&request.available.difference(&avoided)))
}

/// Job type `assign=on_the_minute`, `assign=on_the_minute:every=300`: starts when a minute begins, or so many seconds.
///
/// # Errors
/// When the argument is no positive number of seconds.
pub fn on_the_minute(call: &PluginCall, request: &mut AssignRequest<'_>) -> Result<Option<Placement>, HookError> {
    call.expect(0, &["every"])?;
    let every = call.value("every").unwrap_or("60");
    let seconds: i64 = every
        .parse()
        .ok()
        .filter(|seconds| *seconds > 0)
        .ok_or_else(|| HookError::failed(format!("expected every=SECONDS, a positive number, found {every:?}")))?;
    let mut from = request.earliest_start;
    // The engine finds the first place from an instant on; from the next minute on it may find another.
    while let Some(place) = request.earliest(0, from) {
        match place.start.0.rem_euclid(seconds) {
            0 => return Ok(Some(place)),
            over => from = place.start + Seconds(seconds - over),
        }
    }
    Ok(None)
}

/// `CUSTOM_JOB_SORTING=favourites`: the jobs of the users whom `CUSTOM_JOB_SORTING_CONFIG` names come first.
///
/// # Errors
/// None.
pub fn favourites(request: &SortRequest<'_>) -> Result<Vec<JobId>, HookError> {
    let users: Vec<&str> = request.config.split_whitespace().collect();
    let mut jobs: Vec<(bool, JobId)> =
        request.jobs.iter().map(|waiting| (!users.contains(&waiting.job.user.as_str()), waiting.job.id)).collect();
    jobs.sort();
    Ok(jobs.into_iter().map(|(_, id)| id).collect())
}

/// `EXTRA_METASCHED=keep_free`: the resources that `EXTRA_METASCHED_CONFIG` names are for the first group of queues; others get them in an hour at the earliest.
///
/// # Errors
/// When the configuration is no set of resources.
pub fn keep_free(request: &BeforeGroup<'_>) -> Result<Preparation, HookError> {
    let resources = set_of(request.config)?;
    let is_second = request.gantt.end_of(KEPT).is_none() && request.previous.is_some() && request.next.is_some();
    let kept = ScheduledJob {
        job: Job { id: KEPT, ..Job::default() },
        start: request.gantt.now(),
        walltime: Seconds(3600),
        resources,
        state: None,
    };
    Ok(Preparation { holds: Vec::from_iter(is_second.then_some(kept)), ..Preparation::default() })
}

/// The number under which resources are kept free; no job has it.
const KEPT: JobId = JobId(-1);

fn set_of(text: &str) -> Result<ProcSet, HookError> {
    text.parse().map_err(|error| HookError::failed(format!("{error}")))
}
