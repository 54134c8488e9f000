//! Quotas of each user.

use serde_json::{Value, json};

use crate::case::Round;

/// The most days that a calendar is written out for.
const DAYS_MAX: f64 = 36_500.0;

/// What the jobs need.
struct Demand {
    /// The cores of the largest job.
    largest: f64,
    /// The cores of the machine.
    cores: f64,
    /// How many jobs the machine has room for at a time.
    together: f64,
    /// The days of all jobs, if the machine were always full.
    days: f64,
}

impl Demand {
    fn of(round: &Round) -> Self {
        let (jobs, cores) = (round.jobs.len() as f64, f64::from(round.machine.cores));
        let mut demand = Self { largest: 1.0, cores, together: 0.0, days: 0.0 };
        let (mut size_sum, mut minutes_sum) = (0.0, 0.0);
        for ask in round.jobs.iter().flat_map(|job| &job.asks) {
            let size = round.machine.cores_of(ask) as f64;
            demand.largest = demand.largest.max(size);
            size_sum += size;
            minutes_sum += size * f64::from(ask.minutes);
        }
        demand.together = jobs.min(cores * jobs / size_sum.max(1.0));
        demand.days = minutes_sum / cores / 1440.0;
        demand
    }

    /// The rule of a user who may have this share of the machine, and this share of the jobs that it has room for; but each job
    /// alone is within it.
    fn rule(&self, share: f64) -> Value {
        let cores = (self.cores * share).max(self.largest) as u64;
        let jobs = (self.together * share).ceil().max(1.0) as u64;
        json!({ "*,*,*,/": [cores, jobs, -1] })
    }
}

/// Half of the jobs are of a user who may have a quarter of what runs.
const SHARE: f64 = 0.25;

pub(super) fn fixed(round: &mut Round) {
    let rule = Demand::of(round).rule(SHARE);
    round.rules.quotas = Some(json!({ "quotas": rule }));
}

pub(super) fn temporal(round: &mut Round) {
    let demand = Demand::of(round);
    round.rules.quotas = Some(json!({
        "periodical": [
            ["08:00-20:00 mon-fri * *", "day", "work days"],
            ["20:00-08:00 mon-fri * *", "night", "nights"],
        ],
        "day": demand.rule(SHARE),
        "night": demand.rule(2.0 * SHARE),
    }));
    // The quotas leave much of the machine free.
    round.rules.days_ahead = (demand.days * 8.0 + 60.0).min(DAYS_MAX) as u32;
}
