//! A large simulation's bars, together by look.

use std::fmt::Write;

use super::Chart;
use super::looks::Look;
use super::raster::{Block, Strip, blocks};
use crate::picture::svg::{Escaped, Px, Svg};
use crate::report::numbers::{count, short, time};

/// Columns a pixel.
const FINE: f64 = 2.0;
/// Beyond so many rectangles the raster is coarser.
const BLOCKS_MAX: usize = 160_000;

/// Draws all bars, and tells what a cell of the raster stands for.
pub(super) fn draw(chart: &Chart<'_>, svg: &mut Svg) -> String {
    let frame = &chart.frame;
    let looks = Look::all(&chart.colours);
    let (width, height) = (frame.right - frame.left, frame.bottom - frame.top);
    let mut columns = (width * FINE) as usize;
    let mut rows = (chart.rows.count as f64).min(height).max(1.0) as usize;
    let mut found = raster(chart, columns, rows, looks.len());
    while found.len() > BLOCKS_MAX && columns > 16 {
        (columns, rows) = (columns * 3 / 4, (rows * 3).div_ceil(4));
        found = raster(chart, columns, rows, looks.len());
    }
    let (x, y) = (width / columns as f64, height / rows as f64);
    for look in looks {
        let of_look: Vec<&Block> = found.iter().filter(|block| block.paint == look.place()).collect();
        if of_look.is_empty() {
            continue;
        }
        let fill = look.fill(&chart.colours);
        svg.add(format_args!(
            "<path transform=\"translate({} {})\" d=\"{}\" fill=\"{fill}\"><title>{}</title></path>\n",
            Px(frame.left),
            Px(frame.top),
            path(&of_look, x, y),
            Escaped(&chart.tooltip_of_all(look))
        ));
    }
    let (seconds, resources) = (chart.span.seconds() / columns as f64, chart.rows.count as f64 / rows as f64);
    let (executions, cell, resources) = (count(chart.bars.len()), time(seconds), short(resources));
    format!(
        "{executions} executions are too many to be drawn one by one: each cell, {cell} by {resources} resources, shows who held most of it."
    )
}

fn raster(chart: &Chart<'_>, columns: usize, rows: usize, looks: usize) -> Vec<Block> {
    let column = columns as f64 / chart.span.seconds();
    let row = rows as f64 / (chart.rows.count.max(1) as f64);
    let strips = chart.bars.iter().map(|bar| Strip {
        left: bar.from * column,
        right: bar.to * column,
        runs: bar.runs.iter().map(|&(from, to)| (from as f64 * row, to as f64 * row)).collect(),
        paint: bar.look.place(),
    });
    let strips: Vec<Strip> = strips.collect();
    blocks(&strips, columns, rows, looks)
}

/// The rectangles as one path; each begins where the one before began.
fn path(blocks: &[&Block], x: f64, y: f64) -> String {
    let mut path = String::new();
    // In tenths of a pixel, so that what adjoins still does.
    let tenths = |at: usize, size: f64| (at as f64 * size * 10.0).round() as i64;
    let (mut last_x, mut last_y) = (0, 0);
    for block in blocks {
        let (left, right) = (tenths(block.left, x), tenths(block.right, x));
        let (top, bottom) = (tenths(block.top, y), tenths(block.bottom, y));
        let (width, height) = (Tenths(right - left), Tenths(bottom - top));
        let (across, down) = (Tenths(left - last_x), Tenths(top - last_y));
        // Writing to a `String` does not fail.
        let _ = write!(path, "m{across} {down}h{width}v{height}h{}z", Tenths(left - right));
        (last_x, last_y) = (left, top);
    }
    path
}

/// A length in tenths of a pixel, as short as SVG has it.
struct Tenths(i64);

impl std::fmt::Display for Tenths {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        match (self.0.unsigned_abs() / 10, self.0.unsigned_abs() % 10) {
            (whole, 0) => write!(formatter, "{sign}{whole}"),
            (0, tenths) => write!(formatter, "{sign}.{tenths}"),
            (whole, tenths) => write!(formatter, "{sign}{whole}.{tenths}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_are_written_relative_to_each_other() {
        let block = |left, right, top, bottom| Block { paint: 0, top, left, right, bottom };
        let blocks = [block(2, 4, 0, 1), block(1, 6, 3, 5)];
        assert_eq!(path(&blocks.iter().collect::<Vec<_>>(), 0.5, 2.0), "m1 0h1v2h-1zm-.5 6h2.5v4h-2.5z");
    }
}
