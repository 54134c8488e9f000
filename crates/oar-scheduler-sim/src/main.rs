//! `oar-sim`: replays scheduling rounds, compares their plans, and draws them.

fn main() -> std::process::ExitCode {
    oar_scheduler_sim::run()
}
