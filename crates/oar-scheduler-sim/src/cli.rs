//! The command line.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use oar_scheduler_hooks::{Plugins, PluginsError};

use crate::output::{Output, Status};
use crate::{compare, diff, gantt, generate, replay, simulate};

/// Replays scheduling rounds of OAR from files, compares plans, and draws them.
///
/// A round is a snapshot, everything that the scheduler knows at that moment. The same snapshot always gives the same plan.
#[derive(Parser)]
#[command(name = "oar-sim", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Replay(replay::Arguments),
    Diff(diff::Arguments),
    Gantt(gantt::Arguments),
    Simulate(Box<simulate::Arguments>),
    Compare(compare::Arguments),
    Generate(generate::Arguments),
}

/// What the command line may be.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the command that the command line names. Rounds from files are decided with these plugins.
#[must_use]
pub fn run(plugins: impl FnOnce() -> Result<Plugins, PluginsError>) -> ExitCode {
    let cli = Cli::parse();
    let mut output = Output::new("oar-sim");
    let plugins = match plugins() {
        Ok(plugins) => plugins,
        Err(error) => {
            output.problem(error);
            return output.exit_code(Status::Success);
        }
    };
    let result = match &cli.command {
        Command::Replay(arguments) => replay::run(arguments, &plugins, &mut output),
        Command::Diff(arguments) => diff::run(arguments, &mut output),
        Command::Gantt(arguments) => gantt::run(arguments, &plugins, &mut output),
        Command::Simulate(arguments) => simulate::run(arguments, &mut output),
        Command::Compare(arguments) => compare::run(arguments, &mut output),
        Command::Generate(arguments) => generate::run(arguments, &mut output),
    };
    match result.and_then(|status| output.flush().map(|()| status)) {
        Ok(status) => output.exit_code(status),
        // The reader has seen enough, as in `oar-sim replay FILE | head -1`.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            output.problem(format_args!("cannot write to standard output: {error}"));
            output.exit_code(Status::Success)
        }
    }
}
