//! Rounds of the real `kao`, one after the other.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::binary;
use super::server::RoundDatabase;
use super::statements::Statements;
use super::workload::NOW;
use crate::error::{Error, cannot_write};
use crate::run::Times;

/// How long after a round the next one begins, in seconds.
const PAUSE: i64 = 5;

/// It asks for another round, or for jobs to be killed: both are fine.
const CODE_MAX: i32 = 2;

/// What rounds in a row cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rounds {
    /// How many.
    pub rounds: u32,
    /// CPU time of the first round, which launches the most jobs.
    pub first_cpu_seconds: f64,
    /// CPU time of the first tenth of them.
    pub begin_cpu_seconds: Times,
    /// CPU time of the last tenth.
    pub end_cpu_seconds: Times,
    /// CPU time of all.
    pub cpu_seconds: Times,
    /// Time on the clock.
    pub wall_seconds: Times,
    /// The statements of the round that took the most, if the server can count.
    pub statements: Option<u64>,
}

/// Runs them. Somebody listens whom it can tell what has been launched.
pub(super) async fn run(
    program: &Path,
    rounds: u32,
    database: &mut RoundDatabase,
    is_counting: bool,
) -> Result<Rounds, Error> {
    let port = listen().map_err(cannot_write(Path::new("127.0.0.1")))?;
    let conf = format!(
        "{}METASCHEDULER_OAR3_WITH_OAR2=yes\nSERVER_HOSTNAME=127.0.0.1\nSERVER_PORT={port}\nLOG_LEVEL=1\nOPENSSH_CMD=/bin/true\n",
        database.conf
    );
    let (mut cpu, mut wall, mut statements) = (Vec::new(), Vec::new(), None);
    for round in 0..rounds {
        let before = if is_counting { Some(Statements::read(&mut database.control).await?) } else { None };
        let now = NOW + i64::from(round) * PAUSE;
        let (cpu_time, time) = binary::run(program, &["--now", &now.to_string()], &conf, CODE_MAX)?;
        if let Some(before) = before {
            let counted = Statements::read(&mut database.control).await?.since(before);
            statements = statements.max(Some(counted.statements));
        }
        cpu.push(cpu_time);
        wall.push(time);
    }
    let tenth = cpu.len().div_ceil(10);
    let last = cpu.len() - tenth;
    Ok(Rounds {
        rounds,
        first_cpu_seconds: cpu.first().map_or(0.0, Duration::as_secs_f64),
        begin_cpu_seconds: Times::of(cpu.get(..tenth).unwrap_or_default()),
        end_cpu_seconds: Times::of(cpu.get(last..).unwrap_or_default()),
        cpu_seconds: Times::of(&cpu),
        wall_seconds: Times::of(&wall),
        statements,
    })
}

/// A server that hears what it is told, and forgets it.
fn listen() -> std::io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // Nothing depends on what it says.
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        }
    });
    Ok(port)
}
