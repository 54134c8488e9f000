//! The whole simulation as a Gantt chart: time to the right, resources downward, users by colour.
//!
//! A small simulation has an element with a tooltip for each execution. A large one is drawn as a raster of small cells, whose equal
//! neighbours are merged: the size of the picture follows what can be seen.

use super::Report;
use super::colours::Colours;
use super::numbers::{count, grouped, time};
use super::plot::{self, Anchor, WIDTH};
use super::span::Span;
use crate::picture::axis;
use crate::picture::rows::Rows;
use crate::picture::style::text_width;
use crate::picture::svg::{Escaped, Px, Svg};
use crate::text::shortened;

mod bars;
mod labels;
mod looks;
mod merged;
mod raster;

use bars::Bar;

/// The width of the labels of blocks.
const LABELS: f64 = 128.0;
const MARGIN: f64 = 20.0;
const LABEL_HEIGHT: f64 = 14.0;

/// A simulation laid out.
struct Chart<'a> {
    report: &'a Report<'a>,
    span: Span,
    rows: Rows,
    colours: Colours<'a>,
    bars: Vec<Bar<'a>>,
    frame: Frame,
}

/// Where the plot is.
#[derive(Debug, Clone, Copy)]
struct Frame {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    /// Pixels a second.
    second: f64,
    /// Pixels a resource.
    row: f64,
}

impl Frame {
    fn x(&self, seconds: f64) -> f64 {
        (self.left + seconds * self.second).clamp(self.left, self.right)
    }

    fn y(&self, row: f64) -> f64 {
        self.top + row * self.row
    }
}

/// A document of its own.
pub(super) fn picture(report: &Report<'_>) -> String {
    draw(report, true)
}

/// The same for a page that has headings of its own.
pub(super) fn inline(report: &Report<'_>) -> String {
    draw(report, false)
}

fn draw(report: &Report<'_>, is_alone: bool) -> String {
    let span = Span::of(report.workload, report.trace);
    let machine = &report.platform.resources;
    let rows = Rows::new(&machine.default, &machine.hierarchy);
    let colours = Colours::of(report.workload);
    let bars = bars::all(report, span, &rows, &colours);
    let legend = looks::Legend::of(&colours, &bars);
    let header = if is_alone { 62.0 } else { 4.0 };
    let top = header + legend.height() + 26.0;
    let resources = rows.count.max(1) as f64;
    let height = if resources <= 40.0 { (resources * 18.0).max(54.0) } else { resources.clamp(600.0, 1000.0) };
    let (left, right) = (LABELS, WIDTH - MARGIN);
    let second = (right - left) / span.seconds();
    let frame = Frame { left, right, top, bottom: top + height, second, row: height / resources };
    let chart = Chart { report, span, rows, colours, bars, frame };
    let are_few = bars::are_few(&chart.bars, &frame);
    let notes = if are_few { 0.0 } else { 24.0 };
    let mut svg = plot::begin("Gantt chart of the simulation", frame.bottom + 30.0 + notes);
    if is_alone {
        chart.header(&mut svg);
    }
    looks::definitions(&chart, &mut svg);
    legend.draw(header, &mut svg);
    chart.blocks(&mut svg);
    chart.time_axis(&mut svg);
    if are_few {
        bars::draw(&chart, &mut svg);
    } else {
        let note = merged::draw(&chart, &mut svg);
        plot::text(&mut svg, (left, frame.bottom + 40.0), Anchor::Start, "faint", &note);
    }
    labels::draw(&chart, &mut svg);
    chart.outline(&mut svg);
    svg.finish()
}

impl Chart<'_> {
    fn header(&self, svg: &mut Svg) {
        let report = self.report;
        let (from, to) = (report.clock.date(self.span.from), report.clock.date(self.span.to));
        let executions = count(self.bars.len());
        let resources = grouped(self.rows.count as f64);
        let text =
            format!("{} · {resources} resources · {executions} executions · {from} to {to}", report.workload.name);
        svg.add(format_args!(
            "<title>{0}</title><rect width=\"100%\" height=\"100%\" class=\"paper\" fill=\"#fbfcfd\"/>\n\
             <text x=\"{MARGIN}\" y=\"28\" font-size=\"18\" font-weight=\"bold\" class=\"ink\" fill=\"#1f2733\">{0}</text>\n",
            Escaped(&shortened(report.title, 90))
        ));
        plot::text(svg, (MARGIN, 48.0), Anchor::Start, "faint", &shortened(&text, 150));
    }

    /// The blocks of the outer level with their names.
    fn blocks(&self, svg: &mut Svg) {
        let Frame { left, right, top, bottom, .. } = self.frame;
        svg.add(format_args!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"paper\" fill=\"#fff\"/>\n",
            Px(left),
            Px(top),
            Px(right - left),
            Px(bottom - top)
        ));
        let Some(outer) = &self.rows.outer else {
            plot::text(
                svg,
                (left - 8.0, top + 14.0),
                Anchor::End,
                "faint",
                &format!("{} resources", grouped(self.rows.count as f64)),
            );
            return;
        };
        plot::text(svg, (MARGIN, top - 7.0), Anchor::Start, "faint", &shortened(&outer.name, 11));
        let (mut free_from, mut drawn_to) = (f64::MIN, f64::MIN);
        for (at, block) in outer.blocks.iter().enumerate() {
            let (from, to) = (self.frame.y(block.from as f64), self.frame.y(block.to as f64));
            // Of what is too thin to be seen, nothing is drawn.
            if to - drawn_to < 1.0 {
                continue;
            }
            drawn_to = to;
            if at % 2 == 1 && to - from >= 2.0 {
                svg.add(format_args!(
                    "<rect x=\"{MARGIN}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"band\" fill=\"#f0f3f6\"/>\n",
                    Px(from),
                    Px(right - MARGIN),
                    Px(to - from)
                ));
            }
            let middle = f64::midpoint(from, to);
            if middle - LABEL_HEIGHT / 2.0 >= free_from {
                free_from = middle + LABEL_HEIGHT / 2.0;
                let name = format!("{} {}", shortened(&outer.name, 10), block.number);
                plot::text(svg, (left - 8.0, middle + 4.0), Anchor::End, "ink", &name);
            }
        }
    }

    fn time_axis(&self, svg: &mut Svg) {
        let Frame { top, bottom, .. } = self.frame;
        let mut free_from = f64::MIN;
        svg.add(format_args!("<g font-size=\"{}\">\n", plot::TICK_SIZE));
        for tick in axis::ticks(self.span.from, &self.report.clock.zone, 0.0, self.span.seconds(), plot::TICKS_MAX) {
            let x = self.frame.x(tick.at);
            let (colour, class) = if tick.is_major { ("#8d97a5", "strong") } else { ("#d5dae1", "grid") };
            svg.add(format_args!(
                "<path d=\"M{} {}V{}\" class=\"{class}\" stroke=\"{colour}\" stroke-width=\".8\"/>\n",
                Px(x),
                Px(top - 4.0),
                Px(bottom + 4.0)
            ));
            let half = text_width(&tick.label, plot::TICK_SIZE) / 2.0;
            if x - half > free_from && x + half < WIDTH {
                free_from = x + half + plot::TICK_GAP;
                for y in [top - 7.0, bottom + 18.0].into_iter().take(if bottom - top > 300.0 { 2 } else { 1 }) {
                    plot::text(svg, (x, y), Anchor::Middle, "ink", &tick.label);
                }
            }
        }
        svg.add(format_args!("</g>\n"));
    }

    fn outline(&self, svg: &mut Svg) {
        let Frame { left, right, top, bottom, .. } = self.frame;
        svg.add(format_args!(
            "<path d=\"M{} {}H{}V{}H{}z\" class=\"strong\" fill=\"none\" stroke=\"#8d97a5\"/>\n",
            Px(left),
            Px(top),
            Px(right),
            Px(bottom),
            Px(left)
        ));
    }

    /// What a tooltip says of a bar.
    fn tooltip(&self, bar: &Bar<'_>) -> String {
        let (job, execution) = (bar.job, bar.execution);
        let clock = self.report.clock;
        let killed = if execution.killed { ", killed" } else { "" };
        let lasts = super::span::seconds(execution.start, execution.end);
        format!(
            "job {} of {}, queue {}{killed}\nsubmitted {}\nstart {}\nend {} ({})\nresources {} ({})",
            job.number,
            shortened(&job.user, 60),
            self.report.queues.of(job.queue).name,
            clock.date(job.submit),
            clock.date(execution.start),
            clock.date(execution.end),
            time(lasts),
            shortened(&execution.resources.to_string(), 120),
            grouped(execution.resources.len() as f64)
        )
    }

    /// What a tooltip says of all bars of a look.
    fn tooltip_of_all(&self, look: looks::Look) -> String {
        let bars: Vec<&Bar<'_>> = self.bars.iter().filter(|bar| bar.look == look).collect();
        let work: f64 = bars.iter().map(|bar| (bar.to - bar.from) * bar.execution.resources.len() as f64).sum();
        let user = self.colours.users.get(look.rank).copied().unwrap_or("other users");
        let (executions, hours) = (count(bars.len()), grouped(work / 3600.0));
        format!("{}, {}: executions {executions}, processor-hours {hours}", shortened(user, 60), look.kind.name())
    }
}
