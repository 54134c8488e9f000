//! The commands, run as users run them: the real binary on real files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stderr)]

mod bad_input;
mod compare;
mod diff;
mod gantt;
mod generate;
mod replay;
mod simulate;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run of `oar-sim` printed, and how it ended.
struct Run {
    stdout: String,
    stderr: String,
    status: i32,
}

impl Run {
    fn last_line(&self) -> &str {
        self.stdout.lines().last().unwrap_or_default()
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oar-sim"));
    command.args(arguments);
    command
}

fn oar_sim(arguments: &[&str]) -> Run {
    oar_sim_with_input(arguments, b"")
}

fn oar_sim_with_input(arguments: &[&str], input: &[u8]) -> Run {
    let mut child =
        command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        status: output.status.code().expect("no signal"),
    }
}

/// A folder with files, gone at the end of the test.
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.folder.path().join(name), content).unwrap();
        self.path(name)
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn corpus(name: &str) -> String {
    workspace().join("corpus").join(name).to_str().unwrap().to_owned()
}

fn example() -> String {
    workspace().join("examples/small-cluster.jsonl").to_str().unwrap().to_owned()
}

fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A round of four resources and one job, which takes the first two for an hour.
fn small_round() -> serde_json::Value {
    serde_json::json!({
        "format": "oar-scheduler-snapshot/1",
        "now": 1000,
        "resources": { "default": "1-4", "hierarchy": { "core": ["1", "2", "3", "4"] } },
        "waiting_jobs": [
            { "id": 7, "user": "ada", "moldables": [{ "id": 70, "walltime": 3600, "requests": [{ "levels": [["core", 2]] }] }] },
        ],
    })
}
