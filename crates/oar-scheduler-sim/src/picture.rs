//! What all pictures are made of: writing SVG, time axes, rows of resources, inks.

pub(crate) mod axis;
pub(crate) mod rows;
pub(crate) mod style;
pub(crate) mod svg;
