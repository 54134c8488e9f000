//! Job types `find=NAME`.

use std::ops::RangeInclusive;

use crate::{Count, FindRequest, HookError, PluginCall, ProcSet, Request};

/// `begin`: at the beginning of the timeline what the engine itself takes; later resources 1 to 16, if they are all available. An example of `beginning`.
///
/// # Errors
/// When it is given arguments.
pub fn begin(call: &PluginCall, request: &FindRequest<'_>) -> Result<ProcSet, HookError> {
    call.expect(0, &[])?;
    if request.beginning {
        return Ok(request.matched());
    }
    let fixed = ProcSet::from_ranges([1..=16]);
    Ok(if fixed.is_subset(request.available) { fixed } else { ProcSet::new() })
}

/// `contiguous_1h`: so many resources with numbers in a row, the first that there are.
///
/// # Errors
/// When it is given arguments, or the request is not for so many of `resource_id`.
pub fn contiguous(call: &PluginCall, request: &FindRequest<'_>) -> Result<ProcSet, HookError> {
    let (available, count) = asked_in_a_row(call, request)?;
    Ok(first_of(available.ranges(), count))
}

/// `contiguous_sorted_1h`: so many resources with numbers in a row, from the shortest row that is long enough.
///
/// # Errors
/// As [`contiguous`].
pub fn contiguous_sorted(call: &PluginCall, request: &FindRequest<'_>) -> Result<ProcSet, HookError> {
    let (available, count) = asked_in_a_row(call, request)?;
    let mut rows: Vec<RangeInclusive<u32>> = available.ranges().collect();
    rows.sort_by_key(|row| row.end() - row.start());
    Ok(first_of(rows, count))
}

/// What is available to the only group of a request, and how many resources less one it asks for.
fn asked_in_a_row(call: &PluginCall, request: &FindRequest<'_>) -> Result<(ProcSet, u32), HookError> {
    call.expect(0, &[])?;
    let asked = match request.groups() {
        [group] => match group.levels.as_slice() {
            [(level, Count(count))] if level == "resource_id" => Some((group, *count)),
            _ => None,
        },
        _ => None,
    };
    let asked = asked.and_then(|(group, count)| Some((group, u32::try_from(count.checked_sub(1)?).ok()?)));
    let (group, beyond_first) = asked.ok_or_else(|| {
        HookError::failed("expected a request for a number of resource_id and nothing else, such as resource_id=4")
    })?;
    Ok((request.available_to(group), beyond_first))
}

/// The first resources of the first row that is long enough.
fn first_of(rows: impl IntoIterator<Item = RangeInclusive<u32>>, beyond_first: u32) -> ProcSet {
    let row = rows.into_iter().find(|row| row.end() - row.start() >= beyond_first);
    ProcSet::from_ranges(row.map(|row| *row.start()..=row.start() + beyond_first))
}

/// `find_even_or_odd[:even|:odd]`: what the engine itself takes of the resources with even numbers, or with odd ones.
///
/// # Errors
/// When its argument is neither `even` (the default) nor `odd`.
pub fn even_or_odd(call: &PluginCall, request: &FindRequest<'_>) -> Result<ProcSet, HookError> {
    call.expect(1, &[])?;
    let remainder = match call.argument(0) {
        None | Some("even") => 0,
        Some("odd") => 1,
        Some(other) => return Err(HookError::Failed(format!("expected even or odd, found {other:?}"))),
    };
    let kept: ProcSet = request.available.iter().filter(|resource| resource.0 % 2 == remainder).collect();
    Ok(request.matched_in(&kept))
}

/// `local`, `resource_hierarchies_scattered_local`: blocks of the first level in which the least is available, among those that do. So what is whole stays
/// whole.
///
/// # Errors
/// When it is given arguments.
pub fn local(call: &PluginCall, request: &FindRequest<'_>) -> Result<ProcSet, HookError> {
    call.expect(0, &[])?;
    let mut taken = ProcSet::new();
    for group in request.groups() {
        let found = fullest(request, group, &request.available_to(group).difference(&taken));
        if found.is_empty() {
            return Ok(ProcSet::new());
        }
        taken = taken.union(&found);
    }
    Ok(taken)
}

/// So many blocks of the first level as a group asks for, those with the least available first.
fn fullest(request: &FindRequest<'_>, group: &Request, available: &ProcSet) -> ProcSet {
    let first = group.levels.first().and_then(|(level, count)| {
        let count = usize::try_from(count.0).ok().filter(|count| *count > 0)?;
        Some((request.hierarchy.blocks(level)?, count))
    });
    // All blocks, or as many as there are: the order does not matter. Nor does it for whole blocks.
    let Some((blocks, count)) = first.filter(|_| group.levels.len() > 1) else {
        return request.group_matched_in(group, available);
    };
    let mut of_one = group.clone();
    if let Some((_, count)) = of_one.levels.first_mut() {
        *count = Count(1);
    }
    let mut insides: Vec<ProcSet> = blocks.iter().map(|block| block.intersection(available)).collect();
    insides.sort_by_key(ProcSet::len);
    let mut taken = ProcSet::new();
    let mut missing = count;
    for inside in insides {
        if missing == 0 {
            break;
        }
        let found = request.group_matched_in(&of_one, &inside.difference(&taken));
        if !found.is_empty() {
            taken = taken.union(&found);
            missing -= 1;
        }
    }
    if missing == 0 { taken } else { ProcSet::new() }
}
