//! `oar-sim compare`: the same log under several settings.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::Args;

use serde::Serialize;

use crate::experiment::{Experiment, Finished};
use crate::output::{Output, Status};
use crate::report::{Compared, Gains, gains, gains_picture, gains_table};
use crate::settings::Settings;
use crate::simulate::folder;
use crate::simulate::watch::Terminal;
use crate::simulation::Summary;
use crate::swf::Log;

mod table;

/// Simulates the same log under several settings, side by side: who gains, who loses.
///
/// Each file of settings (YAML or JSON) has the options of `oar-sim simulate` as keys, and perhaps `name` and `log`. Differences are told to the first.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Files of settings
    #[arg(required = true, num_args = 2.., value_name = "SETTINGS")]
    settings: Vec<PathBuf>,
    /// The log, instead of the one that the settings name
    #[arg(long)]
    log: Option<PathBuf>,
    /// Print the figures and differences as JSON, and nothing else
    #[arg(long)]
    json: bool,
    /// Write the comparison (SVG, CSV) and the report of each simulation into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// A simulation of the comparison.
struct Side {
    name: String,
    experiment: Experiment,
    finished: Finished,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Comparison<'a> {
    /// By name, in the order of the command line.
    simulations: Vec<Named<'a>>,
    gains: &'a Gains,
}

#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
    #[serde(flatten)]
    summary: &'a Summary,
}

impl Side {
    fn compared(&self) -> Compared<'_> {
        Compared { name: &self.name, workload: &self.experiment.workload, trace: &self.finished.trace }
    }
}

/// Runs the command.
///
/// # Errors
/// When standard output cannot be written.
pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Status> {
    let sides = match compare(arguments, output) {
        Ok(sides) => sides,
        Err(problem) => {
            output.problem(problem);
            return Ok(Status::Success);
        }
    };
    let compared: Vec<Compared<'_>> = sides.iter().map(Side::compared).collect();
    let gains = gains(&compared);
    if let Some(folder) = &arguments.out
        && let Err(problem) = write(folder, &sides, &gains)
    {
        output.problem(problem);
    }
    if arguments.json {
        let simulations =
            sides.iter().map(|side| Named { name: &side.name, summary: &side.finished.summary }).collect();
        output.json(&Comparison { simulations, gains: &gains })?;
    } else {
        output.line(table::of(&sides, &gains))?;
    }
    Ok(Status::Success)
}

/// Writes the picture, the table, and the folder of each simulation.
fn write(folder: &Path, sides: &[Side], gains: &Gains) -> Result<(), String> {
    folder::file(folder, "comparison.svg", |file| file.write_all(gains_picture(gains).as_bytes()))?;
    folder::file(folder, "comparison.csv", |file| gains_table(gains, file).map_err(io::Error::from))?;
    for Side { name, experiment, finished } in sides {
        let folder = folder.join(name);
        folder::create(&folder)?;
        folder::write(&folder, &format!("{} under {name}", experiment.workload.name), experiment, finished)?;
    }
    Ok(())
}

fn compare(arguments: &Arguments, output: &mut Output) -> Result<Vec<Side>, String> {
    let all = arguments.settings.iter().map(|path| named(path)).collect::<Result<Vec<_>, _>>()?;
    let mut names = BTreeSet::new();
    if let Some((name, _)) = all.iter().find(|(name, _)| !names.insert(name)) {
        return Err(format!("expected settings of different names, found `{name}` twice"));
    }
    let log = log_of(arguments, &all)?;
    let log = Log::read(&log, all.iter().any(|(_, settings)| settings.strict), output);
    let log = log.map_err(|problem| problem.to_string())?;
    let mut experiments = Vec::new();
    for (name, settings) in all {
        let experiment = Experiment::new(settings, &log).map_err(|problem| format!("{name}: {problem}"))?;
        experiment.warnings.iter().for_each(|warning| output.warning(format_args!("{name}: {warning}")));
        experiments.push((name, experiment));
    }
    if let Some(folder) = &arguments.out {
        folder::create(folder)?;
    }
    let sides = run_all(experiments)?;
    for Side { name, finished, .. } in &sides {
        finished.warnings.iter().for_each(|warning| output.warning(format_args!("{name}: {warning}")));
    }
    Ok(sides)
}

fn named(path: &Path) -> Result<(String, Settings), String> {
    let settings = Settings::read(path)?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = settings.name.clone().unwrap_or(stem.into_owned());
    // It names a folder, too.
    if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\']) {
        return Err(format!("{}: expected a name that a folder can have, found `{name}`", path.display()));
    }
    Ok((name, settings))
}

/// The one log that all are simulated on.
fn log_of(arguments: &Arguments, all: &[(String, Settings)]) -> Result<PathBuf, String> {
    if let Some(log) = &arguments.log {
        return Ok(log.clone());
    }
    let mut logs: Vec<&PathBuf> = all.iter().filter_map(|(_, settings)| settings.log.as_ref()).collect();
    logs.sort_unstable();
    logs.dedup();
    match logs.as_slice() {
        [log] => Ok((*log).clone()),
        [] => Err("expected a log, as --log or as `log` in the settings".to_owned()),
        [one, other, ..] => {
            Err(format!("expected settings of one log, found `{}` and `{}`", one.display(), other.display()))
        }
    }
}

/// Runs them on as many threads as there are processors.
fn run_all(experiments: Vec<(String, Experiment)>) -> Result<Vec<Side>, String> {
    let terminal = Terminal::new(experiments.iter().map(|(_, experiment)| experiment.workload.jobs.len()).sum());
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(experiments.len());
    let count = experiments.len();
    let (to_do, done) = (Mutex::new(experiments.into_iter().enumerate()), Mutex::new(Vec::with_capacity(count)));
    let work = || {
        // A poisoned lock means that another worker panicked, which ends the scope anyway.
        while let Some((place, (name, experiment))) = to_do.lock().ok().and_then(|mut to_do| to_do.next()) {
            let result = experiment.run(&mut terminal.watch(), Box::new(|_, _| Ok(())));
            let side = result.map(|finished| Side { name: name.clone(), experiment, finished });
            if let Ok(mut done) = done.lock() {
                done.push((place, side.map_err(|problem| format!("{name}: {problem}"))));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    terminal.done();
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, side)| side).collect()
}
