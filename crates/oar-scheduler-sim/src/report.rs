//! What a simulation is shown as: a table of its jobs, a Gantt chart, a page of plots; and what several simulations of one workload
//! are compared by.
//!
//! Everything is a function of its input: the same input gives the same bytes. Nothing here reads or writes a file.

use std::io::Write;

use crate::numbers;
use crate::platform::Platform;
use crate::queues::Queues;
use crate::simulation::{Summary, Trace};
use crate::text::Clock;
use crate::workload::Workload;

mod arrivals;
mod bins;
mod calendar;
mod colours;
mod gains;
mod gains_picture;
mod gantt;
mod jobs_table;
mod log_axis;
mod page;
mod plot;
mod sizes;
mod span;
mod spread;
mod spread_picture;
mod summary_table;
mod table;
mod usage;
mod waiting;

pub(crate) use gains::{Compared, Gain, Gains, gains, gains_table};
pub(crate) use gains_picture::picture as gains_picture;

#[cfg(test)]
mod artificial;
#[cfg(test)]
mod tests;

/// A simulation and what it was.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report<'a> {
    /// The heading.
    pub title: &'a str,
    /// What the user chose: names and values, in the order in which they are shown.
    pub settings: &'a [(String, String)],
    pub workload: &'a Workload,
    pub trace: &'a Trace,
    pub platform: &'a Platform,
    pub queues: &'a Queues,
    pub summary: &'a Summary,
    /// The wall clock that dates are told by.
    pub clock: &'a Clock,
}

impl Report<'_> {
    /// Writes one line a job, in the order of submission, under a line of column names. The columns are those of
    /// [`jobs_table::Row`].
    ///
    /// # Errors
    /// When the writer fails.
    pub fn csv(&self, writer: impl Write) -> Result<(), csv::Error> {
        jobs_table::write(self, writer)
    }

    /// The whole simulation as a Gantt chart: a self-contained SVG document.
    pub fn gantt(&self) -> String {
        gantt::picture(self)
    }

    /// The figures and plots of the simulation: a self-contained HTML page, which is well-formed XML too.
    pub fn html(&self) -> String {
        page::html(self)
    }
}

/// The processor-seconds that a job stands for, whether or not it ran: they are the same under every policy.
fn work(job: &crate::workload::Job) -> f64 {
    f64::from(job.size) * (job.run.0 as f64).max(0.0)
}
