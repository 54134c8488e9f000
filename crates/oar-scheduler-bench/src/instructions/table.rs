//! The counts for a terminal.

use comfy_table::{CellAlignment, Table, presets};
use oar_scheduler_sim::numbers::grouped;

use super::Counted;

/// The table; changes beyond the tolerance are marked.
pub(super) fn of(counted: &[Counted], tolerance: f64) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["", "instructions", "baseline", "change", ""]);
    for case in counted {
        let change = case.change();
        let mark = match change {
            None => "new",
            Some(change) if change > tolerance => "more",
            Some(change) if change < -tolerance => "less",
            Some(_) => "",
        };
        table.add_row([
            case.case.clone(),
            grouped(case.instructions as f64),
            case.before.map_or("–".to_owned(), |before| grouped(before as f64)),
            change.map_or("–".to_owned(), |change| format!("{change:+.2} %")),
            mark.to_owned(),
        ]);
    }
    for column in table.column_iter_mut().skip(1).take(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}
