//! The commands of `oar-bench`. Each is a module; what they share is the `case` that is measured, its `snapshot`, and the
//! `measure` of a round. `round` has a database in place of a case.

mod case;
mod cli;
mod compare;
mod driver;
mod error;
mod export;
mod feature;
mod fit;
mod instructions;
mod machine;
mod measure;
mod plot;
mod process;
mod python;
mod round;
mod run;
mod snapshot;
mod sweep;
mod tables;
mod text;

pub use cli::execute;
