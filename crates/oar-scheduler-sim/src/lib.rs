//! The commands of `oar-sim`. Each is a module; what they share is reading rounds (`input`) and writing (`output`).

mod cli;
mod compare;
mod diff;
mod experiment;
mod gantt;
mod generate;
mod input;
mod output;
mod picture;
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

pub use cli::run;
