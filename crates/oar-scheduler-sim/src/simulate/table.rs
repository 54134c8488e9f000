//! The figures for a terminal.

use comfy_table::{CellAlignment, Table, presets};
use oar_scheduler_core::Seconds;

use crate::simulation::Summary;
use crate::text::duration;

/// The figures as lines of a name and a value, as `simulate` and `compare` print them.
pub(crate) fn figures(summary: &Summary) -> Vec<(&'static str, String)> {
    let percent = |share: f64| format!("{:.2} %", share * 100.0);
    let wait = |seconds: f64| duration(Seconds(seconds.round() as i64));
    let milliseconds = |seconds: f64| match seconds * 1000.0 {
        much @ 0.1.. => format!("{much:.1} ms"),
        little => format!("{:.1} µs", little * 1000.0),
    };
    let dropped: u64 = summary.dropped.values().sum();
    vec![
        ("policy", summary.policy.clone()),
        ("jobs", summary.jobs.to_string()),
        ("records left out", dropped.to_string()),
        ("jobs that never started", summary.never_started.to_string()),
        ("makespan", duration(Seconds(summary.makespan))),
        ("utilisation", percent(summary.utilisation)),
        ("wait, mean", wait(summary.mean_wait)),
        ("wait, median", wait(summary.median_wait)),
        ("wait, 95th percentile", wait(summary.p95_wait)),
        ("bounded slowdown, mean", format!("{:.3}", summary.mean_bounded_slowdown)),
        ("bounded slowdown, median", format!("{:.3}", summary.median_bounded_slowdown)),
        ("bounded slowdown, 95th percentile", format!("{:.3}", summary.p95_bounded_slowdown)),
        ("besteffort jobs killed", summary.kills.to_string()),
        ("machine lost to killed jobs", percent(summary.lost_to_kills)),
        ("rounds", summary.rounds.to_string()),
        ("planning a round, mean", milliseconds(summary.planning_time_mean)),
        ("planning a round, longest", milliseconds(summary.planning_time_max)),
    ]
}

/// The table of one simulation.
pub(super) fn of(summary: &Summary) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for (name, value) in figures(summary) {
        table.add_row([name.to_owned(), value]);
    }
    if let Some(values) = table.column_mut(1) {
        values.set_cell_alignment(CellAlignment::Right);
    }
    table
}
