//! Bars, with their marks and labels.

use oar_scheduler_core::Time;

use super::bars::{Bar, Moment, Role};
use super::chart::{Chart, seconds};
use super::scale::{Area, Scale};
use super::style::{Look, TAKEN, look, moment_name, role_name};
use crate::picture::style::text_width;
use crate::picture::svg::{Escaped, Px, Svg};
use crate::text::{duration, shortened};

/// Beyond so many areas a bar is one path.
const RECTANGLES_MAX: usize = 16;

/// The areas of a bar, without the part outside the picture; none if all of it is.
pub(super) fn areas(bar: &Bar, scale: &Scale) -> Vec<Area> {
    areas_between(bar, bar.begin, bar.end.next(), scale)
}

fn areas_between(bar: &Bar, begin: Time, end: Time, scale: &Scale) -> Vec<Area> {
    let (begin, end) = (scale.x(begin), scale.x(end));
    if begin >= scale.right || end <= scale.left || begin >= end {
        return Vec::new();
    }
    let is_tall = scale.row >= 3.0;
    let rim = match bar.role {
        _ if !is_tall => 0.0,
        Role::Container => 0.5,
        _ if bar.job.inner_of().is_some() => 3.0,
        _ => 1.0,
    };
    let areas = scale.areas(begin, end, &bar.patches).into_iter();
    areas
        .map(|area| {
            let mut area = area.inset(if end - begin > 6.0 { 0.6 } else { 0.0 }, rim);
            area.width = area.width.max(1.0);
            area.height = area.height.max(0.8);
            area
        })
        .collect()
}

/// Draws a bar with its tooltip.
pub(super) fn bar(bar: &Bar, areas: &[Area], chart: &Chart, scale: &Scale, svg: &mut Svg) {
    let look = look(bar.moment, bar.role);
    svg.add(format_args!("<g data-job=\"{}\"><title>{}</title>\n", bar.job.id, Escaped(&tooltip(bar, chart))));
    let (is_cut_left, is_cut_right) = chart.is_cut(bar);
    match bar.taken_by {
        Some((_, taken)) => {
            let before = areas_between(bar, bar.begin, taken, scale);
            let after = areas_between(bar, taken, bar.end.next(), scale);
            fill(&before, &look, svg);
            fill(&after, &TAKEN, svg);
            let width = |areas: &[Area]| areas.first().map_or(0.0, |area| area.width);
            if width(&before) >= width(&after) {
                label(bar, &before, &look, svg);
            } else {
                label(bar, &after, &TAKEN, svg);
            }
        }
        None => fill(areas, &look, svg),
    }
    mark_start(areas, bar.moment, svg);
    if is_cut_left {
        mark_left(areas, &look, svg);
    }
    if is_cut_right {
        mark_right(areas, if bar.taken_by.is_some() { &TAKEN } else { &look }, svg);
    }
    if bar.role != Role::Container && bar.taken_by.is_none() {
        label(bar, areas, &look, svg);
    }
    svg.add(format_args!("</g>\n"));
}

/// Draws the outline of a container once more, and its label, over the jobs inside.
pub(super) fn container_outline(bar: &Bar, areas: &[Area], svg: &mut Svg) {
    let look = look(bar.moment, bar.role);
    svg.add(format_args!("<g pointer-events=\"none\">\n"));
    outline(areas, &Look { fill: "none", ..look }, 2.0, svg);
    label(bar, areas, &look, svg);
    svg.add(format_args!("</g>\n"));
}

/// Fills areas as a look says.
pub(super) fn fill(areas: &[Area], look: &Look, svg: &mut Svg) {
    if let Some(pattern) = look.pattern {
        outline(areas, &Look { dashes: None, stroke: "none", ..*look }, 0.0, svg);
        let pattern = match pattern {
            "hatch" => "url(#hatch)",
            "rules" => "url(#rules)",
            _ => "url(#dots)",
        };
        outline(areas, &Look { fill: pattern, ..*look }, 1.2, svg);
    } else {
        outline(areas, look, 1.2, svg);
    }
}

fn outline(areas: &[Area], look: &Look, stroke: f64, svg: &mut Svg) {
    // An outline must not cover what it surrounds.
    let thinnest = areas.iter().map(|area| area.height.min(area.width)).fold(f64::MAX, f64::min);
    let thin = thinnest < 3.0;
    let stroke = stroke.min(thinnest * 0.12).max(stroke.min(0.2));
    let dashes =
        look.dashes.filter(|_| !thin).map(|dashes| format!(" stroke-dasharray=\"{dashes}\"")).unwrap_or_default();
    let style = format!("fill=\"{}\" stroke=\"{}\" stroke-width=\"{}\"{dashes}", look.fill, look.stroke, Px(stroke));
    if areas.len() <= RECTANGLES_MAX {
        for area in areas {
            let Area { x, y, width, height } = *area;
            let radius = if width > 8.0 && height > 8.0 { " rx=\"2\"" } else { "" };
            svg.add(format_args!(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{radius} {style}/>\n",
                Px(x),
                Px(y),
                Px(width),
                Px(height.max(0.1))
            ));
        }
        return;
    }
    svg.add(format_args!("<path d=\""));
    for Area { x, y, width, height } in areas {
        svg.add(format_args!("M{} {}h{}v{}h{}z", Px(*x), Px(*y), Px(*width), Px(height.max(0.1)), Px(-width)));
    }
    svg.add(format_args!("\" {style}/>\n"));
}

/// A dark edge where a job starts now.
pub(super) fn mark_start(areas: &[Area], moment: Moment, svg: &mut Svg) {
    if moment != Moment::StartsNow {
        return;
    }
    for area in areas.iter().take(RECTANGLES_MAX).filter(|area| area.width > 8.0 && area.height >= 3.0) {
        svg.add(format_args!(
            "<path d=\"M{} {}v{}\" stroke=\"#062b1b\" stroke-width=\"4\"/>\n",
            Px(area.x + 2.0),
            Px(area.y),
            Px(area.height)
        ));
    }
}

/// Arrowheads where a bar goes on beyond the left edge.
fn mark_left(areas: &[Area], look: &Look, svg: &mut Svg) {
    arrowheads(areas, |area| area.x + 2.0, 1.0, look, svg);
}

/// Arrowheads where a bar goes on beyond the right edge.
pub(super) fn mark_right(areas: &[Area], look: &Look, svg: &mut Svg) {
    arrowheads(areas, |area| area.x + area.width - 2.0, -1.0, look, svg);
}

fn arrowheads(areas: &[Area], tip: impl Fn(&Area) -> f64, direction: f64, look: &Look, svg: &mut Svg) {
    for area in areas.iter().take(RECTANGLES_MAX).filter(|area| area.width > 14.0 && area.height >= 5.0) {
        let half = (area.height / 2.0 - 1.0).min(4.5);
        svg.add(format_args!(
            "<path d=\"M{} {}l{} {}v{}z\" fill=\"{}\"/>\n",
            Px(tip(area)),
            Px(area.y + area.height / 2.0),
            Px(direction * 1.2 * half),
            Px(-half),
            Px(2.0 * half),
            look.text
        ));
    }
}

/// The job's number, with its user if there is room, in its largest area.
fn label(bar: &Bar, areas: &[Area], look: &Look, svg: &mut Svg) {
    let largest = areas.iter().max_by(|a, b| (a.width * a.height).total_cmp(&(b.width * b.height)));
    let Some(area) = largest else { return };
    let number = bar.job.id.to_string();
    let long = match bar.role {
        Role::Container => format!(
            "{number} container {}",
            bar.job.container_name().filter(|name| *name != number).unwrap_or_default()
        ),
        Role::Placeholder => format!("{number} placeholder {}", bar.job.type_value("placeholder").unwrap_or_default()),
        _ => format!("{number} {}", bar.job.user),
    };
    let (along, across) = (area.width, area.height);
    let is_upright = along < text_width(&number, 11.0) + 8.0 && across > along;
    let (room, thickness) = if is_upright { (across, along) } else { (along, across) };
    let size = (thickness - 1.5).min(11.0);
    // The edge of a start and the arrowheads of a cut take some room.
    let fits = |text: &&str| text_width(text, size) + 14.0 <= room;
    let Some(text) = [long.trim_end(), number.as_str()].into_iter().find(fits).filter(|_| size >= 7.0) else { return };
    let (x, y, anchor) = match bar.role {
        Role::Container | Role::Placeholder if !is_upright => {
            (area.x + area.width - 6.0, area.y + area.height - 5.0, "end")
        }
        _ => (area.x + area.width / 2.0, area.y + area.height / 2.0 + size * 0.36, "middle"),
    };
    let turn = if is_upright {
        format!(" transform=\"rotate(-90 {} {})\"", Px(area.x + area.width / 2.0), Px(area.y + area.height / 2.0))
    } else {
        String::new()
    };
    let halo = if look.pattern.is_some() || bar.role == Role::Container {
        format!(" stroke=\"{}\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\"", look.fill)
    } else {
        String::new()
    };
    svg.add(format_args!(
        "<text x=\"{}\" y=\"{}\" font-size=\"{}\" text-anchor=\"{anchor}\" fill=\"{}\"{halo}{turn}>{}</text>\n",
        Px(x),
        Px(y),
        Px(size),
        look.text,
        Escaped(text)
    ));
}

fn tooltip(bar: &Bar, chart: &Chart) -> String {
    let job = &bar.job;
    let named = if job.name.is_empty() { String::new() } else { format!(" {}", job.name) };
    let role = Some(role_name(bar.role)).filter(|role| !role.is_empty()).map(|role| format!(", {role}"));
    let (begin, end) = (chart.clock.date(bar.begin), chart.clock.date(bar.end.next()));
    let lasts = duration(bar.end.next() - bar.begin);
    let mut lines = vec![
        format!("job {}{named}: {}{}", job.id, moment_name(bar.moment), role.unwrap_or_default()),
        format!("user {}, project {}, queue {}", job.user, job.project, job.queue),
        format!("start {begin}"),
        format!("end {end} ({lasts})"),
        format!("resources {} ({})", shortened(&bar.resources.to_string(), 300), bar.resources.len()),
    ];
    if let Some((job, at)) = bar.taken_by {
        lines.push(format!("job {job} takes resources from it at {}", chart.clock.date(at)));
    }
    let types: Vec<String> = job
        .types
        .iter()
        .map(|(name, value)| if value.is_empty() { name.clone() } else { format!("{name}={value}") })
        .collect();
    if !types.is_empty() {
        lines.push(format!("types {}", types.join(", ")));
    }
    let is_placed = matches!(bar.moment, Moment::Planned | Moment::WakesUp);
    if let Some(reason) = chart.reason(job.id).filter(|_| is_placed && seconds(bar.end, chart.now()) >= 0.0) {
        lines.push(shortened(reason, 400).into_owned());
    }
    lines.join("\n")
}
