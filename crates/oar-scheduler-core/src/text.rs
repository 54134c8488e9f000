//! Texts for people.

use std::borrow::Cow;

/// A text from a file, fit for a terminal: without control characters.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let is_bad = |char: char| char.is_control() || matches!(char, '\u{fffe}' | '\u{ffff}');
    if text.contains(is_bad) { text.replace(is_bad, "\u{fffd}").into() } else { text.into() }
}

/// A text short enough for a message: its beginning, when it is longer than `most` characters.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
