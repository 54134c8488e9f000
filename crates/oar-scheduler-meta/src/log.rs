//! The log: lines as the servers write them, to where `LOG_FILE` says.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Mutex;

use oar_scheduler_db::conf::{Log, LogFile, Server};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// `[info] [2026-11-20 10:28:14.567] [kamelot] what happened`
struct OarLine {
    program: &'static str,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>, N: for<'a> FormatFields<'a> + 'static> FormatEvent<S, N> for OarLine {
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let level = event.metadata().level().as_str().to_lowercase();
        let now = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S%.3f");
        write!(writer, "[{level}] [{now}] [{}] ", self.program)?;
        context.field_format().format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

/// Begins to log as the configuration says, unless that has been done. OAR 2 puts what a scheduler writes to standard error into its log by itself; so does whoever sits at a terminal.
pub fn start(program: &'static str, log: &Log, server: Server) {
    let level = match log.level {
        ..=0 => Level::ERROR,
        1 => Level::WARN,
        2 => Level::INFO,
        _ => Level::DEBUG,
    };
    let file = match &log.file {
        LogFile::File(path) if server == Server::Oar3 && !io::stderr().is_terminal() => Some(path.clone()),
        LogFile::File(_) | LogFile::Stderr | LogFile::Stdout => None,
    };
    let (writer, problem) = open(file);
    // Plugins may be of any crate.
    let ours = Targets::new().with_default(level).with_target("sqlx", LevelFilter::OFF);
    let lines = tracing_subscriber::fmt::layer().event_format(OarLine { program }).with_writer(Mutex::new(writer));
    // Only the first time counts.
    let _ = tracing_subscriber::registry().with(lines.with_filter(ours)).try_init();
    if let Some(problem) = problem {
        tracing::warn!("{problem}");
    }
}

/// Begins to log to standard error, unless that has been done: for what goes wrong before the configuration is known.
pub fn start_unconfigured(program: &'static str) {
    start(program, &Log { file: LogFile::Stderr, level: 2 }, Server::Oar3);
}

/// The file, or else standard error, with what is wrong with the file.
fn open(file: Option<PathBuf>) -> (Box<dyn Write + Send>, Option<String>) {
    let Some(path) = file else { return (Box::new(io::stderr()), None) };
    match OpenOptions::new().create(true).append(true).open(&path) {
        Ok(file) => (Box::new(file), None),
        Err(error) => (Box::new(io::stderr()), Some(format!("LOG_FILE: {}: {error}", path.display()))),
    }
}
