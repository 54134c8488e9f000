//! A workload that schedulers are measured with as a log: all jobs wait at once.

use jiff::tz::TimeZone;
use oar_scheduler_core::Time;

use super::log::{Job, Machine, Queue, Status, SyntheticLog};
use crate::mix::{Drawn, Kind, Level, Mix};

/// The cores of its machine: two switches of 24 nodes of 256 cores, or as many smaller nodes.
const CORES: u64 = 12_288;

/// So many jobs of a workload, submitted at the epoch. Each kind of jobs is a queue.
pub(super) fn log(mix: Mix, jobs: u64, seed: u64) -> SyntheticLog {
    let jobs_drawn = mix.draw(jobs, seed).into_iter().filter_map(|drawn| job(mix, drawn)).collect();
    SyntheticLog {
        made_by: format!("oar-sim generate {} --jobs {jobs} --seed {seed}", mix.name()),
        start: Time(0),
        time_zone: TimeZone::UTC,
        machine: machine(mix.levels()),
        queues: (1..).zip(mix.kinds()).map(|(number, kind)| queue(number, kind)).collect(),
        jobs: jobs_drawn,
    }
}

fn machine(levels: &[Level]) -> Machine {
    let mut outer = CORES;
    let count = |level: &Level| {
        let count = outer / u64::from(level.cores);
        outer = level.cores.into();
        (level.name, count)
    };
    Machine { levels: levels.iter().map(count).collect() }
}

fn job(mix: Mix, drawn: Drawn) -> Option<Job> {
    let kind = mix.kinds().get(drawn.kind)?;
    let (requested, queue) = (u64::from(drawn.minutes) * 60, u32::try_from(drawn.kind).ok()? + 1);
    Some(Job {
        submit: 0,
        run: requested,
        requested,
        size: drawn.count * kind.unit,
        status: Status::Completed,
        user: 1,
        project: 1,
        executable: queue.into(),
        queue,
    })
}

fn queue(number: u32, kind: &Kind) -> Queue {
    let Kind { share, minutes, count, unit, name, of, .. } = kind;
    let steps = |steps: &crate::mix::Steps| format!("{} to {} in steps of {}", steps.first, steps.last, steps.step);
    let unit = if *unit == 1 { " cores".to_owned() } else { format!(" {of}s of {unit} cores") };
    let about = format!("{share} % of the jobs, {}{unit}, {} minutes", steps(count), steps(minutes));
    Queue { number, name, priority: 2, besteffort: false, request: Some(kind.request()), about }
}

#[cfg(test)]
mod tests;
