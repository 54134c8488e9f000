//! How few resources may be free before nobody else can start now.

use crate::gantt::{Gantt, View};
use crate::hierarchy;
use crate::job::WaitingJob;
use crate::sharing::Access;
use crate::snapshot::{QueueGroup, Resources};

/// For jobs that are still to be placed: the fewest free resources with which one of them could start, of normal jobs and of besteffort jobs, which do not see
/// the same.
#[derive(Debug)]
pub(super) struct Hopes {
    /// For each job of the group that is being placed, of it and those behind it; the last for the groups to come.
    fewest_from: Vec<[u64; 2]>,
}

impl Hopes {
    /// Of jobs in the order in which they will be placed, and of the groups behind them.
    pub fn new(jobs: &[&WaitingJob], groups_to_come: &[QueueGroup], resources: &Resources) -> Self {
        let mut fewest = [u64::MAX; 2];
        let mut add = |job: &WaitingJob| {
            let [normal, besteffort] = &mut fewest;
            let known = if job.job.is_besteffort() { besteffort } else { normal };
            *known = self::fewest(job, resources).min(*known);
            fewest
        };
        let mut to_come = [u64::MAX; 2];
        for job in groups_to_come.iter().flat_map(|group| &group.waiting_jobs) {
            to_come = add(job);
        }
        let mut fewest_from = vec![to_come];
        fewest_from.extend(jobs.iter().rev().map(|job| add(job)));
        fewest_from.reverse();
        Self { fewest_from }
    }

    /// Whether the job of this position, or one behind it, may still start now.
    pub fn are_left(&self, position: usize, gantt: &Gantt) -> bool {
        let now = gantt.now();
        let free = |besteffort: bool| {
            gantt.available(View { besteffort, container: None }, &Access::Free, now, now).map_or(0, |free| free.len())
        };
        let kinds = self.fewest_from.get(position).into_iter().flatten().zip([false, true]);
        kinds.into_iter().any(|(&fewest, besteffort)| fewest <= free(besteffort))
    }
}

/// A lower bound of the free resources that a job needs to start; 0 for a job that may start otherwise than on free resources of the machine.
fn fewest(job: &WaitingJob, resources: &Resources) -> u64 {
    let is_plain = job.reservation_start.is_none() && job.job.types.keys().all(|job_type| job_type == "besteffort");
    if !is_plain {
        return 0;
    }
    let resolved =
        job.moldables.iter().filter_map(|moldable| resources.hierarchy.resolve(moldable, &resources.default).ok());
    let fewest = resolved.map(|groups| hierarchy::fewest(&groups));
    fewest.min().unwrap_or(u64::MAX)
}
