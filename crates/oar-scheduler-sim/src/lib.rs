//! The commands of `oar-sim`. Each is a module; what they share is reading rounds (`input`) and writing (`output`).

mod cli;
mod diff;
mod gantt;
mod input;
mod output;
mod picture;
mod platform;
mod queues;
mod replay;
mod report;
mod simulation;
mod text;
mod workload;

pub use cli::run;
