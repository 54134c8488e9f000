//! Which jobs of a group are placed, and in which order.

use std::collections::BTreeMap;

use super::Round;
use crate::hooks::{Hooks, SortRequest};
use crate::job::WaitingJob;
use crate::ordering::{OrderingContext, Policy};
use crate::reasons::Cause;
use crate::snapshot::QueueGroup;
use crate::text::shortened;
use crate::units::JobId;

impl<H: Hooks> Round<H> {
    /// The waiting jobs of a group in order, without its reservations, and those that are left out.
    pub(super) fn waiting_in_order<'j>(
        &mut self,
        group: &'j QueueGroup,
    ) -> (Vec<&'j WaitingJob>, Vec<(&'j WaitingJob, Cause)>) {
        let waiting = group.waiting_jobs.iter().filter(|job| job.reservation_start.is_none());
        let waiting = self.unseen(waiting);
        self.in_order(waiting, group)
    }

    /// Leaves out jobs whose number was already seen in this round.
    pub(super) fn unseen<'j>(&mut self, jobs: impl Iterator<Item = &'j WaitingJob>) -> Vec<&'j WaitingJob> {
        let mut jobs: Vec<&WaitingJob> = jobs.collect();
        let mut seen = self.seen.clone();
        seen.extend(jobs.iter().map(|job| job.job.id));
        // Mostly no number is there twice, and sorting is quicker than looking each one up.
        seen.sort();
        let is_twice = seen.iter().zip(seen.iter().skip(1)).any(|(one, next)| one == next);
        // They may be scheduled, or held by a plugin or by the caller.
        let is_held = self.gantt.holders().any(|held| seen.binary_search(&held).is_ok());
        if is_twice || is_held {
            jobs.retain(|job| {
                let id = job.job.id;
                let place = self.seen.binary_search(&id);
                let is_new = place.is_err() && self.gantt.end_of(id).is_none();
                if let Err(place) = place {
                    self.seen.insert(place, id);
                }
                if !is_new {
                    self.warnings.push(format!("job {id} is left out: there is another one of that number"));
                }
                is_new
            });
        } else {
            self.seen = seen;
        }
        jobs
    }

    /// Sorts the jobs of a group, and parts with those that the limit or the sorting plugin leaves out.
    fn in_order<'j>(
        &mut self,
        mut jobs: Vec<&'j WaitingJob>,
        group: &QueueGroup,
    ) -> (Vec<&'j WaitingJob>, Vec<(&'j WaitingJob, Cause)>) {
        let policy = self.site.ordering.policy().unwrap_or_else(|warning| {
            self.warn_once(warning);
            Policy::Fifo
        });
        let ordering = self.site.ordering.clone();
        let context = OrderingContext {
            ordering: &ordering,
            accounting: &group.accounting,
            now: self.site.now,
            cluster_size: self.site.machines.whole().default.len(),
        };
        let mut dropped = Vec::new();
        match policy {
            Policy::Given => {}
            Policy::Fifo => jobs.sort_by_key(|job| job.job.id),
            Policy::Fairshare => self.priorities.extend(context.sort_by_karma(&mut jobs)),
            Policy::Multifactor => self.priorities.extend(context.sort_by_priority(&mut jobs)),
            Policy::Custom => (jobs, dropped) = self.sorted_by_plugin(jobs, &group.queues),
        }
        if let Some(limit) = ordering.limit()
            && jobs.len() > limit
        {
            let beyond = jobs.split_off(limit).into_iter().zip(limit..);
            dropped.extend(beyond.map(|(job, before)| (job, Cause::RoundLimit { limit, rank: before + 1 })));
        }
        (jobs, dropped)
    }

    fn sorted_by_plugin<'j>(
        &mut self,
        mut jobs: Vec<&'j WaitingJob>,
        queues: &[String],
    ) -> (Vec<&'j WaitingJob>, Vec<(&'j WaitingJob, Cause)>) {
        jobs.sort_by_key(|job| job.job.id);
        let custom = &self.site.ordering.custom;
        let request = SortRequest {
            name: &custom.name,
            config: &custom.config,
            queues,
            now: self.site.now,
            jobs: &jobs,
            default_resources: &self.site.machines.whole().default,
        };
        match self.hooks.sort(&request) {
            Ok(order) => {
                let mut by_id: BTreeMap<JobId, &WaitingJob> = jobs.into_iter().map(|job| (job.job.id, job)).collect();
                let chosen: Vec<&WaitingJob> = order.iter().filter_map(|id| by_id.remove(id)).collect();
                let cause = Cause::NotSelected { plugin: custom.name.clone() };
                (chosen, by_id.into_values().map(|job| (job, cause.clone())).collect())
            }
            Err(error) => {
                self.warn_once(format!("CUSTOM_JOB_SORTING {:?}: {error}; FIFO is used", shortened(&custom.name, 60)));
                (jobs, Vec::new())
            }
        }
    }
}
