//! What is measured: the jobs of a workload on a machine, perhaps with a feature.

use std::fmt;

use clap::{Args, value_parser};
use oar_scheduler_sim::mix::Mix;
use oar_scheduler_sim::numbers::grouped;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::feature::{self, Feature, Rules};
use crate::machine::{CORES_MAX, Machine};

/// The most jobs of a case.
pub(crate) const JOBS_MAX: u64 = 10_000_000;
/// The users of the jobs: the first has half of them, the second a quarter, and so on.
pub(crate) const USERS: u32 = 8;

/// The options that say what is measured.
#[derive(Debug, Clone, Args)]
pub(crate) struct Options {
    /// The workload.
    #[arg(value_enum, ignore_case = true)]
    pub workload: Mix,

    /// How many jobs wait.
    #[arg(long, value_parser = value_parser!(u64).range(1..=JOBS_MAX))]
    pub jobs: u64,

    #[command(flatten)]
    pub settings: Settings,
}

/// The options of a series of cases.
#[derive(Debug, Clone, Args)]
pub(crate) struct Settings {
    /// How many cores the machine has.
    #[arg(long, value_parser = value_parser!(u32).range(1..=CORES_MAX as i64))]
    pub cores: u32,

    /// Which one of the workloads that can be drawn.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,

    /// Let the jobs use a feature of the engine.
    #[arg(long, value_name = "FEATURE", value_enum)]
    pub with: Option<Feature>,
}

impl Options {
    pub fn case(&self) -> Case {
        let Settings { cores, seed, with } = self.settings;
        Case { workload: self.workload, jobs: self.jobs, cores, seed, feature: with }
    }
}

/// A case: it always stands for the same jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Case {
    pub workload: Mix,
    pub jobs: u64,
    pub cores: u32,
    pub seed: u64,
    pub feature: Option<Feature>,
}

/// What a case is called, for people and for files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Name {
    pub workload: String,
    /// The feature that its jobs use.
    pub with: Option<String>,
    pub cores: u32,
    pub seed: u64,
}

impl fmt::Display for Name {
    /// As `normal with quotas, 10,000 cores`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.workload)?;
        if let Some(feature) = &self.with {
            write!(formatter, " with {feature}")?;
        }
        write!(formatter, ", {} cores", grouped(f64::from(self.cores)))
    }
}

/// What a job asks for: so many blocks of a level, perhaps all of them in one block of an outer level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Ask {
    pub within: Option<&'static str>,
    pub of: &'static str,
    pub count: u32,
    pub minutes: u32,
}

/// A waiting job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    /// From 1 on; those of a feature come after those of the workload.
    pub id: u32,
    /// From 1 to [`USERS`].
    pub user: u32,
    /// Its alternatives, the preferred first.
    pub asks: Vec<Ask>,
    /// The rank of its filter among those of the case.
    pub filter: Option<usize>,
    /// The job that it waits for.
    pub after: Option<u32>,
    /// Its type with the type's value.
    pub job_type: Option<(&'static str, String)>,
}

/// Everything of a case that a snapshot tells.
#[derive(Debug, Clone)]
pub(crate) struct Round {
    pub machine: Machine,
    /// In the order in which they are placed.
    pub jobs: Vec<Job>,
    pub rules: Rules,
}

impl Case {
    /// The same jobs without the feature.
    pub fn plain(self) -> Self {
        Self { feature: None, ..self }
    }

    pub fn name(&self) -> Name {
        Name {
            workload: self.workload.name().to_owned(),
            with: self.feature.map(|feature| feature.name().to_owned()),
            cores: self.cores,
            seed: self.seed,
        }
    }

    /// Draws the jobs, and lets them use the feature.
    pub fn round(&self) -> Round {
        let machine = Machine { cores: self.cores, levels: self.workload.levels() };
        let kinds = self.workload.kinds();
        // Users are drawn apart, so that the jobs are those of the simulator's log.
        let mut random = ChaCha8Rng::seed_from_u64(!self.seed);
        let drawn = self.workload.draw(self.jobs, self.seed);
        let jobs = (1..).zip(drawn).filter_map(|(id, drawn)| {
            let kind = kinds.get(drawn.kind)?;
            let ask = Ask { within: kind.within, of: kind.of, count: drawn.count, minutes: drawn.minutes };
            let user = (random.random::<u32>().leading_zeros() + 1).min(USERS);
            Some(Job { id, user, asks: vec![ask], filter: None, after: None, job_type: None })
        });
        let mut round = Round { machine, jobs: jobs.collect(), rules: Rules::default() };
        if let Some(feature) = self.feature {
            feature::apply(feature, &mut round, &mut random);
        }
        round
    }
}

#[cfg(test)]
mod tests;
