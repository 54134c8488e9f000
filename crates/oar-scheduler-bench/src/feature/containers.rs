//! Containers and the jobs inside.

use super::fitting::Fitting;
use crate::case::{Ask, Job, Round};
use crate::machine::Machine;
use crate::snapshot::held;

/// How many jobs there are to a container.
const BATCH: usize = 50;
/// How many times longer a container is than its jobs would need at best, beside the longest of them.
const SLACK: u64 = 2;

/// Puts a container before each batch of jobs; every other job of the batch, if it can, runs inside.
pub(super) fn contain(round: &mut Round) {
    let machine = &round.machine;
    let place = place(machine);
    let inside = held(&machine.resources(), &machine.all(), &place).unwrap_or_default();
    let cores = inside.len().max(1);
    let mut fitting = Fitting::new(machine, [inside]);
    let mut containers = (1..).skip(round.jobs.len());
    let mut jobs: Vec<Job> = Vec::with_capacity(round.jobs.len() + round.jobs.len() / BATCH + 1);
    for batch in round.jobs.chunks_mut(BATCH) {
        let Some(id) = containers.next() else { break };
        let (mut work, mut longest) = (0, 0);
        for job in batch.iter_mut().filter(|job| job.id % 2 == 1) {
            let Some(ask) = job.asks.first().filter(|ask| fitting.fits(0, ask)) else { continue };
            work += machine.cores_of(ask) * u64::from(ask.minutes);
            longest = longest.max(ask.minutes);
            job.job_type = Some(("inner", id.to_string()));
        }
        let minutes = SLACK * work.div_ceil(cores) + u64::from(longest);
        let ask = Ask { minutes: u32::try_from(minutes).unwrap_or(u32::MAX).max(1), ..place };
        let job_type = Some(("container", String::new()));
        jobs.push(Job { id, user: 1, asks: vec![ask], filter: None, after: None, job_type });
        jobs.extend_from_slice(batch);
    }
    round.jobs = jobs;
}

/// What a container takes: half of a switch, or as many nodes as the largest job of whole nodes.
fn place(machine: &Machine) -> Ask {
    let (within, nodes) = if machine.level("switch").is_some() { (Some("switch"), 12) } else { (None, 40) };
    let most = machine.level("node").map_or(1, |node| machine.blocks(node));
    Ask { within, of: "node", count: nodes.min(most), minutes: 1 }
}
