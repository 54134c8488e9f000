//! Events that have to do with nodes: `event_log_hostnames`. The server suspects the nodes that some kinds of them name.

use std::collections::BTreeMap;

use super::bulk::Rows;
use super::decisions::storable;
use super::events::Event;
use super::{Database, DbError};

/// Something that happened to a job on some of its nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostEvent {
    /// What happened.
    pub event: Event,
    /// The nodes.
    pub hosts: Vec<String>,
}

/// The longest name that the column can have.
const HOST_MAX: usize = 255;

impl Database {
    /// Notes events with their nodes: two statements for each kind. Of each kind a job has at most one. Part of a transaction.
    pub(super) async fn write_host_events(&mut self, events: &[HostEvent]) -> Result<(), DbError> {
        let purpose = "noting events with their nodes";
        let mut kinds: BTreeMap<&str, BTreeMap<i64, &HostEvent>> = BTreeMap::new();
        for event in events {
            kinds.entry(event.event.kind).or_default().insert(event.event.job.0, event);
        }
        let now = self.clock();
        for (kind, events) in kinds {
            let rows = events.iter().map(|(job, event)| (*job, storable(&event.event.description))).collect();
            let statement = format!(
                "INSERT INTO event_logs (type, job_id, date, description) \
                 SELECT '{kind}', a, {now}, b FROM (ROWS) AS new WHERE true \
                 RETURNING CAST(event_id AS bigint), CAST(job_id AS bigint)"
            );
            let numbers = self
                .change_with(purpose, &statement, Rows::Texts(rows), |row| Ok((row.number(0)?, row.number(1)?)))
                .await?;
            let hosts = numbers.into_iter().filter_map(|(number, job)| Some((number?, events.get(&job?)?)));
            let hosts = hosts.flat_map(|(number, event)| event.hosts.iter().map(move |host| (number, host.clone())));
            let hosts = hosts.filter(|(_, host)| host.len() <= HOST_MAX).collect();
            let statement = "INSERT INTO event_log_hostnames (event_id, hostname) \
                             SELECT a, b FROM (ROWS) AS new WHERE true ON CONFLICT DO NOTHING";
            self.write(purpose, statement, Rows::Texts(hosts)).await?;
        }
        Ok(())
    }
}
