//! `kao` on a database: what was there before, what is there after, and who was told.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::print_stderr, clippy::unwrap_used)]

#[path = "../../../oar-scheduler-db/tests/database/servers.rs"]
#[allow(dead_code)]
mod servers;
#[path = "../common/site.rs"]
#[allow(dead_code)]
mod site;

mod besteffort;
mod cuts;
mod energy;
mod external;
mod failing;
mod launching;
mod listening;
mod looking;
mod plugins;
mod reservations;
mod resuming;
mod running;
mod scripts;
mod statements;
mod telling;
mod users;
mod walltimes;
mod way;
