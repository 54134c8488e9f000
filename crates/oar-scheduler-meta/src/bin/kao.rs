//! `kao`: the meta-scheduler of an OAR 2 or OAR 3 server, which starts it once for each round.

use std::process::ExitCode;

use oar_scheduler_hooks::Plugins;

fn main() -> ExitCode {
    oar_scheduler_meta::kao::run(|| Ok(Plugins::published()))
}
