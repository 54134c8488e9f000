//! How executions look: a colour for the user, a pattern for what became of them.

use super::bars::Bar;
use super::{Chart, MARGIN};
use crate::picture::style::text_width;
use crate::picture::svg::{Px, Svg};
use crate::report::colours::Colours;
use crate::report::plot::{self, Anchor, WIDTH};
use crate::text::shortened;

/// What an execution is, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Normal,
    Besteffort,
    Killed,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Normal, Self::Besteffort, Self::Killed];

    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Besteffort => "besteffort",
            Self::Killed => "besteffort, killed",
        }
    }
}

/// A user's colour, by its rank, and a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Look {
    pub rank: usize,
    pub kind: Kind,
}

impl Look {
    /// All looks of a chart; a look is known by its place among them.
    pub fn all(colours: &Colours<'_>) -> Vec<Self> {
        let ranks = 0..=colours.users.len();
        ranks.flat_map(|rank| Kind::ALL.map(|kind| Self { rank, kind })).collect()
    }

    /// Its place among all looks.
    pub fn place(self) -> usize {
        self.rank * Kind::ALL.len() + self.kind as usize
    }

    /// The `fill` of an element.
    pub fn fill(self, colours: &Colours<'_>) -> String {
        match self.kind {
            Kind::Normal => colours.colour(self.rank).to_owned(),
            Kind::Besteffort => format!("url(#held-besteffort-{})", self.rank),
            Kind::Killed => format!("url(#held-killed-{})", self.rank),
        }
    }
}

/// The patterns that the bars need.
pub(super) fn definitions(chart: &Chart<'_>, svg: &mut Svg) {
    svg.add(format_args!("<defs>\n"));
    for look in Look::all(&chart.colours) {
        let colour = chart.colours.colour(look.rank);
        let rank = look.rank;
        // The legend shows the patterns of grey.
        if rank < chart.colours.users.len() && !chart.bars.iter().any(|bar| bar.look == look) {
            continue;
        }
        match look.kind {
            Kind::Normal => {}
            Kind::Besteffort => svg.add(format_args!(
                "<pattern id=\"held-besteffort-{rank}\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" \
                 patternTransform=\"rotate(45)\"><path d=\"M0 0H5V5H0z\" class=\"paper\" fill=\"#fff\"/><path d=\"M0 0H5V5H0z\" fill=\"{colour}\" \
                 fill-opacity=\".35\"/><path d=\"M1 0V5\" stroke=\"{colour}\" stroke-width=\"1.6\"/></pattern>\n"
            )),
            Kind::Killed => svg.add(format_args!(
                "<pattern id=\"held-killed-{rank}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
                 <path d=\"M0 0H6V6H0z\" class=\"paper\" fill=\"#fff\"/><path d=\"M0 0H6V6H0z\" fill=\"{colour}\" fill-opacity=\".3\"/>\
                 <path d=\"M0 0L6 6M6 0L0 6\" class=\"line\" stroke=\"#3a0b0b\" stroke-width=\".9\"/></pattern>\n"
            )),
        }
    }
    svg.add(format_args!("</defs>\n"));
}

const LINE: f64 = 20.0;
const SWATCH: f64 = 26.0;

/// The entries with their places: fill, name, x, line.
pub(super) struct Legend {
    entries: Vec<(String, String, f64, usize)>,
}

impl Legend {
    pub fn of(colours: &Colours<'_>, bars: &[Bar<'_>]) -> Self {
        let others = colours.users.len();
        let users = colours.users.iter().enumerate();
        let mut samples: Vec<(String, String)> =
            users.map(|(rank, user)| (colours.colour(rank).to_owned(), shortened(user, 24).into_owned())).collect();
        if colours.others > 0 {
            let name =
                if colours.others == 1 { "1 other user".to_owned() } else { format!("{} other users", colours.others) };
            samples.push((colours.colour(others).to_owned(), name));
        }
        for kind in [Kind::Besteffort, Kind::Killed] {
            if bars.iter().any(|bar| bar.look.kind == kind) {
                samples.push((Look { rank: others, kind }.fill(colours), kind.name().to_owned()));
            }
        }
        let (mut x, mut line) = (MARGIN, 0);
        let mut entries = Vec::new();
        for (fill, name) in samples {
            let width = SWATCH + 7.0 + text_width(&name, 12.0) + 18.0;
            if x > MARGIN && x + width > WIDTH - MARGIN {
                (x, line) = (MARGIN, line + 1);
            }
            entries.push((fill, name, x, line));
            x += width;
        }
        Self { entries }
    }

    pub fn height(&self) -> f64 {
        self.entries.last().map_or(0.0, |(_, _, _, line)| (line + 1) as f64 * LINE)
    }

    pub fn draw(&self, top: f64, svg: &mut Svg) {
        for (fill, name, x, line) in &self.entries {
            let y = top + *line as f64 * LINE;
            svg.add(format_args!(
                "<rect x=\"{}\" y=\"{}\" width=\"{SWATCH}\" height=\"12\" fill=\"{fill}\"/>\n",
                Px(*x),
                Px(y)
            ));
            plot::text(svg, (x + SWATCH + 7.0, y + 10.5), Anchor::Start, "ink", name);
        }
    }
}
