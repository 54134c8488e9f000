//! Properties of resources that get other values.

use oar_scheduler_core::ProcSet;

use super::bulk::Rows;
use super::rows::quoted;
use super::{Connection, Database, DbError};

/// Columns of `resources` that the server itself keeps up to date.
const OF_THE_SERVER: [&str; 9] = [
    "resource_id",
    "state",
    "next_state",
    "state_num",
    "finaud_decision",
    "next_finaud_decision",
    "suspended_jobs",
    "last_job_date",
    "scheduler_priority",
];

impl Database {
    /// Gives a property of resources another value, and returns how many of them had not got it. It is a text that the column's type can have.
    ///
    /// # Errors
    /// When there is no such property, it is one that the server keeps up to date, or the database refuses the value; then nothing is changed.
    pub async fn change_property(
        &mut self,
        resources: &ProcSet,
        property: &str,
        value: &str,
    ) -> Result<usize, DbError> {
        let known = self.columns_of_resources().await?;
        if OF_THE_SERVER.contains(&property) || !known.iter().any(|column| column == property) {
            return Err(DbError::Property { found: property.to_owned() });
        }
        let column = quoted(property);
        let new = match &self.connection {
            // As the type of the column, whatever it is.
            Connection::Postgres(_) => format!(
                "(jsonb_populate_record(NULL::resources, jsonb_build_object('{}', new.b))).{column}",
                property.replace('\'', "''")
            ),
            Connection::Sqlite(_) => "new.b".to_owned(),
        };
        let statement = format!(
            "UPDATE resources SET {column} = {new} FROM (ROWS) AS new \
             WHERE resources.resource_id = new.a AND resources.{column} IS DISTINCT FROM {new} \
             RETURNING CAST(resource_id AS bigint)"
        );
        let rows = resources.iter().map(|resource| (i64::from(resource.0), value.to_owned())).collect();
        let changed = self.change("changing a property of resources", &statement, Rows::Texts(rows)).await?;
        Ok(changed.len())
    }
}
