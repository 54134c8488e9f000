//! `EXTRA_METASCHED=NAME`.

use crate::{BeforeGroup, HookError, Preparation, PropertyChange};

/// `logger`: a line in the log before each group of queues.
///
/// # Errors
/// None.
pub fn logger(request: &BeforeGroup<'_>) -> Result<Preparation, HookError> {
    if request.next.is_some() {
        tracing::info!("plugin successfully called ;)");
    }
    Ok(Preparation::default())
}

/// `foo`: before the first group of queues, the usable resource with the lowest number gets the property `deploy='YES'`. An example of a change.
///
/// # Errors
/// None.
pub fn foo(request: &BeforeGroup<'_>) -> Result<Preparation, HookError> {
    let is_first = request.previous.is_none() && request.next.is_some();
    let first = request.usable.iter().next().filter(|_| is_first);
    let change = first.map(|resource| PropertyChange {
        resources: [resource].into_iter().collect(),
        property: "deploy".to_owned(),
        value: "YES".to_owned(),
    });
    Ok(Preparation { properties: change.into_iter().collect(), ..Preparation::default() })
}
