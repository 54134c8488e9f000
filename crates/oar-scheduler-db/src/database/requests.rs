//! What waiting jobs ask for: the tables `moldable_job_descriptions`, `job_resource_groups` and `job_resource_descriptions`.

use std::collections::BTreeMap;

use oar_scheduler_core::{Count, JobId, MoldableId, Seconds};
use sea_query::{Expr, ExprTrait, Order, Query};

use super::jobs::waiting_in;
use super::rows::{Row, number, text};
use super::{Database, DbError, Scope};

/// An alternative as the tables have it.
#[derive(Debug)]
pub(super) struct Alternative {
    pub id: MoldableId,
    /// Without the security time.
    pub walltime: Seconds,
    pub groups: Vec<GroupRow>,
}

/// A group of an alternative.
#[derive(Debug)]
pub(super) struct GroupRow {
    id: i64,
    pub property: String,
    pub levels: Vec<(String, Count)>,
}

/// A row of the three tables together. Of an alternative without groups, or a group without levels, the rest is missing.
struct RequestRow {
    job: JobId,
    moldable: MoldableId,
    walltime: Seconds,
    group: Option<i64>,
    property: Option<String>,
    level: Option<String>,
    count: Option<i64>,
}

impl Database {
    /// The alternatives of the jobs that a round is about, by number.
    pub(super) async fn requests(&mut self, scope: &Scope) -> Result<BTreeMap<JobId, Vec<Alternative>>, DbError> {
        let query = Query::select()
            .exprs([
                number("moldable_job_descriptions", "moldable_job_id"),
                number("moldable_job_descriptions", "moldable_id"),
                number("moldable_job_descriptions", "moldable_walltime"),
                number("job_resource_groups", "res_group_id"),
                text("job_resource_groups", "res_group_property"),
                text("job_resource_descriptions", "res_job_resource_type"),
                number("job_resource_descriptions", "res_job_value"),
            ])
            .from("moldable_job_descriptions")
            .left_join(
                "job_resource_groups",
                Expr::col(("job_resource_groups", "res_group_moldable_id"))
                    .equals(("moldable_job_descriptions", "moldable_id")),
            )
            .left_join(
                "job_resource_descriptions",
                Expr::col(("job_resource_descriptions", "res_job_group_id"))
                    .equals(("job_resource_groups", "res_group_id")),
            )
            .and_where(Expr::col(("moldable_job_descriptions", "moldable_job_id")).in_subquery(waiting_in(scope)))
            .order_by(("moldable_job_descriptions", "moldable_job_id"), Order::Asc)
            .order_by(("moldable_job_descriptions", "moldable_id"), Order::Asc)
            .order_by(("job_resource_groups", "res_group_id"), Order::Asc)
            .order_by(("job_resource_descriptions", "res_job_order"), Order::Asc)
            .to_owned();
        let rows = self.select("reading what jobs ask for", &query, RequestRow::read).await?;
        let mut jobs: BTreeMap<JobId, Vec<Alternative>> = BTreeMap::new();
        for row in rows {
            row.add_to(jobs.entry(row.job).or_default());
        }
        Ok(jobs)
    }
}

impl RequestRow {
    fn read(row: &Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            job: JobId(row.number(0)?.unwrap_or_default()),
            moldable: MoldableId(row.number(1)?.unwrap_or_default()),
            walltime: Seconds(row.number(2)?.unwrap_or_default()),
            group: row.number(3)?,
            property: row.text(4)?,
            level: row.text(5)?,
            count: row.number(6)?,
        })
    }

    /// The rows of an alternative follow each other, those of a group too.
    fn add_to(&self, alternatives: &mut Vec<Alternative>) {
        if alternatives.last().is_none_or(|last| last.id != self.moldable) {
            alternatives.push(Alternative { id: self.moldable, walltime: self.walltime, groups: Vec::new() });
        }
        let Some((alternative, id)) = alternatives.last_mut().zip(self.group) else { return };
        if alternative.groups.last().is_none_or(|last| last.id != id) {
            let property = self.property.clone().unwrap_or_default();
            alternative.groups.push(GroupRow { id, property, levels: Vec::new() });
        }
        if let (Some(group), Some(level), Some(count)) = (alternative.groups.last_mut(), &self.level, self.count) {
            group.levels.push((level.clone(), Count(count)));
        }
    }
}
