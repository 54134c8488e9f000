//! A log that is made: its jobs, its machine and queues, and its text.

use std::fmt::{self, Write};

use jiff::tz::TimeZone;
use oar_scheduler_core::Time;

use crate::text::Clock;

/// No log has more jobs.
pub(super) const JOBS_MAX: u64 = 10_000_000;

/// A synthetic log.
#[derive(Debug, Clone)]
pub(super) struct SyntheticLog {
    /// The command that makes it, with all options that matter.
    pub made_by: String,
    /// The instant from which submissions are counted.
    pub start: Time,
    /// The site's time zone.
    pub time_zone: TimeZone,
    /// The machine that it is made for.
    pub machine: Machine,
    /// The queues of its jobs.
    pub queues: Vec<Queue>,
    /// Ascending by submission.
    pub jobs: Vec<Job>,
}

/// A machine, level by level.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    /// From outer to inner: a level's name, and how many there are in one of the level around it. The innermost are the
    /// processors.
    pub levels: Vec<(&'static str, u64)>,
}

/// A queue.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    /// Its number in the log.
    pub number: u32,
    /// Its name in OAR.
    pub name: &'static str,
    /// Queues of higher priority are scheduled first.
    pub priority: i64,
    /// Whether normal jobs may take the resources of its jobs.
    pub besteffort: bool,
    /// What a job of `n` processors asks for; `None`: any `n` processors.
    pub request: Option<String>,
    /// What kind of jobs it has, for readers.
    pub about: String,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    /// Seconds since the start of the log.
    pub submit: u64,
    /// Seconds; from 1 to `requested`.
    pub run: u64,
    /// The walltime, in seconds.
    pub requested: u64,
    /// Processors, from 1.
    pub size: u32,
    pub status: Status,
    pub user: u32,
    pub project: u32,
    /// Jobs of one campaign have the same.
    pub executable: u64,
    /// The number of its queue.
    pub queue: u32,
}

/// How a job ended, by its number in the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// It failed, or was killed at its walltime.
    Failed = 0,
    Completed = 1,
}

impl Machine {
    /// How many processors it has.
    pub fn processors(&self) -> u64 {
        self.levels.iter().map(|(_, count)| count).product()
    }

    /// How many nodes, if it has that level.
    fn nodes(&self) -> Option<u64> {
        let node = self.levels.iter().position(|(level, _)| *level == "node")?;
        Some(self.levels.iter().take(node + 1).map(|(_, count)| count).product())
    }
}

impl fmt::Display for Machine {
    /// As `{node: 32, core: 16}`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (rank, (level, count)) in self.levels.iter().enumerate() {
            write!(formatter, "{}{level}: {count}", if rank == 0 { "{" } else { ", " })?;
        }
        formatter.write_str("}")
    }
}

impl SyntheticLog {
    /// The name of the time zone.
    pub fn time_zone_name(&self) -> &str {
        self.time_zone.iana_name().unwrap_or("UTC")
    }

    /// The file, in the Standard Workload Format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // A string takes everything.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> fmt::Result {
        let count = self.jobs.len();
        writeln!(text, "; Version: 2.2")?;
        writeln!(text, "; Computer: synthetic, {}", self.machine)?;
        writeln!(text, "; Installation: none")?;
        writeln!(text, "; Conversion: {}", self.made_by)?;
        writeln!(text, "; MaxJobs: {count}")?;
        writeln!(text, "; MaxRecords: {count}")?;
        writeln!(text, "; UnixStartTime: {}", self.start)?;
        writeln!(text, "; TimeZoneString: {}", self.time_zone_name())?;
        writeln!(text, "; StartTime: {}", Clock { zone: self.time_zone.clone() }.date(self.start))?;
        if let Some(nodes) = self.machine.nodes() {
            writeln!(text, "; MaxNodes: {nodes}")?;
        }
        writeln!(text, "; MaxProcs: {}", self.machine.processors())?;
        writeln!(text, "; MaxQueues: {}", self.queues.len())?;
        for queue in &self.queues {
            write!(text, "; Queue: {} - {}: {}", queue.number, queue.name, queue.about)?;
            match &queue.request {
                Some(request) => writeln!(text, "; n processors are asked for as {request}")?,
                None => writeln!(text)?,
            }
        }
        for (number, job) in (1_u64..).zip(&self.jobs) {
            let Job { submit, run, requested, size, status, user, project, executable, queue } = job;
            write!(text, "{number} {submit} -1 {run} {size} -1 -1 {size} {requested} -1 {} ", *status as u8)?;
            writeln!(text, "{user} {project} {executable} {queue} -1 -1 -1")?;
        }
        Ok(())
    }
}
