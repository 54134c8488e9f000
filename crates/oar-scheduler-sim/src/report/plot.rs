//! The frame of a plot over time: where values and instants are, the axes, the areas and lines.
//!
//! Every element has its colours for white paper as attributes, and a class by which a page can give it others.

use std::fmt::Write;

use super::numbers;
use super::span::Span;
pub(super) use crate::picture::parts::{Anchor, WIDTH, begin, legend, text};

use crate::picture::axis;
use crate::picture::style::text_width;
use crate::picture::svg::{Escaped, Px, Svg};
use crate::text::Clock;

/// The width left of and right of the plot.
const SIDE: f64 = 72.0;
/// How wide a bin of a plot is.
const BIN: f64 = 2.0;
/// The most ticks of the time axis.
pub(super) const TICKS_MAX: usize = 14;
/// The font size of their labels, and the least distance of two.
pub(super) const TICK_SIZE: f64 = 11.0;
pub(super) const TICK_GAP: f64 = 6.0;

/// A plot of a value over time.
#[derive(Debug, Clone)]
pub(super) struct Plot {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
    span: Span,
    ticks: Vec<f64>,
}

impl Plot {
    /// A plot between two heights, of values up to `most`.
    pub fn new(span: Span, (top, bottom): (f64, f64), most: f64) -> Self {
        let ticks = numbers::ticks(most, ((bottom - top) / 32.0).max(1.0));
        Self { left: SIDE, right: WIDTH - SIDE, top, bottom, span, ticks }
    }

    /// How many bins can be told apart.
    pub fn bins() -> u32 {
        ((WIDTH - 2.0 * SIDE) / BIN) as u32
    }

    pub fn x(&self, seconds: f64) -> f64 {
        self.left + (seconds / self.span.seconds()).clamp(0.0, 1.0) * (self.right - self.left)
    }

    pub fn y(&self, value: f64) -> f64 {
        let most = self.ticks.last().copied().unwrap_or(1.0).max(1.0);
        self.bottom - (value / most).clamp(0.0, 1.0) * (self.bottom - self.top)
    }

    /// The lines and labels of values, with what they are.
    pub fn value_axis(&self, what: &str, svg: &mut Svg) {
        for tick in &self.ticks {
            let y = self.y(*tick);
            svg.add(format_args!(
                "<path d=\"M{} {}H{}\" class=\"grid\" stroke=\"#d5dae1\" stroke-width=\".8\"/>\n",
                Px(self.left),
                Px(y),
                Px(self.right)
            ));
            text(svg, (self.left - 8.0, y + 4.0), Anchor::End, "faint", &numbers::grouped(*tick));
        }
        text(svg, (self.left - 8.0, self.top - 12.0), Anchor::Start, "ink", what);
    }

    /// The lines of the calendar, and below the plot their labels.
    pub fn time_axis(&self, clock: &Clock, svg: &mut Svg) {
        let ticks = axis::ticks(self.span.from, &clock.zone, 0.0, self.span.seconds(), TICKS_MAX);
        let mut free_from = f64::MIN;
        svg.add(format_args!("<g font-size=\"{TICK_SIZE}\">\n"));
        for tick in ticks {
            let x = self.x(tick.at);
            let (colour, class) = if tick.is_major { ("#8d97a5", "strong") } else { ("#d5dae1", "grid") };
            svg.add(format_args!(
                "<path d=\"M{} {}V{}\" class=\"{class}\" stroke=\"{colour}\" stroke-width=\".8\"/>\n",
                Px(x),
                Px(self.top),
                Px(self.bottom + 4.0)
            ));
            let half = text_width(&tick.label, TICK_SIZE) / 2.0;
            if x - half > free_from && x + half < WIDTH {
                text(svg, (x, self.bottom + 18.0), Anchor::Middle, "ink", &tick.label);
                free_from = x + half + TICK_GAP;
            }
        }
        svg.add(format_args!("</g>\n"));
        svg.add(format_args!(
            "<path d=\"M{} {}H{}\" class=\"strong\" stroke=\"#8d97a5\"/>\n",
            Px(self.left),
            Px(self.bottom),
            Px(self.right)
        ));
    }

    /// The outline of the area below a value that is constant over each bin.
    pub fn area(&self, edges: &[f64], values: &[f64]) -> String {
        let mut path = format!("M{} {}", Px(self.left), Px(self.bottom));
        self.steps(edges, values, &mut path);
        // Writing to a `String` does not fail.
        let _ = write!(path, "V{}z", Px(self.bottom));
        path
    }

    /// The line of a value that is constant over each bin.
    pub fn line(&self, edges: &[f64], values: &[f64]) -> String {
        let first = values.first().copied().unwrap_or_default();
        let mut path = format!("M{} {}", Px(self.left), Px(self.y(first)));
        self.steps(edges, values, &mut path);
        path
    }

    fn steps(&self, edges: &[f64], values: &[f64], path: &mut String) {
        let mut steps = edges.iter().skip(1).zip(values).peekable();
        while let Some((end, value)) = steps.next() {
            let y = Px(self.y(*value)).to_string();
            if steps.peek().is_some_and(|(_, next)| Px(self.y(**next)).to_string() == y) {
                continue;
            }
            let _ = write!(path, "V{y}H{}", Px(self.x(*end)));
        }
    }

    /// An invisible column with a tooltip for each period.
    pub fn tooltips(&self, edges: &[f64], mut tooltip: impl FnMut(usize) -> String, svg: &mut Svg) {
        svg.add(format_args!("<g fill=\"#000\" fill-opacity=\"0\">\n"));
        for (at, (from, to)) in edges.iter().zip(edges.iter().skip(1)).enumerate() {
            let (from, to) = (self.x(*from), self.x(*to));
            svg.add(format_args!(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title></rect>\n",
                Px(from),
                Px(self.top),
                Px((to - from).max(0.1)),
                Px(self.bottom - self.top),
                Escaped(&tooltip(at))
            ));
        }
        svg.add(format_args!("</g>\n"));
    }
}
