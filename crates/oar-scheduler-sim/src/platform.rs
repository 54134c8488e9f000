//! The machine that a workload runs on.

use oar_scheduler_core::Resources;

/// A machine: resources in a hierarchy. A processor of the log is one resource.
#[derive(Debug, Clone)]
pub(crate) struct Platform {
    /// As in a snapshot: all of them usable, of type `default`.
    pub resources: Resources,
}

impl Platform {
    /// How many resources there are.
    pub fn size(&self) -> u64 {
        self.resources.default.len()
    }
}
