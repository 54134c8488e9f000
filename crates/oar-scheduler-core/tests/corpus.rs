//! The rounds of `corpus/`: the decisions of OAR3's scheduler with its known defects corrected.

use std::collections::BTreeMap;
use std::path::Path;

use oar_scheduler_core::{Assignment, JobId, NoHooks, Plan, Snapshot, plan};
use serde_json::Value;

fn check(file: &Path) -> (usize, Vec<String>) {
    let text = std::fs::read_to_string(file).unwrap();
    let mut rounds = 0;
    let mut failures = Vec::new();
    for line in text.lines() {
        let round: Value = serde_json::from_str(line).unwrap();
        let snapshot = Snapshot::from_json(round["snapshot"].to_string().as_bytes()).unwrap();
        let expected = Plan::from_json(round["expected"].to_string().as_bytes()).unwrap();
        let found = plan(&snapshot, NoHooks).unwrap();
        let by_job = |plan: &Plan| -> BTreeMap<JobId, Option<Assignment>> {
            let placed = plan.assignments.iter().map(|assignment| (assignment.job, Some(assignment.clone())));
            placed.chain(plan.unscheduled.iter().map(|unscheduled| (unscheduled.job, None))).collect()
        };
        let (expected, found) = (by_job(&expected), by_job(&found));
        rounds += 1;
        if expected != found {
            let different = expected.iter().find(|(job, place)| found.get(job) != Some(place));
            failures.push(format!("{}: {different:?} {:?}", round["name"], different.map(|(job, _)| found.get(job))));
        }
    }
    (rounds, failures)
}

#[test]
fn every_round_of_the_corpus_is_decided_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus");
    let mut rounds = 0;
    let mut failures = Vec::new();
    for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if file.extension().is_some_and(|extension| extension == "jsonl") {
            let (checked, failed) = check(&file);
            rounds += checked;
            failures.extend(failed);
        }
    }
    assert_eq!(rounds, 1575);
    assert!(failures.is_empty(), "{} rounds differ:\n{}", failures.len(), failures.join("\n"));
}
