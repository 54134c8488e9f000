//! A logarithmic axis of waiting times or slowdowns.

use super::numbers::grouped;
use super::plot::{self, Anchor};
use crate::picture::style::text_width;
use crate::picture::svg::{Px, Svg};

/// The width from 0 to 1 second, where the axis is linear.
const BELOW_ONE: f64 = 46.0;
const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;
const YEAR: f64 = 365.0 * DAY;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Seconds, from 0 on.
    Time,
    /// A ratio, from 1 on.
    Ratio,
}

/// Where values are between two sides.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogAxis {
    pub left: f64,
    pub right: f64,
    unit: Unit,
    most: f64,
}

impl LogAxis {
    /// An axis that reaches up to `most`.
    pub fn new(unit: Unit, (left, right): (f64, f64), most: f64) -> Self {
        let least = match unit {
            Unit::Time => MINUTE,
            Unit::Ratio => 10.0,
        };
        Self { left, right, unit, most: most.max(least) * 1.05 }
    }

    pub fn x(&self, value: f64) -> f64 {
        let one = match self.unit {
            Unit::Time => self.left + BELOW_ONE,
            Unit::Ratio => self.left,
        };
        if value < 1.0 {
            return self.left + value.max(0.0) * (one - self.left);
        }
        one + (value.ln() / self.most.ln()).clamp(0.0, 1.0) * (self.right - one)
    }

    /// Values with their names, ascending.
    fn ticks(&self) -> Vec<(f64, String)> {
        let powers = (0..=18).map(|power| 10_f64.powi(power));
        match self.unit {
            Unit::Ratio => powers
                .flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * power))
                .map(|value| (value, grouped(value)))
                .collect(),
            Unit::Time => {
                let named = [
                    (0.0, "0"),
                    (1.0, "1 s"),
                    (10.0, "10 s"),
                    (MINUTE, "1 min"),
                    (10.0 * MINUTE, "10 min"),
                    (HOUR, "1 h"),
                    (4.0 * HOUR, "4 h"),
                    (DAY, "1 day"),
                    (7.0 * DAY, "1 week"),
                    (30.0 * DAY, "30 days"),
                ];
                let years = powers.map(|years| (years * YEAR, format!("{} y", grouped(years))));
                named.into_iter().map(|(at, name)| (at, name.to_owned())).chain(years).collect()
            }
        }
    }

    /// The lines between two heights, and their labels above; labels that would overlap are left out.
    pub fn draw(&self, (top, bottom): (f64, f64), svg: &mut Svg) {
        let mut free_from = f64::MIN;
        for (value, name) in self.ticks().into_iter().filter(|(value, _)| *value <= self.most) {
            let x = self.x(value);
            let half = text_width(&name, 12.0) / 2.0;
            if x - half < free_from {
                continue;
            }
            free_from = x + half + 10.0;
            let (colour, class) = if value == 0.0 { ("#8d97a5", "strong") } else { ("#d5dae1", "grid") };
            svg.add(format_args!(
                "<path d=\"M{} {}V{}\" class=\"{class}\" stroke=\"{colour}\" stroke-width=\".8\"/>\n",
                Px(x),
                Px(top),
                Px(bottom)
            ));
            plot::text(svg, (x, top - 6.0), Anchor::Middle, "faint", &name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_has_its_place_left_of_a_second() {
        let axis = LogAxis::new(Unit::Time, (100.0, 1000.0), 86_400.0);
        assert_eq!(axis.x(0.0), 100.0);
        assert_eq!(axis.x(1.0), 146.0);
        let places: Vec<f64> = [0.0, 0.5, 1.0, 60.0, 3600.0, 86_400.0].map(|value| axis.x(value)).to_vec();
        assert!(places.is_sorted_by(|a, b| a < b) && places[5] < 1000.0);
        assert_eq!(LogAxis::new(Unit::Ratio, (100.0, 1000.0), 1.0).x(1.0), 100.0);
    }

    #[test]
    fn the_widest_spreads_have_few_ticks() {
        let axis = LogAxis::new(Unit::Time, (0.0, 800.0), 1.9e19);
        let mut svg = Svg::default();
        axis.draw((20.0, 40.0), &mut svg);
        let svg = svg.finish();
        assert!(svg.matches("<text").count() <= 20 && axis.x(1.9e19) <= 800.0, "{svg}");
    }
}
