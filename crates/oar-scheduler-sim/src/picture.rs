//! What all pictures are made of: writing SVG, the parts of plots, time axes, rows of resources, inks.

pub(crate) mod axis;
pub mod parts;
pub(crate) mod rows;
pub mod style;
pub mod svg;
