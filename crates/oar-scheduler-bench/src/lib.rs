//! The commands of `oar-bench`. Each is a module; what they share is the `case` that is measured, its `snapshot`, and the
//! `measure` of a round.

mod case;
mod cli;
mod error;
mod feature;
mod machine;
mod measure;
mod run;
mod snapshot;
mod text;

pub use cli::execute;
