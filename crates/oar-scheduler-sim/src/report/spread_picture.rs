//! Rows that show how a figure is spread over the jobs of each group, and the same figures as a table.

use super::log_axis::{LogAxis, Unit};
use super::numbers::{self, count, grouped, short, time};
use super::plot::{self, Anchor, WIDTH};
use super::spread::{Group, Spread};
use super::table::Table;
use crate::picture::svg::{Escaped, Px, Svg};
use crate::text::shortened;

const TOP: f64 = 66.0;
const ROW: f64 = 22.0;
/// Where the columns of text end, or begin.
const COUNTS: f64 = 262.0;
const LEFT: f64 = 284.0;
const RIGHT: f64 = WIDTH - 110.0;
const MEDIANS: f64 = WIDTH - 6.0;

/// A figure as text.
pub(super) fn figure(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Time => time(value),
        Unit::Ratio => short(value),
    }
}

/// The rows of groups: `by` says what makes a group.
pub(super) fn picture(label: &str, by: &str, unit: Unit, groups: &[Group]) -> String {
    let bottom = TOP + groups.len().max(1) as f64 * ROW;
    let mut svg = plot::begin(label, bottom + 10.0);
    let most = groups.iter().flat_map(|group| [group.spread.p95, group.spread.mean]).fold(1.0, f64::max);
    let axis = LogAxis::new(unit, (LEFT, RIGHT), most);
    legend(&mut svg);
    plot::text(&mut svg, (4.0, TOP - 6.0), Anchor::Start, "faint", by);
    plot::text(&mut svg, (COUNTS, TOP - 6.0), Anchor::End, "faint", "jobs");
    plot::text(&mut svg, (MEDIANS, TOP - 6.0), Anchor::End, "faint", "median");
    for at in (0..groups.len()).step_by(2) {
        let y = Px(TOP + at as f64 * ROW);
        svg.add(format_args!("<rect y=\"{y}\" width=\"{WIDTH}\" height=\"{ROW}\" class=\"band\" fill=\"#f3f5f8\"/>\n"));
    }
    axis.draw((TOP, bottom), &mut svg);
    for (at, group) in groups.iter().enumerate() {
        row(group, unit, &axis, TOP + (at as f64 + 0.5) * ROW, &mut svg);
    }
    svg.finish()
}

fn legend(svg: &mut Svg) {
    let sample = Spread { count: 1, mean: 52.0, p5: 0.0, p25: 18.0, median: 36.0, p75: 60.0, p95: 80.0 };
    marks(&sample, |value| LEFT + value, 18.0, svg);
    let text =
        "box: 25 % to 75 % of the jobs, with the median · line: 5 % to 95 % · diamond: mean · the axis is logarithmic";
    plot::text(svg, (LEFT + 94.0, 22.0), Anchor::Start, "ink", text);
}

fn row(group: &Group, unit: Unit, axis: &LogAxis, y: f64, svg: &mut Svg) {
    let Spread { count: jobs, mean, p5, p25, median, p75, p95 } = group.spread;
    svg.add(format_args!("<g><title>{}", Escaped(&group.name)));
    svg.add(format_args!(": {}", numbers::jobs(jobs)));
    if jobs > 0 {
        for (name, value) in
            [("mean", mean), ("5 %", p5), ("25 %", p25), ("median", median), ("75 %", p75), ("95 %", p95)]
        {
            svg.add(format_args!("\n{name} {}", figure(unit, value)));
        }
    }
    svg.add(format_args!("</title>\n"));
    plot::text(svg, (4.0, y + 4.0), Anchor::Start, "ink", &shortened(&group.name, 26));
    plot::text(svg, (COUNTS, y + 4.0), Anchor::End, "ink", &count(jobs));
    if jobs > 0 {
        marks(&group.spread, |value| axis.x(value), y, svg);
        plot::text(svg, (MEDIANS, y + 4.0), Anchor::End, "ink", &figure(unit, median));
    }
    svg.add(format_args!("</g>\n"));
}

fn marks(spread: &Spread, x: impl Fn(f64) -> f64, y: f64, svg: &mut Svg) {
    let [p5, p25, median, p75, p95, mean] =
        [spread.p5, spread.p25, spread.median, spread.p75, spread.p95, spread.mean].map(x);
    svg.add(format_args!(
        "<path d=\"M{0} {1}H{2}M{0} {3}v6M{2} {3}v6\" class=\"line\" stroke=\"#1f2733\" fill=\"none\"/>\n\
         <rect x=\"{4}\" y=\"{5}\" width=\"{6}\" height=\"10\" fill=\"#6f9be0\" class=\"edge\" stroke=\"#1d4472\" stroke-width=\".8\"/>\n\
         <path d=\"M{7} {8}v12\" class=\"line\" stroke=\"#1f2733\" stroke-width=\"2.4\"/>\n\
         <path d=\"M{9} {5}l5 5l-5 5l-5 -5z\" fill=\"#e0811f\" class=\"edge\" stroke=\"#6b3a05\" stroke-width=\".8\"/>\n",
        Px(p5),
        Px(y),
        Px(p95),
        Px(y - 3.0),
        Px(p25),
        Px(y - 5.0),
        Px((p75 - p25).max(0.5)),
        Px(median),
        Px(y - 6.0),
        Px(mean)
    ));
}

/// The figures of the picture.
pub(super) fn table(caption: &str, by: &str, unit: Unit, groups: &[Group]) -> Table {
    let heads = [by, "jobs", "processor-hours", "mean", "5 %", "25 %", "median", "75 %", "95 %"];
    let row = |group: &Group| {
        let Spread { count: jobs, mean, p5, p25, median, p75, p95 } = group.spread;
        let figures = [mean, p5, p25, median, p75, p95];
        let figures = figures.map(|value| if jobs > 0 { figure(unit, value) } else { "–".to_owned() });
        [group.name.clone(), count(jobs), grouped(group.work / 3600.0)].into_iter().chain(figures).collect()
    };
    Table {
        caption: caption.to_owned(),
        heads: heads.map(str::to_owned).to_vec(),
        rows: groups.iter().map(row).collect(),
    }
}
