//! Users and their habits.

use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

/// A user.
#[derive(Debug, Clone)]
pub(super) struct User {
    /// From 1, the most active.
    pub number: u32,
    /// From 1.
    pub project: u32,
    /// The sizes of this user's jobs: the usual, another, and a large one.
    pub sizes: [u32; 3],
    /// Half of the campaigns have shorter jobs; in seconds.
    pub run_median: f64,
    /// The walltime asked is so many times what a job usually needs, or more.
    pub overestimation: f64,
    /// The probability that a job fails at once.
    pub failing: f64,
    /// Whether some campaigns are besteffort.
    pub besteffort: bool,
    /// Whether some jobs are interactive.
    pub interactive: bool,
}

/// The users of a site, ascending by number.
pub(super) fn draw(users: u32, projects: u32, processors: u32, random: &mut impl Rng) -> Vec<User> {
    (1..=users).map(|number| user(number, users, projects, processors, random)).collect()
}

fn user(number: u32, users: u32, projects: u32, processors: u32, random: &mut impl Rng) -> User {
    // No project is empty, if there are enough users; the smallest are those of the least active.
    let project = if number <= projects { number } else { random.random_range(1..=projects) };
    // In every log there is somebody of each kind among the first.
    let must = |rank: u32| number == rank.min(users);
    User {
        number,
        project,
        sizes: [size(processors, random), size(processors, random), large_size(processors, random)],
        run_median: log_normal(2400.0, 0.9, random),
        overestimation: 1.2 + log_normal(0.8, 0.8, random),
        failing: random.random_range(0.02..0.15),
        besteffort: random.random_bool(0.25) || must(3),
        interactive: random.random_bool(0.5) || must(2),
    }
}

/// A log-normal number of this median.
pub(super) fn log_normal(median: f64, sigma: f64, random: &mut impl Rng) -> f64 {
    let normal: f64 = random.sample(StandardNormal);
    median * (sigma * normal).exp()
}

/// A size as they are found on machines of so many processors: serial, or two-stage log-uniform, mostly small.
fn size(processors: u32, random: &mut impl Rng) -> u32 {
    if random.random_bool(0.24) {
        return 1;
    }
    let high = f64::from(processors).log2() - 1.0;
    let middle = high - 2.5;
    if random.random_bool(0.86) {
        rounded(0.8, middle, processors, random)
    } else {
        rounded(middle, high, processors, random)
    }
}

/// A size of an eighth to half of the machine.
fn large_size(processors: u32, random: &mut impl Rng) -> u32 {
    let high = f64::from(processors).log2() - 1.0;
    rounded(high - 2.0, high, processors, random)
}

/// A size with a logarithm between two bounds, a power of two more often than not; from 1 to all processors.
fn rounded(low: f64, high: f64, processors: u32, random: &mut impl Rng) -> u32 {
    let exponent = low + (high - low).max(0.0) * random.random::<f64>();
    let exponent = if random.random_bool(0.75) { exponent.round() } else { exponent };
    (exponent.exp2().round() as u32).clamp(1, processors)
}
