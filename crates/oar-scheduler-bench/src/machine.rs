//! A machine of any number of cores.

use std::collections::BTreeMap;

use oar_scheduler_core::{Hierarchy, ProcSet, Resources};
use oar_scheduler_sim::mix::Level;

use crate::case::Ask;

/// The most cores of a machine.
pub(crate) const CORES_MAX: u64 = 1 << 22;

/// A machine of exactly so many cores, numbered from 1. The last block of a level may have fewer than the others.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub cores: u32,
    /// From outer to inner; the innermost are the cores.
    pub levels: &'static [Level],
}

impl Machine {
    /// All of it.
    pub fn all(&self) -> ProcSet {
        ProcSet::from_ranges([1..=self.cores])
    }

    /// How many blocks a level has, the last one perhaps smaller.
    pub fn blocks(&self, level: &Level) -> u32 {
        self.cores.div_ceil(level.cores)
    }

    /// Its level of this name.
    pub fn level(&self, name: &str) -> Option<&'static Level> {
        self.levels.iter().find(|level| level.name == name)
    }

    /// How many cores a request takes.
    pub fn cores_of(&self, ask: &Ask) -> u64 {
        let unit = self.level(ask.of).map_or(1, |level| level.cores);
        u64::from(ask.count) * u64::from(unit)
    }

    /// As a snapshot has it.
    pub fn resources(&self) -> Resources {
        let level = |level: &Level| {
            let block = |first: u32| ProcSet::from_ranges([first..=self.cores.min(first + level.cores - 1)]);
            let blocks = (1..=self.cores).step_by(level.cores as usize).map(block).collect();
            (level.name.to_owned(), blocks)
        };
        let levels: BTreeMap<String, Vec<ProcSet>> = self.levels.iter().map(level).collect();
        Resources {
            default: self.all(),
            usable: self.all(),
            suspendable: self.all(),
            hierarchy: Hierarchy::new(&levels),
            ..Resources::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use oar_scheduler_sim::mix::Mix;

    use super::*;

    fn sizes(cores: u32, mix: Mix) -> Vec<(String, Vec<u64>)> {
        let resources = Machine { cores, levels: mix.levels() }.resources();
        assert_eq!(resources.default.len(), u64::from(cores));
        let levels = resources.hierarchy.levels();
        levels.map(|(name, blocks)| (name.to_owned(), blocks.iter().map(ProcSet::len).collect())).collect()
    }

    #[test]
    fn every_level_covers_exactly_the_cores_asked_for() {
        for cores in [1, 63, 64, 65, 256, 6144, 6145, 10_000, 12_288] {
            for mix in [Mix::Normal, Mix::WholeNodes] {
                for (level, sizes) in sizes(cores, mix) {
                    assert_eq!(sizes.iter().sum::<u64>(), u64::from(cores), "{cores} {level}");
                    let (last, others) = sizes.split_last().unwrap();
                    assert!(others.iter().all(|size| size == &sizes[0]) && *last <= sizes[0], "{cores} {level}");
                }
            }
        }
    }

    #[test]
    fn blocks_have_the_sizes_of_the_workloads() {
        let first: Vec<(String, u64)> =
            sizes(10_000, Mix::Normal).into_iter().map(|(name, sizes)| (name, sizes[0])).collect();
        let expected = [("core", 1), ("cpu", 64), ("node", 256), ("switch", 6144)];
        assert_eq!(first, expected.map(|(name, size)| (name.to_owned(), size)));
        let first: Vec<u64> = sizes(10_000, Mix::WholeNodes).into_iter().map(|(_, sizes)| sizes[0]).collect();
        assert_eq!(first, [1, 64]);
    }
}
