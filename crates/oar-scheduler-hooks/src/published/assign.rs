//! Job types `assign=NAME`.

use crate::{AssignRequest, HookError, Placement, PluginCall};

/// `one_time_find`: the earlier of two places of the first alternative, the one that the job's `find` plugin gives and the one that the engine itself gives. Of
/// two at the same time it is the former.
///
/// # Errors
/// When it is given arguments, or the `find` plugin fails.
pub fn one_time_find(call: &PluginCall, request: &mut AssignRequest<'_>) -> Result<Option<Placement>, HookError> {
    call.expect(0, &[])?;
    let from = request.earliest_start;
    let found = request.earliest_as_asked(0, from)?;
    let matched = request.earliest(0, from);
    Ok(found.into_iter().chain(matched).min_by_key(|place| place.start))
}

/// `one_time_find_mld`: the alternative that ends first, where the first one gets its place by the job's `find` plugin and the others by the engine itself.
/// Each of them must have a place.
///
/// # Errors
/// When it is given arguments, or the `find` plugin fails.
pub fn one_time_find_mld(call: &PluginCall, request: &mut AssignRequest<'_>) -> Result<Option<Placement>, HookError> {
    call.expect(0, &[])?;
    let (job, from) = (request.job, request.earliest_start);
    let mut places = Vec::new();
    for (index, alternative) in job.moldables.iter().enumerate() {
        let place = if index == 0 { request.earliest_as_asked(0, from)? } else { request.earliest(index, from) };
        let Some(place) = place else { return Ok(None) };
        places.push((place.start.end_of(alternative.walltime), place));
    }
    Ok(places.into_iter().min_by_key(|(end, _)| *end).map(|(_, place)| place))
}
