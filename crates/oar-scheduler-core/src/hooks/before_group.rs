//! What a plugin gets before each queue group, and what it may do.

use serde::{Deserialize, Serialize};

use crate::gantt::Gantt;
use crate::hierarchy::Hierarchy;
use crate::job::ScheduledJob;
use crate::procset::ProcSet;

/// What is told before each queue group.
#[derive(Debug, Clone, Copy)]
pub struct BeforeGroup<'a> {
    /// The plugin's name (`EXTRA_METASCHED`).
    pub name: &'a str,
    /// Its configuration (`EXTRA_METASCHED_CONFIG`).
    pub config: &'a str,
    /// The queues of the group before; `None` before the first.
    pub previous: Option<&'a [String]>,
    /// The queues of the group to come; `None` after the last.
    pub next: Option<&'a [String]>,
    /// Who holds what.
    pub gantt: &'a Gantt,
    /// The usable resources, without those that are missing.
    pub usable: &'a ProcSet,
    /// How they are grouped.
    pub hierarchy: &'a Hierarchy,
}

/// What a plugin does before a queue group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preparation {
    /// Holds that the groups to come find: resources that nobody gets meanwhile. They are not written anywhere.
    pub holds: Vec<ScheduledJob>,
    /// Properties that are to change. The round goes on as before; what is read after it sees them.
    pub properties: Vec<PropertyChange>,
}

/// A property of resources that is to have another value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyChange {
    /// Which resources.
    pub resources: ProcSet,
    /// The name of the property: a column of the table `resources`.
    pub property: String,
    /// Its new value, as text.
    pub value: String,
}
