//! `kamelot`: schedules the waiting jobs of a queue of an OAR 2 or OAR 3 server, which starts it once for each round and queue.
//!
//! It ends with 0, or with 1 when it could not schedule; with nothing else, whatever happens, as a server would take the queue out of use. OAR 3 does so for 1
//! too: there, it ends with 0 even so. What went wrong is in the log.

use std::fmt::Display;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use clap::error::ErrorKind;
use oar_scheduler_core::{JobId, Time};
use oar_scheduler_db::Scope;
use oar_scheduler_db::conf::{Conf, Server};
use oar_scheduler_meta::kamelot::Arguments;
use oar_scheduler_meta::{DecidedRound, Site, Start, convert_quotas, log};

const NAME: &str = "kamelot";

/// The quotas file of OAR 2's own scheduler, beside oar.conf.
const PERL_QUOTAS: &str = "scheduler_quotas.conf";

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let is_answer = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            let _ = error.print();
            return if is_answer { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
    };
    // A panic has told about itself on standard error.
    match catch_unwind(AssertUnwindSafe(|| run(&arguments))) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            log::start_unconfigured(NAME);
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
        Err(_) => ExitCode::FAILURE,
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    if let Some(path) = &arguments.convert_quotas {
        return convert(path);
    }
    let queue = arguments.queue.as_deref().unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(schedule(queue, arguments)).map_err(|error| failed(queue, &error).into())
}

fn failed(queue: &str, error: &Failure) -> String {
    format!("queue {queue}: nothing is scheduled: {error}")
}

fn convert(path: &Path) -> Result<(), Failure> {
    let failed = |problem: &dyn Display| format!("{}: {problem}", path.display());
    let bytes = std::fs::read(path).map_err(|error| failed(&error))?;
    let converted = convert_quotas::convert(&String::from_utf8_lossy(&bytes)).map_err(|error| failed(&error))?;
    for remark in &converted.remarks {
        writeln!(io::stderr(), "{}, {remark}", path.display())?;
    }
    Ok(io::stdout().write_all(converted.json.as_bytes())?)
}

async fn schedule(queue: &str, arguments: &Arguments) -> Result<(), Failure> {
    let conf = Conf::from_environment()?;
    let mut site = Site::connect(&conf).await?;
    log::start(NAME, &site.settings.log, site.settings.server);
    for remark in conf.remarks() {
        tracing::debug!("{}, line {}: {}", conf.path().display(), remark.line, remark.problem);
    }
    if site.settings.server == Server::Oar2 && site.settings.quotas.is_none() {
        warn_of_perl_quotas(&conf);
    }
    if arguments.only_reads() {
        return show(queue, arguments, &decide(&mut site, queue, arguments).await?);
    }
    match play_round(&mut site, queue, arguments).await {
        Err(error) if site.settings.server == Server::Oar3 => {
            tracing::error!("{}", failed(queue, &error));
            Ok(())
        }
        done => done,
    }
}

async fn decide(site: &mut Site, queue: &str, arguments: &Arguments) -> Result<DecidedRound, Failure> {
    let scope = Scope {
        groups: vec![vec![queue.to_owned()]],
        now: arguments.epoch.map(Time),
        is_outlook: arguments.only_reads(),
    };
    let round = site.decide(&scope).await?;
    for remark in round.input.remarks.iter().chain(&round.plan.warnings) {
        tracing::warn!("{remark}");
    }
    for left_out in &round.input.left_out {
        tracing::warn!("job {} is left out: {}", left_out.job.job.id, left_out.problem);
    }
    Ok(round)
}

async fn play_round(site: &mut Site, queue: &str, arguments: &Arguments) -> Result<(), Failure> {
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

/// Quotas that OAR 2's own scheduler would heed: Debian ships the file without any.
fn warn_of_perl_quotas(conf: &Conf) {
    let path = conf.path().with_file_name(PERL_QUOTAS);
    let Ok(bytes) = std::fs::read(&path) else { return };
    let converted = convert_quotas::convert(&String::from_utf8_lossy(&bytes));
    if !converted.is_ok_and(|converted| converted.has_no_rules()) {
        let path = path.display();
        tracing::warn!("the quotas in {path} are not heeded: translate them (kamelot --convert-quotas) and set QUOTAS");
    }
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
    if let Some(path) = &arguments.snapshot {
        let mut text = serde_json::to_string(&round.input.snapshot)?;
        text.push('\n');
        std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let only = arguments.explain.map(JobId);
    let mut messages = round.messages();
    messages.retain(|(job, _)| only.unwrap_or(*job) == *job);
    if let (true, Some(job)) = (messages.is_empty(), only) {
        return Err(format!("expected a job that waits in queue {queue}, found {job}").into());
    }
    let mut output = io::stdout().lock();
    if arguments.dry_run || only.is_some() {
        for (job, message) in messages {
            writeln!(output, "{job}: {message}")?;
        }
    }
    Ok(())
}
