//! The machine: the table `resources`.

use std::collections::{BTreeMap, BTreeSet};

use oar_scheduler_core::{AvailableUpto, Hierarchy, ProcSet, ResourceId, Resources, Time};

use super::rows::{Row, quoted};
use super::{Connection, Database, DbError};
use crate::conf::{Server, Settings};

/// From this value on, `available_upto` is no limit for a node that is there.
const NO_LIMIT: i64 = 2_147_483_646;

/// The machine. Resources have the numbers that they have in the table (`resource_id`); the blocks of each level are in the order in which they are to be
/// taken.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    /// What the engine gets.
    pub resources: Resources,
    /// How many resources of type `default` are not dead: what `ALL` stands for in quotas, unless the usable ones are meant.
    pub default_not_dead: u64,
    /// Those that every job gets besides: what there is of type `SCHEDULER_RESOURCES_ALWAYS_ASSIGNED_TYPE`.
    pub always_assigned: ProcSet,
    /// What is odd: levels that are no columns, states that there are not.
    pub remarks: Vec<String>,
}

/// A row of `resources`.
struct Resource {
    id: i64,
    kind: String,
    state: String,
    available_upto: i64,
    /// Its block of each level.
    blocks: Vec<Option<String>>,
}

impl Resource {
    fn read(row: &Row, levels: usize) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.number(0)?.unwrap_or_default(),
            kind: row.text(1)?.unwrap_or_default(),
            state: row.text(2)?.unwrap_or_default(),
            available_upto: row.number(3)?.unwrap_or_default(),
            blocks: (0..levels).map(|level| row.text(4 + level)).collect::<Result<_, _>>()?,
        })
    }
}

/// The engine's number of a resource: its `resource_id`, if it is one.
pub(super) fn number_of(id: i64) -> Option<ResourceId> {
    u32::try_from(id).ok().map(ResourceId)
}

impl Database {
    /// The machine as it is now, with the levels of the configuration and those that requests name, as far as there are such columns.
    ///
    /// # Errors
    /// When the database cannot be asked, or `SCHEDULER_RESOURCE_ORDER` is not an order.
    pub async fn machine(
        &mut self,
        settings: &Settings,
        named: &BTreeSet<&str>,
        now: Time,
    ) -> Result<Machine, DbError> {
        self.machine_with(settings, named, now, false).await
    }

    /// The same; with what is broken or switched off, as missing, or without.
    pub(super) async fn machine_with(
        &mut self,
        settings: &Settings,
        named: &BTreeSet<&str>,
        now: Time,
        with_missing: bool,
    ) -> Result<Machine, DbError> {
        let columns = self.columns_of_resources().await?;
        let configured = settings.hierarchy_labels.iter().map(String::as_str);
        let (mut levels, missing): (Vec<&str>, Vec<&str>) =
            configured.partition(|label| columns.iter().any(|column| column == label));
        let is_new = |name: &&str| columns.iter().any(|column| column == name) && !levels.contains(name);
        levels.extend(named.iter().copied().filter(is_new).collect::<Vec<_>>());
        // The order speaks of the columns of the table: so none of the result may have the name of one.
        let selected = [("resource_id", "bigint"), ("type", "text"), ("state", "text"), ("available_upto", "bigint")];
        let blocks = levels.iter().map(|level| (*level, "text"));
        let selected = selected.into_iter().chain(blocks).enumerate();
        let selected = selected.map(|(number, (column, kind))| {
            format!("CAST({} AS {kind}) AS \"column of the result {number}\"", quoted(column))
        });
        let selected = selected.collect::<Vec<_>>().join(", ");
        let query = format!("SELECT {selected} FROM resources ORDER BY {}", settings.resource_order);
        let purpose = "reading the resources, in SCHEDULER_RESOURCE_ORDER";
        let resources = self.rows(purpose, &query, |row| Resource::read(row, levels.len())).await?;
        let mut machine = Machine::default();
        machine.remarks.extend(
            missing
                .into_iter()
                .map(|label| format!("HIERARCHY_LABELS: there is no column {label} in the table resources")),
        );
        machine.fill(&resources, &levels, settings, now, with_missing);
        Ok(machine)
    }

    /// The names of the columns of `resources`, those of the site among them.
    pub(super) async fn columns_of_resources(&mut self) -> Result<Vec<String>, DbError> {
        self.columns_of("resources").await
    }

    /// The columns of a table; none: there is no such table.
    pub(super) async fn columns_of(&mut self, table: &'static str) -> Result<Vec<String>, DbError> {
        let query = match self.connection {
            Connection::Postgres(_) => format!(
                "SELECT CAST(column_name AS text) FROM information_schema.columns \
                 WHERE table_schema = ANY (current_schemas(false)) AND table_name = '{table}'"
            ),
            Connection::Sqlite(_) => format!("SELECT CAST(name AS text) FROM pragma_table_info('{table}')"),
        };
        self.rows("looking for the columns of a table", &query, |row| Ok(row.text(0)?.unwrap_or_default())).await
    }
}

impl Machine {
    fn fill(&mut self, resources: &[Resource], levels: &[&str], settings: &Settings, now: Time, with_missing: bool) {
        let (mut default, mut usable, mut suspendable, mut absent) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut leaving: BTreeMap<Time, Vec<ResourceId>> = BTreeMap::new();
        let mut blocks: Vec<Blocks<'_>> = levels.iter().map(|_| Blocks::default()).collect();
        let (mut missing, mut always_assigned) = (Vec::new(), Vec::new());
        for resource in resources {
            let Some(number) = number_of(resource.id) else {
                self.remarks.push(format!(
                    "resource {} is left out: expected a number from 0 to {}",
                    resource.id,
                    u32::MAX
                ));
                continue;
            };
            let is_default = resource.kind == "default";
            self.default_not_dead += u64::from(is_default && resource.state != "Dead");
            let (mut is_absent, mut is_missing) = (false, false);
            let upto = Time(resource.available_upto);
            match resource.state.as_str() {
                "Alive" => {}
                // Somebody must be able to wake it up.
                "Absent" if settings.wakes_nodes && upto > now => is_absent = true,
                "Absent" | "Suspected" if with_missing => is_missing = true,
                "Absent" | "Suspected" | "Dead" => continue,
                other => {
                    self.remarks.push(format!(
                        "resource {} is left out: expected state Alive, Absent, Suspected or Dead, found {other:?}",
                        resource.id
                    ));
                    continue;
                }
            }
            match (is_missing, is_absent) {
                (true, _) => missing.push(number),
                (_, true) => absent.push(number),
                _ => {}
            }
            if !is_missing {
                usable.push(number);
            }
            let is_there = !is_absent && !is_missing;
            if is_there && settings.always_assigned_type.as_ref() == Some(&resource.kind) {
                always_assigned.push(number);
            }
            if is_default {
                default.push(number);
            }
            if settings.suspendable_types.contains(&resource.kind) {
                suspendable.push(number);
            }
            let heeds_limit = is_absent || settings.wakes_nodes || settings.server == Server::Oar3;
            if heeds_limit && !is_missing && (is_absent || upto != Time(0)) && upto < Time(NO_LIMIT) {
                leaving.entry(upto).or_default().push(number);
            }
            for (level, block) in blocks.iter_mut().zip(&resource.blocks) {
                level.add(block.as_deref(), number);
            }
        }
        let hierarchy = levels.iter().zip(blocks).map(|(level, blocks)| ((*level).to_owned(), blocks.sets()));
        self.resources = Resources {
            default: default.into_iter().collect(),
            usable: usable.into_iter().collect(),
            suspendable: suspendable.into_iter().collect(),
            absent: absent.into_iter().collect(),
            missing: missing.into_iter().collect(),
            hierarchy: Hierarchy::new(&hierarchy.collect()),
            available_upto: leaving
                .into_iter()
                .map(|(until, resources)| AvailableUpto { until, resources: resources.into_iter().collect() })
                .collect(),
        };
        self.always_assigned = always_assigned.into_iter().collect();
    }
}

/// The blocks of a level, in the order in which they are met first. Resources without a value are a block too.
#[derive(Default)]
struct Blocks<'r> {
    places: BTreeMap<Option<&'r str>, usize>,
    blocks: Vec<Vec<ResourceId>>,
}

impl<'r> Blocks<'r> {
    fn add(&mut self, block: Option<&'r str>, resource: ResourceId) {
        let place = *self.places.entry(block).or_insert(self.blocks.len());
        match self.blocks.get_mut(place) {
            Some(block) => block.push(resource),
            None => self.blocks.push(vec![resource]),
        }
    }

    fn sets(self) -> Vec<ProcSet> {
        self.blocks.into_iter().map(|block| block.into_iter().collect()).collect()
    }
}
