//! What is read from, and written into, a database of each engine.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::print_stderr, clippy::unwrap_used)]

mod machine;
mod property_changes;
mod schema;
mod servers;
mod vanishing;
