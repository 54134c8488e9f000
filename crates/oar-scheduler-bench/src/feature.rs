//! Features of the engine that the jobs of a workload can use.
//!
//! Each is made so that it bites on any workload and machine: at least a third of the jobs are placed otherwise than without
//! it. And each leaves every job a place, as far as it has one without.

use clap::ValueEnum;
use oar_scheduler_core::ProcSet;
use rand_chacha::ChaCha8Rng;

use crate::case::Round;

mod containers;
mod fitting;
mod quotas;
mod requests;

/// A feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub(crate) enum Feature {
    /// Each user has a quota of jobs and of resources.
    Quotas,
    /// The quotas are small by day, larger by night, and there are none at weekends.
    TemporalQuotas,
    /// Each job that can takes one of four overlapping parts of the machine, as properties would select them.
    Properties,
    /// Each job has three alternatives of different sizes and walltimes.
    Moldable,
    /// Jobs come in chains of four, each waiting for the one before.
    Dependencies,
    /// Every other job shares its resources with those of the same user.
    Timesharing,
    /// In each fifty jobs comes a container for half of them.
    Containers,
}

/// What a feature adds to the site.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    /// What properties select.
    pub filters: Vec<ProcSet>,
    /// The quotas file.
    pub quotas: Option<serde_json::Value>,
    /// With a calendar, how many days ahead jobs are placed.
    pub days_ahead: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self { filters: Vec::new(), quotas: None, days_ahead: 60 }
    }
}

impl Feature {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quotas => "quotas",
            Self::TemporalQuotas => "temporal-quotas",
            Self::Properties => "properties",
            Self::Moldable => "moldable",
            Self::Dependencies => "dependencies",
            Self::Timesharing => "timesharing",
            Self::Containers => "containers",
        }
    }
}

/// Lets the jobs of a round use a feature.
pub(crate) fn apply(feature: Feature, round: &mut Round, random: &mut ChaCha8Rng) {
    match feature {
        Feature::Quotas => quotas::fixed(round),
        Feature::TemporalQuotas => quotas::temporal(round),
        Feature::Properties => requests::filter(round, random),
        Feature::Moldable => requests::mold(round),
        Feature::Dependencies => depend(round),
        Feature::Timesharing => share(round),
        Feature::Containers => containers::contain(round),
    }
}

/// How many jobs are chained.
const CHAIN: u32 = 4;

fn depend(round: &mut Round) {
    for job in round.jobs.iter_mut().filter(|job| job.id % CHAIN != 1) {
        job.after = Some(job.id - 1);
    }
}

fn share(round: &mut Round) {
    for job in round.jobs.iter_mut().filter(|job| job.id % 2 == 1) {
        job.job_type = Some(("timesharing", "user,*".to_owned()));
    }
}

#[cfg(test)]
mod tests;
