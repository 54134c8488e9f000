//! `kamelot` on a database: what was there before, what is there after.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::print_stderr, clippy::unwrap_used)]

#[path = "../../../oar-scheduler-db/tests/database/servers.rs"]
#[allow(dead_code)]
mod servers;

mod placing;
mod site;
