//! `oar-sim simulate`.

use serde_json::Value;

use super::*;

mod bad_logs;
mod browser;
mod by_hand;
mod folder;
mod real_logs;
mod settings;
mod shortcuts;
mod sites;

/// A line of `jobs.csv`, by column.
pub(super) type Row = std::collections::HashMap<String, String>;

/// A job of a log: a hand-made one is submitted at the epoch plus `submit`, runs for `run` and asks for `walltime`.
#[derive(Clone, Copy)]
pub(super) struct LogJob {
    pub submit: i64,
    pub run: i64,
    pub walltime: i64,
    pub size: i64,
    pub user: i64,
    pub queue: i64,
}

/// A job of user 1 and queue 1 whose walltime is exact.
pub(super) fn job(submit: i64, run: i64, size: i64) -> LogJob {
    LogJob { submit, run, walltime: run, size, user: 1, queue: 1 }
}

/// A log of jobs, numbered from 1.
pub(super) fn log(jobs: &[LogJob]) -> String {
    let line = |(number, job): (usize, &LogJob)| {
        let LogJob { submit, run, walltime, size, user, queue } = job;
        format!("{number} {submit} -1 {run} {size} -1 -1 {size} {walltime} -1 1 {user} 1 -1 {queue} -1 -1 -1\n")
    };
    (1..).zip(jobs).map(line).collect()
}

/// The figures of `--json`, the only line.
pub(super) fn figures(run: &Run) -> Value {
    assert_eq!((run.status, run.stdout.lines().count()), (0, 1), "{}{}", run.stdout, run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

pub(super) fn rows(folder: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(Path::new(folder).join("jobs.csv")).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

/// A number of a row.
pub(super) fn number(row: &Row, column: &str) -> i64 {
    row[column].parse().unwrap()
}

pub(super) fn column(rows: &[Row], name: &str) -> Vec<String> {
    rows.iter().map(|row| row[name].clone()).collect()
}

/// When each job starts, in the order of submission.
pub(super) fn starts(rows: &[Row]) -> Vec<i64> {
    rows.iter().map(|row| number(row, "start")).collect()
}

/// A simulation that went well: its figures, its jobs and what it printed on standard error.
pub(super) struct Simulated {
    pub figures: Value,
    pub rows: Vec<Row>,
    pub stderr: String,
}

/// Simulates a log with options, separated by blanks, and further ones that may hold blanks.
pub(super) fn simulated(log: &str, options: &str, others: &[&str]) -> Simulated {
    let files = Files::new();
    let folder = files.path("out");
    let words = ["simulate", log, "--json", "--out", &folder].into_iter().chain(options.split_ascii_whitespace());
    let run = oar_sim(&words.chain(others.iter().copied()).collect::<Vec<_>>());
    Simulated { figures: figures(&run), rows: rows(&folder), stderr: run.stderr }
}

/// A log of a real machine; `None`, and told so, where there is none beside the project.
fn real_log(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/traces").join(name);
    if !path.exists() {
        eprintln!("skipped: there is no ../shared/traces/{name} beside the project");
        return None;
    }
    Some(path.to_str().unwrap().to_owned())
}
