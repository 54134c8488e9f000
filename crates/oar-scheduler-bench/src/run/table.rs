//! The figures of one case for a terminal.

use comfy_table::{CellAlignment, Table, presets};
use oar_scheduler_sim::numbers::{grouped, percent};

use super::{Measured, Times};
use crate::text::{memory, seconds};

/// The table.
pub(super) fn of(measured: &Measured) -> String {
    let Measured { name, jobs, repeat, memory_bytes, .. } = measured;
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let mut row = |name: &str, value: String| {
        table.add_row([name.to_owned(), value]);
    };
    row("workload", name.to_string());
    row("jobs", grouped(*jobs as f64));
    times("placement", &measured.placement_seconds, *repeat, &mut row);
    if let Some(reasons) = &measured.reasons_seconds {
        times("reasons", reasons, *repeat, &mut row);
    }
    row("jobs placed", grouped(measured.placed as f64));
    row("jobs placed in a second", grouped(measured.jobs_per_second));
    row("slots", grouped(measured.slots as f64));
    row("candidates tried", grouped(measured.candidates as f64));
    row("memory with the snapshot", memory(memory_bytes.snapshot));
    row("memory, peak of the placement", memory(memory_bytes.placement_peak));
    row("memory, peak", memory(memory_bytes.peak));
    if let Some(share) = measured.unlike_plain {
        row("placed otherwise than without", percent(share));
    }
    if let Some(values) = table.column_mut(1) {
        values.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

fn times(what: &str, times: &Times, repeat: u32, row: &mut impl FnMut(&str, String)) {
    let Times { min, median, max } = *times;
    if repeat == 1 {
        row(&format!("{what}, CPU time"), seconds(median));
        return;
    }
    for (name, time) in [("least", min), ("median", median), ("most", max)] {
        row(&format!("{what}, CPU time, {name}"), seconds(time));
    }
}
