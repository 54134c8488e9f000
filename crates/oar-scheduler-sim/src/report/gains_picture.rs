//! A picture of who waits longer, and who less: a row for each group, with a mark for each simulation.

use super::gains::{Gain, Gains};
use super::log_axis::{LogAxis, Unit};
use super::numbers::{count, jobs, time};
use super::plot::{self, Anchor, WIDTH};
use super::spread::USERS_MAX;
use crate::picture::style::text_width;
use crate::picture::svg::{Escaped, Px, Svg};
use crate::text::shortened;

const ROW: f64 = 22.0;
const COUNTS: f64 = 262.0;
const LEFT: f64 = 284.0;
/// The width of a column of differences, and the most such columns.
const COLUMN: f64 = 112.0;
const COLUMNS_MAX: usize = 3;
/// The height of a section's head.
const HEAD: f64 = 52.0;

const COLOURS: &[&str] = &["#5d6878", "#3577c4", "#e0811f", "#2f9e68", "#c4488f", "#8560cc", "#24a5b5", "#a3683a"];

/// A self-contained SVG document.
pub(crate) fn picture(gains: &Gains) -> String {
    let users = users(gains);
    let sections = [
        ("Users, those with the most work first", "user", users.as_slice()),
        ("Numbers of processors", "processors", &gains.sizes),
    ];
    let legend = legend(gains);
    let lines = legend.last().map_or(0, |entry| entry.line + 1);
    let top = 84.0 + lines as f64 * 20.0;
    let rows: usize = sections.iter().map(|(_, _, of)| of.len()).sum();
    let height = top + sections.len() as f64 * (HEAD + 14.0) + rows as f64 * ROW + 12.0;
    let mut svg = plot::begin("Mean waiting time by simulation", height);
    head(gains, &mut svg);
    for entry in &legend {
        let y = 76.0 + entry.line as f64 * 20.0;
        mark(entry.at, entry.x + 8.0, y, &mut svg);
        plot::text(&mut svg, (entry.x + 22.0, y + 4.0), Anchor::Start, "ink", &entry.name);
    }
    let mut y = top;
    for (heading, by, of) in sections {
        section(gains, heading, by, of, y, &mut svg);
        y += HEAD + 14.0 + of.len() as f64 * ROW;
    }
    svg.finish()
}

/// The users with the most work, and the others as one.
fn users(gains: &Gains) -> Vec<Gain> {
    let (first, others) = gains.users.split_at(gains.users.len().min(USERS_MAX));
    let together = (!others.is_empty()).then(|| Gain::together(format!("{} others", others.len()), others));
    first.iter().cloned().chain(together).collect()
}

fn head(gains: &Gains, svg: &mut Svg) {
    let first = gains.names.first().map_or("the first", String::as_str);
    let first = shortened(first, 50);
    svg.add(format_args!(
        "<title>Mean waiting time by simulation</title><rect width=\"100%\" height=\"100%\" class=\"paper\" fill=\"#fbfcfd\"/>\n\
         <text x=\"4\" y=\"26\" font-size=\"18\" font-weight=\"bold\" class=\"ink\" fill=\"#1f2733\">Mean waiting time: who gains, who loses</text>\n"
    ));
    let mut text = format!("{} that ended under each simulation", jobs(gains.jobs));
    if gains.left_out > 0 {
        text += &format!(" ({} others left out)", count(gains.left_out));
    }
    text += &format!("; left of the ring of {first}: waits less, gains; right of it: loses");
    plot::text(svg, (4.0, 48.0), Anchor::Start, "faint", &text);
}

/// A simulation in the legend.
struct Entry {
    at: usize,
    name: String,
    x: f64,
    line: usize,
}

fn legend(gains: &Gains) -> Vec<Entry> {
    let (mut x, mut line) = (4.0, 0);
    let mut entries = Vec::new();
    for (at, name) in gains.names.iter().enumerate() {
        let name = shortened(name, 60).into_owned();
        let width = 22.0 + text_width(&name, 12.0) + 24.0;
        if x > 4.0 && x + width > WIDTH {
            (x, line) = (4.0, line + 1);
        }
        entries.push(Entry { at, name, x, line });
        x += width;
    }
    entries
}

fn section(gains: &Gains, heading: &str, by: &str, of: &[Gain], y: f64, svg: &mut Svg) {
    let others = gains.names.len().saturating_sub(1);
    let columns = if others <= COLUMNS_MAX { others } else { 0 };
    let (top, bottom) = (y + HEAD, y + HEAD + of.len() as f64 * ROW);
    let right = WIDTH - 24.0 - columns as f64 * COLUMN;
    let most = of.iter().flat_map(|gain| gain.mean_waits.iter().copied()).fold(1.0, f64::max);
    let axis = LogAxis::new(Unit::Time, (LEFT, right), most);
    svg.add(format_args!(
        "<text x=\"4\" y=\"{}\" font-size=\"14\" font-weight=\"bold\" class=\"ink\" fill=\"#1f2733\">{heading}</text>\n",
        Px(y + 22.0)
    ));
    plot::text(svg, (4.0, top - 6.0), Anchor::Start, "faint", by);
    plot::text(svg, (COUNTS, top - 6.0), Anchor::End, "faint", "jobs");
    for (at, name) in gains.names.iter().enumerate().skip(1).take(columns) {
        let x = WIDTH - 4.0 - (columns - at) as f64 * COLUMN;
        plot::text(svg, (x, top - 6.0), Anchor::End, "faint", &shortened(name, 14));
    }
    if columns > 0 {
        plot::text(svg, (WIDTH - 4.0, top - 22.0), Anchor::End, "faint", "difference of the means");
    }
    for at in (0..of.len()).step_by(2) {
        let y = Px(top + at as f64 * ROW);
        svg.add(format_args!("<rect y=\"{y}\" width=\"{WIDTH}\" height=\"{ROW}\" class=\"band\" fill=\"#f0f3f6\"/>\n"));
    }
    axis.draw((top, bottom), svg);
    for (at, gain) in of.iter().enumerate() {
        row(gains, gain, &axis, columns, top + (at as f64 + 0.5) * ROW, svg);
    }
}

fn row(gains: &Gains, gain: &Gain, axis: &LogAxis, columns: usize, y: f64, svg: &mut Svg) {
    svg.add(format_args!("<g><title>{}: {}, mean waiting time", Escaped(&gain.group), jobs(gain.jobs)));
    for ((name, wait), difference) in gains.names.iter().zip(&gain.mean_waits).zip(&gain.differences) {
        svg.add(format_args!("\n{}: {} ({})", Escaped(name), time(*wait), signed(*difference)));
    }
    svg.add(format_args!("</title>\n"));
    plot::text(svg, (4.0, y + 4.0), Anchor::Start, "ink", &shortened(&gain.group, 26));
    plot::text(svg, (COUNTS, y + 4.0), Anchor::End, "ink", &count(gain.jobs));
    for (at, difference) in gain.differences.iter().enumerate().skip(1).take(columns) {
        let x = WIDTH - 4.0 - (columns - at) as f64 * COLUMN;
        plot::text(svg, (x, y + 4.0), Anchor::End, "ink", &signed(*difference));
    }
    let places = gain.mean_waits.iter().map(|wait| axis.x(*wait));
    let (from, to) = places.clone().fold((f64::MAX, f64::MIN), |(from, to), x| (from.min(x), to.max(x)));
    if from < to {
        svg.add(format_args!(
            "<path d=\"M{} {}H{}\" class=\"line\" stroke=\"#1f2733\" stroke-width=\"1.4\"/>\n",
            Px(from),
            Px(y),
            Px(to)
        ));
    }
    // The ring of the first simulation surrounds whatever is at the same place.
    for (at, x) in places.enumerate().collect::<Vec<_>>().into_iter().rev() {
        mark(at, x, y, svg);
    }
    svg.add(format_args!("</g>\n"));
}

/// A difference with its sign: `+0:10:00`.
fn signed(difference: f64) -> String {
    let text = time(difference);
    if difference.round() > 0.0 { format!("+{text}") } else { text }
}

/// The mark of a simulation: a ring for the first, for each other one a shape and a colour.
fn mark(at: usize, x: f64, y: f64, svg: &mut Svg) {
    if at == 0 {
        svg.add(format_args!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"7\" fill=\"none\" class=\"line\" stroke=\"#1f2733\" stroke-width=\"1.8\"/>\n",
            Px(x),
            Px(y)
        ));
        return;
    }
    const SHAPES: &[&str] = &[
        "M-6 -3h12v6h-12z",
        "M-4.5 -4.5h9v9h-9z",
        "M0 -6l5.5 10h-11z",
        "M0 -6.5l6.5 6.5l-6.5 6.5l-6.5 -6.5z",
        "M0 6l5.5 -10h-11z",
        "M-2 -6h4v4h4v4h-4v4h-4v-4h-4v-4h4z",
        "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
        "M-3 -6h6v12h-6z",
    ];
    let shape = SHAPES.get(at % SHAPES.len()).copied().unwrap_or_default();
    let colour = COLOURS.get(at % COLOURS.len()).copied().unwrap_or_default();
    svg.add(format_args!(
        "<path transform=\"translate({} {})\" d=\"{shape}\" fill=\"{colour}\" class=\"edge\" stroke=\"#fff\" stroke-width=\".8\"/>\n",
        Px(x),
        Px(y)
    ));
}
