//! The plots of what waits.

use super::Report;
use super::bins::{Bins, even, peaks};
use super::numbers::{grouped, short};
use super::plot::{self, Plot};
use super::span::Span;
use crate::picture::svg::Svg;

/// What waits over time: intervals `(from, to, weight)` in seconds from the beginning of the span.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Waiting {
    pub jobs: Vec<(f64, f64, f64)>,
    /// The same, weighing the processors that the jobs ask for.
    pub processors: Vec<(f64, f64, f64)>,
}

impl Waiting {
    /// Also a job whose execution was killed waits again.
    pub fn of(report: &Report<'_>, span: Span) -> Self {
        let executions = report.trace.executions.iter();
        let ended = executions.map(|execution| (execution.job, execution.queued, execution.start));
        let left = report.trace.left.iter().map(|left| (left.job, left.queued, span.to));
        let mut waiting = Self { jobs: Vec::new(), processors: Vec::new() };
        for (job, from, to) in ended.chain(left) {
            let Some(job) = report.workload.jobs.get(job).filter(|_| from < to) else { continue };
            waiting.jobs.push((span.at(from), span.at(to), 1.0));
            waiting.processors.push((span.at(from), span.at(to), f64::from(job.size)));
        }
        waiting
    }
}

/// The picture of the jobs that wait.
pub(super) fn jobs(report: &Report<'_>, span: Span, waiting: &Waiting) -> String {
    picture(report, span, &waiting.jobs, "Waiting jobs over time", "waiting jobs", "#8560cc")
}

/// The picture of the processors that they ask for.
pub(super) fn processors(report: &Report<'_>, span: Span, waiting: &Waiting) -> String {
    let label = "Processors that waiting jobs ask for over time";
    picture(report, span, &waiting.processors, label, "processors that waiting jobs ask for", "#a3683a")
}

fn picture(
    report: &Report<'_>,
    span: Span,
    intervals: &[(f64, f64, f64)],
    label: &str,
    what: &str,
    colour: &str,
) -> String {
    let edges = even(span.seconds(), Plot::bins());
    let means = means(&edges, intervals);
    let peaks = peaks(&edges, intervals);
    let (top, bottom) = (58.0, 198.0);
    let plot = Plot::new(span, (top, bottom), peaks.iter().copied().fold(1.0, f64::max));
    let mut svg = plot::begin(label, bottom + 28.0);
    plot.value_axis(what, &mut svg);
    plot.time_axis(report.clock, &mut svg);
    layers(&plot, &edges, &means, &peaks, colour, &mut svg);
    let coarse = even(span.seconds(), 100);
    let (coarse_means, coarse_peaks) = (self::means(&coarse, intervals), self::peaks(&coarse, intervals));
    let date = |at: usize| report.clock.date(span.instant(coarse.get(at).copied().unwrap_or_default()));
    let figure = |of: &[f64], at: usize| of.get(at).copied().unwrap_or_default();
    let tooltip = |at: usize| {
        let (mean, peak) = (short(figure(&coarse_means, at)), grouped(figure(&coarse_peaks, at)));
        format!("{} to {}\n{what}: mean {mean}, at most {peak}", date(at), date(at + 1))
    };
    plot.tooltips(&coarse, tooltip, &mut svg);
    let peak = format!("<rect width=\"26\" height=\"12\" fill=\"{colour}\" fill-opacity=\".3\"/>");
    let mean = format!("<path d=\"M0 6H26\" stroke=\"{colour}\" stroke-width=\"1.8\"/>");
    plot::legend(&[(&mean, "mean"), (&peak, "up to the highest value")], plot.left, 6.0, &mut svg);
    svg.finish()
}

fn layers(plot: &Plot, edges: &[f64], means: &[f64], peaks: &[f64], colour: &str, svg: &mut Svg) {
    svg.add(format_args!("<path d=\"{}\" fill=\"{colour}\" fill-opacity=\".3\"/>\n", plot.area(edges, peaks)));
    svg.add(format_args!(
        "<path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>\n",
        plot.line(edges, means)
    ));
}

fn means(edges: &[f64], intervals: &[(f64, f64, f64)]) -> Vec<f64> {
    let mut bins = Bins::new(edges.to_vec());
    for (from, to, weight) in intervals {
        bins.add(*from, *to, *weight);
    }
    bins.means()
}

#[cfg(test)]
mod tests {
    use super::super::artificial::Example;
    use super::*;

    #[test]
    fn a_job_waits_until_it_starts_and_again_once_killed() {
        let example = Example::by_hand();
        let span = Span::of(&example.workload, &example.trace);
        let waiting = Waiting::of(&example.report(), span);
        // Job 2 from 10 to 50, job 3 from 120 to 150, job 2 again from 150 to 250; job 4 never starts.
        let expected = [(10.0, 50.0), (120.0, 150.0), (150.0, 250.0), (200.0, 400.0)];
        assert_eq!(waiting.jobs, expected.map(|(from, to)| (from, to, 1.0)));
        assert_eq!(waiting.processors.iter().map(|(_, _, size)| *size).collect::<Vec<_>>(), [2.0, 4.0, 2.0, 9.0]);
        let edges = [0.0, 100.0, 200.0, 400.0];
        assert_eq!(means(&edges, &waiting.processors), [0.8, 2.2, 9.5]);
        assert_eq!(peaks(&edges, &waiting.processors), [2.0, 4.0, 11.0]);
    }
}
