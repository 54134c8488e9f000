//! The picture from top to bottom.

use super::bars::Role;
use super::chart::Chart;
use super::legend::{self, Legend};
use super::scale::{MARGIN, Scale, WIDTH};
use super::style::DEFINITIONS;
use super::{grid, shapes};
use crate::picture::style::{FAINT, FONTS, INK};
use crate::picture::svg::{Escaped, Px, Svg};
use crate::text::{counted, shortened};

/// Where the legend begins.
const HEADER: f64 = 66.0;
/// How many jobs without a place are listed.
const UNPLACED_MAX: usize = 12;
const LINE: f64 = 17.0;

/// The chart as an SVG document.
pub(super) fn svg(chart: &Chart) -> String {
    let legend = Legend::of(chart);
    let scale = Scale::new(chart, legend::top_of_plot(&legend, HEADER));
    let notes = notes(chart, &scale);
    let height = legend::below_plot(&scale) + notes.len() as f64 * LINE + 12.0;
    let mut svg = Svg::default();
    svg.add(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{0}\" viewBox=\"0 0 {WIDTH} {0}\" role=\"img\" \
         font-family=\"{FONTS}\">\n",
        Px(height)
    ));
    header(chart, &mut svg);
    legend.draw(HEADER, &mut svg);
    grid::blocks(chart, &scale, &mut svg);
    grid::column_heads(chart, &scale, &mut svg);
    grid::time(chart, &scale, &mut svg);
    bars(chart, &scale, &mut svg);
    grid::now(chart, &scale, &mut svg);
    let mut y = legend::below_plot(&scale);
    for Note { text, full, is_heading } in &notes {
        let (weight, colour) = if *is_heading { (" font-weight=\"bold\"", INK) } else { ("", FAINT) };
        y += LINE;
        svg.add(format_args!(
            "<text x=\"{MARGIN}\" y=\"{}\" font-size=\"11\" fill=\"{colour}\"{weight}>{}<title>{}</title></text>\n",
            Px(y),
            Escaped(text),
            Escaped(full)
        ));
    }
    svg.finish()
}

fn header(chart: &Chart, svg: &mut Svg) {
    let name = chart.name.as_deref().unwrap_or("round");
    let zone = &chart.time_zone;
    let (now, later) = chart.starts();
    let resources = counted(usize::try_from(chart.rows.count).unwrap_or(usize::MAX), "resource");
    let jobs = counted(chart.plan.assignments.len() + chart.plan.unscheduled.len(), "waiting job");
    let without = chart.plan.unscheduled.len();
    let date = chart.clock.date(chart.now());
    let summary =
        format!("{date} ({zone}) · {resources} · {jobs}: {now} start now, {later} later, {without} without a place");
    svg.add(format_args!(
        "<title>{0}</title><desc>Gantt chart of a scheduling round. {1}</desc>\n{DEFINITIONS}\
         <rect width=\"100%\" height=\"100%\" fill=\"#fbfcfd\"/>\n\
         <text x=\"{MARGIN}\" y=\"32\" font-size=\"18\" font-weight=\"bold\" fill=\"{INK}\">{0}</text>\n\
         <text x=\"{MARGIN}\" y=\"51\" font-size=\"12\" fill=\"{FAINT}\">{1}</text>\n",
        Escaped(&shortened(name, 100)),
        Escaped(&summary)
    ));
}

fn bars(chart: &Chart, scale: &Scale, svg: &mut Svg) {
    let mut containers = Vec::new();
    for bar in &chart.bars {
        let areas = shapes::areas(bar, scale);
        if areas.is_empty() {
            continue;
        }
        shapes::bar(bar, &areas, chart, scale, svg);
        if bar.role == Role::Container {
            containers.push((bar, areas));
        }
    }
    for (bar, areas) in containers {
        shapes::container_outline(bar, &areas, svg);
    }
}

/// A line below the plot.
struct Note {
    text: String,
    /// What a tooltip says.
    full: String,
    is_heading: bool,
}

impl Note {
    fn new(full: String, is_heading: bool) -> Self {
        Self { text: shortened(&full, 200).into_owned(), full: shortened(&full, 2000).into_owned(), is_heading }
    }
}

/// What the plot cannot show: jobs beyond its right edge, jobs without a place.
fn notes(chart: &Chart, scale: &Scale) -> Vec<Note> {
    let mut notes = Vec::new();
    let beyond = chart.bars.iter().filter(|bar| scale.x(bar.begin) >= scale.right).count();
    if beyond > 0 {
        let begins = if beyond == 1 { "begins" } else { "begin" };
        notes.push(Note::new(format!("{} {begins} only after the right edge.", counted(beyond, "job")), false));
    }
    if chart.unplaced.is_empty() {
        return notes;
    }
    notes.push(Note::new("Without a place in this round".to_owned(), true));
    notes.extend(chart.unplaced.iter().take(UNPLACED_MAX).map(|(job, user, reason)| {
        let user = if user.is_empty() { String::new() } else { format!(" ({user})") };
        Note::new(format!("{job}{user}: {reason}"), false)
    }));
    if let Some(more) = chart.unplaced.len().checked_sub(UNPLACED_MAX).filter(|more| *more > 0) {
        notes.push(Note::new(format!("and {more} more"), false));
    }
    notes
}
