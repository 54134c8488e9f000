//! In which order jobs are placed, and which quotas limit them.

use super::site::{Job, NOW, sites};

fn used(user: &str, project: &str, kind: &str, consumption: i64, window_start: i64) -> String {
    format!(
        "INSERT INTO accounting (window_start, window_stop, accounting_user, accounting_project, queue_name, \
         consumption_type, consumption) \
         VALUES ({window_start}, {}, '{user}', '{project}', 'default', '{kind}', {consumption})",
        window_start + 86_399
    )
}

#[test]
fn who_has_used_less_comes_first() {
    for site in sites() {
        site.configure("JOB_PRIORITY=FAIRSHARE\nSCHEDULER_FAIRSHARING_USER_TARGETS=\"{alice => 50}\"\nSCHEDULER_FAIRSHARING_COEF_USER=1");
        for (user, used_by_user) in [("alice", 600), ("bob", 200)] {
            site.sql(&used(user, "default", "USED", used_by_user, NOW - 100_000));
            site.sql(&used(user, "default", "ASKED", 1000, NOW - 100_000));
        }
        // Too long ago, and in another queue.
        site.sql(&used("carol", "default", "USED", 1_000_000, NOW - 3_000_000));
        site.submit(&Job::nodes(1, 4, 60).of("bob"));
        site.submit(&Job::nodes(2, 4, 60).of("alice"));
        site.submit(&Job::nodes(3, 4, 60).of("carol"));
        site.round("default");
        let starts: Vec<String> =
            site.places().iter().map(|place| place.rsplit_once(' ').unwrap().0.to_owned()).collect();
        assert_eq!(starts, ["1 140", "2 70", "3 0"]);
        assert_eq!(site.message(3), "R=16,W=0:1:0,J=B (Karma=0.000)");
        assert!(site.message(1).starts_with("R=16,W=0:1:0,J=B (Karma=0.750): starts at "));
        if !site.is_oar2 {
            let karmas = site.rows("SELECT CAST(last_karma AS text) FROM jobs ORDER BY job_id");
            assert_eq!(karmas.iter().map(|karma| karma.parse().unwrap()).collect::<Vec<f64>>(), [0.75, 0.25, 0.0]);
        }
    }
}

#[test]
fn the_window_that_has_not_ended_counts_in_oar_2_only() {
    for site in sites() {
        site.configure("JOB_PRIORITY=FAIRSHARE");
        site.sql(&used("alice", "default", "USED", 100, NOW - 100));
        site.submit(&Job::nodes(1, 4, 60).of("alice"));
        site.submit(&Job::nodes(2, 4, 60).of("bob"));
        site.round("default");
        let first = if site.is_oar2 { "2 0" } else { "1 0" };
        assert!(site.places().iter().any(|place| place.starts_with(first)), "{:?}", site.places());
    }
}

#[test]
fn the_weights_of_multifactor_are_in_a_file() {
    for site in sites() {
        let file = site.file("priority.yaml");
        site.configure(&format!("JOB_PRIORITY=MULTIFACTOR\nPRIORITY_CONF_FILE={}", file.display()));
        site.submit(&Job::nodes(1, 4, 60));
        site.submit(&Job::nodes(2, 1, 60));
        std::fs::write(&file, "size_weight: 1.0\nsize_mode: 0\n").unwrap();
        site.round("default");
        assert_eq!(site.places()[1], "2 0 1,2,3,4");
        std::fs::write(&file, "size_weight: much\n").unwrap();
        let ran = site.kamelot(&["default", "1700000000"]);
        assert_eq!(ran.code, Some(if site.is_oar2 { 1 } else { 0 }));
        assert!(ran.log.contains("PRIORITY_CONF_FILE: ") && ran.log.contains("priority.yaml: "), "{}", ran.log);
    }
}

#[test]
fn quotas_hold_jobs_back() {
    for site in sites() {
        let file = site.file("quotas.json");
        site.configure(&format!("QUOTAS=yes\nQUOTAS_CONF_FILE={}", file.display()));
        std::fs::write(&file, r#"{"quotas": {"*,*,*,bob": [8, -1, -1], "*,*,*,*": ["ALL", -1, -1]}}"#).unwrap();
        site.submit_placed(&Job::nodes(1, 1, 90).of("bob").in_state("Running"), 0, &[1, 2, 3, 4]);
        site.submit(&Job::nodes(2, 2, 60).of("bob"));
        site.submit(&Job::nodes(3, 1, 60).of("bob"));
        site.submit(&Job::nodes(4, 2, 60).of("alice"));
        site.round("default");
        assert_eq!(site.places()[1..], ["2 100 1,2,3,4,5,6,7,8", "3 0 5,6,7,8", "4 0 9,10,11,12,13,14,15,16"]);
        let message = site.message(2);
        assert!(message.contains("quota *,*,*,bob allows 8 resources: "), "{message}");
    }
}

#[test]
fn without_its_quotas_nothing_is_scheduled() {
    for site in sites() {
        let file = site.file("quotas.json");
        site.configure(&format!("QUOTAS=yes\nQUOTAS_CONF_FILE={}", file.display()));
        site.submit(&Job::nodes(1, 1, 60));
        for (content, problem) in [
            (None, "No such file"),
            (Some("{"), "EOF"),
            (Some("[]"), "quotas.json: quotas file: the whole file: expected an object, found a list"),
            (Some(r#"{"quotas": {"a,b": [1, 1, 1]}}"#), "quotas.json: quotas file: "),
        ] {
            if let Some(content) = content {
                std::fs::write(&file, content).unwrap();
            }
            let ran = site.kamelot(&["default", "1700000000"]);
            let code = if site.is_oar2 { 1 } else { 0 };
            assert_eq!((ran.code, ran.output.as_str()), (Some(code), ""));
            assert!(ran.log.contains("nothing is scheduled") && ran.log.contains(problem), "{}", ran.log);
        }
        assert_eq!((site.places(), site.message(1)), (vec![], String::new()));
    }
}

#[test]
fn a_round_places_so_many_jobs_at_most() {
    for site in sites() {
        site.configure("MAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND=1");
        site.submit(&Job::nodes(1, 1, 60));
        site.submit(&Job::nodes(2, 1, 60));
        site.round("default");
        assert_eq!(site.places(), ["1 0 1,2,3,4"]);
        assert!(
            site.message(2).ends_with(
                "it is number 2 of its queues, a round places 1 (MAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND)"
            )
        );
    }
}
