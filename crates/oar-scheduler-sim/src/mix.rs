//! The workloads that schedulers are measured with: given shares of kinds of jobs, drawn evenly and shuffled.

use clap::ValueEnum;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CPU: u32 = 64;
const NODE: u32 = 4 * CPU;
const SWITCH: u32 = 24 * NODE;
/// A node of the workloads of whole nodes.
const SMALL_NODE: u32 = 64;

/// A workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Mix {
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
    /// 1 to 39 whole nodes of 64 cores, with ten different walltimes up to 24 hours.
    #[value(alias = "wholenodes")]
    WholeNodes,
    /// 1 to 39 whole nodes of 64 cores, for 1 to 24 hours to the minute.
    #[value(alias = "wholenodesminutes")]
    WholeNodesMinutes,
}

/// A level of the machine that a workload is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Its name.
    pub name: &'static str,
    /// The cores of a block.
    pub cores: u32,
}

/// Jobs that ask in the same way.
#[derive(Debug)]
pub struct Kind {
    /// The percentage of the jobs.
    pub share: u64,
    /// Walltimes, in minutes.
    pub minutes: Steps,
    /// What is asked, in units.
    pub count: Steps,
    /// The cores of a unit.
    pub unit: u32,
    /// The name of the kind.
    pub name: &'static str,
    /// The level of which one block holds all units; `None`: they are anywhere.
    pub within: Option<&'static str>,
    /// The level of the units.
    pub of: &'static str,
}

/// Numbers at equal distances; all are drawn equally often.
#[derive(Debug)]
pub struct Steps {
    /// The smallest.
    pub first: u32,
    /// The largest.
    pub last: u32,
    /// The distance of two.
    pub step: u32,
}

/// A job as drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    /// Its kind: the rank in [`Mix::kinds`], from 0.
    pub kind: usize,
    /// Its walltime.
    pub minutes: u32,
    /// How many units it asks for.
    pub count: u32,
}

const fn steps(first: u32, last: u32, step: u32) -> Steps {
    Steps { first, last, step }
}

impl Steps {
    fn draw(&self, random: &mut impl Rng) -> u32 {
        self.first + self.step * random.random_range(0..=(self.last - self.first) / self.step)
    }
}

impl Kind {
    /// What a job of `n` cores asks for, as `/switch=1/cpu=n/64`.
    #[must_use]
    pub fn request(&self) -> String {
        let within = self.within.map(|level| format!("/{level}=1")).unwrap_or_default();
        let per_unit = if self.unit == 1 { String::new() } else { format!("/{}", self.unit) };
        format!("{within}/{}=n{per_unit}", self.of)
    }
}

impl Mix {
    /// The kinds of its jobs.
    #[must_use]
    pub fn kinds(self) -> &'static [Kind] {
        const fn all(
            minutes: Steps,
            count: Steps,
            unit: u32,
            name: &'static str,
            within: Option<&'static str>,
            of: &'static str,
        ) -> [Kind; 1] {
            [Kind { share: 100, minutes, count, unit, name, within, of }]
        }
        const fn kind(
            share: u64,
            minutes: Steps,
            count: Steps,
            unit: u32,
            name: &'static str,
            asks: [&'static str; 2],
        ) -> Kind {
            let [within, of] = asks;
            Kind { share, minutes, count, unit, name, within: Some(within), of }
        }
        const fn mixed(minutes: [Steps; 4], count: [Steps; 4]) -> [Kind; 4] {
            let [minutes_1, minutes_2, minutes_3, minutes_4] = minutes;
            let [count_1, count_2, count_3, count_4] = count;
            [
                kind(40, minutes_1, count_1, 1, "node-cores", ["node", "core"]),
                kind(40, minutes_2, count_2, CPU, "switch-cpus", ["switch", "cpu"]),
                kind(10, minutes_3, count_3, NODE, "switch-nodes", ["switch", "node"]),
                kind(10, minutes_4, count_4, NODE, "long-nodes", ["switch", "node"]),
            ]
        }
        static NODE_ONLY: [Kind; 1] = all(steps(60, 1440, 60), steps(1, 39, 1), NODE, "nodes", None, "node");
        static CORE_ONLY: [Kind; 1] =
            all(steps(60, 1440, 60), steps(64, 2496, 1), 1, "switch-cores", Some("switch"), "core");
        static OLD_NORMAL: [Kind; 1] = all(steps(10, 1440, 1), steps(1, 1000, 1), 1, "cores", None, "core");
        static BESTEFFORT: [Kind; 1] = all(steps(6, 24, 2), steps(1, 10, 1), 1, "cpu-cores", Some("cpu"), "core");
        static NORMAL: [Kind; 4] = mixed(
            [steps(5, 120, 5), steps(5, 180, 5), steps(120, 840, 15), steps(480, 840, 30)],
            [steps(1, 64, 1), steps(1, 32, 1), steps(1, 8, 1), steps(4, 24, 2)],
        );
        static HIGH_CACHE_HIT: [Kind; 4] = mixed(
            [steps(15, 120, 15), steps(30, 120, 15), steps(120, 840, 240), steps(600, 840, 240)],
            [steps(8, 64, 8), steps(4, 16, 4), steps(1, 8, 1), steps(8, 24, 8)],
        );
        static WHOLE_NODES: [Kind; 1] = all(steps(144, 1440, 144), steps(1, 39, 1), SMALL_NODE, "nodes", None, "node");
        static WHOLE_NODES_MINUTES: [Kind; 1] =
            all(steps(60, 1440, 1), steps(1, 39, 1), SMALL_NODE, "nodes", None, "node");
        match self {
            Self::NodeOnly => &NODE_ONLY,
            Self::CoreOnly => &CORE_ONLY,
            Self::OldNormal => &OLD_NORMAL,
            Self::Besteffort => &BESTEFFORT,
            Self::Normal => &NORMAL,
            Self::HighCacheHit => &HIGH_CACHE_HIT,
            Self::WholeNodes => &WHOLE_NODES,
            Self::WholeNodesMinutes => &WHOLE_NODES_MINUTES,
        }
    }

    /// The levels of the machine that it is made for, from outer to inner.
    #[must_use]
    pub fn levels(self) -> &'static [Level] {
        const fn level(name: &'static str, cores: u32) -> Level {
            Level { name, cores }
        }
        match self {
            Self::WholeNodes | Self::WholeNodesMinutes => const { &[level("node", SMALL_NODE), level("core", 1)] },
            _ => const { &[level("switch", SWITCH), level("node", NODE), level("cpu", CPU), level("core", 1)] },
        }
    }

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NodeOnly => "node-only",
            Self::CoreOnly => "core-only",
            Self::OldNormal => "old-normal",
            Self::Besteffort => "besteffort",
            Self::Normal => "normal",
            Self::HighCacheHit => "high-cache-hit",
            Self::WholeNodes => "whole-nodes",
            Self::WholeNodesMinutes => "whole-nodes-minutes",
        }
    }

    /// So many jobs: of each kind its share, shuffled. A seed always gives the same.
    #[must_use]
    pub fn draw(self, jobs: u64, seed: u64) -> Vec<Drawn> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut kinds: Vec<(usize, &Kind)> = Vec::new();
        let mut percent = 0;
        for (rank, kind) in self.kinds().iter().enumerate() {
            percent += kind.share;
            // What the shares come to, rounded so that all jobs have a kind.
            while (kinds.len() as u64) < jobs * percent / 100 {
                kinds.push((rank, kind));
            }
        }
        kinds.shuffle(&mut random);
        let job = |(rank, kind): (usize, &Kind)| {
            let minutes = kind.minutes.draw(&mut random);
            Drawn { kind: rank, minutes, count: kind.count.draw(&mut random) }
        };
        kinds.into_iter().map(job).collect()
    }
}
