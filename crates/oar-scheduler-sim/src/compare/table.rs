//! The comparison for a terminal.

use comfy_table::{CellAlignment, Table, presets};
use oar_scheduler_core::Seconds;

use super::Side;
use crate::report::{Gain, Gains};
use crate::simulate::table::figures;
use crate::text::duration;

/// How many users are shown.
const USERS: usize = 20;

/// The figures, a column a simulation; then who waits longer and who less, of the jobs that ended under all. The users with the most work come first.
pub(super) fn of(sides: &[Side], gains: &Gains) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["".to_owned()].into_iter().chain(gains.names.iter().cloned()));
    let columns: Vec<Vec<(&str, String)>> = sides.iter().map(|side| figures(&side.finished.summary)).collect();
    for (row, (name, _)) in columns.first().into_iter().flatten().enumerate() {
        let values = columns.iter().filter_map(|column| column.get(row)).map(|(_, value)| value.clone());
        table.add_row([(*name).to_owned()].into_iter().chain(values));
    }
    add_groups(&mut table, "mean wait by processors", &gains.sizes);
    add_groups(&mut table, "mean wait by user", gains.users.get(..USERS).unwrap_or(&gains.users));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

fn add_groups(table: &mut Table, heading: &str, groups: &[Gain]) {
    table.add_row([heading]);
    for gain in groups {
        let waits = gain.mean_waits.iter().zip(&gain.differences).enumerate().map(|(place, (wait, difference))| {
            let wait = words(*wait);
            if place == 0 { wait } else { format!("{wait} ({})", signed(*difference)) }
        });
        let name = format!("  {} ({})", gain.group, crate::text::counted(gain.jobs, "job"));
        table.add_row([name].into_iter().chain(waits));
    }
}

fn words(seconds: f64) -> String {
    duration(Seconds(seconds.round() as i64))
}

fn signed(seconds: f64) -> String {
    let sign = if seconds.round() > 0.0 { "+" } else { "" };
    format!("{sign}{}", words(seconds))
}
