//! `oar-sim generate`: makes synthetic logs.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, value_parser};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::mix::Mix;
use crate::output::{Output, Status};

mod log;
mod mix;
mod month;
mod settings;

use log::SyntheticLog;

/// Make a synthetic log: a month of a site, or one of the workloads that schedulers are measured with.
///
/// The log is in the Standard Workload Format. Its comments say how it was made. The same options give the same file, byte
/// for byte.
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_help_heading = "A site's log",
    after_long_help = "Exit status: 0; 2 if the log could not be made or written."
)]
pub(crate) struct Arguments {
    /// A workload to measure schedulers with: every job is submitted at time 0 and runs as long as its walltime.
    #[arg(value_enum, ignore_case = true)]
    workload: Option<Mix>,

    /// How many jobs.
    #[arg(long, default_value_t = 1000, value_parser = value_parser!(u64).range(1..=log::JOBS_MAX))]
    jobs: u64,

    #[command(flatten)]
    common: Common,

    #[command(subcommand)]
    site: Option<Site>,
}

#[derive(Subcommand)]
enum Site {
    Month(month::Arguments),
}

/// The options of all logs.
#[derive(Args)]
struct Common {
    /// Which one of the logs that can be drawn with these options.
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Where the log goes, gzipped when the name ends in `.gz`; standard output without it, or when it is `-`.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Also write a YAML file of the options with which `oar-sim simulate` runs the log: machine, queues, requests.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

impl Common {
    /// Where the log goes; `None`: standard output.
    fn log_file(&self) -> Option<&Path> {
        self.output.as_deref().filter(|path| path.as_os_str() != "-")
    }
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> io::Result<Status> {
    let (made, common) = match (&arguments.site, arguments.workload) {
        (Some(Site::Month(month)), _) => (month::log(month), &month.common),
        (None, Some(mix)) => (Ok(mix::log(mix, arguments.jobs, arguments.common.seed)), &arguments.common),
        (None, None) => (
            Err("expected a workload or `month`, found neither: see `oar-sim generate --help`".to_owned()),
            &arguments.common,
        ),
    };
    match made {
        Ok(log) => write(&log, common, output)?,
        Err(problem) => output.problem(problem),
    }
    Ok(Status::Success)
}

fn write(log: &SyntheticLog, common: &Common, output: &mut Output) -> io::Result<()> {
    let settings_file = common.settings.as_deref();
    if settings_file.is_some_and(|settings| Some(settings) == common.log_file() || settings.as_os_str() == "-") {
        output.problem("expected a file of its own for `--settings`, found standard output or the file of the log");
        return Ok(());
    }
    let text = log.text();
    match common.log_file() {
        None => output.bytes(text.as_bytes())?,
        Some(file) => write_file(file, text.as_bytes(), output),
    }
    if let Some(file) = settings_file {
        write_file(file, settings::text(log).as_bytes(), output);
    }
    Ok(())
}

fn write_file(path: &Path, content: &[u8], output: &mut Output) {
    let is_gzip = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    let written = if is_gzip { write_gzipped(path, content) } else { std::fs::write(path, content) };
    if let Err(error) = written {
        output.problem(format_args!("{}: cannot write it: {error}", path.display()));
    }
}

fn write_gzipped(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut encoder = GzEncoder::new(File::create(path)?, Compression::new(6));
    encoder.write_all(content)?;
    encoder.finish().map(drop)
}
