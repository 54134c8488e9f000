//! The commands, run as users run them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stderr)]

mod bad_input;
mod compare;
mod export;
mod instructions;
mod python;
mod round;
mod run;
mod sweep;

use std::process::{Command, Output};

/// What a run of `oar-bench` printed, and how it ended.
struct Run {
    stdout: String,
    stderr: String,
    status: i32,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            status: output.status.code().expect("no signal"),
        }
    }
}

impl Run {
    /// The one line of JSON that was printed.
    #[track_caller]
    fn json(&self) -> serde_json::Value {
        assert_eq!((self.status, self.stderr.as_str()), (0, ""));
        assert_eq!(self.stdout.lines().count(), 1, "{}", self.stdout);
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// The command of words that are separated by spaces.
fn command(words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oar-bench"));
    command.args(words.split(' '));
    command
}

fn oar_bench(words: &str) -> Run {
    command(words).output().unwrap().into()
}
