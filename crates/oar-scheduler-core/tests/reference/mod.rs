//! The reference scheduler: small, slow and written from `docs/scheduling-rules.md` alone. It keeps the plain list of
//! holds and evaluates the definitions for every candidate; the engine must decide the same.
#![allow(dead_code, unused_imports, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

pub mod generate;
pub mod shrink;

mod calendar;
mod holds;
mod matching;
mod ordering;
mod placing;
mod quotas;
mod round;
mod set;
mod sharing;
mod snapshot;

pub use round::plan;
