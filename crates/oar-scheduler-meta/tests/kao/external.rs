//! The external mode: the schedulers of the queues are programs, of which `kamelot` is one.

use std::fs::{Permissions, create_dir_all};
use std::os::unix::fs::{PermissionsExt, symlink};

use super::listening::{Server, round};
use super::site::{Job, NOW, Site, sites};

/// A server in external mode, its schedulers in a folder of the site.
fn external(site: &Site, more: &str) -> Server {
    let folder = site.file("schedulers");
    create_dir_all(&folder).unwrap();
    site.sql("UPDATE queues SET scheduler_policy = 'kamelot' WHERE queue_name <> 'admin'");
    site.sql("UPDATE queues SET scheduler_policy = 'odd' WHERE queue_name = 'admin'");
    let link = folder.join("kamelot");
    if !link.exists() {
        symlink(env!("CARGO_BIN_EXE_kamelot"), link).unwrap();
    }
    Server::of(site, &format!("METASCHEDULER_MODE=external\nSCHEDULERS_PATH=\"{}\"\n{more}", folder.display()))
}

/// A scheduler that is a script. `odd` is that of the queue admin.
fn scheduler(site: &Site, name: &str, script: &str) {
    let file = site.file("schedulers").join(name);
    // A program that is being run cannot be written into.
    let _ = std::fs::remove_file(&file);
    std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&file, Permissions::from_mode(0o755)).unwrap();
}

fn state_of_admin(site: &Site) -> String {
    site.rows("SELECT CAST(state AS text) FROM queues WHERE queue_name = 'admin'").remove(0)
}

#[test]
fn each_queue_has_its_scheduler_and_reservations_are_decided_after_it() {
    for site in sites() {
        let server = external(&site, "EXTRA_METASCHED=foo");
        scheduler(&site, "odd", &format!("echo \"$# $*\" > {}", site.file("called").display()));
        site.submit(&Job::nodes(1, 2, 600));
        site.submit(&Job::nodes(2, 1, 60).in_queue("admin"));
        site.submit(&Job::nodes(3, 3, 60).in_queue("besteffort").with_type("besteffort"));
        let reservation = |id, nodes, start: i64| {
            let job = Job::nodes(id, nodes, 300).with("reservation", "'toSchedule'");
            job.with("start_time", &(NOW + start).to_string())
        };
        site.submit(&reservation(4, 2, 100));
        site.submit(&reservation(5, 3, 1000));
        site.submit(&reservation(6, 3, 200));
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        assert!(ran.log.contains("EXTRA_METASCHED=foo is not asked"), "{}", ran.log);
        let called = std::fs::read_to_string(site.file("called")).unwrap();
        assert_eq!(called, format!("3 admin {NOW} 2023-11-14 22:13:20\n"));
        // Besteffort jobs come after the accepted reservations.
        assert_eq!(
            site.places(),
            [
                "1 0 1,2,3,4,5,6,7,8",
                "3 610 1,2,3,4,5,6,7,8,9,10,11,12",
                "4 100 9,10,11,12,13,14,15,16",
                "5 1000 1,2,3,4,5,6,7,8,9,10,11,12"
            ]
        );
        let states: Vec<String> = (1..=6).map(|job| site.state(job)).collect();
        assert_eq!(states, ["toLaunch", "Waiting", "Waiting", "Waiting", "Waiting", "Error"]);
        // The launched one and the end of the refused one.
        assert_eq!(server.heard(2), ["1", "ChState"]);
        assert!(site.message(6).contains("This reservation could run at"), "{}", site.message(6));
    }
}

#[test]
fn a_scheduler_that_fails_costs_its_queue() {
    for site in sites() {
        let _server = external(&site, "");
        site.submit(&Job::nodes(1, 1, 60).in_queue("admin"));
        site.submit(&Job::nodes(2, 1, 60));
        let oar2_takes_1 = if site.is_oar2 { "Active" } else { "notActive" };
        for (script, state) in [
            ("exit 0", "Active"),
            ("exit 1", oar2_takes_1),
            ("exit 2", "notActive"),
            ("kill -9 $$", "notActive"),
            ("head -c 3000000 /dev/zero; printf '\\377\\n'", "Active"),
        ] {
            scheduler(&site, "odd", script);
            site.sql("UPDATE queues SET state = 'Active'");
            let ran = round(&site);
            assert_eq!(ran.code, Some(0), "{}", ran.log);
            assert_eq!(state_of_admin(&site), state, "{script}: {}", ran.log);
            assert_eq!(ran.log.contains("Disabling queue admin"), state == "notActive", "{}", ran.log);
        }
        std::fs::remove_file(site.file("schedulers/odd")).unwrap();
        let ran = round(&site);
        assert!(ran.log.contains("No such file"), "{}", ran.log);
        assert_eq!(state_of_admin(&site), "notActive");
        assert_eq!((site.state(1), site.state(2)), ("Waiting".to_owned(), "toLaunch".to_owned()));
    }
}

#[test]
fn announced_jobs_are_launched_before_the_next_scheduler_begins() {
    for (optimization, waits) in [("yes", false), ("no", true)] {
        for site in sites() {
            let _server = external(&site, &format!("SCHEDULER_LAUNCHER_OPTIMIZATION={optimization}"));
            let kamelot = env!("CARGO_BIN_EXE_kamelot");
            scheduler(&site, "odd", &format!("exec {kamelot} \"$@\""));
            let seen = site.file("seen");
            scheduler(&site, "last", &format!("{kamelot} admin --dry-run > {}", seen.display()));
            site.sql("UPDATE queues SET scheduler_policy = 'last' WHERE queue_name = 'besteffort'");
            site.submit(&Job::nodes(1, 1, 60).in_queue("admin"));
            site.submit(&Job::nodes(2, 1, 60).in_queue("besteffort").with_type("besteffort"));
            let ran = round(&site);
            assert_eq!(ran.code, Some(0), "{}", ran.log);
            let seen = std::fs::read_to_string(seen).unwrap();
            assert_eq!(seen.starts_with("1: "), waits, "{seen}");
            assert_eq!((site.state(1), site.state(2)), ("toLaunch".to_owned(), "Waiting".to_owned()));
            let log = "SELECT job_state FROM job_state_logs WHERE job_id = 1";
            assert_eq!(site.rows(log), ["toLaunch"]);
        }
    }
}

#[test]
fn a_dry_run_runs_no_scheduler() {
    for site in sites() {
        let _server = external(&site, "");
        scheduler(&site, "odd", "exit 2");
        site.submit(&Job::nodes(1, 1, 60).in_queue("admin"));
        let ran = site.kao(&["--dry-run", "--now", &NOW.to_string()]);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        assert!(
            ran.output.contains("queue admin: ") && ran.output.contains("/schedulers/odd would be run"),
            "{}",
            ran.output
        );
        assert_eq!(state_of_admin(&site), "Active");
    }
}
