//! `oar-bench`: measures the scheduling engine on workloads.

fn main() -> std::process::ExitCode {
    oar_scheduler_bench::execute()
}
