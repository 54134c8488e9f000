//! The commands of `oar-sim`. Each is a module; what they share is reading rounds (`input`) and writing (`output`).
//!
//! Public is what the measurements of `oar-bench` use too: the workloads, and how results are written and drawn.

mod cli;
mod compare;
mod diff;
mod experiment;
mod gantt;
mod generate;
mod input;
pub mod mix;
pub mod numbers;
pub mod output;
pub mod picture;
mod platform;
mod queues;
mod replay;
mod report;
mod settings;
mod simulate;
mod simulation;
mod swf;
mod template;
mod text;
mod workload;

pub use cli::{command, run};
