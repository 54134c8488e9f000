//! Tables of the page.

use crate::picture::svg::{Escaped, Svg};

/// A table whose first column names the rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    pub caption: String,
    /// The names of the columns; a table without them has two columns, of names and values.
    pub heads: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub fn write(&self, html: &mut Svg) {
        let class = if self.heads.is_empty() { "facts" } else { "figures" };
        html.add(format_args!(
            "<div class=\"wide\"><table class=\"{class}\"><caption>{}</caption>\n",
            Escaped(&self.caption)
        ));
        if !self.heads.is_empty() {
            html.add(format_args!("<thead><tr>"));
            for head in &self.heads {
                html.add(format_args!("<th scope=\"col\">{}</th>", Escaped(head)));
            }
            html.add(format_args!("</tr></thead>\n"));
        }
        html.add(format_args!("<tbody>\n"));
        for row in &self.rows {
            html.add(format_args!("<tr>"));
            for (at, cell) in row.iter().enumerate() {
                let cell = Escaped(cell);
                match at {
                    0 => html.add(format_args!("<th scope=\"row\">{cell}</th>")),
                    _ => html.add(format_args!("<td>{cell}</td>")),
                }
            }
            html.add(format_args!("</tr>\n"));
        }
        html.add(format_args!("</tbody></table></div>\n"));
    }
}
