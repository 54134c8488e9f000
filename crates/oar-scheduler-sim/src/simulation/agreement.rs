//! The engine against counting, job by job, in the rounds of real logs.
//!
//! A job of `/core=n` needs n resources that are free together over its whole walltime; counting only asks that n are free at each moment. Given the
//! same jobs before it, a job therefore starts no earlier on sets than by counts, and at the same instant unless, at every earlier instant at which the
//! counts would do, too few resources stay free throughout.

use std::path::{Path, PathBuf};
use std::time::Duration;

use oar_scheduler_core::{NoHooks, ProcSet, Round, Seconds, Snapshot, Time};

use super::conservative::Profile;
use super::run::Watch;
use crate::experiment::Experiment;
use crate::output::Output;
use crate::settings::Settings;
use crate::swf::Log;

struct Nobody;

impl Watch for Nobody {
    fn cpu_time(&self) -> Duration {
        Duration::ZERO
    }

    fn progress(&mut self, _: usize) {}
}

/// Who holds what from when to when (excluded).
struct Held(Vec<(Time, Time, ProcSet)>);

impl Held {
    /// What is free throughout.
    fn free(&self, all: &ProcSet, start: Time, walltime: Seconds) -> ProcSet {
        let overlapping = self.0.iter().filter(|(begin, end, _)| *begin < start + walltime && *end > start);
        overlapping.fold(all.clone(), |free, (_, _, resources)| free.difference(resources))
    }
}

#[derive(Debug, Default)]
struct Tally {
    rounds: u64,
    /// Jobs that start when counting says.
    equal: u64,
    /// Jobs that start later, as no resources are free throughout before.
    fragmented: u64,
}

/// Compares a round with counting, job by job.
fn compare(snapshot: &Snapshot, tally: &mut Tally) {
    let mut round = Round::new(snapshot, NoHooks).unwrap();
    snapshot.groups.iter().for_each(|group| round.place_group(group));
    let plan = round.finish_without_reasons();
    let now = snapshot.now;
    let all = &snapshot.resources.default;
    let running = snapshot.scheduled_jobs.iter();
    let mut held = Held(running.map(|job| (job.start, job.start + job.walltime, job.resources.clone())).collect());
    let mut profile = Profile::new(now, all.len(), held.0.iter().map(|(_, end, resources)| (*end, resources.len())));
    for placed in &plan.assignments {
        let (start, walltime, size) = (placed.start, placed.walltime, placed.resources.len());
        let counted = profile.earliest(size, walltime).unwrap();
        assert!(counted <= start, "job {} starts at {start}, before counting allows it: {counted}", placed.job);
        assert!(placed.resources.is_subset(&held.free(all, start, walltime)), "job {} is not alone", placed.job);
        for earlier in profile.instants().filter(|instant| *instant < start) {
            if profile.fits(earlier, walltime, size) {
                let free = held.free(all, earlier, walltime).len();
                assert!(free < size, "job {} of {size} starts at {start}, but could at {earlier}", placed.job);
            }
        }
        if counted == start {
            tally.equal += 1
        } else {
            tally.fragmented += 1
        }
        profile.hold(start, walltime, size);
        held.0.push((start, start + walltime, placed.resources.clone()));
    }
    tally.rounds += 1;
}

fn log(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/traces").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: there is no {}", path.display());
    None
}

/// Every so-manieth round of a log.
fn agreement(name: &str, cores: u64, every: u64) -> Option<Tally> {
    let log = Log::read(&log(name)?, true, &mut Output::new("oar-sim")).unwrap();
    let experiment = Experiment::new(Settings { cores: Some(cores), ..Settings::default() }, &log).unwrap();
    let mut tally = Tally::default();
    let keep = |snapshot: &Snapshot, number: u64| {
        if number.is_multiple_of(every) {
            compare(snapshot, &mut tally);
        }
        Ok(())
    };
    experiment.run(&mut Nobody, Box::new(keep)).unwrap();
    println!("{name}: {tally:?}");
    Some(tally)
}

#[test]
fn engine_and_counting_agree_on_kth_sp2() {
    let Some(tally) = agreement("KTH-SP2-1996-2.swf.gz", 100, 1) else { return };
    assert!(tally.rounds > 40_000 && tally.equal > 100_000, "{tally:?}");
}

#[test]
fn engine_and_counting_agree_on_unilu_gaia() {
    let Some(tally) = agreement("UniLu-Gaia-2014-1.swf.gz", 2004, 1) else { return };
    assert!(tally.rounds > 40_000 && tally.equal > 50_000, "{tally:?}");
}
