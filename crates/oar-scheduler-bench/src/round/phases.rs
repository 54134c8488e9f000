//! The parts of a round, and what each costs.

use std::time::{Duration, Instant};

use oar_scheduler_core::Time;
use oar_scheduler_db::conf::Conf;
use oar_scheduler_db::{Jobs, Scope};
use oar_scheduler_meta::{Site, SiteError};
use serde::{Deserialize, Serialize};

use super::workload::{NOW, QUEUE};
use crate::measure::process_cpu_time;
use crate::run::Times;

/// Something for each part of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Phases<T> {
    /// Connecting, and finding out which server it is.
    pub connect: T,
    /// Reading everything that the round needs.
    pub read: T,
    /// Placing the jobs, and finding the reasons of those that do not start now.
    pub decide: T,
    /// Making the messages, and writing everything.
    pub write: T,
    /// All of them.
    pub total: T,
}

/// What something cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// CPU time of the process.
    pub cpu: Duration,
    /// Time on the clock.
    pub wall: Duration,
}

/// Runs a round as `kamelot` does, and tells what each part cost.
pub(super) async fn run(conf: &Conf) -> Result<Phases<Cost>, SiteError> {
    let begin = Clock::now();
    let mut site = Site::connect(conf).await?;
    let connected = Clock::now();
    let groups = vec![vec![QUEUE.to_owned()]];
    let scope = Scope { groups, jobs: Jobs::Waiting, now: Some(Time(NOW)), is_outlook: false };
    let input = site.read(&scope).await?;
    let read = Clock::now();
    let round = site.plan(input)?;
    let decided = Clock::now();
    site.write(&round).await?;
    let written = Clock::now();
    Ok(Phases {
        connect: connected.since(begin),
        read: read.since(connected),
        decide: decided.since(read),
        write: written.since(decided),
        total: written.since(begin),
    })
}

#[derive(Debug, Clone, Copy)]
struct Clock {
    cpu: Duration,
    wall: Instant,
}

impl Clock {
    fn now() -> Self {
        Self { cpu: process_cpu_time(), wall: Instant::now() }
    }

    fn since(self, before: Self) -> Cost {
        Cost { cpu: self.cpu.saturating_sub(before.cpu), wall: self.wall.saturating_duration_since(before.wall) }
    }
}

impl Phases<Times> {
    /// One kind of cost of several rounds.
    pub fn of(rounds: &[Phases<Cost>], cost: impl Fn(&Cost) -> Duration) -> Self {
        let times = |phase: fn(&Phases<Cost>) -> &Cost| {
            Times::of(&rounds.iter().map(|round| cost(phase(round))).collect::<Vec<_>>())
        };
        Self {
            connect: times(|round| &round.connect),
            read: times(|round| &round.read),
            decide: times(|round| &round.decide),
            write: times(|round| &round.write),
            total: times(|round| &round.total),
        }
    }
}
