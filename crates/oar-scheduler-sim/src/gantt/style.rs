//! Colours and patterns. No two kinds of jobs differ by colour alone: each has its own fill pattern, outline or mark.

use super::bars::{Moment, Role};
use crate::picture::style::{FAINT, INK};

/// How a bar looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub fill: &'static str,
    pub stroke: &'static str,
    pub dashes: Option<&'static str>,
    /// The `id` of a pattern drawn over the fill.
    pub pattern: Option<&'static str>,
    pub text: &'static str,
}

pub(super) const NOW: &str = "#c2261f";

/// What is drawn, one over the other, where resources are switched off.
pub(super) const SWITCHED_OFF: &[&str] = &["#eef0f3", "url(#cross)"];
/// What is drawn where resources have left.
pub(super) const GONE: &[&str] = &["#c9cfd7"];

/// What is left of a besteffort job once a normal job takes its resources.
pub(super) const TAKEN: Look =
    Look { fill: "#f2f4f7", stroke: "#77818f", dashes: Some("3 2"), pattern: Some("hatch"), text: FAINT };

/// The patterns, once for the whole picture.
pub(super) const DEFINITIONS: &str = r##"<defs>
<pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V7" stroke="#000" stroke-opacity=".28" stroke-width="3"/></pattern>
<pattern id="rules" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 3H6" stroke="#2b5c96" stroke-opacity=".35" stroke-width="1"/></pattern>
<pattern id="dots" width="7" height="7" patternUnits="userSpaceOnUse"><circle cx="2" cy="2" r="1.1" fill="#4a4a4a" fill-opacity=".55"/></pattern>
<pattern id="cross" width="8" height="8" patternUnits="userSpaceOnUse"><path d="M0 0L8 8M8 0L0 8" stroke="#7c8694" stroke-opacity=".38" stroke-width=".8"/></pattern>
</defs>
"##;

/// The look of a bar.
pub(super) fn look(moment: Moment, role: Role) -> Look {
    let (fill, stroke, dashes, text) = match moment {
        Moment::Running => ("#35689f", "#1d4472", None, "#ffffff"),
        Moment::Reserved => ("#dce7f4", "#1d4472", None, "#173556"),
        Moment::StartsNow => ("#17784e", "#0b4a2f", None, "#ffffff"),
        Moment::Planned => ("#dff2e6", "#17784e", None, "#0b3d27"),
        Moment::WakesUp => ("#fdf0cf", "#9a6a00", Some("6 2"), "#4f3700"),
    };
    let pattern = (moment == Moment::Reserved).then_some("rules");
    let look = Look { fill, stroke, dashes, pattern, text };
    match role {
        Role::Normal => look,
        Role::Besteffort => Look { pattern: Some("hatch"), dashes: Some("3 2"), ..look },
        Role::Placeholder => {
            Look { fill: "#efecea", stroke: "#55504c", dashes: Some("1 2.5"), pattern: Some("dots"), text: INK }
        }
        Role::Container => {
            Look { fill: "#f6edf7", stroke: "#7d2f86", dashes: Some("8 3"), pattern: None, text: "#6a2472" }
        }
    }
}

/// What the legend calls a bar's moment.
pub(super) fn moment_name(moment: Moment) -> &'static str {
    match moment {
        Moment::Running => "running",
        Moment::Reserved => "reserved for later",
        Moment::StartsNow => "starts now",
        Moment::WakesUp => "placed now, waits for nodes to wake up",
        Moment::Planned => "planned later",
    }
}

/// What the legend calls a bar's role.
pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Normal => "",
        Role::Besteffort => "besteffort",
        Role::Placeholder => "placeholder",
        Role::Container => "container",
    }
}
