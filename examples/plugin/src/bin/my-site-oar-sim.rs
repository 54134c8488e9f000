//! `oar-sim` with the plugins of this site.

use std::process::ExitCode;

fn main() -> ExitCode {
    oar_scheduler_sim::run(my_site_plugins::plugins)
}
