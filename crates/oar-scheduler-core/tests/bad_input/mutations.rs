//! Snapshots changed at random: a plan comes out with all that is true of every plan, or an error.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};

use fastrand::Rng;
use oar_scheduler_core::{NoHooks, Snapshot};
use serde_json::Value;

use super::invariants::violation;
use super::mutator::{garbled, mutated};
use super::{LIMIT, reference};

/// The snapshots of the corpus but for the biggest.
fn corpus() -> Vec<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let texts = files.iter().map(|path| std::fs::read_to_string(path).unwrap());
    let lines: Vec<String> = texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    let lines = lines.iter().filter(|line| line.len() < 6000);
    lines.map(|line| serde_json::from_str::<Value>(line).unwrap()["snapshot"].take()).collect()
}

fn case(seed: u64, corpus: &[Value]) -> Vec<u8> {
    let mut rng = Rng::with_seed(seed);
    let snapshot = match rng.bool() {
        true => corpus[rng.usize(0..corpus.len())].clone(),
        false => reference::generate::snapshot(rng.u64(..)),
    };
    match rng.u8(0..4) {
        0 => garbled(snapshot.to_string(), &mut rng),
        _ => mutated(snapshot, &mut rng).to_string().into_bytes(),
    }
}

/// Whether there is a plan, or what is wrong with it.
fn verdict(text: &[u8]) -> Result<bool, String> {
    let Ok(snapshot) = Snapshot::from_json(text) else { return Ok(false) };
    match oar_scheduler_core::plan(&snapshot, NoHooks) {
        Ok(plan) => violation(&snapshot, &plan).map_or(Ok(true), Err),
        Err(_) => Ok(false),
    }
}

fn environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |value| value.parse().expect("a number"))
}

#[test]
fn snapshots_changed_at_random_give_a_sound_plan_or_an_error() {
    let (cases, first) = (environment("CASES", 20_000), environment("SEED", 0));
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let corpus = corpus();
        for seed in first..first + cases {
            let text = case(seed, &corpus);
            let verdict = catch_unwind(AssertUnwindSafe(|| verdict(&text)));
            let verdict = verdict.unwrap_or_else(|_| Err("panic".to_owned()));
            let verdict = verdict.map_err(|problem| format!("{problem}\n{}", String::from_utf8_lossy(&text)));
            sender.send(verdict).expect("a receiver");
        }
    });
    let (mut plans, mut problems) = (0, Vec::new());
    for seed in first..first + cases {
        match receiver.recv_timeout(LIMIT) {
            Ok(Ok(is_plan)) => plans += u64::from(is_plan),
            Ok(Err(problem)) => problems.push(format!("seed {seed}: {problem}")),
            Err(RecvTimeoutError::Timeout) => panic!("seed {seed}: no answer within {LIMIT:?}"),
            Err(RecvTimeoutError::Disconnected) => panic!("seed {seed}: the test itself fails"),
        }
    }
    let shown: Vec<&str> = problems.iter().take(5).map(String::as_str).collect();
    assert!(problems.is_empty(), "{} of {cases}: {}", problems.len(), shown.join("\n\n"));
    assert!(plans * 4 > cases, "only {plans} of {cases} changed snapshots have a plan");
}
