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
    is_shown: bool,
    events: u32,
}

impl Terminal {
    /// For so many jobs.
    pub fn new(jobs: usize) -> Self {
        let bar = ProgressBar::with_draw_target(Some(jobs as u64), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{bar:40} {pos} of {len} jobs have ended, {eta} to go");
        Self {
            bar: bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())),
            began: Instant::now(),
            is_shown: false,
            events: 0,
        }
    }

    /// Takes the bar away.
    pub fn done(&self) {
        self.bar.finish_and_clear();
    }
}

impl Watch for Terminal {
    fn cpu_time(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::try_from(time).unwrap_or_default()
    }

    fn progress(&mut self, ended: usize) {
        self.events += 1;
        if self.events % EVENTS != 0 {
            return;
        }
        if !self.is_shown && self.began.elapsed() > PATIENCE {
            self.is_shown = true;
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(ended as u64);
    }
}
