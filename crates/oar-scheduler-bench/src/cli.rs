//! The command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use oar_scheduler_sim::output::{Output, Status};

use crate::error::Error;
use crate::{compare, export, instructions, plot, python, round, run, sweep, tables};

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
    Sweep(sweep::Arguments),
    Plot(plot::Arguments),
    Tables(tables::Arguments),
    Export(export::Arguments),
    Compare(compare::Arguments),
    Instructions(instructions::Arguments),
    Round(round::Arguments),
    Python(python::Arguments),
    #[command(hide = true)]
    Place(instructions::PlaceArguments),
}

/// Runs the command that the command line names.
#[must_use]
pub fn execute() -> ExitCode {
    let cli = Cli::parse();
    let mut output = Output::new("oar-bench");
    let result = match &cli.command {
        Command::Run(arguments) => run::run(arguments, &mut output),
        Command::Sweep(arguments) => sweep::run(arguments, &mut output),
        Command::Plot(arguments) => plot::run(arguments),
        Command::Tables(arguments) => tables::run(arguments, &mut output),
        Command::Export(arguments) => export::run(arguments, &mut output),
        Command::Compare(arguments) => compare::run(arguments, &mut output),
        Command::Instructions(arguments) => instructions::run(arguments, &mut output),
        Command::Round(arguments) => round::run(arguments, &mut output),
        Command::Python(arguments) => python::run(arguments, &mut output),
        Command::Place(arguments) => instructions::place(arguments, &mut output),
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
