//! The plot of the utilisation over time.

use super::Report;
use super::bins::{Bins, even};
use super::calendar::{Period, Periods};
use super::numbers::{grouped, percent, short};
use super::plot::{self, Anchor, Plot};
use super::span::Span;
use super::table::Table;
use crate::picture::svg::{Px, Svg};

/// With so many days or fewer, the table tells of days, else of months.
const DAYS_MAX: usize = 100;
/// Beyond so many days a tooltip tells of a part of the plot.
const TOOLTIPS_MAX: usize = 400;

/// The resources that are busy on average in each bin, by what becomes of the work.
#[derive(Debug, Clone)]
pub(super) struct Usage {
    pub edges: Vec<f64>,
    pub normal: Vec<f64>,
    /// Of besteffort jobs, in executions that ended by themselves.
    pub besteffort: Vec<f64>,
    /// In executions that were killed.
    pub lost: Vec<f64>,
}

impl Usage {
    /// The usage between edges given in seconds from the beginning of the span.
    pub fn of(report: &Report<'_>, span: Span, edges: Vec<f64>) -> Self {
        let mut normal = Bins::new(edges.clone());
        let (mut besteffort, mut lost) = (normal.clone(), normal.clone());
        for execution in &report.trace.executions {
            let Some(job) = report.workload.jobs.get(execution.job) else { continue };
            let bins = match (execution.killed, report.queues.of(job.queue).besteffort) {
                (true, _) => &mut lost,
                (false, true) => &mut besteffort,
                (false, false) => &mut normal,
            };
            bins.add(span.at(execution.start), span.at(execution.end), execution.resources.len() as f64);
        }
        Self { edges, normal: normal.means(), besteffort: besteffort.means(), lost: lost.means() }
    }

    /// All busy resources of each bin.
    pub fn total(&self) -> Vec<f64> {
        let useful = self.useful();
        useful.iter().zip(&self.lost).map(|(useful, lost)| useful + lost).collect()
    }

    /// Those whose work is not lost.
    fn useful(&self) -> Vec<f64> {
        self.normal.iter().zip(&self.besteffort).map(|(normal, besteffort)| normal + besteffort).collect()
    }

    /// The figures of a bin: normal, besteffort, lost.
    fn figures(&self, at: usize) -> [f64; 3] {
        [&self.normal, &self.besteffort, &self.lost].map(|of| of.get(at).copied().unwrap_or_default())
    }
}

const PATTERNS: &str = r##"<defs>
<pattern id="used-besteffort" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0H6V6H0z" fill="#9cc4ea"/><path d="M1 0V6" stroke="#3577c4" stroke-width="1.4"/></pattern>
<pattern id="used-lost" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 0H6V6H0z" fill="#f3b9ae"/><path d="M0 0L6 6M6 0L0 6" stroke="#b3261e" stroke-width="1"/></pattern>
</defs>
"##;

/// The picture.
pub(super) fn picture(report: &Report<'_>, span: Span) -> String {
    let size = report.platform.size() as f64;
    let (top, bottom) = (58.0, 278.0);
    let bins = Usage::of(report, span, even(span.seconds(), Plot::bins()));
    let plot = Plot::new(span, (top, bottom), bins.total().into_iter().fold(size, f64::max));
    let mut svg = plot::begin("Busy resources over time", bottom + 28.0);
    svg.add(format_args!("{PATTERNS}"));
    plot.value_axis("busy resources", &mut svg);
    plot.time_axis(report.clock, &mut svg);
    share_axis(&plot, size, &mut svg);
    layers(&plot, &bins, &mut svg);
    let days = Periods::of(span, &report.clock.zone, Period::Day);
    let days = days.map(|days| (Usage::of(report, span, days.edges), days.names));
    svg.add(format_args!(
        "<path d=\"M{} {}H{}\" class=\"line\" stroke=\"#1f2733\" stroke-width=\"1.3\" stroke-dasharray=\"7 3\"/>\n",
        Px(plot.left),
        Px(plot.y(size)),
        Px(plot.right)
    ));
    if let Some((days, _)) = &days {
        daily_line(&plot, days, &mut svg);
    }
    let bins = Usage::of(report, span, even(span.seconds(), 100));
    match &days {
        Some((days, names)) if names.len() <= TOOLTIPS_MAX && names.len() > 7 => {
            plot.tooltips(
                &days.edges,
                |at| tooltip(days, at, names.get(at).map_or("", String::as_str), size),
                &mut svg,
            );
        }
        _ => {
            let date = |at: usize| report.clock.date(span.instant(bins.edges.get(at).copied().unwrap_or_default()));
            let name = |at: usize| format!("{} to {}", date(at), date(at + 1));
            plot.tooltips(&bins.edges, |at| tooltip(&bins, at, &name(at), size), &mut svg);
        }
    }
    let swatch = |fill: &str| format!("<rect width=\"26\" height=\"12\" fill=\"{fill}\"/>");
    let (normal, besteffort, lost) = (swatch("#3577c4"), swatch("url(#used-besteffort)"), swatch("url(#used-lost)"));
    let mut entries = vec![
        (normal.as_str(), "normal jobs"),
        (besteffort.as_str(), "besteffort jobs that ended"),
        (lost.as_str(), "besteffort jobs that were killed: lost"),
        (
            "<path d=\"M0 6H26\" class=\"line\" stroke=\"#1f2733\" stroke-width=\"1.3\" stroke-dasharray=\"7 3\"/>",
            "the machine",
        ),
    ];
    if days.is_some() {
        entries.push(("<path d=\"M0 6H26\" class=\"line\" stroke=\"#1f2733\" stroke-width=\"2\"/>", "daily mean"));
    }
    plot::legend(&entries, plot.left, 6.0, &mut svg);
    svg.finish()
}

/// The machine's share, on the right.
fn share_axis(plot: &Plot, size: f64, svg: &mut Svg) {
    let mut free = f64::MAX;
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let y = plot.y(size * share);
        if free - y >= 14.0 {
            free = y;
            plot::text(svg, (plot.right + 8.0, y + 4.0), Anchor::Start, "faint", &format!("{:.0} %", share * 100.0));
        }
    }
}

fn layers(plot: &Plot, bins: &Usage, svg: &mut Svg) {
    let layers = [
        (bins.total(), "url(#used-lost)", bins.lost.iter()),
        (bins.useful(), "url(#used-besteffort)", bins.besteffort.iter()),
        (bins.normal.clone(), "#3577c4", bins.normal.iter()),
    ];
    for (values, fill, mut own) in layers {
        if own.any(|value| *value > 0.0) {
            svg.add(format_args!("<path d=\"{}\" fill=\"{fill}\"/>\n", plot.area(&bins.edges, &values)));
        }
    }
}

fn daily_line(plot: &Plot, days: &Usage, svg: &mut Svg) {
    let line = plot.line(&days.edges, &days.total());
    svg.add(format_args!(
        "<path d=\"{line}\" fill=\"none\" class=\"halo\" stroke=\"#fff\" stroke-width=\"4\" stroke-opacity=\".7\"/>\n\
         <path d=\"{line}\" fill=\"none\" class=\"line\" stroke=\"#1f2733\" stroke-width=\"2\"/>\n"
    ));
}

fn tooltip(usage: &Usage, at: usize, name: &str, size: f64) -> String {
    let [normal, besteffort, lost] = usage.figures(at);
    let share = percent((normal + besteffort + lost) / size.max(1.0));
    format!(
        "{name}\nbusy {} of {} resources ({share})\nnormal {}, besteffort {}, lost {}",
        short(normal + besteffort + lost),
        grouped(size),
        short(normal),
        short(besteffort),
        short(lost)
    )
}

/// The means of days, or of months if there are many days.
pub(super) fn table(report: &Report<'_>, span: Span) -> Option<Table> {
    let zone = &report.clock.zone;
    let days = Periods::of(span, zone, Period::Day).filter(|days| days.names.len() <= DAYS_MAX);
    let (what, periods) = match days {
        Some(days) => ("day", days),
        None => ("month", Periods::of(span, zone, Period::Month)?),
    };
    let usage = Usage::of(report, span, periods.edges);
    let size = report.platform.size().max(1) as f64;
    let rows = periods.names.into_iter().enumerate().map(|(at, name)| {
        let [normal, besteffort, lost] = usage.figures(at);
        let share = |of: f64| percent(of / size);
        let busy = normal + besteffort + lost;
        vec![name, short(busy), share(busy), share(normal), share(besteffort), share(lost)]
    });
    Some(Table {
        caption: format!("Busy resources, mean of each {what}, and shares of the machine"),
        heads: [what, "busy resources", "busy", "normal", "besteffort, ended", "besteffort, lost"]
            .map(str::to_owned)
            .to_vec(),
        rows: rows.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::artificial::Example;
    use super::*;

    #[test]
    fn busy_resources_are_told_by_what_becomes_of_the_work() {
        let example = Example::by_hand();
        let report = example.report();
        let span = Span::of(&example.workload, &example.trace);
        assert_eq!(span.seconds(), 400.0);
        let usage = Usage::of(&report, span, vec![0.0, 100.0, 200.0, 400.0]);
        // Job 1 holds 2 of 4 from 0 to 100, job 2 (besteffort) 2 from 50 to 150 where it is killed by job 3, which holds 4 from 150 to
        // 250; job 2 again from 250 to 400.
        assert_eq!(usage.normal, [2.0, 2.0, 1.0]);
        assert_eq!(usage.lost, [1.0, 1.0, 0.0]);
        assert_eq!(usage.besteffort, [0.0, 0.0, 1.5]);
        assert_eq!(usage.total(), [3.0, 3.0, 2.5]);
    }
}
