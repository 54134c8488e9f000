//! Where and when jobs are placed, feature by feature.

use super::site::{Job, NOW, sites};

#[test]
fn jobs_are_placed_in_order_and_told_so() {
    for site in sites() {
        site.submit(&Job::nodes(1, 3, 3600).with("job_name", "'first'"));
        site.submit(&Job::nodes(2, 2, 60).with("job_type", "'INTERACTIVE'").for_project("p53"));
        site.submit(&Job::new(3).or(60, &[("network_address", 1), ("cpu", 1), ("resource_id", 1)]));
        let ran = site.round("default");
        assert_eq!(site.places(), ["1 0 1,2,3,4,5,6,7,8,9,10,11,12", "2 3610 1,2,3,4,5,6,7,8", "3 0 13"]);
        assert_eq!(
            ran.output,
            "SCHEDRUN JOB_ID=1 MOLDABLE_JOB_ID=10 RESOURCES=1,2,3,4,5,6,7,8,9,10,11,12\n\
             SCHEDRUN JOB_ID=3 MOLDABLE_JOB_ID=30 RESOURCES=13\n"
        );
        assert_eq!(site.message(1), "R=12,W=1:0:0,J=B,N=first");
        assert_eq!(
            site.message(2),
            "R=8,W=0:1:0,J=I,P=p53: starts at 2023-11-14 23:13:30: it needs 2 of network_address, 1 free; \
             job 1 holds 1-8 until 2023-11-14 23:13:30"
        );
        assert_eq!(site.rows("SELECT CAST(start_time AS text) FROM jobs WHERE start_time <> 0"), [""; 0]);
    }
}

#[test]
fn alternatives_levels_and_groups() {
    for site in sites() {
        // The one that ends first; cores of a cpu; two groups on different nodes; all nodes with a property.
        site.submit(&Job::new(1).or(3600, &[("network_address", 1)]).or(60, &[("network_address", 2)]));
        site.submit(&Job::new(2).or(60, &[("cpu", 1), ("resource_id", 1)]));
        let group = |nodes| (None, vec![("network_address", nodes)]);
        site.submit(&Job::new(3).or_groups(60, vec![group(1), group(1)]));
        site.submit(&Job::new(4).or(60, &[("network_address", -1)]).with_properties("gpu = 'YES'"));
        site.round("default");
        assert_eq!(
            site.places(),
            ["1 0 1,2,3,4,5,6,7,8", "2 0 9", "3 70 1,2,3,4,5,6,7,8", "4 70 9,10,11,12,13,14,15,16"]
        );
        assert_eq!(
            site.rows(
                "SELECT CAST(moldable_job_id AS text) FROM gantt_jobs_predictions WHERE moldable_job_id IN (10, 11)"
            ),
            ["11"]
        );
    }
}

#[test]
fn jobs_that_hold_resources_are_in_the_way() {
    for site in sites() {
        site.submit_placed(&Job::nodes(1, 2, 100).in_state("Running"), -50, &[1, 2, 3, 4, 5, 6, 7, 8]);
        // A reservation that was accepted, and a prediction of a queue that came before.
        let reservation = Job::nodes(2, 1, 100).with("reservation", "'Scheduled'");
        site.submit_placed(&reservation, 40, &[9, 10, 11, 12]);
        site.submit_placed(&Job::nodes(3, 1, 100).in_queue("admin"), 0, &[13, 14, 15, 16]);
        site.submit(&Job::nodes(4, 1, 20));
        site.submit(&Job::nodes(5, 4, 20));
        site.round("default");
        // Job 4 fits before the reservation; job 5 has to wait for its end.
        assert_eq!(site.places()[3..], ["4 0 9,10,11,12", "5 150 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16"]);
        let message = site.message(5);
        assert!(message.starts_with("R=16,W=0:0:20,J=B: starts at 2023-11-14 22:15:50: "), "{message}");
    }
}

#[test]
fn besteffort_jobs_are_seen_by_besteffort_jobs_only() {
    for site in sites() {
        let running = Job::nodes(1, 4, 500).in_queue("besteffort").with_type("besteffort").in_state("Running");
        site.submit_placed(&running, -100, &(1..=16).collect::<Vec<_>>());
        site.submit(&Job::nodes(2, 1, 60));
        site.submit(&Job::nodes(3, 1, 60).in_queue("besteffort").with_type("besteffort"));
        site.round("default");
        site.round("besteffort");
        assert_eq!(site.places()[1..], ["2 0 1,2,3,4", "3 410 1,2,3,4"]);
    }
}

#[test]
fn containers_and_their_inner_jobs() {
    for site in sites() {
        let all: Vec<i64> = (1..=8).collect();
        site.submit_placed(&Job::nodes(1, 2, 1000).with_type("container").in_state("Running"), -100, &all);
        site.submit(&Job::nodes(2, 1, 800).with_type("inner=1"));
        site.submit(&Job::nodes(3, 2, 60).with_type("container"));
        site.submit(&Job::nodes(4, 1, 20).with_type("inner=3"));
        site.submit(&Job::nodes(5, 1, 2000).with_type("inner=1"));
        let ran = site.round("default");
        assert_eq!(site.places()[1..], ["2 0 1,2,3,4", "3 0 9,10,11,12,13,14,15,16", "4 0 9,10,11,12"]);
        // An inner job is not launched before its container runs.
        let launched: Vec<&str> = ran.output.lines().map(|line| line.split(' ').nth(1).unwrap()).collect();
        assert_eq!(launched, ["JOB_ID=2", "JOB_ID=3"]);
        assert!(site.message(5).ends_with("container 1 does not give enough for the job's whole time from now"));
    }
}

#[test]
fn inner_jobs_of_no_container_are_given_up() {
    for site in sites() {
        site.submit(&Job::nodes(1, 1, 60).with_type("container").in_state("Terminated"));
        site.submit(&Job::nodes(2, 1, 60).with_type("container").in_state("Hold"));
        for (job, container) in [(10, 1), (11, 99), (12, 12), (13, 2)] {
            let inner = Job::nodes(job, 1, 30).with_type(&format!("inner={container}"));
            site.submit(&if job == 12 { inner.with_type("container") } else { inner });
            site.sql(&format!(
                "INSERT INTO job_state_logs (job_id, job_state, date_start) VALUES ({job}, 'Waiting', 5)"
            ));
        }
        site.round("default");
        assert_eq!(site.places(), [""; 0]);
        let states = [10, 11, 12, 13].map(|job| site.state(job));
        assert_eq!(states, ["toError", "toError", "toError", "Waiting"]);
        assert!(site.message(10).ends_with("container 1 has ended, the job will never run"), "{}", site.message(10));
        assert!(site.message(11).ends_with("container 99 does not exist, the job will never run"));
        assert!(site.message(12).ends_with("the job cannot be its own container"));
        assert!(site.message(13).ends_with("container 2 has no place yet"));
        let log = "SELECT job_id || ' ' || job_state || CASE WHEN date_stop = 0 THEN ' open' ELSE ' ended' END \
                   FROM job_state_logs WHERE job_id IN (10, 13) ORDER BY job_id, job_state_log_id";
        assert_eq!(site.rows(log), ["10 Waiting ended", "10 toError open", "13 Waiting open"]);
    }
}

#[test]
fn dependencies() {
    for site in sites() {
        site.submit(&Job::nodes(1, 1, 60).in_state("Terminated").with("exit_code", "256"));
        site.submit(&Job::nodes(2, 1, 60).in_state("Terminated").with("exit_code", "0"));
        site.submit(&Job::nodes(3, 1, 60).in_state("Hold"));
        site.submit_placed(&Job::nodes(4, 1, 100).in_state("Running"), -10, &[1, 2, 3, 4]);
        site.submit(&Job::nodes(10, 1, 60).after(1).after(2));
        site.submit(&Job::nodes(11, 1, 60).after(3));
        site.submit(&Job::nodes(12, 1, 60).after(4));
        site.submit(&Job::nodes(13, 1, 60).after(12));
        site.round("default");
        let places = site.places();
        // For OAR 2 a job that has ended has ended, with whatever exit code.
        let after_failure = if site.is_oar2 { vec!["10 0 5,6,7,8"] } else { vec![] };
        let expected: Vec<&str> = after_failure.into_iter().chain(["12 100 1,2,3,4", "13 170 1,2,3,4"]).collect();
        assert_eq!(places[1..], expected);
        assert!(site.is_oar2 || site.message(10).ends_with("ended with exit code 256: the job will never run"));
        assert!(site.message(11).ends_with("it depends on job 3 (Hold), whose end is not known yet"));
    }
}

#[test]
fn timesharing_and_placeholders() {
    for site in sites() {
        let running = Job::nodes(1, 4, 500).with_type("timesharing=user,*").in_state("Running");
        site.submit_placed(&running, -100, &(1..=8).collect::<Vec<_>>());
        let running = Job::nodes(2, 4, 500).with_type("placeholder=yop").in_state("Running");
        site.submit_placed(&running, -100, &(9..=16).collect::<Vec<_>>());
        site.submit(&Job::nodes(10, 2, 60).with_type("timesharing=*,user"));
        site.submit(&Job::nodes(11, 1, 60).with_type("timesharing=user,*").of("bob"));
        site.submit(&Job::nodes(12, 1, 60).with_type("allowed=yop"));
        site.submit(&Job::nodes(13, 1, 60).with_type("allow=yop"));
        site.round("default");
        assert_eq!(
            site.places()[2..],
            ["10 0 1,2,3,4,5,6,7,8", "11 410 1,2,3,4", "12 0 9,10,11,12", "13 0 13,14,15,16"]
        );
    }
}

#[test]
fn suspended_jobs_give_their_resources_back_and_last_longer() {
    for site in sites() {
        site.sql("INSERT INTO resources (resource_id, type) VALUES (20, 'licence')");
        let suspended = Job::nodes(1, 4, 500).in_state("Suspended").with("suspended", "'YES'");
        site.submit_placed(&suspended, -100, &[1, 2, 3, 4, 20]);
        let resumed = Job::nodes(2, 4, 500).in_state("Running").with("suspended", "'YES'");
        site.submit_placed(&resumed, -400, &(5..=16).collect::<Vec<_>>());
        for (state, begin, end) in [("Suspended", -300, -200), ("Resuming", -200, -180), ("Running", -180, 0)] {
            site.sql(&format!(
                "INSERT INTO job_state_logs (job_id, job_state, date_start, date_stop) \
                 VALUES (2, '{state}', {}, {})",
                NOW + begin,
                if end == 0 { 0 } else { NOW + end }
            ));
        }
        let licence = (Some("type = 'licence'".to_owned()), vec![("resource_id", 1)]);
        site.submit(&Job::new(10).or_groups(60, vec![licence]));
        site.submit(&Job::nodes(11, 2, 60));
        site.round("default");
        // Job 2 began 400 s ago, has 500 s, and was away for 120 s: it holds until 220 s from now, and the security time.
        assert_eq!(site.places()[2..], ["10 410 20", "11 230 1,2,3,4,5,6,7,8"]);
    }
}

#[test]
fn resources_that_are_off_or_broken() {
    for site in sites() {
        site.sql("UPDATE resources SET state = 'Absent', available_upto = 1800000000 WHERE network_address = 'node-1'");
        site.sql("UPDATE resources SET state = 'Suspected' WHERE network_address = 'node-2'");
        site.submit(&Job::nodes(1, 3, 60));
        site.round("default");
        let message = site.message(1);
        assert!(message.starts_with("R=12,W=0:1:0,J=B: ") && message.contains("never"), "{message}");
        site.configure("SCHEDULER_NODE_MANAGER_WAKE_UP_CMD=/bin/true");
        let ran = site.round("default");
        assert_eq!(site.places(), ["1 0 1,2,3,4,9,10,11,12,13,14,15,16"]);
        assert_eq!(ran.output, "", "a job on nodes that are off is not launched at once");
        assert!(site.message(1).ends_with("1-4 must wake up first"), "{}", site.message(1));
    }
}

#[test]
fn a_level_is_any_column_of_the_resources() {
    for site in sites() {
        site.submit(&Job::new(1).or(60, &[("gpu", 1), ("resource_id", 2)]));
        site.submit(&Job::new(2).or(60, &[("gpu", 1)]));
        site.round("default");
        assert_eq!(site.places(), ["1 0 1,2", "2 0 9,10,11,12,13,14,15,16"]);
    }
}

#[test]
fn the_order_of_resources_is_that_of_the_configuration() {
    for site in sites() {
        site.configure("SCHEDULER_RESOURCE_ORDER=\"scheduler_priority ASC, network_address DESC, resource_id DESC\"");
        site.sql("UPDATE resources SET scheduler_priority = 6 WHERE network_address = 'node-4'");
        site.submit(&Job::nodes(1, 2, 60));
        site.submit(&Job::new(2).or(60, &[("resource_id", 3)]));
        site.round("default");
        assert_eq!(site.places(), ["1 0 5,6,7,8,9,10,11,12", "2 0 2,3,4"]);
    }
}

#[test]
fn resources_that_every_job_gets() {
    for site in sites() {
        site.configure("SCHEDULER_RESOURCES_ALWAYS_ASSIGNED_TYPE=frontend");
        site.sql("INSERT INTO resources (resource_id, type) VALUES (30, 'frontend')");
        site.submit(&Job::nodes(1, 1, 60));
        site.submit(&Job::nodes(2, 1, 60));
        let ran = site.round("default");
        assert_eq!(site.places(), ["1 0 1,2,3,4,30", "2 0 5,6,7,8,30"]);
        assert!(ran.output.starts_with("SCHEDRUN JOB_ID=1 MOLDABLE_JOB_ID=10 RESOURCES=1,2,3,4,30\n"));
        assert_eq!(site.message(1), "R=5,W=0:1:0,J=B");
    }
}

#[test]
fn jobs_with_dates() {
    for site in sites() {
        // The round is at 22:13:20.
        site.submit(&Job::nodes(1, 4, 60).with_type("postpone=\"2023-11-14 22:14:00\""));
        site.submit(&Job::nodes(2, 4, 20).with_type("deadline=2023-11-14 22:13:40"));
        site.submit(&Job::nodes(3, 4, 20).with_type("deadline=2023-11-14 22:14:00"));
        site.submit(&Job::nodes(4, 1, 20).with_type("expire=2023-11-14"));
        site.submit(&Job::nodes(5, 1, 20).with_type("deadline=2023-11-14 22:13:39"));
        site.submit(&Job::nodes(6, 1, 20).with_type("postpone=soon"));
        site.round("default");
        assert_eq!(
            site.places(),
            ["1 40 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16", "2 0 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16"]
        );
        assert!(site.message(1).ends_with("starts at 2023-11-14 22:14:00: it is postponed until 2023-11-14 22:14:00"));
        let message = site.message(3);
        assert!(message.ends_with("; after that it would not be over by 2023-11-14 22:14:00"), "{message}");
        assert!(site.message(4).ends_with("it was to start by 2023-11-14 00:00:00, the job will never run"));
        assert!(site.message(5).ends_with("it cannot be over by 2023-11-14 22:13:39, the job will never run"));
        assert!(site.message(6).contains("type postpone: expected a date such as"), "{}", site.message(6));
        let states = [3, 4, 5, 6].map(|job| site.state(job));
        assert_eq!(states, ["Waiting", "toError", "toError", "Waiting"]);
    }
}

#[test]
fn tokens_are_counted_by_scripts() {
    for site in sites() {
        site.configure("SCHEDULER_TOKEN_SCRIPTS=\"{ fluent => 'echo 3; echo 9', slow => 'sleep 60', bad => 'echo many; exit 3' }\"");
        for (job, token) in
            [(1, "fluent=2"), (2, "fluent=2"), (3, "fluent=1"), (4, "bad=0"), (5, "unknown=1"), (6, "slow=1")]
        {
            site.submit(&Job::nodes(job, 1, 60).with_type(&format!("token:{token}")));
        }
        let ran = site.round("default");
        assert_eq!(site.places(), ["1 0 1,2,3,4", "3 0 5,6,7,8"]);
        assert!(site.message(2).ends_with("it asks for 2 of token fluent, 1 left"), "{}", site.message(2));
        assert!(site.message(5).ends_with("it asks for 1 of token unknown, and nobody knows how many are left"));
        assert!(
            ran.log.contains("bad: echo many; exit 3: expected a line with a number, found \"many\" (exit status: 3)"),
            "{}",
            ran.log
        );
        assert!(ran.log.contains("slow: sleep 60: it took longer than 5 s"), "{}", ran.log);
    }
}
