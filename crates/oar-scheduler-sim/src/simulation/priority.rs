//! `scheduler_priority`: keeps normal jobs away from where besteffort jobs run, as long as there is room elsewhere.
//!
//! With the packaged `SCHEDULER_PRIORITY_HIERARCHY_ORDER` (`network_address/resource_id`) OAR adds 2 × i, when a besteffort job starts, to the priority of each
//! resource that shares a value of the i-th property with the job's resources, and takes it away when the job ends. `SCHEDULER_RESOURCE_ORDER` begins with
//! the priority, so that resources of low priority are taken first.

use std::collections::BTreeMap;

use oar_scheduler_core::{Hierarchy, ProcSet};

/// The priorities of all resources, and the hierarchy in their order.
pub(super) struct Priorities {
    /// Blocks of each level as they were described.
    described: Hierarchy,
    /// The levels whose blocks count, from outer to inner: those of the most blocks.
    levels: Vec<String>,
    /// Of the resources whose priority was ever changed.
    priorities: BTreeMap<u32, i64>,
    changed: bool,
}

/// How many levels count: `network_address/resource_id` are two.
const LEVELS: usize = 2;

impl Priorities {
    /// All are 0.
    pub fn new(hierarchy: &Hierarchy) -> Self {
        let mut levels: Vec<(usize, String)> =
            hierarchy.levels().map(|(name, blocks)| (blocks.len(), name.to_owned())).collect();
        levels.sort_unstable();
        let levels = levels.split_off(levels.len().saturating_sub(LEVELS));
        Self {
            described: hierarchy.clone(),
            levels: levels.into_iter().map(|(_, name)| name).collect(),
            priorities: BTreeMap::new(),
            changed: false,
        }
    }

    /// A besteffort job starts on these resources.
    pub fn started(&mut self, resources: &ProcSet) {
        self.add(resources, 2);
    }

    /// A besteffort job leaves these resources.
    pub fn stopped(&mut self, resources: &ProcSet) {
        self.add(resources, -2);
    }

    fn add(&mut self, resources: &ProcSet, amount: i64) {
        self.changed = true;
        for (rank, level) in (1..).zip(&self.levels) {
            let blocks = self.described.blocks(level).unwrap_or_default();
            for resource in blocks.iter().filter(|block| block.intersects(resources)).flat_map(ProcSet::iter) {
                *self.priorities.entry(resource.0).or_default() += amount * rank;
            }
        }
    }

    /// The hierarchy in the new order, if it may have changed since it was asked for.
    pub fn reordered(&mut self) -> Option<Hierarchy> {
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        self.priorities.retain(|_, priority| *priority != 0);
        let priority = |resource: u32| self.priorities.get(&resource).copied().unwrap_or(0);
        // OAR lists the blocks in the order of their first resources.
        let first = |block: &ProcSet| block.iter().map(|resource| (priority(resource.0), resource.0)).min();
        let levels = self.described.levels().map(|(name, blocks)| {
            let mut blocks = blocks.to_vec();
            blocks.sort_by_cached_key(first);
            (name.to_owned(), blocks)
        });
        Some(Hierarchy::new(&levels.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Platform;

    #[test]
    fn blocks_without_besteffort_jobs_come_first() {
        let platform: Platform = serde_saphyr::from_str("{switch: 1, node: 3, core: 2}").unwrap();
        let mut priorities = Priorities::new(&platform.resources.hierarchy);
        assert!(priorities.reordered().is_none());
        priorities.started(&"1 5-6".parse().unwrap());
        let mut blocks = |level: &str| {
            priorities.changed = true;
            let hierarchy = priorities.reordered().unwrap();
            let blocks = hierarchy.blocks(level).unwrap().iter();
            blocks.map(ToString::to_string).collect::<Vec<_>>().join(",")
        };
        // Node 1 and its cores have 2, core 1 has 4 more; node 3 and its cores have 6.
        assert_eq!(blocks("core"), "3,4,2,1,5,6");
        assert_eq!(blocks("node"), "3-4,1-2,5-6");
        assert_eq!(blocks("switch"), "1-6");
        priorities.stopped(&"1 5-6".parse().unwrap());
        assert_eq!(priorities.reordered().unwrap(), platform.resources.hierarchy);
    }
}
