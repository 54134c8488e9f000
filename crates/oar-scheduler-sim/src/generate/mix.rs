//! Workloads of given shares of kinds of jobs, all waiting at once.

use clap::ValueEnum;
use jiff::tz::TimeZone;
use oar_scheduler_core::Time;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::log::{Job, Machine, Queue, Status, SyntheticLog};

const CPU: u32 = 64;
const NODE: u32 = 4 * CPU;

/// A workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Mix {
    /// 1 to 39 whole nodes for 1 to 24 hours.
    #[value(alias = "nodeonly")]
    NodeOnly,
    /// 64 to 2496 cores under one switch for 1 to 24 hours.
    #[value(alias = "coreonly")]
    CoreOnly,
    /// 1 to 1000 cores anywhere for 10 minutes to 24 hours.
    #[value(alias = "oldnormal")]
    OldNormal,
    /// 1 to 10 cores of one cpu for 6 to 24 minutes.
    Besteffort,
    /// Cores of a node, cpus of a switch, and nodes of a switch.
    Normal,
    /// As normal, with few different sizes and walltimes.
    #[value(alias = "highcachehit")]
    HighCacheHit,
}

/// Jobs that ask in the same way.
#[derive(Debug)]
struct Kind {
    /// The percentage of the jobs.
    share: u64,
    /// Walltimes, in minutes.
    minutes: Steps,
    /// What is asked, in units.
    count: Steps,
    /// The cores of a unit.
    unit: u32,
    /// The name of the queue.
    name: &'static str,
    /// What a job of n cores asks for.
    request: &'static str,
}

/// Numbers at equal distances; all are drawn equally often.
#[derive(Debug)]
struct Steps {
    first: u32,
    last: u32,
    step: u32,
}

const fn steps(first: u32, last: u32, step: u32) -> Steps {
    Steps { first, last, step }
}

impl Steps {
    fn draw(&self, random: &mut impl Rng) -> u32 {
        self.first + self.step * random.random_range(0..=(self.last - self.first) / self.step)
    }
}

impl Mix {
    fn kinds(self) -> &'static [Kind] {
        const fn all(minutes: Steps, count: Steps, unit: u32, name: &'static str, request: &'static str) -> [Kind; 1] {
            [Kind { share: 100, minutes, count, unit, name, request }]
        }
        const fn mixed(minutes: [Steps; 4], count: [Steps; 4]) -> [Kind; 4] {
            let [minutes_1, minutes_2, minutes_3, minutes_4] = minutes;
            let [count_1, count_2, count_3, count_4] = count;
            let core = "/node=1/core=n";
            let cpu = "/switch=1/cpu=n/64";
            let node = "/switch=1/node=n/256";
            [
                Kind { share: 40, minutes: minutes_1, count: count_1, unit: 1, name: "node-cores", request: core },
                Kind { share: 40, minutes: minutes_2, count: count_2, unit: CPU, name: "switch-cpus", request: cpu },
                Kind { share: 10, minutes: minutes_3, count: count_3, unit: NODE, name: "switch-nodes", request: node },
                Kind { share: 10, minutes: minutes_4, count: count_4, unit: NODE, name: "long-nodes", request: node },
            ]
        }
        static NODE_ONLY: [Kind; 1] = all(steps(60, 1440, 60), steps(1, 39, 1), NODE, "nodes", "/node=n/256");
        static CORE_ONLY: [Kind; 1] =
            all(steps(60, 1440, 60), steps(64, 2496, 1), 1, "switch-cores", "/switch=1/core=n");
        static OLD_NORMAL: [Kind; 1] = all(steps(10, 1440, 1), steps(1, 1000, 1), 1, "cores", "/core=n");
        static BESTEFFORT: [Kind; 1] = all(steps(6, 24, 2), steps(1, 10, 1), 1, "cpu-cores", "/cpu=1/core=n");
        static NORMAL: [Kind; 4] = mixed(
            [steps(5, 120, 5), steps(5, 180, 5), steps(120, 840, 15), steps(480, 840, 30)],
            [steps(1, 64, 1), steps(1, 32, 1), steps(1, 8, 1), steps(4, 24, 2)],
        );
        static HIGH_CACHE_HIT: [Kind; 4] = mixed(
            [steps(15, 120, 15), steps(30, 120, 15), steps(120, 840, 240), steps(600, 840, 240)],
            [steps(8, 64, 8), steps(4, 16, 4), steps(1, 8, 1), steps(8, 24, 8)],
        );
        match self {
            Self::NodeOnly => &NODE_ONLY,
            Self::CoreOnly => &CORE_ONLY,
            Self::OldNormal => &OLD_NORMAL,
            Self::Besteffort => &BESTEFFORT,
            Self::Normal => &NORMAL,
            Self::HighCacheHit => &HIGH_CACHE_HIT,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::NodeOnly => "node-only",
            Self::CoreOnly => "core-only",
            Self::OldNormal => "old-normal",
            Self::Besteffort => "besteffort",
            Self::Normal => "normal",
            Self::HighCacheHit => "high-cache-hit",
        }
    }
}

/// So many jobs of a workload, submitted at the epoch to two switches of 24 nodes of 4 cpus of 64 cores. Each kind of
/// jobs is a queue.
pub(super) fn log(mix: Mix, jobs: u64, seed: u64) -> SyntheticLog {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut kinds: Vec<(u32, &Kind)> = Vec::new();
    let mut percent = 0;
    for (number, kind) in (1..).zip(mix.kinds()) {
        percent += kind.share;
        // What the shares come to, rounded so that all jobs have a kind.
        while (kinds.len() as u64) < jobs * percent / 100 {
            kinds.push((number, kind));
        }
    }
    kinds.shuffle(&mut random);
    let jobs_drawn = kinds.into_iter().map(|(queue, kind)| job(queue, kind, &mut random)).collect();
    SyntheticLog {
        made_by: format!("oar-sim generate {} --jobs {jobs} --seed {seed}", mix.name()),
        start: Time(0),
        time_zone: TimeZone::UTC,
        machine: Machine { levels: vec![("switch", 2), ("node", 24), ("cpu", 4), ("core", 64)] },
        queues: (1..).zip(mix.kinds()).map(|(number, kind)| queue(number, kind)).collect(),
        jobs: jobs_drawn,
    }
}

fn job(queue: u32, kind: &Kind, random: &mut ChaCha8Rng) -> Job {
    let requested = u64::from(kind.minutes.draw(random)) * 60;
    Job {
        submit: 0,
        run: requested,
        requested,
        size: kind.count.draw(random) * kind.unit,
        status: Status::Completed,
        user: 1,
        project: 1,
        executable: queue.into(),
        queue,
    }
}

fn queue(number: u32, kind: &Kind) -> Queue {
    let Kind { share, minutes, count, unit, name, request } = kind;
    let steps = |steps: &Steps| format!("{} to {} in steps of {}", steps.first, steps.last, steps.step);
    let unit = match *unit {
        CPU => " cpus of 64 cores",
        NODE => " nodes of 256 cores",
        _ => " cores",
    };
    let about = format!("{share} % of the jobs, {}{unit}, {} minutes", steps(count), steps(minutes));
    Queue { number, name, priority: 2, besteffort: false, request: Some(request), about }
}

#[cfg(test)]
mod tests;
