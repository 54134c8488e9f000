//! What lies behind the bars: the blocks of the hierarchy, the time axis, what is not available.

use oar_scheduler_core::ProcSet;

use super::chart::Chart;
use super::scale::{Area, LABELS, MARGIN, Scale};
use super::style::{GONE, NOW, SWITCHED_OFF};
use crate::picture::axis;
use crate::picture::rows::{Block, Level};
use crate::picture::style::{FAINT, INK};
use crate::picture::svg::{Escaped, Px, Svg};
use crate::text::shortened;

/// The least height of a block with a label.
const LABEL_HEIGHT: f64 = 12.0;

/// Blocks with their labels, and unavailable resources.
pub(super) fn blocks(chart: &Chart, scale: &Scale, svg: &mut Svg) {
    let (left, right, top, bottom) = (scale.left, scale.right, scale.top, scale.bottom);
    let width = right - left;
    svg.add(format_args!(
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"#ffffff\"/>\n",
        Px(left),
        Px(top),
        Px(width),
        Px(bottom - top)
    ));
    if let Some(outer) = &chart.rows.outer {
        for block in outer.blocks.iter().skip(1).step_by(2) {
            let (y, height) = (scale.y(block.from), scale.y(block.to) - scale.y(block.from));
            svg.add(format_args!(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"#f3f5f8\"/>\n",
                Px(MARGIN),
                Px(y),
                Px(right - MARGIN),
                Px(height)
            ));
        }
    }
    unavailable(chart, scale, svg);
    if let Some(inner) = &chart.rows.inner {
        let column = left - LABELS;
        labels(inner, column, scale, svg, |block| (shortened(&block.resources.to_string(), 13).into_owned(), None));
        separators(inner, column, "#d5dae1", scale, svg);
    }
    if let Some(outer) = &chart.rows.outer {
        let is_alone = chart.rows.inner.is_none();
        let resources = |block: &Block| shortened(&block.resources.to_string(), 13).into_owned();
        labels(outer, MARGIN, scale, svg, |block| {
            let name = format!("{} {}", shortened(&outer.name, 9), block.number);
            (name, is_alone.then(|| resources(block)))
        });
        separators(outer, MARGIN, "#8d97a5", scale, svg);
    } else {
        let count = chart.rows.count;
        let middle = f64::midpoint(top, bottom);
        svg.add(format_args!(
            "<text x=\"{}\" y=\"{}\" font-size=\"11\" fill=\"{FAINT}\">resources</text>\n\
             <text x=\"{}\" y=\"{}\" font-size=\"11\" fill=\"{FAINT}\">({count})</text>\n",
            Px(MARGIN),
            Px(middle - 2.0),
            Px(MARGIN),
            Px(middle + 12.0)
        ));
    }
    for y in [top, bottom] {
        svg.add(format_args!("<path d=\"M{} {}H{}\" stroke=\"#8d97a5\"/>\n", Px(MARGIN), Px(y), Px(right)));
    }
}

/// The heads of the columns of labels.
pub(super) fn column_heads(chart: &Chart, scale: &Scale, svg: &mut Svg) {
    let columns = [(chart.rows.outer.as_ref(), MARGIN), (chart.rows.inner.as_ref(), scale.left - LABELS)];
    for (level, x) in columns {
        let Some(level) = level else { continue };
        let name = level.name.as_str();
        svg.add(format_args!(
            "<text x=\"{}\" y=\"{}\" font-size=\"10\" fill=\"{FAINT}\">{}<title>{}</title></text>\n",
            Px(x + 4.0),
            Px(scale.top - 7.0),
            Escaped(&shortened(name, 13)),
            Escaped(name)
        ));
    }
}

fn labels(level: &Level, x: f64, scale: &Scale, svg: &mut Svg, label: impl Fn(&Block) -> (String, Option<String>)) {
    let mut free_from = f64::MIN;
    for block in &level.blocks {
        let (from, to) = (scale.y(block.from), scale.y(block.to));
        let middle = f64::midpoint(from, to);
        if middle - LABEL_HEIGHT / 2.0 < free_from {
            continue;
        }
        free_from = middle + LABEL_HEIGHT / 2.0;
        let (text, second) = label(block);
        let second = second.filter(|_| to - from >= 2.0 * LABEL_HEIGHT);
        let y = if second.is_some() { middle - 2.0 } else { middle + 4.0 };
        svg.add(format_args!(
            "<text x=\"{}\" y=\"{}\" font-size=\"11\" fill=\"{INK}\">{}<title>{} {}: {}</title></text>\n",
            Px(x + 4.0),
            Px(y),
            Escaped(&text),
            Escaped(&level.name),
            block.number,
            Escaped(&shortened(&block.resources.to_string(), 200))
        ));
        if let Some(second) = second {
            let (x, y) = (x + 4.0, y + 13.0);
            let text = Escaped(&second);
            svg.add(format_args!(
                "<text x=\"{}\" y=\"{}\" font-size=\"10\" fill=\"{FAINT}\">{text}</text>\n",
                Px(x),
                Px(y)
            ));
        }
    }
}

/// Lines between blocks, where they are far enough apart to tell them.
fn separators(level: &Level, x: f64, colour: &str, scale: &Scale, svg: &mut Svg) {
    let mut previous = scale.top;
    let mut lines = String::new();
    for y in level.blocks.iter().map(|block| scale.y(block.to)) {
        if y - previous >= 4.0 && scale.bottom - y >= 1.0 {
            lines.push_str(&format!("M{} {}H{}", Px(x), Px(y), Px(scale.right)));
            previous = y;
        }
    }
    if !lines.is_empty() {
        svg.add(format_args!("<path d=\"{lines}\" stroke=\"{colour}\" stroke-width=\".8\" fill=\"none\"/>\n"));
    }
}

fn unavailable(chart: &Chart, scale: &Scale, svg: &mut Svg) {
    let areas = |resources: &ProcSet, from: f64| -> Vec<Area> {
        let runs = chart.rows.of(resources).into_iter();
        runs.map(|(first, last)| scale.area(from, scale.right, first, last)).collect()
    };
    shade(&areas(&chart.absent, scale.left), "switched off", SWITCHED_OFF, svg);
    for (until, resources) in &chart.leaving {
        let from = scale.x(*until);
        if from < scale.right {
            let title = format!("not available from {}", chart.clock.date(*until));
            shade(&areas(resources, from), &title, GONE, svg);
        }
    }
}

fn shade(areas: &[Area], title: &str, fills: &[&str], svg: &mut Svg) {
    for Area { x, y, width, height } in areas {
        let (x, y, width, height) = (Px(*x), Px(*y), Px(*width), Px(*height));
        svg.add(format_args!("<g><title>{}</title>", Escaped(title)));
        for fill in fills {
            svg.add(format_args!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\"/>"));
        }
        svg.add(format_args!("</g>\n"));
    }
}

/// The lines of the time axis, with their labels above the plot and below a high one.
pub(super) fn time(chart: &Chart, scale: &Scale, svg: &mut Svg) {
    let (from, to) = chart.span;
    let ticks = axis::ticks(chart.now(), &chart.clock.zone, from, to, 14);
    let (top, bottom) = (scale.top, scale.bottom);
    let rows = if bottom - top > 500.0 { vec![top - 7.0, bottom + 15.0] } else { vec![top - 7.0] };
    for tick in ticks {
        let x = scale.x_of(tick.at);
        let colour = if tick.is_major { "#6f7a88" } else { "#c6ccd4" };
        svg.add(format_args!(
            "<path d=\"M{} {}V{}\" stroke=\"{colour}\" stroke-width=\".8\"/>\n",
            Px(x),
            Px(top - 4.0),
            Px(bottom)
        ));
        // A label that would leave the picture is left out.
        if x + 18.0 > scale.right + MARGIN {
            continue;
        }
        let weight = if tick.is_major { " font-weight=\"bold\"" } else { "" };
        // The label of now says it better.
        let is_near_now = (x - scale.x_of(0.0)).abs() < 24.0;
        for y in rows.iter().skip(usize::from(is_near_now)) {
            svg.add(format_args!(
                "<text x=\"{}\" y=\"{}\" font-size=\"11\" text-anchor=\"middle\" fill=\"{INK}\"{weight}>{}</text>\n",
                Px(x),
                Px(*y),
                Escaped(&tick.label)
            ));
        }
    }
}

/// The line of now.
pub(super) fn now(chart: &Chart, scale: &Scale, svg: &mut Svg) {
    let x = scale.x_of(0.0);
    let date = chart.clock.date(chart.now());
    svg.add(format_args!(
        "<g><title>now: {0}</title><path d=\"M{1} {2}V{3}\" stroke=\"{NOW}\" stroke-width=\"2\"/>\
         <path d=\"M{4} {5}h10l-5 6z\" fill=\"{NOW}\"/>\
         <text x=\"{6}\" y=\"{7}\" font-size=\"11\" font-weight=\"bold\" fill=\"{NOW}\">now, {0}</text></g>\n",
        Escaped(&date),
        Px(x),
        Px(scale.top - 20.0),
        Px(scale.bottom + 4.0),
        Px(x - 5.0),
        Px(scale.top - 26.0),
        Px(x + 8.0),
        Px(scale.top - 21.0)
    ));
}
