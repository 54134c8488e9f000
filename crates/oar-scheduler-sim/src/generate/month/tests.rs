use std::collections::{BTreeMap, BTreeSet};

use clap::Parser;
use jiff::Timestamp;
use jiff::civil::DateTime;

use super::super::log::Status;
use super::*;
use crate::swf::read_text;

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    arguments: Arguments,
}

/// A log with these options instead of the defaults.
fn made(options: &str) -> SyntheticLog {
    let words = ["month"].into_iter().chain(options.split_ascii_whitespace());
    log(&Command::try_parse_from(words).unwrap_or_else(|error| panic!("{error}")).arguments).unwrap()
}

fn offered(log: &SyntheticLog) -> f64 {
    log.jobs.iter().map(|job| job.run as f64 * f64::from(job.size)).sum()
}

/// When a job was submitted, as the clocks of a zone show it.
fn clock(log: &SyntheticLog, job: &Job, zone: &TimeZone) -> DateTime {
    zone.to_datetime(Timestamp::from_second(log.start.0 + job.submit as i64).unwrap())
}

fn share(jobs: &[Job], is: impl Fn(&Job) -> bool) -> f64 {
    jobs.iter().filter(|job| is(job)).count() as f64 / jobs.len() as f64
}

/// How much more is submitted in an hour from 9 to 18 than in one from 0 to 6, and on a work day than on a day of the
/// weekend.
fn cycles(log: &SyntheticLog, zone: &TimeZone) -> (f64, f64) {
    let hour = |job: &Job| clock(log, job, zone).hour();
    let day = share(&log.jobs, |job| (9..18).contains(&hour(job))) / 9.0;
    let night = share(&log.jobs, |job| hour(job) < 6) / 6.0;
    let weekend = share(&log.jobs, |job| clock(log, job, zone).weekday().to_monday_zero_offset() >= 5);
    (day / night, (1.0 - weekend) / 5.0 / (weekend / 2.0))
}

#[test]
fn the_offered_load_is_the_one_asked() {
    for (options, processors, days, load) in [
        ("", 512.0, 30.0, 0.8),
        ("--seed 2 --load 1.5", 512.0, 30.0, 1.5),
        ("--processors 1 --days 1 --load 0.1", 1.0, 1.0, 0.1),
        ("--processors 1 --days 1 --load 0.002", 1.0, 1.0, 0.002),
        ("--processors 3 --days 2 --load 10 --users 1", 3.0, 2.0, 10.0),
        ("--processors 100000 --days 7 --load 0.05 --users 500", 100_000.0, 7.0, 0.05),
    ] {
        let log = made(options);
        let found = offered(&log) / (processors * days * 86_400.0);
        assert!((found / load - 1.0).abs() < 0.02, "{options}: {found}");
    }
}

#[test]
fn days_and_nights_and_weekends_differ() {
    for seed in 1..=4 {
        let log = made(&format!("--days 56 --seed {seed}"));
        let (night, weekend) = cycles(&log, &log.time_zone);
        assert!(night > 3.0 && weekend > 1.8, "seed {seed}: {night} {weekend}");
    }
}

#[test]
fn hours_are_those_of_the_site() {
    let log = made("--time-zone Asia/Tokyo --days 56");
    assert!(cycles(&log, &log.time_zone).0 > 3.0);
    assert!(cycles(&log, &TimeZone::UTC).0 < 1.0);
}

#[test]
fn every_job_is_possible() {
    for options in ["", "--processors 5 --days 1", "--processors 1 --start 2026-03-28", "--start 253402200000"] {
        let log = made(options);
        let (processors, last) = (log.machine.processors(), log.jobs.last().unwrap().submit);
        assert!(log.jobs.is_sorted_by_key(|job| job.submit) && last < 30 * DAY, "{options}");
        for job in &log.jobs {
            assert!((1..=job.requested).contains(&job.run), "{options}: {job:?}");
            assert!((1..=processors).contains(&u64::from(job.size)), "{options}: {job:?}");
        }
    }
}

#[test]
fn walltimes_are_round_sometimes_reached_and_mostly_too_long() {
    let log = made("");
    let walltimes: BTreeSet<u64> = log.jobs.iter().map(|job| job.requested).collect();
    assert!(walltimes.is_subset(&[1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400, 172_800, 259_200].into()));
    let reached = share(&log.jobs, |job| job.run == job.requested);
    let failed = share(&log.jobs, |job| job.status == Status::Failed && job.run <= 120);
    let half = share(&log.jobs, |job| job.run * 2 < job.requested);
    assert!((0.02..0.15).contains(&reached), "{reached}");
    assert!((0.02..0.15).contains(&failed), "{failed}");
    assert!(half > 0.5, "{half}");
    assert!(log.jobs.iter().all(|job| job.run < job.requested || job.status == Status::Failed));
}

#[test]
fn sizes_are_serial_or_mostly_powers_of_two() {
    // Many users, so that no one's habits rule.
    let log = made("--users 2000 --days 60");
    let jobs: Vec<Job> = log.jobs.iter().filter(|job| job.queue == 1).cloned().collect();
    let serial = share(&jobs, |job| job.size == 1);
    let powers = share(&jobs, |job| job.size > 1 && job.size.is_power_of_two()) / (1.0 - serial);
    let large = share(&jobs, |job| job.size >= 64);
    assert!((0.1..0.4).contains(&serial), "{serial}");
    assert!((0.6..0.95).contains(&powers), "{powers}");
    assert!((0.02..0.3).contains(&large), "{large}");
}

#[test]
fn queues_differ_in_what_is_submitted() {
    let log = made("--days 60");
    let of = |queue| -> Vec<Job> { log.jobs.iter().filter(|job| job.queue == queue).cloned().collect() };
    let users = |jobs: &[Job]| jobs.iter().map(|job| job.user).collect::<BTreeSet<u32>>().len();
    let hours = |jobs: &[Job]| jobs.iter().map(|job| job.run as f64).sum::<f64>() / jobs.len() as f64 / 3600.0;
    let (default, besteffort, interactive) = (of(1), of(2), of(3));
    assert_eq!(default.len() + besteffort.len() + interactive.len(), log.jobs.len());
    assert!(users(&besteffort) < users(&default) / 2 && users(&besteffort) > 1);
    assert!(besteffort.len() > log.jobs.len() / 20 && besteffort.iter().all(|job| job.size <= 4));
    assert!((2.0..8.0).contains(&hours(&besteffort)), "{}", hours(&besteffort));
    assert!(interactive.len() > 50 && hours(&interactive) < 1.0, "{}", hours(&interactive));
    for job in &interactive {
        let hour = clock(&log, job, &log.time_zone).hour();
        assert!(job.size <= 8 && job.requested <= 4 * 3600 && (8..19).contains(&hour), "{hour} {job:?}");
    }
}

#[test]
fn users_are_not_equally_active_and_stay_in_their_project() {
    let log = made("--days 60");
    let mut campaigns: BTreeMap<u32, BTreeSet<u64>> = BTreeMap::new();
    let mut projects: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for job in &log.jobs {
        campaigns.entry(job.user).or_default().insert(job.executable);
        projects.entry(job.user).or_default().insert(job.project);
    }
    let count = |user: u32| campaigns.get(&user).map_or(0, BTreeSet::len);
    assert!(count(1) > 5 * count(10).max(1), "{} {}", count(1), count(10));
    assert!(campaigns.len() > 20 && campaigns.keys().all(|user| (1..=40).contains(user)));
    assert!(projects.values().all(|projects| projects.len() == 1));
    let all: BTreeSet<u32> = projects.into_values().flatten().collect();
    assert_eq!(all, (1..=8).collect());
}

#[test]
fn similar_jobs_are_submitted_together() {
    let log = made("");
    let mut campaigns: BTreeMap<u64, Vec<&Job>> = BTreeMap::new();
    log.jobs.iter().for_each(|job| campaigns.entry(job.executable).or_default().push(job));
    for jobs in campaigns.values() {
        let similar = |job: &Job| (job.user, job.queue, job.requested);
        assert!(jobs.iter().all(|job| similar(job) == similar(jobs[0])), "{jobs:?}");
        assert!(jobs.last().unwrap().submit - jobs[0].submit <= 4 * jobs.len() as u64);
    }
    let large = campaigns.values().filter(|jobs| jobs.len() >= 10).count();
    let single = campaigns.values().filter(|jobs| jobs.len() == 1).count();
    assert!(large > 20 && single > campaigns.len() / 2, "{large} {single} {}", campaigns.len());
}

#[test]
fn our_reader_finds_no_fault() {
    let made = made("--processors 100 --days 10");
    let (read, faults) = read_text(made.text());
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(read.records.len(), made.jobs.len());
    for (record, job) in read.records.iter().zip(&made.jobs) {
        let found = (record.submit.0 as u64, record.run.0 as u64, record.walltime.0 as u64, record.requested);
        assert_eq!(found, (job.submit, job.run, job.requested, job.size.into()));
        let found = (record.user, record.group, record.queue, record.allocated);
        assert_eq!(found, (job.user.into(), job.project.into(), job.queue.into(), job.size.into()));
    }
    assert_eq!((read.header.max_procs, read.header.max_nodes), (Some(100), None));
    assert_eq!(read.header.unix_start_time, Some(made.start));
    assert_eq!(read.header.time_zone.as_deref(), Some("Europe/Paris"));
    assert_eq!(read.header.queues.len(), 3);
}

#[test]
fn the_header_has_the_command_that_makes_the_same_log() {
    let options = "--processors 96 --days 3 --load 0.3 --users 7 --projects 2 --seed 9";
    let log = made(&format!("{options} --start 2026-07-01 --time-zone America/Lima"));
    let command = log.made_by.strip_prefix("oar-sim generate month ").unwrap();
    assert_eq!(command, format!("{options} --start 1782882000 --time-zone America/Lima"));
    assert_eq!(made(command).text(), log.text());
    assert!(log.text().contains(&format!("; Conversion: {}\n", log.made_by)));
}

#[test]
fn a_seed_gives_the_same_bytes_everywhere() {
    let text = made("").text();
    let mut crc = flate2::Crc::new();
    crc.update(text.as_bytes());
    assert_eq!((text.lines().count(), crc.sum()), (6266, 1301372094));
    assert_ne!(made("--seed 2").jobs, made("").jobs);
}

#[test]
fn too_little_work_is_refused() {
    let words = ["month", "--processors", "1", "--days", "1", "--load", "0.001"];
    let problem = log(&Command::try_parse_from(words).unwrap().arguments).unwrap_err();
    assert_eq!(problem, "expected a load of at least 100 processor-seconds, found 86");
}
