//! Campaigns: similar jobs that a user submits together.

use rand::{Rng, RngExt};

use super::super::log::{Job, Status};
use super::users::{User, log_normal};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// The walltimes that people ask for.
const WALLTIMES: [u64; 9] =
    [30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, 24 * HOUR, 48 * HOUR, WALLTIME_MAX];
const WALLTIME_MAX: u64 = 72 * HOUR;

/// What a campaign is submitted as: the queue, by its number in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Default = 1,
    Besteffort = 2,
    Interactive = 3,
}

/// Jobs of one user, size and walltime.
#[derive(Debug, Clone)]
pub(super) struct Campaign {
    pub kind: Kind,
    number: u64,
    user: u32,
    project: u32,
    failing: f64,
    size: u32,
    /// What half of the jobs take, in seconds.
    run_median: f64,
    /// The walltime, in seconds.
    requested: u64,
    count: u32,
}

impl Campaign {
    /// The next thing that a user does.
    pub fn draw(number: u64, user: &User, processors: u32, random: &mut impl Rng) -> Self {
        let kind = match random.random::<f64>() {
            chance if user.besteffort && chance < 0.08 => Kind::Besteffort,
            chance if user.interactive && chance > 0.7 => Kind::Interactive,
            _ => Kind::Default,
        };
        let (size, run_median, count) = match kind {
            Kind::Default => {
                let [usual, other, large] = user.sizes;
                let size = match random.random_range(0..100) {
                    0..60 => usual,
                    60..95 => other,
                    _ => large,
                };
                // Larger jobs take longer, a little.
                let growth = 1.0 + f64::from(size).log2() / 10.0;
                (size, log_normal(user.run_median * growth, 1.0, random), default_count(random))
            }
            Kind::Besteffort => {
                let size = 1 << random.random_range(0..3);
                (size, log_normal(4.0 * HOUR as f64, 0.5, random), random.random_range(20..=150))
            }
            Kind::Interactive => {
                let size = 1 << random.random_range(0..4);
                (size, log_normal(15.0 * MINUTE as f64, 0.8, random), 1)
            }
        };
        let walltime_max = if kind == Kind::Interactive { 4 * HOUR } else { WALLTIME_MAX };
        let requested = walltime(run_median * user.overestimation).min(walltime_max);
        Self {
            kind,
            number,
            user: user.number,
            project: user.project,
            failing: user.failing,
            size: size.min(processors),
            run_median,
            requested,
            count,
        }
    }

    /// Its jobs, submitted by a script from `begin` on, none after `last`.
    pub fn jobs(&self, begin: u64, last: u64, random: &mut impl Rng) -> Vec<Job> {
        let mut submit = begin;
        let mut job = || {
            let (run, status) = self.run(random);
            let job = Job {
                submit: submit.min(last),
                run,
                requested: self.requested,
                size: self.size,
                status,
                user: self.user,
                project: self.project,
                executable: self.number,
                queue: self.kind as u32,
            };
            submit += random.random_range(0..=4);
            job
        };
        (0..self.count).map(|_| job()).collect()
    }

    /// How long a job runs, and how it ends: a few fail at once, a few never end by themselves.
    fn run(&self, random: &mut impl Rng) -> (u64, Status) {
        let chance: f64 = random.random();
        if chance < self.failing {
            return (random.random_range(1..=2 * MINUTE), Status::Failed);
        }
        let run = log_normal(self.run_median, 0.35, random).ceil().max(1.0) as u64;
        if run >= self.requested || chance > 0.97 { (self.requested, Status::Failed) } else { (run, Status::Completed) }
    }
}

/// Most campaigns are a single job; the others have 2 to 100, mostly few.
fn default_count(random: &mut impl Rng) -> u32 {
    if random.random_bool(0.6) { 1 } else { (log_normal(6.0, 1.0, random) as u32).clamp(2, 100) }
}

/// The next walltime that people ask for.
fn walltime(seconds: f64) -> u64 {
    WALLTIMES.into_iter().find(|&walltime| walltime as f64 >= seconds).unwrap_or(WALLTIME_MAX)
}
