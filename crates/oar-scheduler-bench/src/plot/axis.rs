//! A logarithmic axis.

use oar_scheduler_sim::numbers::grouped;
use oar_scheduler_sim::picture::parts::{self, Anchor};
use oar_scheduler_sim::picture::style::text_width;
use oar_scheduler_sim::picture::svg::{Px, Svg};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Jobs,
    Seconds,
    Bytes,
}

/// An axis between two places, the smallest value at the first.
#[derive(Debug, Clone)]
pub(super) struct LogAxis {
    unit: Unit,
    least: f64,
    most: f64,
    from: f64,
    to: f64,
}

const MEBIBYTE: f64 = 1_048_576.0;
const KIBIBYTE: f64 = 1024.0;

/// 1, 2 and 5 times the powers of ten.
fn round_numbers() -> impl Iterator<Item = f64> {
    (-9..=15).map(|power| 10_f64.powi(power)).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * power))
}

impl Unit {
    /// What one of the round numbers stands for.
    fn scale(self) -> f64 {
        match self {
            Self::Jobs | Self::Seconds => 1.0,
            Self::Bytes => MEBIBYTE,
        }
    }

    fn label(self, value: f64) -> String {
        let shortest = |number: f64| if number >= 1.0 { grouped(number) } else { format!("{number}") };
        match self {
            Self::Jobs => grouped(value),
            Self::Seconds if value < 0.999e-3 => format!("{} µs", shortest((value * 1e8).round() / 100.0)),
            Self::Seconds if value < 0.999 => format!("{} ms", grouped(value * 1e3)),
            Self::Seconds => format!("{} s", grouped(value)),
            Self::Bytes if value < MEBIBYTE * 0.999 => format!("{} KiB", shortest((value / KIBIBYTE).round())),
            Self::Bytes => format!("{} MiB", grouped(value / MEBIBYTE)),
        }
    }
}

impl LogAxis {
    /// An axis that has all these values between two round numbers.
    pub fn of(unit: Unit, values: impl Iterator<Item = f64>, (from, to): (f64, f64)) -> Self {
        let (least, most) =
            values.fold((f64::MAX, f64::MIN), |(least, most), value| (least.min(value), most.max(value)));
        let ticks = || round_numbers().map(|number| number * unit.scale());
        // Rounding errors of a millionth do not need another tick.
        let below = ticks().filter(|tick| *tick <= least * (1.0 + 1e-6)).last().unwrap_or(least);
        let above = ticks().find(|tick| *tick >= most * (1.0 - 1e-6)).unwrap_or(most);
        Self { unit, least: below, most: if above > below { above } else { below * 10.0 }, from, to }
    }

    /// Where a value is.
    pub fn at(&self, value: f64) -> f64 {
        let share = (value / self.least).ln() / (self.most / self.least).ln();
        self.from + share.clamp(0.0, 1.0) * (self.to - self.from)
    }

    /// The round numbers on it; over many decades only the powers of ten.
    fn ticks(&self) -> Vec<f64> {
        let scale = self.unit.scale();
        let within = |value: &f64| (self.least * 0.999..=self.most * 1.001).contains(value);
        let all: Vec<f64> = round_numbers().map(|number| number * scale).filter(within).collect();
        let is_power =
            |value: &f64| (value / scale).log10().fract().abs().min(1.0 - (value / scale).log10().fract().abs()) < 1e-6;
        if all.len() <= 10 { all } else { all.into_iter().filter(is_power).collect() }
    }

    /// The lines of a horizontal axis between two heights, with labels below.
    pub fn draw_upright(&self, (top, bottom): (f64, f64), svg: &mut Svg) {
        let mut free_from = f64::MIN;
        for tick in self.ticks() {
            let (x, label) = (self.at(tick), self.unit.label(tick));
            line(&format!("M{} {}V{}", Px(x), Px(top), Px(bottom)), svg);
            let half = text_width(&label, 12.0) / 2.0;
            if x - half > free_from {
                parts::text(svg, (x, bottom + 17.0), Anchor::Middle, "faint", &label);
                free_from = x + half + 8.0;
            }
        }
    }

    /// The lines of an upright axis between two sides, with labels on the left.
    pub fn draw_across(&self, (left, right): (f64, f64), svg: &mut Svg) {
        for tick in self.ticks() {
            let y = self.at(tick);
            line(&format!("M{} {}H{}", Px(left), Px(y), Px(right)), svg);
            parts::text(svg, (left - 8.0, y + 4.0), Anchor::End, "faint", &self.unit.label(tick));
        }
    }
}

fn line(path: &str, svg: &mut Svg) {
    svg.add(format_args!("<path d=\"{path}\" class=\"grid\" stroke=\"#d5dae1\" stroke-width=\".8\"/>\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_reaches_from_round_number_to_round_number() {
        let axis = LogAxis::of(Unit::Jobs, [1500.0, 30_000.0].into_iter(), (100.0, 200.0));
        assert_eq!((axis.at(1000.0), axis.at(50_000.0)), (100.0, 200.0));
        let labels: Vec<String> = axis.ticks().into_iter().map(|tick| axis.unit.label(tick)).collect();
        assert_eq!(labels, ["1,000", "2,000", "5,000", "10,000", "20,000", "50,000"]);
        // As far from 1,000 to 2,000 as from 10,000 to 20,000.
        let distance = |from: f64, to: f64| axis.at(to) - axis.at(from);
        assert!((distance(1000.0, 2000.0) - distance(10_000.0, 20_000.0)).abs() < 1e-9);
    }

    #[test]
    fn one_value_and_many_decades_have_axes_too() {
        let one = LogAxis::of(Unit::Seconds, [1.0].into_iter(), (0.0, 10.0));
        assert_eq!((one.at(1.0), one.at(10.0)), (0.0, 10.0));
        let many = LogAxis::of(Unit::Seconds, [2e-6, 300.0].into_iter(), (0.0, 10.0));
        let labels: Vec<String> = many.ticks().into_iter().map(|tick| many.unit.label(tick)).collect();
        assert_eq!(labels, ["10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s", "10 s", "100 s"]);
        let bytes = LogAxis::of(Unit::Bytes, [3e5, 3e6].into_iter(), (0.0, 10.0));
        let labels: Vec<String> = bytes.ticks().into_iter().map(|tick| bytes.unit.label(tick)).collect();
        assert_eq!(labels, ["205 KiB", "512 KiB", "1 MiB", "2 MiB", "5 MiB"]);
    }
}
