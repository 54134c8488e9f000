//! The plot of submissions by hour of the week.

use super::Report;
use super::calendar::hour_of_week;
use super::numbers::{count, grouped, ticks};
use super::plot::{self, Anchor, WIDTH};
use super::table::Table;
use crate::picture::svg::{Px, Svg};

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const SIDE: f64 = 72.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 130.0;

/// How many jobs were submitted in each hour of the week, from Monday 0:00 on, on the site's wall clock.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Arrivals {
    hours: [u64; 168],
}

impl Arrivals {
    /// `None` if no submission has a place in the calendar.
    pub fn of(report: &Report<'_>) -> Option<Self> {
        let mut arrivals = Self { hours: [0; 168] };
        for job in &report.workload.jobs {
            let hour = hour_of_week(job.submit, &report.clock.zone);
            if let Some(hour) = hour.and_then(|hour| arrivals.hours.get_mut(hour)) {
                *hour += 1;
            }
        }
        arrivals.hours.iter().any(|hour| *hour > 0).then_some(arrivals)
    }

    pub fn picture(&self) -> String {
        let mut svg = plot::begin("Submissions by hour of the week", BOTTOM + 28.0);
        let most = self.hours.iter().copied().max().unwrap_or_default() as f64;
        let ticks = ticks(most, 4.0);
        let top = ticks.last().copied().unwrap_or(1.0).max(1.0);
        let y = |value: f64| BOTTOM - value / top * (BOTTOM - TOP);
        for tick in &ticks {
            let (left, right, y) = (Px(SIDE), Px(WIDTH - SIDE), y(*tick));
            svg.add(format_args!(
                "<path d=\"M{left} {0}H{right}\" class=\"grid\" stroke=\"#d5dae1\" stroke-width=\".8\"/>\n",
                Px(y)
            ));
            plot::text(&mut svg, (SIDE - 8.0, y + 4.0), Anchor::End, "faint", &grouped(*tick));
        }
        plot::text(&mut svg, (SIDE - 8.0, TOP - 12.0), Anchor::Start, "ink", "submissions, all weeks together");
        self.bars(y, &mut svg);
        svg.finish()
    }

    fn bars(&self, y: impl Fn(f64) -> f64, svg: &mut Svg) {
        let width = (WIDTH - 2.0 * SIDE) / 168.0;
        for (at, (day, hours)) in DAYS.iter().zip(self.hours.chunks(24)).enumerate() {
            let left = SIDE + at as f64 * 24.0 * width;
            svg.add(format_args!(
                "<path d=\"M{} {}V{}\" class=\"strong\" stroke=\"#8d97a5\" stroke-width=\".8\"/>\n",
                Px(left),
                Px(TOP),
                Px(BOTTOM + 4.0)
            ));
            plot::text(svg, (left + 12.0 * width, BOTTOM + 18.0), Anchor::Middle, "ink", day);
            for (hour, submissions) in hours.iter().enumerate().filter(|(_, submissions)| **submissions > 0) {
                let top = y(*submissions as f64);
                svg.add(format_args!(
                    "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"#24a5b5\"><title>{day} {hour}:00 to {}:00: {}</title></rect>\n",
                    Px(left + hour as f64 * width + 0.4),
                    Px(top),
                    Px(width - 0.8),
                    Px((BOTTOM - top).max(0.1)),
                    hour + 1,
                    grouped(*submissions as f64)
                ));
            }
        }
        let (left, right) = (Px(SIDE), Px(WIDTH - SIDE));
        svg.add(format_args!("<path d=\"M{left} {BOTTOM}H{right}\" class=\"strong\" stroke=\"#8d97a5\"/>\n"));
    }

    /// The hours of the day by days of the week.
    pub fn table(&self) -> Table {
        let heads = std::iter::once("hour").chain(DAYS).map(str::to_owned).collect();
        let submissions = |day: usize, hour: usize| self.hours.get(day * 24 + hour).copied().unwrap_or_default();
        let row = |hour: usize| {
            let days = (0..7).map(|day| count(usize::try_from(submissions(day, hour)).unwrap_or(usize::MAX)));
            std::iter::once(format!("{hour}:00")).chain(days).collect()
        };
        Table { caption: "Submissions by hour of the week".to_owned(), heads, rows: (0..24).map(row).collect() }
    }
}
