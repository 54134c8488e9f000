//! From seconds and rows to pixels.

use oar_scheduler_core::Time;

use super::bars::Patch;
use super::chart::{Chart, seconds};

pub(super) const WIDTH: f64 = 1280.0;
pub(super) const MARGIN: f64 = 24.0;
/// The width of a column of labels.
pub(super) const LABELS: f64 = 84.0;

/// Where the plot is, and how large a second and a row are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
    from: f64,
    second: f64,
    pub row: f64,
    now: Time,
}

/// A rectangle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Scale {
    pub fn new(chart: &Chart, top: f64) -> Self {
        let columns = f64::from(u8::from(chart.rows.outer.is_some()) + u8::from(chart.rows.inner.is_some()));
        let (left, right) = (MARGIN + columns.max(1.0) * LABELS, WIDTH - MARGIN);
        let rows = chart.rows.count.max(1) as f64;
        let height = if rows <= 40.0 { (rows * 18.0).max(72.0) } else { rows.clamp(720.0, 1600.0) };
        let (from, to) = chart.span;
        let second = (right - left) / (to - from);
        Self { left, right, top, bottom: top + height, from, second, row: height / rows, now: chart.now() }
    }

    /// Where an instant is, also outside the plot.
    pub fn x(&self, at: Time) -> f64 {
        self.x_of(seconds(at, self.now))
    }

    /// Where an instant is that is given in seconds from now.
    pub fn x_of(&self, from_now: f64) -> f64 {
        self.left + (from_now - self.from) * self.second
    }

    pub fn y(&self, row: u64) -> f64 {
        self.top + row as f64 * self.row
    }

    /// The area from one instant to another, as far as it is in the plot, over these rows.
    pub fn area(&self, begin: f64, end: f64, from: u64, to: u64) -> Area {
        let (x, until) = (begin.clamp(self.left, self.right), end.clamp(self.left, self.right));
        Area { x, y: self.y(from), width: until - x, height: self.y(to) - self.y(from) }
    }

    /// The areas of patches between two instants. What is closer than can be seen is drawn as one.
    pub fn areas(&self, begin: f64, end: f64, patches: &[Patch]) -> Vec<Area> {
        let mut areas: Vec<Area> = Vec::new();
        for patch in patches {
            let whole = self.area(begin, end, patch.from, patch.to);
            let share = whole.height / patch.shares.max(1) as f64;
            let area = Area { y: whole.y + share * patch.share as f64, height: share, ..whole };
            match areas.last_mut() {
                Some(last) if self.row < 1.0 && area.y - (last.y + last.height) < 0.3 => {
                    last.height = area.y + area.height - last.y;
                }
                _ => areas.push(area),
            }
        }
        areas
    }
}

impl Area {
    /// The area without a rim.
    pub fn inset(self, x: f64, y: f64) -> Self {
        let (x, y) = (x.min(self.width / 4.0), y.min(self.height / 4.0));
        Self { x: self.x + x, y: self.y + y, width: self.width - 2.0 * x, height: self.height - 2.0 * y }
    }
}
