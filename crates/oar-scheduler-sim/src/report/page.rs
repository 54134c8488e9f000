//! The page.

use super::arrivals::Arrivals;
use super::log_axis::Unit;
use super::numbers::jobs;
use super::span::Span;
use super::spread::{self, Group};
use super::table::Table;
use super::waiting::{self, Waiting};
use super::{Report, gantt, spread_picture, summary_table, usage};
use crate::picture::svg::{Escaped, Svg};
use crate::simulation::Outcome;

/// Neither a font, nor a picture, nor anything else comes from elsewhere.
const STYLE: &str = include_str!("page/style.css");

/// A self-contained page, which is well-formed XML too.
pub(super) fn html(report: &Report<'_>) -> String {
    let span = Span::of(report.workload, report.trace);
    let outcomes = Outcome::all(report.workload, report.trace);
    let mut html = Svg::default();
    // The empty icon keeps browsers from asking a server for one.
    html.add(format_args!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>{0}</title>\n\
         <link rel=\"icon\" href=\"data:,\"/>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{0}</h1>\n<p class=\"lead\">{1}</p>\n",
        Escaped(report.title),
        Escaped(&lead(report, span))
    ));
    html.add(format_args!("<section id=\"summary\"><h2>Summary</h2>\n<div class=\"columns\">\n"));
    summary_table::settings(report).write(&mut html);
    summary_table::figures(report).write(&mut html);
    html.add(format_args!("</div>\n"));
    for table in [summary_table::dropped(report), summary_table::left(report, &outcomes)].into_iter().flatten() {
        table.write(&mut html);
    }
    html.add(format_args!("</section>\n"));
    over_time(report, span, &mut html);
    spreads(report, &outcomes, &mut html);
    html.add(format_args!("<section id=\"gantt\"><h2>Gantt chart</h2>\n"));
    figure(&mut html, &gantt::inline(report), "Who held which resources, and when. Point at a bar to read more.", None);
    html.add(format_args!("</section>\n</main>\n</body>\n</html>\n"));
    html.into_text()
}

fn lead(report: &Report<'_>, span: Span) -> String {
    let jobs = jobs(report.workload.jobs.len());
    if report.workload.jobs.is_empty() {
        return format!("{}: no job.", report.workload.name);
    }
    let (from, to) = (report.clock.date(span.from), report.clock.date(span.to));
    format!("{}: {jobs}, from {from} to {to}.", report.workload.name)
}

fn over_time(report: &Report<'_>, span: Span, html: &mut Svg) {
    html.add(format_args!("<section id=\"utilisation\"><h2>Utilisation</h2>\n"));
    let caption = "Busy resources over time: the mean of each step of the plot, and of each day.";
    figure(html, &usage::picture(report, span), caption, usage::table(report, span));
    html.add(format_args!("</section>\n<section id=\"queue\"><h2>What waits</h2>\n"));
    let waiting = Waiting::of(report, span);
    figure(html, &waiting::jobs(report, span, &waiting), "Jobs that have been submitted and do not run yet.", None);
    let caption = "Processors that these jobs ask for.";
    figure(html, &waiting::processors(report, span, &waiting), caption, None);
    html.add(format_args!("</section>\n"));
    if let Some(arrivals) = Arrivals::of(report) {
        html.add(format_args!("<section id=\"submissions\"><h2>Submissions</h2>\n"));
        let caption = "Jobs submitted in each hour of the week.";
        figure(html, &arrivals.picture(), caption, Some(arrivals.table()));
        html.add(format_args!("</section>\n"));
    }
}

fn spreads(report: &Report<'_>, outcomes: &[Outcome<'_>], html: &mut Svg) {
    let wait: spread::Figure = |outcome| outcome.wait();
    let slowdown: spread::Figure = |outcome| outcome.bounded_slowdown();
    html.add(format_args!("<section id=\"waiting-time\"><h2>Waiting time</h2>\n"));
    let users = spread::by_user(outcomes, wait);
    for (groups, by, what) in [
        (spread::by_queue(outcomes, report.queues, wait), "queue", "Waiting time by queue"),
        (spread::by_size(outcomes, wait), "processors", "Waiting time by number of processors"),
        (users, "user", "Waiting time by user, those with the most work first"),
    ] {
        spread(html, what, by, Unit::Time, &groups);
    }
    html.add(format_args!("</section>\n<section id=\"slowdown\"><h2>Bounded slowdown</h2>\n"));
    let groups = spread::by_size(outcomes, slowdown);
    spread(html, "Bounded slowdown by number of processors", "processors", Unit::Ratio, &groups);
    html.add(format_args!("</section>\n"));
}

fn spread(html: &mut Svg, what: &str, by: &str, unit: Unit, groups: &[Group]) {
    let table = spread_picture::table(what, by, unit, groups);
    figure(html, &spread_picture::picture(what, by, unit, groups), what, Some(table));
}

/// A picture with its caption, and its figures as a table that can be unfolded.
fn figure(html: &mut Svg, picture: &str, caption: &str, table: Option<Table>) {
    html.add(format_args!("<figure><figcaption>{}</figcaption>\n{picture}", Escaped(caption)));
    if let Some(table) = table {
        html.add(format_args!("<details><summary>The figures as a table</summary>\n"));
        table.write(html);
        html.add(format_args!("</details>\n"));
    }
    html.add(format_args!("</figure>\n"));
}
