//! Executions as bars, and a small simulation's bars one by one.

use std::fmt::Write;

use super::looks::{Kind, Look};
use super::{Chart, Frame};
use crate::picture::rows::Rows;
use crate::picture::svg::{Escaped, Px, Svg};
use crate::report::Report;
use crate::report::colours::Colours;
use crate::report::span::Span;
use crate::simulation::Execution;
use crate::workload::Job;

/// The most executions that are drawn one by one.
const BARS_MAX: usize = 5000;
/// And the most rectangles of all of them.
const AREAS_MAX: usize = 30_000;
/// Rectangles that are closer than this, in pixels, are drawn as one.
const NEAR: f64 = 1.0 / 3.0;

/// An execution with its place.
pub(super) struct Bar<'a> {
    pub job: &'a Job,
    pub execution: &'a Execution,
    /// In seconds from the beginning of the span.
    pub from: f64,
    pub to: f64,
    /// Its rows, from and to (excluded).
    pub runs: Vec<(u64, u64)>,
    pub look: Look,
}

/// All executions that hold something for some time.
pub(super) fn all<'a>(report: &Report<'a>, span: Span, rows: &Rows, colours: &Colours<'_>) -> Vec<Bar<'a>> {
    let bar = |execution: &'a Execution| {
        let job = report.workload.jobs.get(execution.job)?;
        let kind = match (execution.killed, report.queues.of(job.queue).besteffort) {
            (true, _) => Kind::Killed,
            (false, true) => Kind::Besteffort,
            (false, false) => Kind::Normal,
        };
        let look = Look { rank: colours.rank(&job.user), kind };
        let (from, to) = (span.at(execution.start), span.at(execution.end));
        let runs = rows.of(&execution.resources);
        (from < to && !runs.is_empty()).then_some(Bar { job, execution, from, to, runs, look })
    };
    report.trace.executions.iter().filter_map(bar).collect()
}

/// Whether each bar can be an element of its own.
pub(super) fn are_few(bars: &[Bar<'_>], frame: &Frame) -> bool {
    bars.len() <= BARS_MAX && bars.iter().map(|bar| patches(bar, frame).len()).sum::<usize>() <= AREAS_MAX
}

/// The heights from and to which a bar is seen.
pub(super) fn patches(bar: &Bar<'_>, frame: &Frame) -> Vec<(f64, f64)> {
    let mut patches: Vec<(f64, f64)> = Vec::new();
    for (from, to) in &bar.runs {
        let (top, bottom) = (frame.y(*from as f64), frame.y(*to as f64));
        match patches.last_mut() {
            Some((_, last)) if top - *last < NEAR => *last = bottom,
            _ => patches.push((top, bottom)),
        }
    }
    patches
}

/// Draws each bar with its tooltip.
pub(super) fn draw(chart: &Chart<'_>, svg: &mut Svg) {
    let frame = &chart.frame;
    let rim = if frame.row >= 3.0 { 0.6 } else { 0.0 };
    for bar in &chart.bars {
        let (left, right) = (frame.x(bar.from), frame.x(bar.to));
        let gap = if right - left > 3.0 { 0.5 } else { 0.0 };
        let width = (right - left - gap).max(NEAR);
        let mut path = String::new();
        for (top, bottom) in patches(bar, frame) {
            let height = (bottom - top - 2.0 * rim).max(NEAR);
            // Writing to a `String` does not fail.
            let _ = write!(path, "M{} {}h{}v{}h{}z", Px(left), Px(top + rim), Px(width), Px(height), Px(-width));
        }
        svg.add(format_args!(
            "<path data-job=\"{}\" d=\"{path}\" fill=\"{}\"><title>{}</title></path>\n",
            bar.job.number,
            bar.look.fill(&chart.colours),
            Escaped(&chart.tooltip(bar))
        ));
        if bar.look.kind == Kind::Killed && width > 5.0 {
            end_mark(bar, frame, left + width, svg);
        }
    }
}

/// A dark edge where a job loses its resources.
fn end_mark(bar: &Bar<'_>, frame: &Frame, x: f64, svg: &mut Svg) {
    let mut path = String::new();
    for (top, bottom) in patches(bar, frame) {
        let _ = write!(path, "M{} {}V{}", Px(x - 1.0), Px(top), Px(bottom));
    }
    svg.add(format_args!("<path d=\"{path}\" stroke=\"#8c1d18\" stroke-width=\"2\"/>\n"));
}
