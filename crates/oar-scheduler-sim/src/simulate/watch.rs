//! The CPU time of planning, and a progress bar.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::simulation::Watch;

/// For so long there is no bar.
const PATIENCE: Duration = Duration::from_secs(1);
/// The bar is looked after once in so many events.
const EVENTS: u32 = 64;

/// A progress bar on standard error, if that is a terminal and it takes long.
pub(crate) struct Terminal {
    bar: ProgressBar,
    began: Instant,
}

/// Who moves the bar on for one of the simulations that share it.
pub(crate) struct Share<'a> {
    terminal: &'a Terminal,
    events: u32,
    /// How many jobs the bar knows of.
    told: usize,
}

impl Terminal {
    /// For so many jobs.
    pub fn new(jobs: usize) -> Self {
        let bar = ProgressBar::with_draw_target(Some(jobs as u64), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{bar:40} {pos} of {len} jobs have ended, {eta} to go");
        Self { bar: bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())), began: Instant::now() }
    }

    /// The watch of a simulation.
    pub fn watch(&self) -> Share<'_> {
        Share { terminal: self, events: 0, told: 0 }
    }

    /// Takes the bar away.
    pub fn done(&self) {
        self.bar.finish_and_clear();
    }
}

impl Watch for Share<'_> {
    fn cpu_time(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::try_from(time).unwrap_or_default()
    }

    fn progress(&mut self, ended: usize) {
        self.events += 1;
        if !self.events.is_multiple_of(EVENTS) {
            return;
        }
        let Terminal { bar, began } = self.terminal;
        if bar.is_hidden() && began.elapsed() > PATIENCE {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.inc(ended.saturating_sub(self.told) as u64);
        self.told = ended;
    }
}
