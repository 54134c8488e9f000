//! Looking without touching: `--dry-run`, `--explain`, `--snapshot`; and rounds that are run twice.

use oar_scheduler_core::{NoHooks, Snapshot, plan};

use super::site::{Job, NOW, Site, sites};

/// All that a round could change.
fn contents(site: &Site) -> Vec<String> {
    let jobs = "SELECT job_id || ' ' || state || ' ' || message || ' ' || start_time FROM jobs ORDER BY job_id";
    let mut contents = site.rows(jobs);
    contents.extend(site.places());
    contents
}

/// Job 1 runs, job 2 has a place from the last round, and so has job 3 in a queue that comes later.
fn submit(site: &Site) {
    let all: Vec<i64> = (1..=16).collect();
    site.submit_placed(&Job::nodes(1, 4, 100).in_state("Running"), -10, &all);
    site.submit_placed(&Job::nodes(2, 4, 1000), 100, &all);
    site.submit_placed(&Job::nodes(3, 4, 1000).in_queue("besteffort"), 2000, &all);
    site.submit(&Job::nodes(4, 2, 50));
    site.submit(&Job::nodes(5, 2, 50).with_properties("moon"));
}

#[test]
fn a_dry_run_tells_what_would_be_and_changes_nothing() {
    for site in sites() {
        submit(&site);
        let before = contents(&site);
        let ran = site.kamelot(&["default", &NOW.to_string(), "--dry-run"]);
        assert_eq!((ran.code, contents(&site)), (Some(0), before));
        let lines: Vec<&str> = ran.output.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with("2: R=16,W=0:16:40,J=B: starts at 2023-11-14 22:15:00: "), "{}", ran.output);
        // It would come before job 3, whose queue is served later.
        assert!(lines[1].starts_with("4: R=8,W=0:0:50,J=B: starts at 2023-11-14 22:31:50: "), "{}", ran.output);
        assert!(lines[2].starts_with("5: R=8,W=0:0:50,J=B: properties: "), "{}", ran.output);
    }
}

#[test]
fn a_job_is_explained() {
    for site in sites() {
        submit(&site);
        let before = contents(&site);
        let ran = site.kamelot(&["default", &NOW.to_string(), "--explain", "4"]);
        assert_eq!((ran.code, contents(&site)), (Some(0), before));
        assert!(ran.output.starts_with("4: R=8,W=0:0:50,J=B: starts at 2023-11-14 22:31:50: "), "{}", ran.output);
        assert!(ran.output.ends_with("\nits resources: 1-8\n"), "{}", ran.output);
        let ran = site.kamelot(&["default", "--explain", "3"]);
        assert_eq!((ran.code, ran.output.as_str()), (Some(1), ""));
        assert!(ran.log.contains("expected a job that waits in queue default, found 3"), "{}", ran.log);
    }
}

#[test]
fn a_kept_round_gives_the_same_plan() {
    for site in sites() {
        submit(&site);
        let before = contents(&site);
        let file = site.file("round.jsonl");
        let ran = site.kamelot(&["default", &NOW.to_string(), "--snapshot", file.to_str().unwrap()]);
        assert_eq!((ran.code, ran.output.as_str(), contents(&site)), (Some(0), "", before));
        let text = std::fs::read_to_string(&file).unwrap();
        let snapshot = Snapshot::from_json(text.trim_end().as_bytes()).unwrap();
        let planned: Vec<(i64, i64)> = plan(&snapshot, NoHooks)
            .unwrap()
            .assignments
            .iter()
            .map(|place| (place.job.0, place.start.0 - NOW))
            .collect();
        assert_eq!(planned, [(2, 100), (4, 1110)]);
        let nowhere = site.file("no/such/folder");
        let ran = site.kamelot(&["default", "--snapshot", nowhere.to_str().unwrap()]);
        assert!(ran.code == Some(1) && ran.log.contains("no/such/folder: No such file"), "{}", ran.log);
    }
}

#[test]
fn a_round_that_is_run_again_decides_the_same() {
    for site in sites() {
        site.submit(&Job::nodes(1, 3, 100));
        site.submit(&Job::nodes(2, 3, 100));
        let first = site.round("default");
        let before = contents(&site);
        let second = site.round("default");
        assert_eq!((contents(&site), second.output), (before, first.output));
    }
}

#[test]
fn a_round_without_jobs() {
    for site in sites() {
        let ran = site.round("default");
        assert_eq!((ran.output.as_str(), site.places()), ("", vec![]));
        assert!(ran.log.contains("queue default: 0 jobs placed"), "{}", ran.log);
    }
}
