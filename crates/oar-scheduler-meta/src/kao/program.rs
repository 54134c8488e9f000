//! The program `kao`, but for its plugins.
//!
//! It ends with 0; with 1 when another round is due at once, or 2 when jobs are to be killed; with nothing else, whatever happens, as a server would stop.
//! What went wrong is in the log.

use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;
use oar_scheduler_core::Hooks;
use oar_scheduler_db::conf::{Conf, Mode};
use oar_scheduler_hooks::{Plugins, PluginsError};

use super::{Arguments, Outcome, play};
use crate::compiled::Compiled;
use crate::{Site, convert_quotas, log};

const NAME: &str = "kao";

/// The `main` of `kao` with these plugins. Plugins that cannot be registered cost the round, as a configuration that is wrong does.
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
            let _ = error.print();
            return 0;
        }
    };
    // A panic has told about itself on standard error.
    match catch_unwind(AssertUnwindSafe(|| answer(&arguments, plugins))) {
        Ok(Ok(outcome)) => {
            show(arguments.dry_run, &outcome);
            if arguments.only_reads() { 0 } else { outcome.exit_code() }
        }
        Ok(Err(error)) => {
            log::start_unconfigured(NAME);
            tracing::error!("the round is not complete: {error}");
            // Who only looks wants to know.
            u8::from(arguments.only_reads())
        }
        Err(_) => 0,
    }
}

fn answer<H: Hooks + Send + Sync + 'static>(
    arguments: &Arguments,
    plugins: impl FnOnce() -> Result<H, PluginsError>,
) -> Result<Outcome, Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(round(arguments, plugins));
    // A name server that does not answer must not hold us up.
    runtime.shutdown_background();
    outcome
}

async fn round<H: Hooks + Send + Sync + 'static>(
    arguments: &Arguments,
    plugins: impl FnOnce() -> Result<H, PluginsError>,
) -> Result<Outcome, Box<dyn std::error::Error>> {
    let conf = Conf::from_environment()?;
    let site = Site::connect(&conf).await?;
    log::start(NAME, &site.settings.log, site.settings.server);
    for remark in conf.remarks() {
        tracing::debug!("{}, line {}: {}", conf.path().display(), remark.line, remark.problem);
    }
    if site.settings.mode == Mode::Internal {
        convert_quotas::warn_of_perl_quotas(&conf, &site.settings);
    }
    Ok(play(&mut site.with_plugins(plugins()?), arguments).await?)
}

/// What is to be told. Nobody reads it any more: that is no failure.
fn show(is_dry_run: bool, outcome: &Outcome) {
    let exit_code = format!("exit code {}", outcome.exit_code());
    let report = outcome.report.iter().chain([&exit_code]).filter(|_| is_dry_run);
    let mut output = io::stdout().lock();
    for line in report.chain(&outcome.explanation).chain(&outcome.trace) {
        if writeln!(output, "{line}").is_err() {
            return;
        }
    }
}
