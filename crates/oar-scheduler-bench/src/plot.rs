//! `oar-bench plot`: curves of series.

use std::path::{Path, PathBuf};

use clap::Args;
use oar_scheduler_sim::output::Status;
use oar_scheduler_sim::picture::parts::{self, Anchor, WIDTH};
use oar_scheduler_sim::picture::style::COLOURS;
use oar_scheduler_sim::picture::svg::{Escaped, Px, Svg};

use crate::error::{Error, cannot_read, cannot_write};
use crate::run::Measured;
use crate::sweep::{FORMAT, Sweep};

mod axis;

use axis::{LogAxis, Unit};

/// Draw the curves of series: CPU time and memory by number of jobs, both axes logarithmic.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What `oar-bench sweep --json` printed.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Where the picture goes, an SVG document.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Status, Error> {
    let mut sweeps = Vec::new();
    for file in &arguments.files {
        read(file, &mut sweeps)?;
    }
    std::fs::write(&arguments.output, picture(&sweeps)).map_err(cannot_write(&arguments.output))?;
    Ok(Status::Success)
}

/// Reads the series of a file, one a line.
fn read(file: &Path, sweeps: &mut Vec<Sweep>) -> Result<(), Error> {
    let text = std::fs::read_to_string(file).map_err(cannot_read(file))?;
    let wrong = |problem: String| Error::Format {
        path: file.to_owned(),
        expected: "lines of `oar-bench sweep --json`",
        problem,
    };
    let before = sweeps.len();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let sweep: Sweep = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        if sweep.format != FORMAT {
            return Err(wrong(format!("the format {:?}", sweep.format)));
        }
        sweeps.push(sweep);
    }
    if sweeps.len() == before { Err(wrong("nothing".to_owned())) } else { Ok(()) }
}

/// What is drawn over the number of jobs.
struct Panel {
    title: &'static str,
    unit: Unit,
    value: fn(&Measured) -> f64,
    exponent: fn(&Sweep) -> Option<f64>,
}

const PANELS: [Panel; 3] = [
    Panel {
        title: "CPU time of the placement",
        unit: Unit::Seconds,
        value: |point| point.placement_seconds.median,
        exponent: |sweep| sweep.exponents.placement,
    },
    Panel {
        title: "CPU time of the reasons",
        unit: Unit::Seconds,
        value: |point| point.reasons_seconds.map_or(0.0, |times| times.median),
        exponent: |sweep| sweep.exponents.reasons,
    },
    Panel {
        title: "memory of the placement, beyond the snapshot's",
        unit: Unit::Bytes,
        value: |point| point.memory_bytes.of_placement() as f64,
        exponent: |sweep| sweep.exponents.memory,
    },
];

const LEFT: f64 = 84.0;
const RIGHT: f64 = 720.0;
const LEGEND: f64 = RIGHT + 34.0;
const PLOT: f64 = 300.0;
/// From the top of a panel to its plot, and from there to the next.
const ABOVE: f64 = 40.0;
const BELOW: f64 = 54.0;
/// The height of a line of the legend.
const ENTRY: f64 = 20.0;

fn picture(sweeps: &[Sweep]) -> String {
    let has_values = |panel: &&Panel| points(sweeps, panel).next().is_some();
    let panels: Vec<&Panel> = PANELS.iter().filter(has_values).collect();
    let plot_height = PLOT.max(sweeps.len() as f64 * ENTRY);
    let height = ABOVE + plot_height + BELOW;
    let mut svg = parts::begin("Time and memory by number of jobs", height * panels.len().max(1) as f64);
    svg.add(format_args!("<rect width=\"{WIDTH}\" height=\"100%\" fill=\"#fff\"/>\n"));
    for (rank, panel) in panels.into_iter().enumerate() {
        let top = rank as f64 * height + ABOVE;
        draw(panel, sweeps, (top, top + plot_height), &mut svg);
    }
    svg.finish()
}

/// All points of a panel that a logarithmic axis has a place for.
fn points<'a>(sweeps: &'a [Sweep], panel: &'a Panel) -> impl Iterator<Item = (f64, f64)> + 'a {
    sweeps.iter().flat_map(|sweep| curve(sweep, panel))
}

fn curve<'a>(sweep: &'a Sweep, panel: &'a Panel) -> impl Iterator<Item = (f64, f64)> + 'a {
    let points = sweep.points.iter().map(|point| (point.jobs as f64, (panel.value)(point)));
    points.filter(|(_, value)| *value > 0.0)
}

fn draw(panel: &Panel, sweeps: &[Sweep], (top, bottom): (f64, f64), svg: &mut Svg) {
    let x = LogAxis::of(Unit::Jobs, points(sweeps, panel).map(|(jobs, _)| jobs), (LEFT, RIGHT));
    let y = LogAxis::of(panel.unit, points(sweeps, panel).map(|(_, value)| value), (bottom, top));
    parts::text(svg, (4.0, top - 16.0), Anchor::Start, "ink", panel.title);
    x.draw_upright((top, bottom), svg);
    y.draw_across((LEFT, RIGHT), svg);
    parts::text(svg, (f64::midpoint(LEFT, RIGHT), bottom + 36.0), Anchor::Middle, "ink", "waiting jobs");
    svg.add(format_args!(
        "<rect x=\"{LEFT}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#8d97a5\"/>\n",
        Px(top),
        Px(RIGHT - LEFT),
        Px(bottom - top)
    ));
    for (rank, sweep) in sweeps.iter().enumerate() {
        let places: Vec<(f64, f64)> = curve(sweep, panel).map(|(jobs, value)| (x.at(jobs), y.at(value))).collect();
        draw_curve(rank, sweep, &places, svg);
        let entry = top + (rank as f64 + 0.5) * ENTRY;
        svg.add(format_args!("<g>"));
        draw_line(rank, &[(LEGEND, entry), (LEGEND + 26.0, entry)], svg);
        mark(rank, (LEGEND + 13.0, entry), svg);
        svg.add(format_args!("</g>\n"));
        let growth = (panel.exponent)(sweep).map(|exponent| format!(": jobs^{exponent:.2}")).unwrap_or_default();
        parts::text(svg, (LEGEND + 34.0, entry + 4.0), Anchor::Start, "ink", &format!("{}{growth}", sweep.name));
    }
}

fn draw_curve(rank: usize, sweep: &Sweep, places: &[(f64, f64)], svg: &mut Svg) {
    svg.add(format_args!("<g><title>{}</title>", Escaped(&sweep.name.to_string())));
    draw_line(rank, places, svg);
    for place in places {
        mark(rank, *place, svg);
    }
    svg.add(format_args!("</g>\n"));
}

fn colour(rank: usize) -> &'static str {
    COLOURS.get(rank % COLOURS.len()).copied().unwrap_or_default()
}

fn draw_line(rank: usize, places: &[(f64, f64)], svg: &mut Svg) {
    svg.add(format_args!("<path d=\""));
    for (number, (x, y)) in places.iter().enumerate() {
        svg.add(format_args!("{}{} {}", if number == 0 { "M" } else { "L" }, Px(*x), Px(*y)));
    }
    svg.add(format_args!("\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>", colour(rank)));
}

/// The mark of a point: neighbours in the legend differ in form too.
fn mark(rank: usize, (x, y): (f64, f64), svg: &mut Svg) {
    let form = match rank % 4 {
        0 => "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
        1 => "M-3.5 -3.5h7v7h-7z",
        2 => "M0 -5l5 5l-5 5l-5 -5z",
        _ => "M0 -5l4.6 8h-9.2z",
    };
    svg.add(format_args!(
        "<path d=\"{form}\" transform=\"translate({} {})\" fill=\"{}\"/>",
        Px(x),
        Px(y),
        colour(rank)
    ));
}

#[cfg(test)]
mod tests;
