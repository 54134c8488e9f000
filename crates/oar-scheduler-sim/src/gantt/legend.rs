//! What the looks mean; only of what the picture shows.

use std::collections::BTreeSet;

use super::bars::{Moment, Role};
use super::chart::{Chart, seconds};
use super::scale::{MARGIN, Scale, WIDTH};
use super::shapes;
use super::style::{GONE, Look, SWITCHED_OFF, TAKEN, look, moment_name, role_name};
use crate::picture::style::{INK, text_width};
use crate::picture::svg::{Escaped, Px, Svg};

const LINE: f64 = 22.0;
const SWATCH: f64 = 26.0;

enum Sample {
    Bar(Look, Moment),
    Shade(&'static [&'static str]),
    Cut,
}

/// The entries with their places: text, x, line.
pub(super) struct Legend {
    entries: Vec<(Sample, &'static str, f64, usize)>,
    lines: usize,
}

impl Legend {
    pub fn of(chart: &Chart) -> Self {
        let moments: BTreeSet<Moment> = chart
            .bars
            .iter()
            .filter(|bar| matches!(bar.role, Role::Normal | Role::Besteffort))
            .map(|bar| bar.moment)
            .collect();
        let roles: BTreeSet<Role> =
            chart.bars.iter().map(|bar| bar.role).filter(|role| *role != Role::Normal).collect();
        let mut samples: Vec<(Sample, &'static str)> = moments
            .into_iter()
            .map(|moment| (Sample::Bar(look(moment, Role::Normal), moment), moment_name(moment)))
            .collect();
        samples.extend(
            roles.into_iter().map(|role| (Sample::Bar(look(Moment::Planned, role), Moment::Planned), role_name(role))),
        );
        if chart.bars.iter().any(|bar| bar.taken_by.is_some()) {
            samples.push((Sample::Bar(TAKEN, Moment::Planned), "besteffort, taken by a normal job"));
        }
        if !chart.absent.is_empty() {
            samples.push((Sample::Shade(SWITCHED_OFF), "switched off"));
        }
        if chart.leaving.iter().any(|(until, _)| seconds(*until, chart.now()) < chart.span.1) {
            samples.push((Sample::Shade(GONE), "no longer available"));
        }
        if chart.bars.iter().any(|bar| chart.is_cut(bar) != (false, false)) {
            samples.push((Sample::Cut, "goes on beyond the picture"));
        }
        let (mut x, mut line) = (MARGIN, 0);
        let mut entries = Vec::new();
        for (sample, text) in samples {
            let width = SWATCH + 8.0 + text_width(text, 11.0) + 20.0;
            if x > MARGIN && x + width > WIDTH - MARGIN {
                (x, line) = (MARGIN, line + 1);
            }
            entries.push((sample, text, x, line));
            x += width;
        }
        Self { entries, lines: line + 1 }
    }

    pub fn height(&self) -> f64 {
        self.lines as f64 * LINE
    }

    pub fn draw(&self, top: f64, svg: &mut Svg) {
        for (sample, text, x, line) in &self.entries {
            let y = top + *line as f64 * LINE;
            let area = super::scale::Area { x: *x, y, width: SWATCH, height: 14.0 };
            match sample {
                Sample::Bar(look, moment) => {
                    shapes::fill(&[area], look, svg);
                    shapes::mark_start(&[area], *moment, svg);
                }
                Sample::Shade(fills) => {
                    for fill in *fills {
                        svg.add(format_args!(
                            "<rect x=\"{}\" y=\"{}\" width=\"{SWATCH}\" height=\"14\" fill=\"{fill}\" stroke=\"#8d97a5\" stroke-width=\".6\"/>\n",
                            Px(*x),
                            Px(y)
                        ));
                    }
                }
                Sample::Cut => {
                    let running = look(Moment::Running, Role::Normal);
                    shapes::fill(&[area], &running, svg);
                    shapes::mark_right(&[area], &running, svg);
                }
            }
            svg.add(format_args!(
                "<text x=\"{}\" y=\"{}\" font-size=\"11\" fill=\"{INK}\">{}</text>\n",
                Px(x + SWATCH + 6.0),
                Px(y + 11.0),
                Escaped(text)
            ));
        }
    }
}

/// Where the plot begins, below the header and the legend.
pub(super) fn top_of_plot(legend: &Legend, header: f64) -> f64 {
    header + legend.height() + 44.0
}

/// Where the rest of the picture may begin.
pub(super) fn below_plot(scale: &Scale) -> f64 {
    scale.bottom + 32.0
}
