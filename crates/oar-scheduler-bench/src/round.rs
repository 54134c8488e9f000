//! `oar-bench round`: measures a whole round of `kamelot` on a PostgreSQL database.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, value_parser};
use oar_scheduler_sim::output::{Output, Status};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::measure::Memory;
use crate::run::Times;

mod binary;
mod kao;
mod outcome;
mod phases;
mod server;
mod statements;
mod table;
mod workload;

use binary::Process;
use kao::Rounds;
use outcome::Outcome;
use phases::{Cost, Phases};
use server::{RoundDatabase, Server};
use statements::Statements;
use workload::{NOW, QUEUE, Size};

/// The format of what was measured.
const FORMAT: &str = "oar-bench-round/1";

/// The statements that a round may take, besides one for each text of properties.
const STATEMENTS_MAX: u64 = 40;

/// Measure a whole round of `kamelot` or `kao` on a database: reading it, deciding it, writing it.
///
/// It needs a PostgreSQL server that is there for nothing else, and creates a database of its own there:
/// `tools/with_postgres.sh oar-bench round`. The same options stand for the same database, everywhere. Before each round the
/// waiting jobs have no places and no messages. Afterwards each must have a place or a reason.
#[derive(Debug, Args)]
#[command(
    after_long_help = "CPU times are of this process. The server's work is in the time on the clock; its own time is told where it has \
                   the extension pg_stat_statements, which also counts the statements."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    size: Size,

    /// How many rounds are measured; each begins with the same database.
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u32).range(1..=1000))]
    repeat: u32,

    /// Also measure this program, a `kamelot`, on the same database.
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,

    /// Also measure this program, a `kao`: rounds in a row, each going on, five seconds later, with what the last has left.
    #[arg(long, value_name = "PATH")]
    kao: Option<PathBuf>,

    /// How many rounds of it.
    #[arg(long, requires = "kao", default_value_t = 100, value_parser = value_parser!(u32).range(1..=10_000))]
    kao_rounds: u32,

    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measured {
    pub format: String,
    #[serde(flatten)]
    pub size: Size,
    pub repeat: u32,
    /// CPU time of this process.
    pub cpu_seconds: Phases<Times>,
    /// Time on the clock.
    pub wall_seconds: Phases<Times>,
    /// What the server did, if it can count.
    pub server: Option<ServerWork>,
    #[serde(flatten)]
    pub outcome: Outcome,
    pub memory_bytes: MemoryUse,
    /// The real program.
    pub binary: Option<Process>,
    /// Rounds of `kao`.
    #[serde(default)]
    pub kao: Option<Rounds>,
}

/// What the server did in a round.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct ServerWork {
    /// The statements that it ran: of the round that took the most.
    pub statements: u64,
    /// The rows that they wrote.
    pub rows_written: u64,
    /// The time that it took for them.
    pub seconds: Times,
}

/// The memory of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MemoryUse {
    /// Before the first round.
    pub before: u64,
    pub peak: u64,
}

impl Measured {
    /// The statements that a round of this size may take.
    pub fn statements_allowed(&self) -> u64 {
        STATEMENTS_MAX + u64::from(self.size.property_texts)
    }
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Status, Error> {
    arguments.size.check()?;
    let server = Server::from_environment()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)?;
    let measured = runtime.block_on(async {
        let mut database = server.create().await?;
        let measured = measure(arguments, &mut database).await;
        let removed = server.remove(database).await;
        let measured = measured?;
        removed.map(|()| measured)
    })?;
    if measured.server.is_none() {
        output.warning(
            "statements are not counted: the server runs without pg_stat_statements (Debian: part of postgresql)",
        );
    }
    if arguments.json {
        output.json(&measured)?
    } else {
        output.line(table::of(&measured))?
    }
    Ok(Status::Success)
}

async fn measure(arguments: &Arguments, database: &mut RoundDatabase) -> Result<Measured, Error> {
    let Arguments { size, repeat, .. } = arguments;
    size.fill(&mut database.control).await?;
    let is_counting = statements::begin(database).await?;
    let before = Memory::read().now;
    let first = measure_round(size, database, is_counting).await?;
    let (mut costs, mut counted, mut outcome) = (vec![first.cost], Vec::from_iter(first.statements), first.outcome);
    for _ in 1..*repeat {
        let next = measure_round(size, database, is_counting).await?;
        costs.push(next.cost);
        counted.extend(next.statements);
        outcome = next.outcome;
    }
    let peak = Memory::read().peak.max(before);
    Ok(Measured {
        format: FORMAT.to_owned(),
        size: size.clone(),
        repeat: *repeat,
        cpu_seconds: Phases::of(&costs, |cost| cost.cpu),
        wall_seconds: Phases::of(&costs, |cost| cost.wall),
        server: ServerWork::of(&counted),
        outcome,
        memory_bytes: MemoryUse { before, peak },
        binary: measure_binary(arguments, database).await?,
        kao: measure_kao(arguments, database, is_counting).await?,
    })
}

/// One round, and what it has left.
struct Round {
    cost: Phases<Cost>,
    statements: Option<Statements>,
    outcome: Outcome,
}

async fn measure_round(size: &Size, database: &mut RoundDatabase, is_counting: bool) -> Result<Round, Error> {
    workload::reset(&mut database.control).await?;
    let before = if is_counting { Some(Statements::read(&mut database.control).await?) } else { None };
    let cost = phases::run(&database.conf()).await?;
    let statements = match before {
        Some(before) => Some(Statements::read(&mut database.control).await?.since(before)),
        None => None,
    };
    Ok(Round { cost, statements, outcome: Outcome::read(&mut database.control, size.jobs).await? })
}

/// Measures the real program, if one is given: it must leave what the rounds before have left.
async fn measure_binary(arguments: &Arguments, database: &mut RoundDatabase) -> Result<Option<Process>, Error> {
    let Some(program) = &arguments.binary else { return Ok(None) };
    let (mut cpu, mut wall) = (Vec::new(), Vec::new());
    for _ in 0..arguments.repeat {
        workload::reset(&mut database.control).await?;
        let (cpu_time, time) = binary::run(program, &[QUEUE, &NOW.to_string()], &database.conf, 0)?;
        cpu.push(cpu_time);
        wall.push(time);
        Outcome::read(&mut database.control, arguments.size.jobs).await?;
    }
    Ok(Some(Process { cpu_seconds: Times::of(&cpu), wall_seconds: Times::of(&wall) }))
}

/// Measures rounds of `kao`, if one is given. They change what the rounds before have begun with.
async fn measure_kao(
    arguments: &Arguments,
    database: &mut RoundDatabase,
    is_counting: bool,
) -> Result<Option<Rounds>, Error> {
    let Some(program) = &arguments.kao else { return Ok(None) };
    workload::reset(&mut database.control).await?;
    Ok(Some(kao::run(program, arguments.kao_rounds, database, is_counting).await?))
}

impl ServerWork {
    /// Of several rounds; `None`: of none.
    fn of(rounds: &[Statements]) -> Option<Self> {
        let seconds: Vec<Duration> =
            rounds.iter().map(|round| Duration::from_secs_f64(round.seconds.max(0.0))).collect();
        Some(Self {
            statements: rounds.iter().map(|round| round.statements).max()?,
            rows_written: rounds.iter().map(|round| round.rows_written).max()?,
            seconds: Times::of(&seconds),
        })
    }
}
