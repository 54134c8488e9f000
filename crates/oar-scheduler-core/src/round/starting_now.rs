//! How few resources may be free before nobody else can start now.

use crate::gantt::{Gantt, View};
use crate::hierarchy;
use crate::job::WaitingJob;
use crate::sharing::Access;
use crate::snapshot::{QueueGroup, Resources};

/// For jobs that are still to be placed: the fewest free resources with which one of them could start.
#[derive(Debug)]
pub(super) struct Hopes {
    /// For each job of the group that is being placed, of it and those behind it; the last for the groups to come.
    fewest_from: Vec<u64>,
}

impl Hopes {
    /// Of jobs in the order in which they will be placed, and of the groups behind them.
    pub fn new(jobs: &[&WaitingJob], groups_to_come: &[QueueGroup], resources: &Resources) -> Self {
        let to_come = groups_to_come.iter().flat_map(|group| &group.waiting_jobs);
        let mut fewest = to_come.map(|job| fewest(job, resources)).min().unwrap_or(u64::MAX);
        let mut fewest_from = vec![fewest];
        for job in jobs.iter().rev() {
            fewest = fewest.min(self::fewest(job, resources));
            fewest_from.push(fewest);
        }
        fewest_from.reverse();
        Self { fewest_from }
    }

    /// Whether the job of this position, or one behind it, may still start now.
    pub fn are_left(&self, position: usize, gantt: &Gantt) -> bool {
        let now = gantt.now();
        // Mostly besteffort jobs see no more than the others do; but where a container is besteffort, they may.
        let free = [false, true].into_iter().filter_map(|besteffort| {
            gantt.available(View { besteffort, container: None }, &Access::Free, now, now).map(|free| free.len())
        });
        let free = free.max().unwrap_or(0);
        self.fewest_from.get(position).is_some_and(|&fewest| fewest <= free)
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
