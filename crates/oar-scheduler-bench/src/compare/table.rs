//! The comparison for a terminal.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};
use oar_scheduler_sim::numbers::{grouped, short};

use super::{Comparison, Difference, Place};
use crate::text::{memory, seconds};

/// How many differences are shown.
const SHOWN: usize = 20;
/// How much of a resource set is shown, in characters.
const RESOURCES: usize = 60;

/// Costs side by side, then the jobs that differ.
pub(super) fn of(comparison: &Comparison) -> String {
    let Comparison { name, jobs, oar3_version, ours, oar3, times_faster, same, differences, .. } = comparison;
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["", "here", &format!("OAR {oar3_version}")]);
    let count = |number: usize| grouped(number as f64);
    table.add_row(["placement, CPU time".to_owned(), seconds(ours.seconds), seconds(oar3.seconds)]);
    table.add_row(["jobs placed".to_owned(), count(ours.placed), count(oar3.placed)]);
    table.add_row(["memory, peak of the process".to_owned(), memory(ours.peak_bytes), memory(oar3.peak_bytes)]);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut text = format!("{name}, {} jobs: {} times faster\n{table}\n", grouped(*jobs as f64), short(*times_faster));
    // A string takes everything.
    let _ = write!(text, "{} jobs are placed alike, {} otherwise", count(*same), count(differences.len()));
    for Difference { job, ours, oar3 } in differences.iter().take(SHOWN) {
        let _ = write!(text, "\njob {job}: here {}; there {}", words(ours.as_ref()), words(oar3.as_ref()));
    }
    if differences.len() > SHOWN {
        let _ = write!(text, "\n… and {} more (all with `--json`)", count(differences.len() - SHOWN));
    }
    text
}

fn words(place: Option<&Place>) -> String {
    let Some(Place { start, resources }) = place else { return "without a place".to_owned() };
    let resources = resources.to_string();
    let shown: String = resources.chars().take(RESOURCES).collect();
    let more = if shown.len() < resources.len() { "…" } else { "" };
    format!("at {start} on {shown}{more}")
}
