//! The plugins that are published with OAR 3, in Rust.
//!
//! `docs/plugins.md` has a table of what they do and where they differ. Those that need Python (`coorm`) are not among them.

use crate::{Plugins, PluginsError};

pub mod assign;
pub mod before_group;
pub mod find;
pub mod sort;

/// All of them.
pub(crate) fn registered() -> Result<Plugins, PluginsError> {
    Plugins::none()
        .with_find("begin", find::begin)?
        .with_find("contiguous_1h", find::contiguous)?
        .with_find("contiguous_sorted_1h", find::contiguous_sorted)?
        .with_find("find_even_or_odd", find::even_or_odd)?
        .with_find("local", find::local)?
        .with_find("resource_hierarchies_scattered_local", find::local)?
        .with_assign("one_time_find", assign::one_time_find)?
        .with_assign("one_time_find_mld", assign::one_time_find_mld)?
        .with_sort("simple_priority", sort::simple_priority)?
        .with_before_group("foo", before_group::foo)?
        .with_before_group("logger", before_group::logger)
}
