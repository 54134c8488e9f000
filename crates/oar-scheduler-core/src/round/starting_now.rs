//! Whether anybody who is still to be placed can start now.
//!
//! During a round the machine only gets fuller. A job for which too few resources stay free over its walltime, from now on, will not start now, whatever
//! is placed before it; nor will one that the quotas do not allow now.

use super::Site;
use crate::gantt::{Gantt, View};
use crate::hierarchy::Size;
use crate::job::{Job, WaitingJob};
use crate::search::Search;
use crate::units::{Seconds, Time};

/// After so many jobs it is looked again whether hopes are left.
const STEP: usize = 32;

/// What the jobs that are still to be placed need to start now.
#[derive(Debug)]
pub(super) struct Hopes<'j> {
    /// The jobs of the group that is being placed, and those of the groups to come.
    jobs: Vec<Wish<'j>>,
    /// When it was last looked, the first job that might start.
    hopeful: usize,
    /// The position from which on it is looked again.
    look_again: usize,
}

#[derive(Debug)]
struct Wish<'j> {
    job: &'j Job,
    /// Of each alternative its size and walltime; `None`: the job may start otherwise than on free resources of the machine.
    alternatives: Option<Vec<(Size, Seconds)>>,
    /// It was found that it cannot start now.
    is_hopeless: bool,
}

/// How many resources stay free from now to the end of each slot.
type StayFree = Vec<(Time, u64)>;

impl<'j> Hopes<'j> {
    /// Of jobs in the order in which they will be placed.
    pub fn new(jobs: impl Iterator<Item = &'j WaitingJob>, site: &Site) -> Self {
        Self { jobs: jobs.map(|job| Wish::of(job, site)).collect(), hopeful: 0, look_again: 0 }
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
        for (at, wish) in self.jobs.iter_mut().enumerate().skip(position).filter(|(_, wish)| !wish.is_hopeless) {
            if wish.may_start(if wish.job.is_besteffort() { besteffort } else { normal }, gantt) {
                (self.hopeful, self.look_again) = (at, position + STEP);
                return true;
            }
            wish.is_hopeless = true;
        }
        false
    }
}

impl<'j> Wish<'j> {
    fn of(waiting: &'j WaitingJob, site: &Site) -> Self {
        let is_plain = waiting.job.types.keys().all(|job_type| job_type == "besteffort");
        let alternatives = is_plain.then(|| {
            let sizes = waiting.moldables.iter().map(|moldable| (site.size(moldable), moldable.walltime));
            sizes.collect()
        });
        Self { job: &waiting.job, alternatives, is_hopeless: false }
    }

    fn may_start(&self, stay_free: &StayFree, gantt: &Gantt) -> bool {
        let Some(alternatives) = &self.alternatives else { return true };
        alternatives.iter().any(|&(size, walltime)| {
            let (now, end) = (gantt.now(), gantt.now().end_of(walltime));
            let slot = stay_free.partition_point(|(slot_end, _)| *slot_end < end);
            stay_free.get(slot).is_some_and(|(_, free)| size.fewest <= *free)
                && (!size.is_exact || Search::new(gantt, self.job).allows(size.fewest, now, end, walltime))
        })
    }
}
