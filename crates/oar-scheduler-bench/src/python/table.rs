//! The figures for a terminal.

use comfy_table::{CellAlignment, Table, presets};
use oar_scheduler_sim::numbers::{grouped, short};

use super::Measured;
use crate::run::Times;
use crate::text::seconds;

/// The parts of a round, then what a job costs.
#[allow(clippy::cast_precision_loss)]
pub(super) fn of(measured: &Measured) -> String {
    let Measured { name, jobs, placed, repeat, module_version, python_version, .. } = measured;
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let mut row = |name: &str, value: String| {
        table.add_row([name.to_owned(), value]);
    };
    row("workload", name.to_string());
    row("jobs", grouped(*jobs as f64));
    row("jobs placed", grouped(*placed as f64));
    row("module, Python", format!("{module_version}, {python_version}"));
    let runs = if *repeat == 1 { "one round".to_owned() } else { format!("median of {repeat} rounds") };
    let mut part = |name: &str, times: &Times| row(&format!("{name}, {runs}"), seconds(times.median));
    part("getting the attributes in Python", &measured.access_seconds);
    part("reading the jobs", &measured.reading_seconds);
    part("placing them", &measured.placing_seconds);
    part("writing their places", &measured.writing_seconds);
    row("reading beyond the attributes, a job", format!("{} µs", short(measured.reading_microseconds_a_job)));
    row("writing, a job", format!("{} µs", short(measured.writing_microseconds_a_job)));
    if let Some(values) = table.column_mut(1) {
        values.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}
