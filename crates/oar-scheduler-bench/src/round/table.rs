//! The figures of a round for a terminal.

use comfy_table::{CellAlignment, Table, presets};
use oar_scheduler_sim::numbers::{grouped, short};

use super::{Measured, Phases};
use crate::run::Times;
use crate::text::{memory, seconds};

/// The table.
pub(super) fn of(measured: &Measured) -> String {
    let Measured { size, outcome, .. } = measured;
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let mut row = |name: &str, value: String| {
        table.add_row([name.to_owned(), value]);
    };
    let number = |number: u32| grouped(f64::from(number));
    row("waiting jobs", number(size.jobs));
    row("running jobs", number(size.running));
    row("resources", number(size.resources));
    row("texts of properties", number(size.property_texts));
    if size.ended > 0 {
        row("ended jobs", number(size.ended));
    }
    phases("CPU time", &measured.cpu_seconds, &mut row);
    phases("time", &measured.wall_seconds, &mut row);
    if let Some(server) = &measured.server {
        row("the server's time", spread(&server.seconds));
        row("statements", format!("{} (at most {})", server.statements, measured.statements_allowed()));
        row("rows written", grouped(server.rows_written as f64));
    }
    row("jobs placed", grouped(outcome.placed as f64));
    row("of them starting now", grouped(outcome.starting_now as f64));
    row("resources of a place, on average", short(outcome.resources_placed as f64 / outcome.placed.max(1) as f64));
    row("jobs without a place, explained", grouped(outcome.explained as f64));
    row("memory before the first round", memory(measured.memory_bytes.before));
    row("memory, peak", memory(measured.memory_bytes.peak));
    if let Some(binary) = &measured.binary {
        row("the program: CPU time", spread(&binary.cpu_seconds));
        row("the program: time", spread(&binary.wall_seconds));
    }
    if let Some(kao) = &measured.kao {
        row("kao: rounds in a row", number(kao.rounds));
        row("kao: CPU time", spread(&kao.cpu_seconds));
        row("kao: CPU time of the first tenth", spread(&kao.begin_cpu_seconds));
        row("kao: CPU time of the last tenth", spread(&kao.end_cpu_seconds));
        row("kao: time", spread(&kao.wall_seconds));
        if let Some(statements) = kao.statements {
            row("kao: statements of a round, at most", grouped(statements as f64));
        }
    }
    if let Some(values) = table.column_mut(1) {
        values.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

fn phases(kind: &str, of: &Phases<Times>, row: &mut impl FnMut(&str, String)) {
    row(&format!("{kind}, all"), spread(&of.total));
    for (phase, times) in [("connect", of.connect), ("read", of.read), ("decide", of.decide), ("write", of.write)] {
        row(&format!("{kind} to {phase}"), spread(&times));
    }
}

/// The median, and between what it lies.
fn spread(times: &Times) -> String {
    let Times { min, median, max } = *times;
    if min == max {
        return seconds(median);
    }
    format!("{} ({} to {})", seconds(median), seconds(min), seconds(max))
}
