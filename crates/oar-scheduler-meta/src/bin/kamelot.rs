//! `kamelot`: schedules the waiting jobs of a queue of an OAR 2 or OAR 3 server, which starts it once for each round and queue.

use std::process::ExitCode;

use oar_scheduler_hooks::Plugins;

fn main() -> ExitCode {
    oar_scheduler_meta::kamelot::run(|| Ok(Plugins::published()))
}
