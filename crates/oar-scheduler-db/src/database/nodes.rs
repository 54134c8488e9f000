//! Nodes that nobody needs for a while, and nodes that somebody needs soon.

use oar_scheduler_core::Time;

use super::rows::Row;
use super::{Database, DbError};
use crate::conf::{Energy, Halt};

/// A node that may be switched off is one whose `available_upto` is less.
const NEVER_HALTED: i64 = 2_147_483_647;

/// What is to be done with nodes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nodes {
    /// Those that nobody needs: there, as a whole; with nobody in the gantt now or soon; not used, nor woken up, lately.
    pub idle: Vec<String>,
    /// Those that are switched off and on which a waiting job is to start soon, if they can be used until its end. Jobs of the types `deploy`,
    /// `cosystem` and `noop=standby` wake them up by themselves.
    pub needed: Vec<String>,
}

impl Database {
    /// The nodes that are to be switched off or on, by name.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn nodes_to_switch(&mut self, now: Time, energy: &Energy) -> Result<Nodes, DbError> {
        let idle = energy.halt.map(|halt| idle(now, halt));
        let needed = energy.wake_ahead.map(|ahead| needed(now + ahead));
        let parts: Vec<String> = idle.into_iter().chain(needed).collect();
        if parts.is_empty() {
            return Ok(Nodes::default());
        }
        let query = format!("{} ORDER BY 1, 2", parts.join(" UNION ALL "));
        let read = |row: &Row| Ok((row.number(0)? == Some(IDLE), row.text(1)?.unwrap_or_default()));
        let rows = self.rows("looking for nodes that nobody needs, or somebody soon", &query, read).await?;
        let (idle, needed): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(is_idle, _)| *is_idle);
        let names = |rows: Vec<(bool, String)>| rows.into_iter().map(|(_, name)| name).collect();
        Ok(Nodes { idle: names(idle), needed: names(needed) })
    }
}

/// What marks the idle ones among the rows.
const IDLE: i64 = 0;

fn idle(now: Time, halt: Halt) -> String {
    let (since, until) = (now - halt.idle, now + halt.sleep);
    format!(
        "SELECT CAST({IDLE} AS bigint), CAST(network_address AS text) FROM resources \
         WHERE type = 'default' AND network_address <> '' GROUP BY network_address \
         HAVING MIN(CASE WHEN state = 'Alive' AND available_upto > 0 AND available_upto < {NEVER_HALTED} \
         THEN 1 ELSE 0 END) = 1 AND MAX(last_job_date) < {since} \
         AND network_address NOT IN (SELECT needed.network_address FROM gantt_jobs_predictions \
         JOIN gantt_jobs_resources ON gantt_jobs_resources.moldable_job_id = gantt_jobs_predictions.moldable_job_id \
         JOIN resources AS needed ON needed.resource_id = gantt_jobs_resources.resource_id \
         WHERE gantt_jobs_predictions.start_time <= {until}) \
         AND network_address NOT IN (SELECT hostname FROM event_logs \
         JOIN event_log_hostnames ON event_log_hostnames.event_id = event_logs.event_id \
         WHERE event_logs.type = 'WAKEUP_NODE' AND date >= {since})"
    )
}

fn needed(by: Time) -> String {
    format!(
        "SELECT DISTINCT CAST({} AS bigint), CAST(resources.network_address AS text) FROM gantt_jobs_predictions \
         JOIN moldable_job_descriptions ON moldable_id = gantt_jobs_predictions.moldable_job_id \
         JOIN jobs ON jobs.job_id = moldable_job_descriptions.moldable_job_id \
         JOIN gantt_jobs_resources ON gantt_jobs_resources.moldable_job_id = gantt_jobs_predictions.moldable_job_id \
         JOIN resources ON resources.resource_id = gantt_jobs_resources.resource_id \
         WHERE jobs.state = 'Waiting' AND moldable_index = 'CURRENT' AND gantt_jobs_predictions.start_time <= {by} \
         AND resources.state = 'Absent' AND resources.type = 'default' AND resources.network_address <> '' \
         AND CAST(gantt_jobs_predictions.start_time AS bigint) + moldable_walltime <= available_upto \
         AND NOT EXISTS (SELECT 1 FROM job_types WHERE job_types.job_id = jobs.job_id \
         AND job_types.type IN ('deploy=standby', 'cosystem=standby', 'noop=standby'))",
        IDLE + 1
    )
}
