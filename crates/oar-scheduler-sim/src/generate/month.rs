//! A site's log: users who submit by day and night, work days and weekends.
//!
//! # Sources of the shapes
//!
//! U. Lublin, D. G. Feitelson, "The workload on parallel supercomputers: modeling the characteristics of rigid jobs",
//! JPDC 63(11), 2003: arrivals follow daily and weekly cycles; about a quarter of the jobs are serial; the logarithm of
//! the other sizes is uniform in two stages, small sizes more likely, and three of four are powers of two; run times are
//! spread over orders of magnitude (we draw them log-normal, per user and campaign) and grow with the size.
//!
//! D. Tsafrir, Y. Etsion, D. G. Feitelson, "Modeling user runtime estimates", JSSPP 2005: few round walltimes, repeated
//! again and again by the same users; most jobs end long before theirs, some are killed when it is over.
//!
//! The numbers in the code are ours, and fitted to no machine.

use clap::{Args, value_parser};
use jiff::tz::TimeZone;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Zipf};

use super::Common;
use super::log::{JOBS_MAX, Job, Machine, Queue, SyntheticLog};

mod arrivals;
mod campaign;
mod options;
mod users;

use arrivals::Arrivals;
use campaign::Campaign;
use options::Start;

const DAY: u64 = 86_400;

/// The exponent of the users' activity: the second user does about half as much as the first, the third a third.
const ACTIVITY: f64 = 1.1;

/// Less work than this cannot be cut into jobs.
const WORK_MIN: u64 = 100;

/// A month of a site: users with habits, by day and night, work days and weekends.
///
/// Queue 1 is `default`, 2 `besteffort` (many small jobs that run for hours), 3 `interactive` (small and short, in
/// daytime).
#[derive(Args)]
pub(super) struct Arguments {
    /// The processors of the machine; nodes of 16 if that is possible.
    #[arg(long, default_value_t = 512, value_parser = value_parser!(u32).range(1..=1_000_000))]
    processors: u32,

    /// For how many days of 24 hours jobs are submitted.
    #[arg(long, default_value_t = 30, value_parser = value_parser!(u32).range(1..=3660))]
    days: u32,

    /// The work of all jobs (run time × processors), as a share of what the machine can do in these days.
    #[arg(long, default_value_t = 0.8, value_parser = options::load)]
    load: f64,

    /// How many users there are. They are not equally active; some may submit nothing.
    #[arg(long, default_value_t = 40, value_parser = value_parser!(u32).range(1..=100_000))]
    users: u32,

    /// How many projects the users belong to.
    #[arg(long, default_value_t = 8, value_parser = value_parser!(u32).range(1..=100_000))]
    projects: u32,

    /// When the log begins: `2026-03-02`, `2026-03-02T08:00:00` (both as the site's clocks show it),
    /// `2026-03-02T07:00:00Z`, or seconds since the epoch.
    #[arg(long, default_value = "2026-03-02", value_name = "TIME", value_parser = options::start)]
    start: Start,

    /// The site's time zone.
    #[arg(long, default_value = "Europe/Paris", value_name = "ZONE", value_parser = options::time_zone)]
    time_zone: TimeZone,

    #[command(flatten)]
    pub common: Common,
}

/// Draws the log.
///
/// # Errors
/// In words: when the options ask for too little work, too many jobs, or dates that no calendar has.
pub(super) fn log(arguments: &Arguments) -> Result<SyntheticLog, String> {
    let Arguments { processors, days, load, users, projects, start, time_zone, common } = arguments;
    let start_time = start.in_zone(time_zone)?;
    let seconds = u64::from(*days) * DAY;
    let work = (load * f64::from(*processors) * seconds as f64).round() as u64;
    if work < WORK_MIN {
        return Err(format!("expected a load of at least {WORK_MIN} processor-seconds, found {work}"));
    }
    let mut random = ChaCha8Rng::seed_from_u64(common.seed);
    let zipf = Zipf::new(f64::from(*users), ACTIVITY).map_err(|error| error.to_string())?;
    let people = users::draw(*users, *projects, *processors, &mut random);
    let arrivals = Arrivals::new(start_time, seconds, time_zone);

    let mut jobs: Vec<Job> = Vec::new();
    let mut left = work;
    let mut number = 0;
    while left > work / 1000 {
        let Some(user) = people.get(zipf.sample(&mut random) as usize - 1) else { continue };
        number += 1;
        let campaign = Campaign::draw(number, user, *processors, &mut random);
        let begin = arrivals.draw(campaign.kind, &mut random);
        // No campaign is a twentieth of the whole log, unless it is a single job.
        let least_left = left.saturating_sub(work / 20);
        for mut job in campaign.jobs(begin, seconds - 1, &mut random) {
            cut(&mut job, left);
            left -= job.run * u64::from(job.size);
            jobs.push(job);
            if left <= least_left {
                break;
            }
        }
        if jobs.len() as u64 > JOBS_MAX {
            return Err(format!("expected options that need at most {JOBS_MAX} jobs, found more"));
        }
    }
    jobs.sort_by_key(|job| job.submit);

    let zone = time_zone.iana_name().unwrap_or("UTC");
    let made_by = format!(
        "oar-sim generate month --processors {processors} --days {days} --load {load} --users {users} \
         --projects {projects} --seed {} --start {start_time} --time-zone {zone}",
        common.seed
    );
    let machine = machine(*processors);
    Ok(SyntheticLog { made_by, start: start_time, time_zone: time_zone.clone(), machine, queues: queues(), jobs })
}

/// Makes a job smaller so that its work is no more than what is left, at least 1.
fn cut(job: &mut Job, left: u64) {
    if job.run * u64::from(job.size) > left {
        job.size = job.size.min(u32::try_from(left).unwrap_or(u32::MAX));
        job.run = left / u64::from(job.size);
    }
}

fn machine(processors: u32) -> Machine {
    let processors = u64::from(processors);
    let nodes = vec![("node", processors / 16), ("core", 16)];
    Machine { levels: if processors % 16 == 0 { nodes } else { vec![("core", processors)] } }
}

fn queues() -> Vec<Queue> {
    let queue = |number, name, priority, besteffort, about: &str| Queue {
        number,
        name,
        priority,
        besteffort,
        request: None,
        about: about.to_owned(),
    };
    vec![
        queue(1, "default", 2, false, "jobs of every kind"),
        queue(2, "besteffort", 0, true, "many small jobs that run for hours; other jobs may take their resources"),
        queue(3, "interactive", 3, false, "small and short, in daytime"),
    ]
}

#[cfg(test)]
mod tests;
