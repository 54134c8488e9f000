//! What jobs ask for: the workloads of the measurements, scaled to a machine.

use fastrand::Rng;
use serde_json::{Value, json};

use super::draft::{Draft, MINUTE};
use super::machine::Machine;

/// `n` blocks of a level anywhere, or in one block of another.
#[derive(Clone, Copy)]
pub struct Ask {
    pub outer: Option<&'static str>,
    pub inner: &'static str,
    /// How many of them there are on the machine of the measurements.
    room: i64,
}

const NODES: Ask = Ask { outer: None, inner: "nodes", room: 39 };
const CORES: Ask = Ask { outer: None, inner: "cores", room: 10_000 };
const CORES_OF_A_SWITCH: Ask = Ask { outer: Some("switches"), inner: "cores", room: 6144 };
const CPUS_OF_A_SWITCH: Ask = Ask { outer: Some("switches"), inner: "cpus", room: 96 };
const NODES_OF_A_SWITCH: Ask = Ask { outer: Some("switches"), inner: "nodes", room: 24 };
const CORES_OF_A_NODE: Ask = Ask { outer: Some("nodes"), inner: "cores", room: 256 };
const CORES_OF_A_CPU: Ask = Ask { outer: Some("cpus"), inner: "cores", room: 64 };

pub const ASKS: [Ask; 7] =
    [NODES, CORES, CORES_OF_A_SWITCH, CPUS_OF_A_SWITCH, NODES_OF_A_SWITCH, CORES_OF_A_NODE, CORES_OF_A_CPU];

/// First, last and step.
type Steps = (i64, i64, i64);

/// Some percent of a workload: walltimes in minutes, counts.
pub struct Part {
    percent: u32,
    walltime: Steps,
    count: Steps,
    ask: Ask,
}

const fn part(percent: u32, walltime: Steps, count: Steps, ask: Ask) -> Part {
    Part { percent, walltime, count, ask }
}

pub const NODE_ONLY: &[Part] = &[part(100, (60, 1440, 60), (1, 39, 1), NODES)];
pub const CORE_ONLY: &[Part] = &[part(100, (60, 1440, 60), (64, 2496, 1), CORES_OF_A_SWITCH)];
pub const OLD_NORMAL: &[Part] = &[part(100, (10, 1440, 1), (1, 1000, 1), CORES)];
pub const SMALL: &[Part] = &[part(100, (6, 24, 2), (1, 10, 1), CORES_OF_A_CPU)];
pub const NORMAL: &[Part] = &[
    part(40, (5, 120, 5), (1, 64, 1), CORES_OF_A_NODE),
    part(40, (5, 180, 5), (1, 32, 1), CPUS_OF_A_SWITCH),
    part(10, (120, 840, 15), (1, 8, 1), NODES_OF_A_SWITCH),
    part(10, (480, 840, 30), (4, 24, 2), NODES_OF_A_SWITCH),
];
pub const HIGH_CACHE_HIT: &[Part] = &[
    part(40, (15, 120, 15), (8, 64, 8), CORES_OF_A_NODE),
    part(40, (30, 120, 15), (4, 16, 4), CPUS_OF_A_SWITCH),
    part(10, (120, 840, 240), (1, 8, 1), NODES_OF_A_SWITCH),
    part(10, (600, 840, 240), (8, 24, 8), NODES_OF_A_SWITCH),
];

impl Ask {
    /// The levels of a request.
    pub fn levels(self, count: i64) -> Value {
        match self.outer {
            None => json!([[self.inner, count]]),
            Some(outer) => json!([[outer, 1], [self.inner, count]]),
        }
    }

    /// How many there can be, about.
    pub fn room(self, machine: &Machine) -> i64 {
        machine.room(self.outer, self.inner)
    }
}

/// How walltimes are spread.
pub enum Walltimes {
    /// As the workload says.
    Steps,
    /// To the second.
    Many,
    /// One of these, in seconds.
    Few(Vec<i64>),
}

impl Walltimes {
    pub fn drawn(rng: &mut Rng) -> Walltimes {
        match rng.u32(0..3) {
            0 => Walltimes::Steps,
            1 => Walltimes::Many,
            _ => Walltimes::Few((0..rng.usize(2..6)).map(|_| rng.i64(1..20) * 10 * MINUTE).collect()),
        }
    }
}

impl Part {
    fn walltime(&self, rng: &mut Rng, walltimes: &Walltimes) -> i64 {
        match walltimes {
            Walltimes::Steps => step(rng, self.walltime) * MINUTE,
            Walltimes::Many => rng.i64(self.walltime.0 * MINUTE..self.walltime.1 * MINUTE),
            Walltimes::Few(choices) => choices[rng.usize(0..choices.len())],
        }
    }
}

/// A request's levels and walltime of the workload, scaled to the machine.
pub fn request(draft: &mut Draft, workload: &[Part], walltimes: &Walltimes) -> (i64, Value) {
    let mut rest = draft.rng.u32(0..100);
    let mut parts = workload.iter();
    let mut part = parts.next().expect("a part");
    while rest >= part.percent {
        rest -= part.percent;
        part = parts.next().expect("parts of all percents");
    }
    let walltime = part.walltime(&mut draft.rng, walltimes);
    let count = step(&mut draft.rng, part.count) * part.ask.room(&draft.machine);
    (walltime, part.ask.levels((count + part.ask.room - 1) / part.ask.room))
}

/// Waiting jobs of the workload.
pub fn submit(draft: &mut Draft, jobs: usize, workload: &[Part], walltimes: &Walltimes) {
    for _ in 0..jobs {
        let (walltime, levels) = request(draft, workload, walltimes);
        draft.wait(walltime, levels);
    }
}

/// A small request: a block or a few of some level.
pub fn few(draft: &mut Draft, share: i64) -> Value {
    let ask = draft.pick(&ASKS);
    let most = (ask.room(&draft.machine) / share).max(1);
    ask.levels(draft.rng.i64(1..=most))
}

fn step(rng: &mut Rng, (first, last, step): Steps) -> i64 {
    first + rng.i64(0..=(last - first) / step) * step
}
