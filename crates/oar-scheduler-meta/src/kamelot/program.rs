//! The program `kamelot`, but for its plugins.
//!
//! It ends with 0, or with 1 when it could not schedule; with nothing else, whatever happens, as a server would take the queue out of use. OAR 3 does so for 1
//! too: there, it ends with 0 even so. What went wrong is in the log.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use clap::error::ErrorKind;
use oar_scheduler_core::{Hooks, JobId, Time};
use oar_scheduler_db::conf::{Conf, Server};
use oar_scheduler_db::{Jobs, Scope};
use oar_scheduler_hooks::{Plugins, PluginsError};

use super::Arguments;
use crate::compiled::Compiled;
use crate::{DecidedRound, Site, SiteError, Start, convert_quotas, log};

const NAME: &str = "kamelot";

/// The `main` of `kamelot` with these plugins. Plugins that cannot be registered cost the round, as a configuration that is wrong does.
pub fn run(plugins: impl FnOnce() -> Result<Plugins, PluginsError>) -> ExitCode {
    let plugins = || plugins().map(|plugins| Compiled { program: NAME, plugins });
    ExitCode::from(run_with(std::env::args_os(), plugins))
}

/// The same with these arguments, the program's name first, and with plugins of any kind: with what the program is to end.
pub fn run_with<H: Hooks + Send + Sync + 'static>(
    arguments: impl IntoIterator<Item = OsString>,
    plugins: impl FnOnce() -> Result<H, PluginsError>,
) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let is_answer = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            let _ = error.print();
            return u8::from(!is_answer);
        }
    };
    // A panic has told about itself on standard error.
    match catch_unwind(AssertUnwindSafe(|| answer(&arguments, plugins))) {
        Ok(Ok(())) => 0,
        Ok(Err(Failure { problem, is_fatal })) => {
            log::start_unconfigured(NAME);
            tracing::error!("{problem}");
            u8::from(is_fatal)
        }
        Err(_) => 1,
    }
}

/// Why nothing was done.
struct Failure {
    problem: String,
    /// Whether to end with 1.
    is_fatal: bool,
}

impl Failure {
    /// A round that fails must not cost OAR 3 the queue; who only looks wants to know.
    fn of_round(queue: &str, arguments: &Arguments, server: Option<Server>, problem: &dyn Display) -> Self {
        let problem = format!("queue {queue}: nothing is scheduled: {problem}");
        Self { problem, is_fatal: server != Some(Server::Oar3) || arguments.only_reads() }
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { problem: error.to_string(), is_fatal: true }
    }
}

fn answer<H: Hooks + Send + Sync + 'static>(
    arguments: &Arguments,
    plugins: impl FnOnce() -> Result<H, PluginsError>,
) -> Result<(), Failure> {
    if let Some(path) = &arguments.convert_quotas {
        return convert(path);
    }
    let queue = arguments.queue.as_deref().unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(schedule(queue, arguments, plugins))
}

fn convert(path: &Path) -> Result<(), Failure> {
    let failed = |problem: &dyn Display| Failure { problem: format!("{}: {problem}", path.display()), is_fatal: true };
    let bytes = std::fs::read(path).map_err(|error| failed(&error))?;
    let converted = convert_quotas::convert(&String::from_utf8_lossy(&bytes)).map_err(|error| failed(&error))?;
    for remark in &converted.remarks {
        writeln!(io::stderr(), "{}, {remark}", path.display())?;
    }
    Ok(io::stdout().write_all(converted.json.as_bytes())?)
}

async fn schedule<H: Hooks + Send + Sync + 'static>(
    queue: &str,
    arguments: &Arguments,
    plugins: impl FnOnce() -> Result<H, PluginsError>,
) -> Result<(), Failure> {
    let failed = |server, problem: &dyn Display| Failure::of_round(queue, arguments, server, problem);
    let conf = Conf::from_environment().map_err(|error| failed(None, &error))?;
    let site = Site::connect(&conf).await.map_err(|error| match &error {
        SiteError::Settings { server, .. } => failed(Some(*server), &error),
        _ => failed(None, &error),
    })?;
    let server = site.settings.server;
    log::start(NAME, &site.settings.log, server);
    let mut site = site.with_plugins(plugins().map_err(|error| failed(Some(server), &error))?);
    for remark in conf.remarks() {
        tracing::debug!("{}, line {}: {}", conf.path().display(), remark.line, remark.problem);
    }
    convert_quotas::warn_of_perl_quotas(&conf, &site.settings);
    if arguments.only_reads() {
        let round = decide(&mut site, queue, arguments).await.map_err(|error| failed(Some(server), &error))?;
        return show(queue, arguments, &round);
    }
    play_round(&mut site, queue, arguments).await.map_err(|error| failed(Some(server), &error))
}

async fn decide(site: &mut Site, queue: &str, arguments: &Arguments) -> Result<DecidedRound, SiteError> {
    let scope = Scope {
        groups: vec![vec![queue.to_owned()]],
        jobs: Jobs::Waiting,
        now: arguments.epoch.map(Time),
        is_outlook: arguments.only_reads(),
    };
    let round = site.decide(&scope).await?;
    round.warn();
    Ok(round)
}

async fn play_round(site: &mut Site, queue: &str, arguments: &Arguments) -> Result<(), SiteError> {
    let begun = Instant::now();
    let round = decide(site, queue, arguments).await?;
    let decided = begun.elapsed();
    site.write(&round).await?;
    let starts = round.starts();
    if site.settings.launches_early {
        announce(&starts);
    }
    tracing::info!(
        "queue {}: {} jobs placed, {} to start now, {} left waiting; {} ms, {} ms of them to write",
        queue,
        round.plan.assignments.len(),
        starts.len(),
        round.plan.unscheduled.len() + round.input.left_out.len(),
        begun.elapsed().as_millis(),
        (begun.elapsed() - decided).as_millis()
    );
    Ok(())
}

/// Tells the server which jobs it may launch at once. It reads line by line.
fn announce(starts: &[Start]) {
    let mut output = io::stdout().lock();
    for Start { job, moldable, resources } in starts {
        let resources = resources.iter().map(|resource| resource.to_string()).collect::<Vec<_>>().join(",");
        let line = format!("SCHEDRUN JOB_ID={job} MOLDABLE_JOB_ID={moldable} RESOURCES={resources}\n");
        // A server that no longer listens launches the jobs at the end of its round.
        if output.write_all(line.as_bytes()).and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}

/// What is asked for instead of a round.
fn show(queue: &str, arguments: &Arguments, round: &DecidedRound) -> Result<(), Failure> {
    let failed = |problem: String| Failure { problem, is_fatal: true };
    if let Some(path) = &arguments.snapshot {
        round.keep(path).map_err(|error| failed(format!("{}: {error}", path.display())))?;
    }
    let mut output = io::stdout().lock();
    if arguments.dry_run {
        for (job, message) in round.messages() {
            writeln!(output, "{job}: {message}")?;
        }
    }
    if let Some(job) = arguments.explain.map(JobId) {
        let explanation = round.explanation(job);
        let explanation =
            explanation.ok_or_else(|| failed(format!("expected a job that waits in queue {queue}, found {job}")))?;
        writeln!(output, "{explanation}")?;
    }
    Ok(())
}
