//! `oar-sim`: replays scheduling rounds, compares their plans, and draws them.

use std::process::ExitCode;

use oar_scheduler_hooks::Plugins;

fn main() -> ExitCode {
    oar_scheduler_sim::run(|| Ok(Plugins::published()))
}
