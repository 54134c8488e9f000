//! Whether anybody who is still to be placed can start now.
//!
//! During a round the machine only gets fuller. A job for which too few resources stay free over its walltime, from now on, will not start now, whatever
//! is placed before it; nor will one that the quotas do not allow now.

use crate::gantt::{Gantt, Grain, LineKey, View};
use crate::hierarchy::Size;
use crate::job::WaitingJob;
use crate::machine::Machines;
use crate::requests::Requests;
use crate::search::Search;
use crate::sharing::Access;
use crate::units::{Seconds, Time};

/// After so many jobs it is looked again whether hopes are left.
const STEP: usize = 32;

/// What the jobs that are still to be placed need to start now.
#[derive(Debug)]
pub(super) struct Hopes<'j> {
    /// The jobs of the group that is being placed, and those of the groups to come.
    jobs: Vec<Wish<'j>>,
    /// The timelines that matter.
    lines: Vec<MachineLine>,
    /// When it was last looked, the first job that might start.
    hopeful: usize,
    /// The position from which on it is looked again.
    look_again: usize,
}

/// A timeline of the machine.
#[derive(Debug, PartialEq)]
struct MachineLine {
    /// Of besteffort jobs, or of others.
    besteffort: bool,
    /// Of jobs that accept missing resources, or of others.
    missing: bool,
    grain: Grain,
}

#[derive(Debug)]
struct Wish<'j> {
    waiting: &'j WaitingJob,
    /// What it may start with; `None`: the job may start otherwise than on free resources of the machine.
    alternatives: Option<Vec<Alternative>>,
    /// It was found that it cannot start now.
    is_hopeless: bool,
}

#[derive(Debug)]
struct Alternative {
    /// The timeline on which it is looked for, by its number among those that matter.
    line: usize,
    /// It needs so many places of that timeline at least.
    fewest: u32,
    size: Size,
    walltime: Seconds,
}

/// How many places stay free from now to the end of each slot.
type StayFree = Vec<(Time, u32)>;

impl<'j> Hopes<'j> {
    /// Of jobs in the order in which they will be placed.
    pub fn new(jobs: impl Iterator<Item = &'j WaitingJob>, machines: &Machines, requests: &mut Requests) -> Self {
        let mut hopes = Self { jobs: Vec::new(), lines: Vec::new(), hopeful: 0, look_again: 0 };
        for waiting in jobs {
            let is_plain = waiting.job.types.keys().all(|job_type| job_type == "besteffort");
            let alternatives = is_plain.then(|| {
                let alternatives = waiting.moldables.iter().filter_map(|moldable| {
                    let asking = requests.asking(waiting, moldable, machines)?;
                    let (fewest, size) = (asking.fewest(), asking.size);
                    let line = hopes.line(waiting, asking.grain);
                    Some(Alternative { line, fewest, size, walltime: moldable.walltime })
                });
                alternatives.collect()
            });
            hopes.jobs.push(Wish { waiting, alternatives, is_hopeless: false });
        }
        hopes
    }

    fn line(&mut self, waiting: &WaitingJob, grain: Grain) -> usize {
        let View { besteffort, missing, .. } = View::of(waiting);
        let line = MachineLine { besteffort, missing, grain };
        self.lines.iter().position(|known| *known == line).unwrap_or_else(|| {
            self.lines.push(line);
            self.lines.len() - 1
        })
    }

    /// Whether the job of this position, or one behind it, may still start now. Positions ascend.
    pub fn are_left(&mut self, position: usize, gantt: &mut Gantt) -> bool {
        if position <= self.hopeful && position < self.look_again {
            return true;
        }
        let mut stay_free: Vec<Option<StayFree>> = vec![None; self.lines.len()];
        for (at, wish) in self.jobs.iter_mut().enumerate().skip(position).filter(|(_, wish)| !wish.is_hopeless) {
            if wish.may_start(&self.lines, &mut stay_free, gantt) {
                (self.hopeful, self.look_again) = (at, position + STEP);
                return true;
            }
            wish.is_hopeless = true;
        }
        false
    }
}

impl Wish<'_> {
    fn may_start(&self, lines: &[MachineLine], stay_free: &mut [Option<StayFree>], gantt: &mut Gantt) -> bool {
        let Some(alternatives) = &self.alternatives else { return true };
        alternatives.iter().any(|alternative| {
            let (now, end) = (gantt.now(), gantt.now().end_of(alternative.walltime));
            let known = stay_free.get_mut(alternative.line).zip(lines.get(alternative.line));
            let enough = known.is_none_or(|(known, line)| {
                let stay_free = known.get_or_insert_with(|| staying_free(gantt, line));
                let slot = stay_free.partition_point(|(slot_end, _)| *slot_end < end);
                stay_free.get(slot).is_some_and(|(_, free)| alternative.fewest <= *free)
            });
            enough
                && Search::new(gantt, self.waiting).allows(
                    alternative.size.fewest_default,
                    now,
                    end,
                    alternative.walltime,
                )
        })
    }
}

fn staying_free(gantt: &mut Gantt, line: &MachineLine) -> StayFree {
    let &MachineLine { besteffort, missing, ref grain } = line;
    let view = View { besteffort, container: None, missing };
    let key = LineKey::new(gantt, view, &Access::Free, grain.clone());
    let Some(line) = gantt.take_line(&key) else { return StayFree::new() };
    let staying_free = line.timeline.staying_free();
    gantt.keep_line(key, line);
    staying_free
}
