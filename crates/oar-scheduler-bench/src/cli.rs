//! The command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use oar_scheduler_sim::output::{Output, Status};

use crate::error::Error;
use crate::run;

/// Measures OAR's scheduling engine on workloads.
#[derive(Parser)]
#[command(name = "oar-bench", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Arguments),
}

/// Runs the command that the command line names.
#[must_use]
pub fn execute() -> ExitCode {
    let cli = Cli::parse();
    let mut output = Output::new("oar-bench");
    let result = match &cli.command {
        Command::Run(arguments) => run::run(arguments, &mut output).map(|()| Status::Success),
    };
    match result.and_then(|status| Ok(output.flush().map(|()| status)?)) {
        Ok(status) => output.exit_code(status),
        // The reader has seen enough.
        Err(Error::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            output.problem(error);
            output.exit_code(Status::Success)
        }
    }
}
