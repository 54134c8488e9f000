//! `kamelot` on a database: what was there before, what is there after.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::print_stderr, clippy::unwrap_used)]

#[path = "../../../oar-scheduler-db/tests/database/servers.rs"]
#[allow(dead_code)]
mod servers;
#[path = "../common/site.rs"]
#[allow(dead_code)]
mod site;

mod failing;
mod looking;
mod malformed;
mod order;
mod placing;
mod plugins;
mod properties;
mod quotas_file;
