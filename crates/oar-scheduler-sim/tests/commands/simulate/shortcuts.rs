//! Rounds that stop early decide as whole ones do.

use super::*;

/// Returns how often besteffort jobs were killed.
#[track_caller]
fn whole_rounds_start_the_same(days: &str, load: &str, seeds: std::ops::Range<u32>, options: &[&str]) -> i64 {
    let mut all_kills = 0;
    for seed in seeds.map(|seed| seed.to_string()) {
        let files = Files::new();
        let (log, settings) = (files.path("log.swf"), files.path("settings.yaml"));
        let month = ["generate", "month", "--days", days, "--processors", "128", "--load", load, "--seed", &seed];
        assert_eq!(oar_sim(&[&month[..], &["--settings", &settings, "-o", &log]].concat()).status, 0);
        let jobs = |name: &str, others: &[&str]| {
            let folder = files.path(name);
            let all = ["simulate", &log, "--settings", &settings, "--json", "--out", &folder];
            let figures = figures(&oar_sim(&[&all[..], options, others].concat()));
            (std::fs::read_to_string(format!("{folder}/jobs.csv")).unwrap(), figures["kills"].as_i64().unwrap())
        };
        let (short, kills) = jobs("short", &[]);
        let (whole, _) = jobs("whole", &["--whole-rounds"]);
        assert!(short.lines().count() > 50, "seed {seed}");
        all_kills += kills;
        let differing = short.lines().zip(whole.lines()).find(|(short, whole)| short != whole);
        assert!(short == whole, "seed {seed}: {differing:?}");
    }
    all_kills
}

#[test]
fn with_the_default_settings() {
    assert!(whole_rounds_start_the_same("4", "1.2", 1..2, &[]) > 0);
    assert!(whole_rounds_start_the_same("4", "1.2", 3..4, &[]) > 0);
    whole_rounds_start_the_same("2", "1.5", 5..9, &[]);
}

#[test]
fn with_fairshare() {
    assert!(whole_rounds_start_the_same("4", "1.2", 1..2, &["--job-priority", "FAIRSHARE"]) > 0);
}

#[test]
fn with_few_jobs_a_round() {
    assert!(whole_rounds_start_the_same("4", "1.2", 1..4, &["--max-jobs", "5"]) > 0);
    whole_rounds_start_the_same("3", "1.5", 5..8, &["--max-jobs", "2"]);
}

#[test]
fn with_quotas() {
    let files = Files::new();
    let quotas = files.write("quotas.json", r#"{"quotas": {"*,*,*,/": [40, -1, -1]}}"#);
    whole_rounds_start_the_same("1", "1.2", 1..4, &["--quotas", &quotas]);
}

#[test]
fn with_whole_nodes_and_a_security_time() {
    let request = ["--request", "/node=ceil(n/16)", "--security-time", "60"];
    whole_rounds_start_the_same("2", "1.2", 1..3, &request);
}
