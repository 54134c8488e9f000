//! Whether anybody who is still to be placed can start now.
//!
//! During a round the machine only gets fuller. A job for which too few resources stay free over its walltime, from now on, will not start now, whatever
//! is placed before it.

use crate::gantt::{Gantt, View};
use crate::job::WaitingJob;
use crate::snapshot::Resources;
use crate::units::{Seconds, Time};

/// After so many jobs it is looked again whether hopes are left.
const STEP: usize = 32;

/// What the jobs that are still to be placed need to start now.
#[derive(Debug)]
pub(super) struct Hopes {
    /// The jobs of the group that is being placed, and those of the groups to come.
    jobs: Vec<Wish>,
    /// When it was last looked, the first job that might start.
    hopeful: usize,
    /// The position from which on it is looked again.
    look_again: usize,
}

#[derive(Debug)]
struct Wish {
    besteffort: bool,
    /// Of each alternative a lower bound of the resources that it takes, and its walltime; `None`: the job may start otherwise than on free resources of the
    /// machine.
    alternatives: Option<Vec<(u64, Seconds)>>,
}

/// How many resources stay free from now to the end of each slot.
type StayFree = Vec<(Time, u64)>;

impl Hopes {
    /// Of jobs in the order in which they will be placed.
    pub fn new<'j>(jobs: impl Iterator<Item = &'j WaitingJob>, resources: &Resources) -> Self {
        Self { jobs: jobs.map(|job| Wish::of(job, resources)).collect(), hopeful: 0, look_again: 0 }
    }

    /// Whether the job of this position, or one behind it, may still start now. Positions ascend.
    pub fn are_left(&mut self, position: usize, gantt: &Gantt) -> bool {
        if position <= self.hopeful && position < self.look_again {
            return true;
        }
        let stay_free = [false, true].map(|besteffort| {
            let timeline = gantt.timeline(View { besteffort, container: None });
            timeline.map(|timeline| timeline.staying_free()).unwrap_or_default()
        });
        let [normal, besteffort] = &stay_free;
        let behind = self.jobs.get(position..).unwrap_or_default();
        let may_start = |wish: &Wish| wish.may_start(if wish.besteffort { besteffort } else { normal }, gantt.now());
        match behind.iter().position(may_start) {
            Some(at) => {
                (self.hopeful, self.look_again) = (position + at, position + STEP);
                true
            }
            None => false,
        }
    }
}

impl Wish {
    fn of(job: &WaitingJob, resources: &Resources) -> Self {
        let is_plain = job.job.types.keys().all(|job_type| job_type == "besteffort");
        let alternatives = is_plain.then(|| {
            let resolved = job
                .moldables
                .iter()
                .filter_map(|moldable| Some((resources.hierarchy.fewest(moldable)?, moldable.walltime)));
            resolved.collect()
        });
        Self { besteffort: job.job.is_besteffort(), alternatives }
    }

    fn may_start(&self, stay_free: &StayFree, now: Time) -> bool {
        let Some(alternatives) = &self.alternatives else { return true };
        alternatives.iter().any(|&(fewest, walltime)| {
            let slot = stay_free.partition_point(|(slot_end, _)| *slot_end < now.end_of(walltime));
            stay_free.get(slot).is_some_and(|(_, free)| fewest <= *free)
        })
    }
}
