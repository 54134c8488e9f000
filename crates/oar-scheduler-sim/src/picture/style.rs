//! The inks and the letters that all pictures share.

pub(crate) const INK: &str = "#1f2733";
pub(crate) const FAINT: &str = "#5d6878";

/// The fonts, for the `font-family` of a picture.
pub(crate) const FONTS: &str = "'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif";

/// About how wide a text is, in pixels, at a font size in pixels.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.57
}
