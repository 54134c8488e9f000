//! Writing SVG, and pages around it.

use std::fmt::{self, Display, Write};

use crate::text::printable;

/// A document in the making: SVG, or a page around it.
#[derive(Debug, Default)]
pub struct Svg {
    text: String,
}

impl Svg {
    /// Adds a piece of the document.
    pub fn add(&mut self, piece: fmt::Arguments<'_>) {
        // Writing to a `String` does not fail.
        let _ = self.text.write_fmt(piece);
    }

    /// The pieces as they are.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }

    /// The document, with its root element closed.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }
}

/// A coordinate: to a tenth of a pixel, as short as it can be written.
pub struct Px(pub f64);

impl Display for Px {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = (self.0 * 10.0).round() / 10.0;
        // No negative zero.
        write!(formatter, "{}", rounded + 0.0)
    }
}

/// A text as XML shows it.
pub struct Escaped<'a>(pub &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.0.split_inclusive('\n') {
            let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
            for char in printable(line).chars() {
                match char {
                    '&' => formatter.write_str("&amp;")?,
                    '<' => formatter.write_str("&lt;")?,
                    '>' => formatter.write_str("&gt;")?,
                    '"' => formatter.write_str("&quot;")?,
                    char => formatter.write_char(char)?,
                }
            }
            formatter.write_str(end)?;
        }
        Ok(())
    }
}
