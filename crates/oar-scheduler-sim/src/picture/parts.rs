//! The parts of a plot: its canvas, texts, a legend.
//!
//! Every element has its colours for white paper as attributes, and a class by which a page can give it others.

use super::style::{FAINT, FONTS, INK, text_width};
use super::svg::{Escaped, Px, Svg};

/// The width of every plot, in pixels.
pub const WIDTH: f64 = 1160.0;

/// Begins a picture of this height.
#[must_use]
pub fn begin(label: &str, height: f64) -> Svg {
    let mut svg = Svg::default();
    svg.add(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{}\" font-family=\"{FONTS}\" \
         font-size=\"12\">\n",
        Px(height),
        Escaped(label)
    ));
    svg
}

/// Where a text stands relative to its place.
#[derive(Debug, Clone, Copy)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

/// Writes a text; the class is `ink`, or `faint` for paler letters.
pub fn text(svg: &mut Svg, at: (f64, f64), anchor: Anchor, class: &str, text: &str) {
    let anchor = match anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let colour = if class == "faint" { FAINT } else { INK };
    let (x, y, text) = (Px(at.0), Px(at.1), Escaped(text));
    svg.add(format_args!("<text x=\"{x}\" y=\"{y}\"{anchor} class=\"{class}\" fill=\"{colour}\">{text}</text>\n"));
}

/// Entries of a legend in a row: what each looks like (drawn at the given place, 26 by 12 pixels) and what it is called.
pub fn legend(entries: &[(&str, &str)], mut x: f64, y: f64, svg: &mut Svg) {
    for (sample, name) in entries {
        svg.add(format_args!("<g transform=\"translate({} {})\">{sample}</g>", Px(x), Px(y)));
        text(svg, (x + 33.0, y + 10.5), Anchor::Start, "ink", name);
        x += 33.0 + text_width(name, 12.0) + 26.0;
    }
}
