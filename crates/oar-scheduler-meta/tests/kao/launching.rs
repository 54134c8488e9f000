//! Rounds with plain jobs: placed, launched, shown.

use super::listening::{Server, events, round, round_at};
use super::site::{Job, NOW, sites};

const LOGS: &str = "SELECT job_state || ' ' || CASE WHEN date_stop = 0 THEN 'open' ELSE 'closed' END \
                    FROM job_state_logs WHERE job_id = 1 ORDER BY job_state_log_id";

#[test]
fn jobs_that_start_now_are_launched() {
    for site in sites() {
        let server = Server::of(&site, "");
        site.submit(&Job::nodes(1, 3, 3600));
        site.submit(&Job::nodes(2, 2, 60).in_queue("admin"));
        site.sql("INSERT INTO job_state_logs (job_id, job_state, date_start) VALUES (1, 'Waiting', 5)");
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        // Admin comes first.
        assert_eq!(site.places(), ["1 70 1,2,3,4,5,6,7,8,9,10,11,12", "2 0 1,2,3,4,5,6,7,8"]);
        assert_eq!((site.state(1), site.state(2)), ("Waiting".to_owned(), "toLaunch".to_owned()));
        assert_eq!(site.message(2), "R=8,W=0:1:0,J=B,Q=admin");
        assert!(site.message(1).contains("starts at 2023-11-14 22:14:30"), "{}", site.message(1));
        assert_eq!(
            site.rows(&format!(
                "SELECT (CAST(start_time AS bigint) - {NOW}) || ' ' || assigned_moldable_job FROM jobs WHERE job_id = 2"
            )),
            ["0 20"]
        );
        let assigned = "SELECT CAST(resource_id AS text) FROM assigned_resources WHERE moldable_job_id = 20 \
                        AND assigned_resource_index = 'CURRENT' ORDER BY resource_id";
        assert_eq!(site.rows(assigned), ["1", "2", "3", "4", "5", "6", "7", "8"]);
        assert_eq!(server.heard(1), ["2"]);
        // Those who look see what has been decided.
        let shown = "SELECT CAST(COUNT(*) AS text) FROM gantt_jobs_resources_visu";
        assert_eq!(site.rows(shown), ["20"]);
        assert_eq!(site.rows("SELECT CAST(COUNT(*) AS text) FROM gantt_jobs_predictions_log"), ["0"]);

        // A job that nobody has launched yet is told of again, and goes on holding; then the next one starts.
        assert_eq!(round_at(&site, 5).code, Some(0));
        assert_eq!(server.heard(1), ["2"]);
        site.sql("UPDATE jobs SET state = 'Terminated' WHERE job_id = 2");
        assert_eq!(round_at(&site, 10).code, Some(0));
        assert_eq!(server.heard(1), ["1"]);
        assert_eq!(site.rows(LOGS), ["Waiting closed", "toLaunch open"]);
        assert_eq!(site.places(), ["1 10 1,2,3,4,5,6,7,8,9,10,11,12"]);
    }
}

#[test]
fn the_gantt_begins_anew_and_overrunning_jobs_keep_their_resources() {
    for site in sites() {
        let _server = Server::of(&site, "SCHEDULER_LOG_DECISIONS=yes");
        let running = |id: i64, start: i64, state| {
            Job::nodes(id, 1, 100)
                .in_state(state)
                .with("start_time", &(NOW + start).to_string())
                .with("assigned_moldable_job", &(id * 10).to_string())
                .with("message", "'as it was'")
        };
        for (job, resource) in [(running(1, -50, "Running"), 1), (running(2, -500, "Finishing"), 5)] {
            let moldable = job.id * 10;
            site.submit(&job);
            for resource in resource..resource + 4 {
                site.sql(&format!(
                    "INSERT INTO assigned_resources (moldable_job_id, resource_id) VALUES ({moldable}, {resource})"
                ));
            }
        }
        // What an earlier round thought.
        site.submit_placed(&Job::nodes(3, 2, 60), 0, &[1, 2, 3, 4, 5, 6, 7, 8]);
        site.submit(&Job::nodes(4, 4, 60).in_state("Hold"));
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        assert_eq!(site.places(), ["1 -50 1,2,3,4", "2 -100 5,6,7,8", "3 0 9,10,11,12,13,14,15,16"]);
        assert_eq!(site.message(1), "as it was");
        let row = site.rows("SELECT CAST(start_time AS text) FROM gantt_jobs_predictions WHERE moldable_job_id = 0");
        assert_eq!(row, if site.is_oar2 { vec![NOW.to_string()] } else { vec![] });
        let kept = format!("SELECT CAST(COUNT(*) AS text) FROM gantt_jobs_resources_log WHERE sched_date = {NOW}");
        assert_eq!(site.rows(&kept), ["16"]);
    }
}

#[test]
fn what_is_needed_must_be_there() {
    for site in sites() {
        let server = Server::of(&site, "");
        let sql = |text: &str| site.sql(text);
        sql("UPDATE resources SET next_state = 'Absent' WHERE network_address = 'node-1'");
        sql("UPDATE queues SET state = 'notActive' WHERE queue_name = 'admin'");
        site.submit(&Job::nodes(1, 1, 60));
        site.submit(&Job::nodes(2, 1, 60).in_queue("admin"));
        site.submit(&Job::nodes(3, 1, 60).with_type("container"));
        site.submit(&Job::new(4).or(20, &[("resource_id", 1)]).with_type("inner=3"));
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        let states = [1, 2, 3, 4].map(|job| site.state(job));
        assert_eq!(states, ["Waiting", "Waiting", "toLaunch", "Waiting"]);
        assert_eq!(server.heard(1), ["3"]);
        assert!(ran.log.contains("job 1 is not launched yet: resource 1 is about to leave"), "{}", ran.log);
        assert!(ran.log.contains("job 4 is not launched yet: container 3 does not run"), "{}", ran.log);
        sql("UPDATE resources SET next_state = 'UnChanged'");
        sql("UPDATE jobs SET state = 'Running' WHERE job_id = 3");
        assert_eq!(round_at(&site, 5).code, Some(0));
        let states = [1, 2, 3, 4].map(|job| site.state(job));
        assert_eq!(states, ["toLaunch", "Waiting", "Running", "toLaunch"]);
        assert_eq!(server.heard(2), ["1", "4"]);
    }
}

#[test]
fn a_suspended_job_that_ends_is_no_longer_in_the_way() {
    for site in sites() {
        let _server = Server::of(&site, "");
        for (id, state, resources) in [(1, "toError", 1..=4), (2, "Suspended", 3..=8)] {
            let job = Job::nodes(id, 1, 100).in_state(state).with("suspended", "'YES'");
            site.submit(
                &job.with("assigned_moldable_job", &(id * 10).to_string()).with("start_time", &NOW.to_string()),
            );
            for resource in resources {
                site.sql(&format!(
                    "INSERT INTO assigned_resources (moldable_job_id, resource_id) VALUES ({}, {resource})",
                    id * 10
                ));
            }
        }
        site.sql("UPDATE resources SET suspended_jobs = 'YES' WHERE resource_id <= 9");
        assert_eq!(round(&site).code, Some(0));
        let suspended =
            "SELECT CAST(resource_id AS text) FROM resources WHERE suspended_jobs = 'YES' ORDER BY resource_id";
        assert_eq!(site.rows(suspended), ["3", "4", "5", "6", "7", "8", "9"]);
    }
}

#[test]
fn jobs_that_others_may_push_aside_weigh_on_resources() {
    for site in sites() {
        let order = "SCHEDULER_PRIORITY_HIERARCHY_ORDER=network_address/moon/resource_id\n";
        let _server = Server::of(&site, &format!("{order}LOG_SCHEDULER_PRIORITY_CHANGES=yes"));
        site.submit(&Job::new(1).or(60, &[("resource_id", 1)]).with_type("besteffort").in_queue("besteffort"));
        assert_eq!(round(&site).code, Some(0));
        let weights = "SELECT CAST(scheduler_priority AS text) FROM resources WHERE resource_id IN (1, 2, 5) ORDER BY resource_id";
        assert_eq!(site.rows(weights), if site.is_oar2 { ["8", "2", "0"] } else { ["80", "20", "0"] });
        let noted = "SELECT value FROM resource_logs WHERE resource_id = 1 AND attribute = 'scheduler_priority' ORDER BY resource_log_id";
        let noted = || site.rows(noted).join(", ");
        let (raised, lowered) = match site.is_oar2 {
            true => (
                "2 (+2*1*1@job 1/network_address), 8 (+2*3*1@job 1/resource_id)",
                "6 (-2*1*1@job 1/network_address), 0 (-2*3*1@job 1/resource_id)",
            ),
            false => (
                "20 (+2*1*10@job 1/network_address), 80 (+2*3*10@job 1/resource_id)",
                "60 (-2*1*10@job 1/network_address), 0 (-2*3*10@job 1/resource_id)",
            ),
        };
        assert_eq!(noted(), raised);
        assert_eq!(events(&site, 1), ["SCHEDULER_PRIORITY_UPDATED_START"]);
        assert_eq!(round_at(&site, 5).code, Some(0));
        assert_eq!(events(&site, 1), ["SCHEDULER_PRIORITY_UPDATED_START"]);
        // The end takes it off again, and what was asked for is out of use.
        site.sql("UPDATE jobs SET state = 'toError' WHERE job_id = 1");
        assert_eq!(round_at(&site, 10).code, Some(0));
        assert_eq!(site.rows(weights), ["0", "0", "0"]);
        assert_eq!(noted(), format!("{raised}, {lowered}"));
        assert_eq!(site.state(1), "Error");
        assert_eq!(events(&site, 1).last().unwrap(), "SCHEDULER_PRIORITY_UPDATED_STOP");
        for (table, column) in [
            ("moldable_job_descriptions", "moldable_index"),
            ("job_resource_groups", "res_group_index"),
            ("job_resource_descriptions", "res_job_index"),
            ("job_types", "types_index"),
            ("assigned_resources", "assigned_resource_index"),
        ] {
            assert_eq!(site.rows(&format!("SELECT CAST({column} AS text) FROM {table}")), ["LOG"], "{table}");
        }
        assert_eq!(site.rows("SELECT CAST(COUNT(*) AS text) FROM resources WHERE last_job_date > 0"), ["1"]);
        assert_eq!(site.rows(&format!("SELECT CAST(CAST(stop_time AS bigint) - {NOW} AS text) FROM jobs")), ["0"]);
    }
}
