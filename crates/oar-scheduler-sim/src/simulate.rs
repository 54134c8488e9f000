//! `oar-sim simulate`: a log on a machine, event by event.

use std::io;
use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;

use crate::experiment::{Experiment, Finished};
use crate::output::{Output, Status};
use crate::settings::Settings;
use crate::swf::Log;

pub(crate) mod folder;
mod rounds;
pub(crate) mod table;
pub(crate) mod watch;

use rounds::Wanted;
use watch::Terminal;

/// Simulates a log on a machine, event by event, and tells how its jobs fared.
///
/// The log is in the Standard Workload Format, plain or gzipped; `-` is standard input. With `--policy oar`, the default, each round is decided by the
/// engine that servers run.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The log; not needed if the settings name it
    log: Option<PathBuf>,
    /// A file of settings, YAML or JSON: its keys are the names of the options below
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    #[command(flatten)]
    options: Settings,
    /// Print the figures as JSON, and nothing else
    #[arg(long)]
    json: bool,
    /// Write a table of the jobs (CSV), a Gantt chart (SVG) and a report (HTML) into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Keep every Nth round in the folder, as a file for `oar-sim replay`
    #[arg(long, value_name = "N", requires = "out")]
    every_nth_snapshot: Option<NonZeroU64>,
    /// Keep the first round from then on: a date such as `2014-06-01T12:00:00` of the site, or seconds since the epoch
    #[arg(long, value_name = "T", requires = "out")]
    snapshot_at: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// When standard output cannot be written.
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Status> {
    match simulate(arguments, output) {
        Ok(finished) if arguments.json => output.json(&finished.summary)?,
        Ok(finished) => output.line(table::of(&finished.summary))?,
        Err(problem) => output.problem(problem),
    }
    Ok(Status::Success)
}

fn simulate(arguments: &Arguments, output: &mut Output) -> Result<Finished, String> {
    let mut settings = Settings { log: arguments.log.clone(), ..arguments.options.clone() };
    if let Some(path) = &arguments.settings {
        settings = settings.or(Settings::read(path)?);
    }
    let log = settings.log.as_ref().ok_or("expected a log, on the command line or as `log` in the settings")?;
    let log = Log::read(log, settings.strict, output).map_err(|problem| problem.to_string())?;
    let experiment = Experiment::new(settings, &log)?;
    experiment.warnings.iter().for_each(|warning| output.warning(warning));
    let wanted = Wanted::new(arguments.every_nth_snapshot, &arguments.snapshot_at, &experiment)?;
    let terminal = Terminal::new(experiment.workload.jobs.len());
    if let Some(folder) = &arguments.out {
        folder::create(folder)?;
    }
    let finished = experiment.run(&mut terminal.watch(), wanted.keep(arguments.out.as_deref()))?;
    terminal.done();
    finished.warnings.iter().for_each(|warning| output.warning(warning));
    if let Some(folder) = &arguments.out {
        let title = format!("{} under {}", log.name, finished.summary.policy);
        folder::write(folder, &title, &experiment, &finished)?;
    }
    Ok(finished)
}
