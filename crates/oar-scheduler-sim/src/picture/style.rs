//! The inks and the letters that all pictures share.

/// Letters and lines that matter.
pub const INK: &str = "#1f2733";
/// What explains them.
pub const FAINT: &str = "#5d6878";

/// The fonts, for the `font-family` of a picture.
pub const FONTS: &str = "'DejaVu Sans', Verdana, Helvetica, Arial, sans-serif";

/// About how wide a text is, in pixels, at a font size in pixels.
#[must_use]
pub fn text_width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.57
}

/// Colours that differ also for most who cannot tell red from green, and that are visible on white and on black.
pub const COLOURS: &[&str] = &[
    "#3577c4", "#e0811f", "#2f9e68", "#c4488f", "#24a5b5", "#a3683a", "#8560cc", "#98a321", "#d34f4a", "#6f9be0",
    "#d9b12c", "#5f7d4e",
];
