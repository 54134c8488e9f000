//! The folder of `--out`: a table of the jobs, a Gantt chart, a report.

use std::fs;
use std::io;
use std::path::Path;

use crate::experiment::{Experiment, Finished};
use crate::report::Report;

/// Makes the folder.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn create(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("{}: cannot make the folder: {error}", folder.display()))
}

/// Writes `jobs.csv`, `gantt.svg` and `report.html`.
///
/// # Errors
/// When one cannot be written.
pub(crate) fn write(folder: &Path, title: &str, experiment: &Experiment, finished: &Finished) -> Result<(), String> {
    let report = Report {
        title,
        settings: &experiment.chosen,
        workload: &experiment.workload,
        trace: &finished.trace,
        platform: &experiment.platform,
        queues: &experiment.queues,
        summary: &finished.summary,
        clock: &experiment.clock,
    };
    file(folder, "jobs.csv", |file| report.csv(file).map_err(io::Error::from))?;
    file(folder, "gantt.svg", |file| file.write_all(report.gantt().as_bytes()))?;
    file(folder, "report.html", |file| file.write_all(report.html().as_bytes()))
}

/// Writes a file of the folder.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn file(
    folder: &Path,
    name: &str,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> Result<(), String> {
    let path = folder.join(name);
    let written = fs::File::create(&path).map(io::BufWriter::new).and_then(|mut file| {
        write(&mut file)?;
        io::Write::flush(&mut file)
    });
    written.map_err(|error| format!("{}: cannot write it: {error}", path.display()))
}
