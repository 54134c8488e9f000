use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::swf::read_text;

/// What a queue must hold: its share in percent, its walltimes in minutes, its sizes in cores; each from, to, step.
type Expected = (u64, [u64; 3], [u32; 3]);

const MIXES: [(Mix, &[Expected]); 8] = [
    (Mix::NodeOnly, &[(100, [60, 1440, 60], [256, 9984, 256])]),
    (Mix::CoreOnly, &[(100, [60, 1440, 60], [64, 2496, 1])]),
    (Mix::OldNormal, &[(100, [10, 1440, 1], [1, 1000, 1])]),
    (Mix::Besteffort, &[(100, [6, 24, 2], [1, 10, 1])]),
    (
        Mix::Normal,
        &[
            (40, [5, 120, 5], [1, 64, 1]),
            (40, [5, 180, 5], [64, 2048, 64]),
            (10, [120, 840, 15], [256, 2048, 256]),
            (10, [480, 840, 30], [1024, 6144, 512]),
        ],
    ),
    (
        Mix::HighCacheHit,
        &[
            (40, [15, 120, 15], [8, 64, 8]),
            (40, [30, 120, 15], [256, 1024, 256]),
            (10, [120, 840, 240], [256, 2048, 256]),
            (10, [600, 840, 240], [2048, 6144, 2048]),
        ],
    ),
    (Mix::WholeNodes, &[(100, [144, 1440, 144], [64, 2496, 64])]),
    (Mix::WholeNodesMinutes, &[(100, [60, 1440, 1], [64, 2496, 64])]),
];

/// Whether numbers are what is drawn evenly from these: all possible, all reached if they are few, and the right mean.
#[track_caller]
fn is_even(numbers: &[u64], [first, last, step]: [u64; 3]) {
    for number in numbers {
        assert!((first..=last).contains(number) && (number - first) % step == 0, "{number}");
    }
    let possible = (last - first) / step + 1;
    let found: BTreeSet<u64> = numbers.iter().copied().collect();
    assert!(found.len() as u64 == possible || possible * 10 > numbers.len() as u64, "{found:?}");
    let mean = numbers.iter().sum::<u64>() as f64 / numbers.len() as f64;
    let middle = (first + last) as f64 / 2.0;
    // An even draw varies by 0.29 of its span; five times what remains of that in the mean.
    let span = (last - first + step) as f64;
    let allowed = 5.0 * 0.29 * span / (numbers.len() as f64).sqrt();
    assert!((mean - middle).abs() < allowed, "{mean} is not {middle} ± {allowed}");
}

#[test]
fn jobs_are_drawn_evenly_in_their_shares() {
    for (mix, expected) in MIXES {
        let log = log(mix, 5000, 1);
        assert_eq!(log.queues.len(), expected.len());
        for (queue, (share, minutes, sizes)) in (1..).zip(expected) {
            let jobs: Vec<&Job> = log.jobs.iter().filter(|job| job.queue == queue).collect();
            assert_eq!(jobs.len() as u64, 50 * share, "{mix:?} {queue}");
            is_even(&jobs.iter().map(|job| job.requested).collect::<Vec<_>>(), minutes.map(|minutes| minutes * 60));
            is_even(&jobs.iter().map(|job| u64::from(job.size)).collect::<Vec<_>>(), sizes.map(u64::from));
        }
        assert!(log.jobs.iter().all(|job| job.submit == 0 && job.run == job.requested), "{mix:?}");
    }
}

#[test]
fn kinds_are_shuffled() {
    let log = log(Mix::Normal, 1000, 1);
    for part in log.jobs.chunks(250) {
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        part.iter().for_each(|job| *counts.entry(job.queue).or_default() += 1);
        assert!((70..130).contains(&counts[&1]) && (8..45).contains(&counts[&4]), "{counts:?}");
    }
}

#[test]
fn there_are_as_many_jobs_as_asked() {
    for (mix, _) in MIXES {
        for jobs in [1, 2, 3, 7, 99] {
            assert_eq!(log(mix, jobs, 5).jobs.len() as u64, jobs);
        }
    }
}

#[test]
fn every_job_fits_into_the_machine_as_it_asks() {
    for (mix, _) in MIXES {
        let log = log(mix, 2000, 2);
        assert_eq!(log.machine.processors(), 12_288);
        for job in &log.jobs {
            let request = log.queues[job.queue as usize - 1].request.as_deref().unwrap();
            // `n/64` are whole cpus or small nodes, `n/256` whole nodes; what is asked inside one block is not larger than it.
            let unit = request.rsplit_once("n/").map_or(1, |(_, unit)| unit.parse().unwrap());
            let block = match request.split('=').next().unwrap() {
                _ if !request.contains("=1/") => 12_288,
                "/switch" => 24 * 256,
                "/node" => 256,
                "/cpu" => 64,
                _ => panic!("{request}"),
            };
            assert!(job.size % unit == 0 && job.size <= block, "{mix:?}: {} as {request}", job.size);
        }
    }
}

#[test]
fn our_reader_finds_no_fault() {
    for (mix, _) in MIXES {
        let made = log(mix, 100, 1);
        let (read, faults) = read_text(made.text());
        assert_eq!((faults, read.records.len()), (vec![], 100));
        let nodes = if mix.levels().len() == 4 { 48 } else { 192 };
        assert_eq!((read.header.max_procs, read.header.max_nodes), (Some(12_288), Some(nodes)));
        assert_eq!(read.header.queues.len(), made.queues.len());
        for (record, job) in read.records.iter().zip(&made.jobs) {
            let found = (record.run.0 as u64, record.walltime.0 as u64, record.requested, record.queue);
            assert_eq!(found, (job.run, job.requested, job.size.into(), job.queue.into()));
        }
    }
}

#[test]
fn a_seed_gives_the_same_bytes_everywhere() {
    let sums = MIXES.map(|(mix, _)| checksum(&log(mix, 1000, 1).text()));
    assert_eq!(sums, [3403978421, 2403922171, 1214663266, 407557291, 138962781, 1897298204, 3440784411, 375074685]);
    assert_ne!(log(Mix::Normal, 100, 1).jobs, log(Mix::Normal, 100, 2).jobs);
}

fn checksum(text: &str) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(text.as_bytes());
    crc.sum()
}
