//! Rounds that are only looked at, and what a round cost.

use oar_scheduler_core::{NoHooks, Snapshot, plan};

use super::listening::{Ear, Server, round};
use super::site::{Job, Site, sites};

/// All that a round could change.
fn everything(site: &Site) -> Vec<String> {
    let tables = [
        ("jobs", "job_id || CAST(state AS text) || reservation || message || start_time"),
        ("gantt_jobs_predictions", "moldable_job_id || ' ' || start_time"),
        ("gantt_jobs_resources", "moldable_job_id || ' ' || resource_id"),
        ("gantt_jobs_predictions_visu", "moldable_job_id || ' ' || start_time"),
        ("assigned_resources", "moldable_job_id || ' ' || resource_id"),
        ("event_logs", "type || job_id"),
        ("frag_jobs", "frag_id_job || frag_state"),
        ("job_state_logs", "job_id || job_state"),
    ];
    let rows = tables.iter().flat_map(|(table, row)| site.rows(&format!("SELECT {row} FROM {table} ORDER BY 1")));
    rows.collect()
}

#[test]
fn a_dry_run_tells_and_changes_nothing() {
    for site in sites() {
        let server = Server::of(&site, "");
        let ear = Ear::of_lines();
        let address = format!("'127.0.0.1:{}'", ear.port);
        let running = Job::nodes(1, 1, 900).with_type("besteffort").in_queue("besteffort").in_state("Running");
        site.submit(&running.with("assigned_moldable_job", "10"));
        site.sql(
            "INSERT INTO assigned_resources (moldable_job_id, resource_id) VALUES (10, 1), (10, 2), (10, 3), (10, 4)",
        );
        site.submit(&Job::nodes(2, 4, 60));
        let reservation = Job::nodes(3, 1, 60).with("reservation", "'toSchedule'").with("start_time", "1800000000");
        site.submit(&reservation.with("info_type", &address));
        site.submit(&Job::nodes(4, 1, 60).in_queue("admin").with_properties("network_address = 'node-2'"));
        let before = everything(&site);
        let ran = site.kao(&["--dry-run", "--now", "1700000000"]);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        for line in [
            "2: R=16,W=0:1:0,J=B: starts at 2023-11-14 22:14:30",
            "job 4 is launched",
            "job 3 is in state toAckReservation",
            &format!("job 3: 127.0.0.1:{} would be told: GOOD RESERVATION", ear.port),
            "exit code 0",
        ] {
            assert!(ran.output.contains(line), "{line}: {}", ran.output);
        }
        assert_eq!(everything(&site), before);
        assert_eq!((server.heard(0), ear.hear(0)), (vec![], vec![]));
        assert_eq!(round(&site).code, Some(0));
        assert_ne!(everything(&site), before);
    }
}

#[test]
fn a_job_is_explained_and_a_round_is_kept() {
    for site in sites() {
        let server = Server::of(&site, "");
        site.submit(&Job::nodes(1, 3, 600).in_queue("admin"));
        site.submit(&Job::nodes(2, 2, 60));
        let before = everything(&site);
        let file = site.file("round.json");
        let ran = site.kao(&["--explain", "2", "--snapshot", file.to_str().unwrap(), "--now", "1700000000"]);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        assert!(ran.output.starts_with("2: R=8,W=0:1:0,J=B: starts at 2023-11-14 22:23:30: "), "{}", ran.output);
        assert!(ran.output.contains("job 1 "), "{}", ran.output);
        assert!(ran.output.ends_with("its resources: 1-8\n"), "{}", ran.output);
        let snapshot = Snapshot::from_json(&std::fs::read(&file).unwrap()).unwrap();
        let starts: Vec<i64> =
            plan(&snapshot, NoHooks).unwrap().assignments.iter().map(|place| place.start.0).collect();
        assert_eq!(starts, [1_700_000_000, 1_700_000_610]);
        for (arguments, problem) in [
            (["--explain", "99"], "expected a job that waits in an active queue, found 99"),
            (["--snapshot", "/no/such/folder/file"], "/no/such/folder/file: No such file"),
        ] {
            let ran = site.kao(&arguments);
            assert_eq!((ran.code, ran.output.as_str()), (Some(1), ""), "{}", ran.log);
            assert!(ran.log.contains(problem), "{}", ran.log);
        }
        assert_eq!(everything(&site), before);
        // No queue is open.
        site.sql("UPDATE queues SET state = 'notActive'");
        let closed = site.file("closed.json");
        let ran = site.kao(&["--snapshot", closed.to_str().unwrap()]);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        assert!(Snapshot::from_json(&std::fs::read(&closed).unwrap()).unwrap().groups.is_empty());
        let ran = site.kao(&["--explain", "2"]);
        assert_eq!((ran.code, ran.output.as_str()), (Some(1), ""), "{}", ran.log);
        assert!(ran.log.contains("expected a job that waits in an active queue, found 2"), "{}", ran.log);
        let server_heard = server.heard(0);
        assert!(server_heard.is_empty(), "{server_heard:?}");
        Server::of(&site, "METASCHEDULER_MODE=external");
        let ran = site.kao(&["--explain", "2"]);
        assert_eq!(ran.code, Some(1));
        assert!(ran.log.contains("expected METASCHEDULER_MODE=internal"), "{}", ran.log);
    }
}

#[test]
fn a_trace_tells_what_each_phase_cost() {
    for site in sites() {
        let _server = Server::of(&site, "");
        site.submit(&Job::nodes(1, 1, 600));
        let ran = site.kao(&["--trace", "--now", "1700000000"]);
        assert_eq!((ran.code, site.state(1).as_str()), (Some(0), "toLaunch"), "{}", ran.log);
        let phases: Vec<&str> = ran.output.lines().filter_map(|line| line.split("  ").next()).collect();
        let expected = ["beginning", "accepted reservations", "reading", "deciding", "writing", "launching"];
        assert!(phases.starts_with(&expected), "{}", ran.output);
        let statements = |line: &str| line.split_whitespace().rev().nth(1).unwrap().parse::<u64>().unwrap();
        let counts: Vec<u64> =
            ran.output.lines().filter(|line| line.ends_with(" statements")).map(statements).collect();
        let jobs: Vec<&str> = ran.output.lines().filter(|line| line.starts_with("job 1 ")).collect();
        assert!(jobs.len() == 1 && jobs[0].ends_with(" 1 windows"), "{}", ran.output);
        let (all, counts) = counts.split_last().unwrap();
        assert_eq!(*all, counts.iter().sum::<u64>(), "{}", ran.output);
        assert!((20..=60).contains(all) && counts[3] == 0, "{}", ran.output);
    }
}
