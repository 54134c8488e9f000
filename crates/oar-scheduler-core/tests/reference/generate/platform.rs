//! The resources of a random snapshot and their hierarchy.

use std::collections::BTreeSet;

use fastrand::Rng;
use serde_json::{Value, json};

use super::super::set::Set;

/// The level that straddles the others.
const STRADDLING: &str = "odd";

/// A small cluster.
pub struct Platform {
    /// Every resource that exists, usable or not.
    pub everything: Vec<u32>,
    usable: Vec<u32>,
    default: Vec<u32>,
    suspendable: Vec<u32>,
    absent: Vec<u32>,
    /// From outer to inner.
    levels: Vec<(&'static str, Vec<Vec<u32>>)>,
}

impl Platform {
    /// Chooses sizes and shapes.
    pub fn new(rng: &mut Rng, switches: &BTreeSet<&'static str>) -> Platform {
        let on = |switch: &str| switches.contains(switch);
        let count = [1, 2, 3, 4, 6, 8, 8, 12, 16, 16, 24, 30][rng.usize(0..12)];
        let (first, step) = [(0, 1), (1, 1), (1, 1), (5, 2)][rng.usize(0..4)];
        let everything: Vec<u32> = (0..count).map(|rank| first + rank * step).collect();
        let some = |rng: &mut Rng, from: &[u32], percent: u32| -> Vec<u32> {
            from.iter().copied().filter(|_| rng.u32(0..100) < percent).collect()
        };
        let usable = if on("foreign") { some(rng, &everything, 85) } else { everything.clone() };
        let default = if on("other_types") { some(rng, &usable, 75) } else { usable.clone() };
        let suspendable = if on("other_types") { some(rng, &usable, 60) } else { default.clone() };
        let absent = if rng.u32(0..10) == 0 { some(rng, &usable, 30) } else { Vec::new() };
        let node = [1, 2, 2, 3, 4, 8][rng.usize(0..6)];
        let mut levels = Vec::new();
        let mut order = everything.clone();
        if on("scattered") {
            // Neighbours in this order are not neighbours by number.
            let stride = rng.usize(2..5);
            order.sort_by_key(|number| (*number as usize % stride, *number));
        }
        let node_count = rng.usize(2..4);
        for (name, size) in
            [("switch", node * node_count), ("network_address", node), ("cpu", node.div_ceil(2)), ("resource_id", 1)]
        {
            levels.push((name, order.chunks(size).map(<[u32]>::to_vec).collect::<Vec<_>>()));
        }
        if on("straddling") {
            levels.insert(rng.usize(0..levels.len()), (STRADDLING, straddling(rng, &everything)));
        }
        if on("foreign") {
            let level = rng.usize(0..levels.len());
            rng.shuffle(&mut levels[level].1);
            levels[level].1.push(Vec::new());
        }
        Platform { everything, usable, default, suspendable, absent, levels }
    }

    /// The `resources` of the snapshot; what equals its default is left out.
    pub fn json(&self) -> Value {
        let hierarchy: serde_json::Map<String, Value> = self
            .levels
            .iter()
            .map(|(name, blocks)| {
                ((*name).to_owned(), blocks.iter().map(|block| Value::from(text(block))).collect::<Vec<_>>().into())
            })
            .collect();
        let mut resources = json!({ "default": text(&self.default), "hierarchy": hierarchy });
        for (key, numbers) in [("usable", &self.usable), ("suspendable", &self.suspendable)] {
            if *numbers != self.default {
                resources[key] = text(numbers).into();
            }
        }
        if !self.absent.is_empty() {
            resources["absent"] = text(&self.absent).into();
        }
        resources
    }

    /// Takes some resources away: single ones, or blocks. They may still be given as usable.
    pub fn lose_some(&self, resources: &mut Value, rng: &mut Rng) {
        let all = set(&self.everything);
        let missing = self.subset(rng);
        // Mostly the smaller part.
        let missing = if missing.len() * 2 > all.len() && rng.u32(0..4) > 0 { all.minus(&missing) } else { missing };
        let missing = if rng.bool() { missing.and(&self.subset(rng)) } else { missing };
        let without = |numbers: &[u32]| set(numbers).minus(&missing).text();
        match rng.u32(0..3) {
            0 => resources["usable"] = without(&self.usable).into(),
            1 => {
                resources["usable"] = without(&self.usable).into();
                resources["default"] = without(&self.default).into();
            }
            _ => {}
        }
        if resources["default"] != text(&self.default) && resources["suspendable"].is_null() {
            resources["suspendable"] = text(&self.suspendable).into();
        }
        resources["missing"] = missing.text().into();
    }

    /// The names of the levels, from outer to inner.
    pub fn levels(&self) -> Vec<&'static str> {
        self.levels.iter().map(|(name, _)| *name).collect()
    }

    /// How many blocks a level has.
    pub fn block_count(&self, level: &str) -> usize {
        self.levels.iter().find(|(name, _)| *name == level).map_or(0, |(_, blocks)| blocks.len())
    }

    /// Some resources: a few blocks of a level, or any.
    pub fn subset(&self, rng: &mut Rng) -> Set {
        let blocks = &self.levels[rng.usize(0..self.levels.len())].1;
        let share = rng.u32(10..95);
        match rng.u32(0..4) {
            0 => set(&self.everything.iter().copied().filter(|_| rng.u32(0..100) < share).collect::<Vec<_>>()),
            1 => {
                let first = rng.usize(0..self.everything.len());
                set(&self.everything[first..rng.usize(first..self.everything.len()) + 1])
            }
            _ => set(&blocks.iter().filter(|_| rng.u32(0..100) < share).flatten().copied().collect::<Vec<_>>()),
        }
    }
}

/// Blocks at random: a partition, or sets that overlap.
fn straddling(rng: &mut Rng, everything: &[u32]) -> Vec<Vec<u32>> {
    let count = rng.usize(2..5);
    let mut blocks = vec![Vec::new(); count];
    let overlap = rng.bool();
    for number in everything {
        blocks[rng.usize(0..count)].push(*number);
        if overlap && rng.bool() {
            let block = &mut blocks[rng.usize(0..count)];
            if !block.contains(number) {
                block.push(*number);
            }
        }
    }
    blocks
}

fn set(numbers: &[u32]) -> Set {
    let mut set = Set::default();
    for number in numbers {
        set.insert(*number);
    }
    set
}

fn text(numbers: &[u32]) -> String {
    set(numbers).text()
}
