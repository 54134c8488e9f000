//! Machines of hundreds and thousands of resources: switches, nodes, cpus, cores, numbered and listed in many ways.

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// Resources, and their levels from outer to inner.
pub struct Machine {
    /// All resources, cores of a node one after the other.
    pub places: Vec<u32>,
    /// Of type `default`: what jobs get unless they ask for more.
    pub default: Vec<u32>,
    /// All that are usable.
    pub usable: Vec<u32>,
    /// Level name and blocks.
    pub levels: Vec<(&'static str, Vec<Vec<u32>>)>,
}

impl Machine {
    /// Nodes with so many cores each, on switches of so many nodes, with cpus of so many cores. What is left over makes
    /// smaller last blocks.
    pub fn of_nodes(sizes: &[usize], nodes_per_switch: usize, cores_per_cpu: usize) -> Machine {
        let mut nodes: Vec<Vec<u32>> = Vec::new();
        let mut next = 0;
        for size in sizes {
            let end = next + *size as u32;
            nodes.push((next..end).collect());
            next = end;
        }
        let places: Vec<u32> = (0..next).collect();
        let switches = nodes.chunks(nodes_per_switch).map(<[_]>::concat).collect();
        let cpus = nodes.iter().flat_map(|node| node.chunks(cores_per_cpu)).map(<[u32]>::to_vec).collect();
        let cores = places.iter().map(|core| vec![*core]).collect();
        let levels = vec![("switches", switches), ("nodes", nodes), ("cpus", cpus), ("cores", cores)];
        Machine { default: places.clone(), usable: places.clone(), places, levels }
    }

    /// A regular machine, but for the last node and the last switch, which may be smaller.
    pub fn regular(places: usize, node: usize, nodes_per_switch: usize, cores_per_cpu: usize) -> Machine {
        let mut sizes = vec![node; places / node];
        sizes.extend(Some(places % node).filter(|rest| *rest > 0));
        Machine::of_nodes(&sizes, nodes_per_switch, cores_per_cpu)
    }

    /// A machine of about so many places, of common proportions.
    pub fn drawn(rng: &mut Rng, places: usize) -> Machine {
        let node = [4, 8, 16, 16, 32][rng.usize(0..5)];
        let nodes_per_switch = [3, 4, 6, 10][rng.usize(0..4)];
        let cores_per_cpu = [2, 4, 8][rng.usize(0..3)].min(node / 2);
        Machine::regular(places, node, nodes_per_switch, cores_per_cpu)
    }

    /// Nodes of several sizes, in stretches or mixed.
    pub fn of_several_sizes(rng: &mut Rng, nodes: usize) -> Machine {
        let mut sizes: Vec<usize> = (0..nodes).map(|_| [2, 4, 4, 6, 8][rng.usize(0..5)]).collect();
        if rng.bool() {
            sizes.sort_unstable();
        }
        Machine::of_nodes(&sizes, rng.usize(2..6), 2)
    }

    /// Gives every resource another number.
    pub fn renumber(&mut self, number: impl Fn(u32) -> u32) {
        let blocks = self.levels.iter_mut().flat_map(|(_, blocks)| blocks);
        let sets = blocks.chain([&mut self.places, &mut self.default, &mut self.usable]);
        for resource in sets.flatten() {
            *resource = number(*resource);
        }
    }

    /// The blocks of a level, in order.
    pub fn blocks(&self, level: &str) -> &[Vec<u32>] {
        &self.levels.iter().find(|(name, _)| *name == level).expect("a level").1
    }

    /// How many blocks of a level one block of another holds, about.
    pub fn room(&self, outer: Option<&str>, inner: &str) -> i64 {
        let outer = outer.map_or(1, |outer| self.blocks(outer).len());
        self.blocks(inner).len().div_ceil(outer) as i64
    }

    /// Each block of a level with this probability.
    pub fn some(&self, rng: &mut Rng, level: &str, percent: u32) -> Vec<u32> {
        let blocks = self.blocks(level).iter();
        blocks.filter(|_| rng.u32(0..100) < percent).flatten().copied().collect()
    }

    /// The `resources` of the snapshot.
    pub fn json(&self) -> Value {
        let texts = |blocks: &[Vec<u32>]| blocks.iter().map(|block| json!(text(block))).collect::<Vec<_>>();
        let hierarchy: Map<String, Value> =
            self.levels.iter().map(|(name, blocks)| ((*name).to_owned(), json!(texts(blocks)))).collect();
        json!({ "default": text(&self.default), "usable": text(&self.usable), "hierarchy": hierarchy })
    }
}

/// Resources as the format writes them.
pub fn text(resources: &[u32]) -> String {
    let mut sorted = resources.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let ranges = sorted.chunk_by(|one, next| one + 1 == *next).map(|range| match range {
        [only] => only.to_string(),
        _ => format!("{}-{}", range[0], range[range.len() - 1]),
    });
    ranges.collect::<Vec<_>>().join(" ")
}
