//! What a step of the meta-scheduler changes, written in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use oar_scheduler_core::{JobId, JobState, MoldableId, ResourceId, Seconds, Time};

use super::bulk::Rows;
use super::events::Event;
use super::host_events::HostEvent;
use super::priorities::Change;
use super::states::keys;
use super::{Database, DbError, Decisions, Transaction};
use crate::conf::Settings;

/// What a step of the meta-scheduler changes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// Places and messages of jobs that wait.
    pub decisions: Decisions,
    /// Other starts of places that are in the gantt.
    pub starts: Vec<(MoldableId, Time)>,
    /// Resources that places in the gantt lose.
    pub lost: Vec<(MoldableId, ResourceId)>,
    /// Other walltimes of jobs that wait, without the security time.
    pub walltimes: Vec<(MoldableId, Seconds)>,
    /// New reservations about which a decision was made.
    pub decided_reservations: Vec<JobId>,
    /// Jobs to be launched.
    pub launches: Vec<Launch>,
    /// Other changes of states.
    pub states: Vec<StateChange>,
    /// Jobs to be killed.
    pub kills: Vec<JobId>,
    /// What is to be noted besides.
    pub events: Vec<Event>,
    /// The same where it has to do with nodes.
    pub host_events: Vec<HostEvent>,
}

/// A job that goes from a state to another, if it is in that state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateChange {
    /// The job.
    pub job: JobId,
    /// The state in which it must be.
    pub from: JobState,
    /// The state that it gets.
    pub to: JobState,
}

/// A waiting job that is to be launched, on the resources that it has in the gantt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Launch {
    /// The job.
    pub job: JobId,
    /// The alternative.
    pub moldable: MoldableId,
    /// When it begins.
    pub start: Time,
}

/// What has changed, for those who must be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// The jobs that were launched.
    pub launched: Vec<JobId>,
    /// The jobs that have another state, besides.
    pub states: Vec<(JobId, JobState)>,
    /// The jobs that are now to be killed, and were not before.
    pub killed: Vec<JobId>,
}

impl Database {
    /// Writes what a step changes: all or nothing. Jobs that are no longer in the state that the step has seen are left alone.
    ///
    /// # Errors
    /// When the database refuses it; then nothing is written.
    pub async fn apply(&mut self, changes: &Changes, settings: &Settings) -> Result<Changed, DbError> {
        if *changes == Changes::default() {
            return Ok(Changed::default());
        }
        self.transaction(Transaction::Begin).await?;
        let applied = self.apply_all(changes, settings).await;
        self.end(applied).await
    }

    async fn apply_all(&mut self, changes: &Changes, settings: &Settings) -> Result<Changed, DbError> {
        self.write_all(&changes.decisions).await?;
        self.move_places(&changes.starts, &changes.lost).await?;
        self.change_walltimes(&changes.walltimes).await?;
        self.note_decided(&changes.decided_reservations).await?;
        let launched = self.launch(&changes.launches, settings).await?;
        let mut changed = Changed { launched, ..Changed::default() };
        let mut kinds: BTreeMap<(JobState, JobState), Vec<JobId>> = BTreeMap::new();
        for StateChange { job, from, to } in &changes.states {
            kinds.entry((*from, *to)).or_default().push(*job);
        }
        for ((from, to), jobs) in kinds {
            let moved = self.change_states(&jobs, from, to, settings).await?;
            changed.states.extend(moved.into_iter().map(|job| (job, to)));
        }
        changed.killed = self.kill_jobs(&changes.kills, settings.kills_inner_jobs).await?;
        self.write_events(&changes.events).await?;
        self.write_host_events(&changes.host_events).await?;
        Ok(changed)
    }

    async fn move_places(
        &mut self,
        starts: &[(MoldableId, Time)],
        lost: &[(MoldableId, ResourceId)],
    ) -> Result<(), DbError> {
        let rows = starts.iter().map(|(moldable, start)| (moldable.0, start.0)).collect();
        let statement = "UPDATE gantt_jobs_predictions SET start_time = new.b FROM (ROWS) AS new \
                         WHERE gantt_jobs_predictions.moldable_job_id = new.a";
        self.write("moving places in the gantt", statement, Rows::Numbers(rows)).await?;
        let rows = lost.iter().map(|(moldable, resource)| (moldable.0, i64::from(resource.0))).collect();
        let statement = "DELETE FROM gantt_jobs_resources WHERE EXISTS (SELECT 1 FROM (ROWS) AS lost \
                         WHERE lost.a = gantt_jobs_resources.moldable_job_id AND lost.b = gantt_jobs_resources.resource_id)";
        self.write("taking resources away from places in the gantt", statement, Rows::Numbers(rows)).await
    }

    async fn change_walltimes(&mut self, walltimes: &[(MoldableId, Seconds)]) -> Result<(), DbError> {
        let rows = walltimes.iter().map(|(moldable, walltime)| (moldable.0, walltime.0)).collect();
        let statement = "UPDATE moldable_job_descriptions SET moldable_walltime = new.b FROM (ROWS) AS new \
                         WHERE moldable_id = new.a \
                         AND moldable_job_id IN (SELECT job_id FROM jobs WHERE state = 'Waiting')";
        self.write("changing the walltimes of jobs", statement, Rows::Numbers(rows)).await
    }

    async fn note_decided(&mut self, reservations: &[JobId]) -> Result<(), DbError> {
        let statement = "UPDATE jobs SET reservation = 'Scheduled' \
                         WHERE reservation = 'toSchedule' AND job_id IN (SELECT a FROM (ROWS) AS decided)";
        self.write("noting which reservations are decided", statement, keys(reservations)).await
    }

    /// Gives waiting jobs the resources that they have in the gantt, and returns those that still waited.
    async fn launch(&mut self, launches: &[Launch], settings: &Settings) -> Result<Vec<JobId>, DbError> {
        let purpose = "launching jobs";
        let jobs: Vec<JobId> = launches.iter().map(|launch| launch.job).collect();
        let launched = self.move_jobs(&jobs, JobState::Waiting, JobState::ToLaunch).await?;
        let still_there: BTreeSet<JobId> = launched.iter().copied().collect();
        let places = launches.iter().filter(|launch| still_there.contains(&launch.job));
        let places: Vec<(i64, i64)> = places.map(|launch| (launch.moldable.0, launch.start.0)).collect();
        let moldables = Rows::Keys(places.iter().map(|(moldable, _)| *moldable).collect());
        let starts = "UPDATE jobs SET assigned_moldable_job = new.a, start_time = new.b \
                      FROM (ROWS) AS new JOIN moldable_job_descriptions ON moldable_id = new.a \
                      WHERE job_id = moldable_job_id";
        self.write(purpose, starts, Rows::Numbers(places)).await?;
        let assigned = "INSERT INTO assigned_resources (moldable_job_id, resource_id, assigned_resource_index) \
                        SELECT moldable_job_id, resource_id, 'CURRENT' FROM gantt_jobs_resources \
                        WHERE moldable_job_id IN (SELECT a FROM (ROWS) AS new) ON CONFLICT DO NOTHING";
        self.write(purpose, assigned, moldables).await?;
        self.change_priorities(&launched, Change::Start, settings).await?;
        Ok(launched)
    }
}
