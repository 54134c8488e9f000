//! Features of what jobs ask for.

use oar_scheduler_core::ProcSet;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::fitting::Fitting;
use crate::case::{Ask, Round};
use crate::machine::Machine;

/// What properties select: from and to which hundredth of the nodes.
const PARTS: [&[(u32, u32)]; 4] = [&[(0, 60)], &[(40, 100)], &[(20, 80)], &[(0, 30), (70, 100)]];

/// Gives each job one of the parts as its filter, if it fits there.
pub(super) fn filter(round: &mut Round, random: &mut ChaCha8Rng) {
    let mut fitting = Fitting::new(&round.machine, PARTS.map(|parts| part(&round.machine, parts)));
    for job in &mut round.jobs {
        let filter = random.random_range(0..PARTS.len());
        job.filter = job.asks.iter().all(|ask| fitting.fits(filter, ask)).then_some(filter);
    }
    round.rules.filters = fitting.into_sets();
}

/// Parts of the machine, of whole nodes.
fn part(machine: &Machine, parts: &[(u32, u32)]) -> ProcSet {
    let Some(node) = machine.level("node") else { return machine.all() };
    let nodes = u64::from(machine.blocks(node));
    let last_core = |percent: u32| {
        let cores = nodes * u64::from(percent) / 100 * u64::from(node.cores);
        u32::try_from(cores).unwrap_or(u32::MAX).min(machine.cores)
    };
    let ranges = parts.iter().map(|(from, to)| (last_core(*from) + 1, last_core(*to)));
    ProcSet::from_ranges(ranges.filter(|(first, last)| first <= last).map(|(first, last)| first..=last))
}

/// Gives each job two more alternatives: half of the blocks for twice as long; and twice as many for half as long, or if the
/// machine cannot hold these, a quarter for four times as long.
pub(super) fn mold(round: &mut Round) {
    let mut fitting = Fitting::new(&round.machine, [round.machine.all()]);
    for job in &mut round.jobs {
        let Some(ask) = job.asks.first().copied() else { continue };
        let part = |of: u32| Ask { count: ask.count.div_ceil(of), minutes: ask.minutes * of, ..ask };
        let double = Ask { count: ask.count * 2, minutes: ask.minutes.div_ceil(2), ..ask };
        let larger_or_smallest = if fitting.fits(0, &double) { double } else { part(4) };
        job.asks.extend([part(2), larger_or_smallest]);
    }
}
