//! The names of users on the largest bars.

use super::bars::patches;
use super::looks::Kind;
use super::{Bar, Chart};
use crate::picture::style::text_width;
use crate::picture::svg::{Escaped, Px, Svg};
use crate::text::shortened;

/// The most names in a picture.
const LABELS_MAX: usize = 500;
const SIZE: f64 = 11.0;

/// A name with the middle of its place, and the area of its bar.
struct Label<'a> {
    bar: &'a Bar<'a>,
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

pub(super) fn draw(chart: &Chart<'_>, svg: &mut Svg) {
    let mut labels: Vec<Label<'_>> = chart.bars.iter().filter_map(|bar| place(bar, chart)).collect();
    labels.sort_by(|a, b| (b.width * b.height).total_cmp(&(a.width * a.height)));
    labels.truncate(LABELS_MAX);
    if labels.is_empty() {
        return;
    }
    svg.add(format_args!(
        "<g font-size=\"{SIZE}\" text-anchor=\"middle\" fill=\"#fff\" stroke=\"#1f2733\" stroke-opacity=\".75\" stroke-width=\"2.2\" \
         stroke-linejoin=\"round\" paint-order=\"stroke\" pointer-events=\"none\">\n"
    ));
    for Label { bar, x, y, width, .. } in labels {
        let (user, number) = (shortened(&bar.job.user, 24), bar.job.number.to_string());
        let long = format!("{user} {number}");
        let text = if text_width(&long, SIZE) + 8.0 <= width { long } else { user.into_owned() };
        svg.add(format_args!("<text x=\"{}\" y=\"{}\">{}</text>\n", Px(x), Px(y + SIZE * 0.36), Escaped(&text)));
    }
    svg.add(format_args!("</g>\n"));
}

/// The place of a bar's name in its highest part, if there is room.
fn place<'a>(bar: &'a Bar<'a>, chart: &Chart<'_>) -> Option<Label<'a>> {
    if bar.look.kind == Kind::Killed {
        return None;
    }
    let (left, right) = (chart.frame.x(bar.from), chart.frame.x(bar.to));
    let width = right - left;
    if width < text_width(&shortened(&bar.job.user, 24), SIZE) + 8.0 {
        return None;
    }
    let highest = patches(bar, &chart.frame).into_iter().max_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)));
    let (top, bottom) = highest.filter(|(top, bottom)| bottom - top >= SIZE + 2.0)?;
    Some(Label { bar, x: left + width / 2.0, y: f64::midpoint(top, bottom), width, height: bottom - top })
}
