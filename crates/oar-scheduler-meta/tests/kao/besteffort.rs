//! Besteffort jobs in the way of others.

use std::os::unix::fs::PermissionsExt;

use super::listening::{Server, events, round, round_at};
use super::site::{Job, NOW, Site, sites};

/// A besteffort job that runs on these resources.
fn running(site: &Site, job: Job, resources: std::ops::RangeInclusive<i64>) {
    let moldable = job.id * 10;
    let job = job
        .with_type("besteffort")
        .in_queue("besteffort")
        .in_state("Running")
        .with("start_time", &(NOW - 50).to_string())
        .with("assigned_moldable_job", &moldable.to_string());
    site.submit(&job);
    for resource in resources {
        site.sql(&format!(
            "INSERT INTO assigned_resources (moldable_job_id, resource_id) VALUES ({moldable}, {resource})"
        ));
    }
}

#[test]
fn besteffort_jobs_give_way_and_others_are_launched_meanwhile() {
    for site in sites() {
        let server = Server::of(&site, "");
        running(&site, Job::nodes(1, 3, 1000), 1..=12);
        site.submit(&Job::nodes(2, 1, 60).with_properties("network_address = 'node-2'"));
        site.submit(&Job::nodes(3, 1, 60).with_properties("network_address = 'node-4'"));
        let ran = round(&site);
        assert_eq!(ran.code, Some(2), "{}", ran.log);
        assert_eq!([2, 3].map(|job| site.state(job)), ["Waiting", "toLaunch"]);
        assert_eq!(events(&site, 1), ["FRAG_JOB_REQUEST", "BESTEFFORT_KILL"]);
        assert_eq!(site.rows("SELECT frag_id_job || ' ' || frag_state FROM frag_jobs"), ["1 LEON"]);
        assert_eq!(server.heard(2), ["3", "ChState"]);
        // It is not asked for again, but the server is, until it has begun to kill; and the job goes on waiting.
        assert_eq!(round_at(&site, 4).code, Some(2));
        site.sql("UPDATE frag_jobs SET frag_state = 'TIMER_ARMED'");
        assert_eq!(server.heard(1), ["3"]);
        assert_eq!(round_at(&site, 5).code, Some(0));
        assert_eq!(events(&site, 1).len(), 2);
        assert_eq!(site.state(2), "Waiting");
        assert_eq!(server.heard(1), ["3"]);
        site.sql("UPDATE jobs SET state = 'Error' WHERE job_id = 1");
        assert_eq!(round_at(&site, 10).code, Some(0));
        assert_eq!(site.state(2), "toLaunch");
    }
}

#[test]
fn room_is_made_before_a_reservation_starts() {
    for site in sites() {
        let _server = Server::of(&site, "SCHEDULER_BESTEFFORT_KILL_DURATION_BEFORE_RESERVATION=30");
        running(&site, Job::nodes(1, 1, 1000), 1..=4);
        running(&site, Job::nodes(2, 1, 1000), 5..=8);
        let reservation = |id: i64, start: i64| {
            let start = (NOW + start).to_string();
            Job::nodes(id, 1, 60).with("reservation", "'Scheduled'").with("start_time", &start)
        };
        site.submit_placed(&reservation(3, 30), 30, &[1, 2, 3, 4]);
        site.submit_placed(&reservation(4, 31), 31, &[5, 6, 7, 8]);
        let ran = round(&site);
        assert_eq!(ran.code, Some(2), "{}", ran.log);
        assert_eq!(site.rows("SELECT CAST(frag_id_job AS text) FROM frag_jobs"), ["1"]);
    }
}

#[test]
fn jobs_that_share_let_each_other_live() {
    for site in sites() {
        let _server = Server::of(&site, "");
        running(&site, Job::nodes(1, 4, 1000).with_type("timesharing=user,*"), 1..=16);
        site.submit(&Job::nodes(2, 1, 60).with_type("timesharing=user,*"));
        let ran = round(&site);
        assert_eq!((ran.code, site.state(2).as_str()), (Some(0), "toLaunch"), "{}", ran.log);
    }
}

#[test]
fn with_a_container_its_inner_jobs_are_killed_if_so_configured() {
    for site in sites() {
        let killed = |more: &str| {
            let _server = Server::of(&site, more);
            site.sql("DELETE FROM frag_jobs");
            assert_eq!(round(&site).code, Some(2));
            site.rows("SELECT CAST(frag_id_job AS text) FROM frag_jobs ORDER BY frag_id_job")
        };
        running(&site, Job::nodes(1, 4, 1000).with_type("container"), 1..=16);
        site.submit(&Job::nodes(2, 1, 60).with_type("inner=1").in_state("Running"));
        site.submit(&Job::nodes(3, 1, 60).with_type("inner=1").in_state("Terminated"));
        site.submit(&Job::nodes(4, 1, 60).with_type("inner=11").in_state("Running"));
        site.submit(&Job::nodes(5, 1, 60));
        assert_eq!(killed(""), ["1"]);
        assert_eq!(killed("KILL_INNER_JOBS_WITH_CONTAINER=yes"), ["1", "2"]);
    }
}

#[test]
fn who_writes_checkpoints_has_time_for_it() {
    for site in sites() {
        let script = site.file("ssh");
        std::fs::write(&script, format!("#!/bin/sh\necho \"$@\" >> {}\n", site.file("told").display())).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        let more = format!("OPENSSH_CMD=\"{} -p 6667\"\nOAR_RUNTIME_DIRECTORY=/var/lib/oar", script.display());
        let server = Server::of(&site, &more);
        running(&site, Job::nodes(1, 4, 1000).with("checkpoint", "100"), 1..=16);
        site.submit(&Job::nodes(2, 1, 60));
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        assert_eq!(events(&site, 1), ["CHECKPOINT", "CHECKPOINT_SUCCESSFULL"]);
        let file = "'/var/lib/oar/pid_of_oarexec_for_jobId_1'";
        assert_eq!(
            std::fs::read_to_string(site.file("told")).unwrap(),
            format!("-p 6667 -x -T node-1 test -e {file} && kill -s USR2 $(cat {file})\n")
        );
        // The events have the database's time: the round's must follow.
        site.sql(&format!("UPDATE event_logs SET date = {NOW}"));
        assert_eq!(round_at(&site, 100).code, Some(0));
        assert_eq!(events(&site, 1).len(), 2);
        assert_eq!(round_at(&site, 101).code, Some(2));
        let events = events(&site, 1);
        assert_eq!(events[2..], ["FRAG_JOB_REQUEST", "CHECKPOINT_TIMEOUT", "BESTEFFORT_KILL"]);
        assert_eq!(server.heard(1), ["ChState"]);
    }
}
