//! What goes wrong: `kao` says so, ends with 0, and nothing is half written.

use super::listening::{Server, round, round_at};
use super::servers::run;
use super::site::{Job, NOW, Ran, sites};

#[test]
fn two_at_once_are_one_and_none() {
    for site in sites() {
        let _server = Server::of(&site, "");
        site.submit(&Job::nodes(1, 1, 60));
        let ran = run(async {
            let mut other = site.server.connect().await;
            let _lock = other.lock(&site.server.conf).await.unwrap().unwrap();
            round(&site)
        });
        assert_eq!(ran.code, Some(0));
        assert!(ran.log.contains("another kao is at work on this database"), "{}", ran.log);
        assert_eq!(site.state(1), "Waiting");
        assert_eq!(round(&site).code, Some(0));
        assert_eq!(site.state(1), "toLaunch");
    }
}

#[test]
fn several_at_once_never_give_a_resource_twice() {
    for site in sites() {
        let _server = Server::of(&site, "");
        for id in 1..=20 {
            site.submit(&Job::new(id).or(60, &[("resource_id", 1)]));
        }
        let running: Vec<_> = (0..4).map(|_| site.start_kao(&["--now", "1700000000"])).collect();
        for kao in running {
            let ran = Ran::of(&kao.wait_with_output().unwrap());
            assert_eq!(ran.code, Some(0), "{}", ran.log);
        }
        let given = "SELECT COUNT(*) || ' ' || COUNT(DISTINCT resource_id) FROM assigned_resources";
        assert_eq!(site.rows(given), ["16 16"]);
        assert_eq!(site.rows("SELECT CAST(COUNT(*) AS text) FROM jobs WHERE state = 'toLaunch'"), ["16"]);
    }
}

#[test]
fn whatever_happens_the_server_goes_on() {
    for site in sites() {
        let _server = Server::of(&site, "");
        assert_eq!(site.kao(&["--moon"]).code, Some(0));
        for (conf, problem) in [
            ("METASCHEDULER_MODE=moon", "METASCHEDULER_MODE: expected internal or external"),
            ("QUOTAS=perhaps", "QUOTAS: expected yes or no"),
            ("DB_TYPE=oracle", "DB_TYPE: expected "),
        ] {
            site.configure(conf);
            let ran = round(&site);
            assert_eq!(ran.code, Some(0));
            assert!(ran.log.contains(problem), "{}", ran.log);
        }
        let _server = Server::of(&site, "");
        site.sql("ALTER TABLE gantt_jobs_resources_visu RENAME TO moon");
        site.submit(&Job::nodes(1, 1, 60).in_state("toError"));
        let ran = round(&site);
        assert_eq!(ran.code, Some(0));
        assert!(ran.log.contains("nobody sees the gantt of this round: copying the gantt: "), "{}", ran.log);
        assert_eq!(site.state(1), "Error");
    }
}

#[test]
fn what_has_its_place_is_launched_though_nothing_can_be_scheduled() {
    for site in sites() {
        let server = Server::of(&site, "QUOTAS=yes\nQUOTAS_CONF_FILE=/no/such/file");
        let reservation = Job::nodes(1, 1, 60).with("reservation", "'Scheduled'").with("start_time", "1700000000");
        site.submit_placed(&reservation, 0, &[1, 2, 3, 4]);
        site.submit(&Job::nodes(2, 1, 60));
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        assert!(ran.log.contains("nothing is scheduled: QUOTAS_CONF_FILE: /no/such/file"), "{}", ran.log);
        assert_eq!(server.heard(1), ["1"]);
        assert_eq!(site.state(2), "Waiting");
    }
}

#[test]
fn odd_jobs_hurt_nobody_else() {
    for site in sites() {
        let _server = Server::of(&site, "");
        let odd = |id: i64| Job::nodes(id, 1, 2_147_483_647).in_state("Running").with("start_time", "1");
        site.submit(&odd(1).with("assigned_moldable_job", "10"));
        site.submit(&odd(2).with("assigned_moldable_job", "999"));
        site.submit(&odd(3).with("assigned_moldable_job", "NULL"));
        site.submit(&odd(4).with("assigned_moldable_job", "10").with_type("container"));
        site.sql("INSERT INTO assigned_resources (moldable_job_id, resource_id) VALUES (10, 1), (10, 77), (0, 3)");
        site.submit(&Job::nodes(5, 1, -60).in_state("Running").with("assigned_moldable_job", "50"));
        site.submit(&Job::new(6).with("reservation", "'toSchedule'"));
        site.submit(&Job::nodes(7, 1, 60).with("reservation", "'Scheduled'").with("start_time", "-1"));
        site.submit(
            &Job::nodes(8, 1, 60).with_type("inner=moon").with("info_type", "'::'").with("job_type", "'INTERACTIVE'"),
        );
        site.submit(&Job::nodes(9, 1, 60));
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        assert_eq!(site.state(9), "toLaunch");
        assert!(!ran.log.contains("nothing is scheduled"), "{}", ran.log);
        assert_eq!(round_at(&site, 10).code, Some(0));
    }
}

/// A text that would do something if it was ever taken for SQL, a command or a header.
const HOSTILE: &str = "x'); DROP TABLE jobs; --\"$(reboot)`reboot`\r\nBcc: all@example.org %s %n ${HOME} \u{202e}";

#[test]
fn hostile_jobs_hurt_nobody_else() {
    for site in sites() {
        let server = Server::of(&site, "OPENSSH_CMD=/bin/true\nMAIL_SMTP_SERVER=127.0.0.1:1");
        let quoted = format!("'{}'", HOSTILE.replace('\'', "''"));
        let short = format!("'{}'", HOSTILE.chars().take(90).collect::<String>().replace('\'', "''"));
        let long = format!("'{}'", "m".repeat(1 << 20));
        let hostile = |job: Job| {
            let job = job.with("job_name", &short).with("info_type", &quoted).with("message", &quoted);
            let job = job.with("notify", &quoted).with("command", &long).with("initial_request", &long);
            job.with("stdout_file", &long).with("job_env", &long).with("scheduler_info", &quoted)
        };
        let text = |job: Job| hostile(job.with_type(&HOSTILE.chars().take(90).collect::<String>()));
        site.submit(&text(
            Job::nodes(1, 1, 60).with("job_type", "'INTERACTIVE'").with_properties("network_address = 'node-1'"),
        ));
        site.submit(&text(Job::nodes(2, 1, 60).with_properties(HOSTILE)));
        site.submit(&text(Job::nodes(3, 1, 60).with("reservation", "'toSchedule'").with("start_time", "1")));
        site.submit(&text(Job::nodes(4, 4, 60).with("reservation", "'toSchedule'").with("start_time", "1800000000")));
        site.submit(&text(Job::nodes(5, 1, 60).in_state("toError")));
        site.submit(&text(Job::nodes(6, 1, 60).in_state("toAckReservation").with("reservation", "'Scheduled'")));
        site.submit(&text(Job::nodes(7, 1, 60).in_state("Resuming")));
        let running = text(Job::nodes(8, 1, 600).with_type("besteffort").in_state("Running").with("checkpoint", "5"));
        site.submit(&running.with("assigned_moldable_job", "80").with("start_time", &NOW.to_string()));
        site.sql(
            "INSERT INTO assigned_resources (moldable_job_id, resource_id) VALUES (80, 5), (80, 6), (80, 7), (80, 8)",
        );
        site.submit(&Job::nodes(9, 1, 60).with_properties("network_address = 'node-2'"));
        site.submit(&Job::nodes(10, 1, 60).with_properties("network_address = 'node-3'"));
        for after in [0, 10] {
            let ran = round_at(&site, after);
            assert!(matches!(ran.code, Some(0..=2)), "{}", ran.log);
            assert!(!ran.log.contains("nothing is scheduled") && !ran.log.contains("not complete"), "{}", ran.log);
            assert!(ran.log.len() < 100_000, "{} bytes of log", ran.log.len());
        }
        let states: Vec<String> = [1, 2, 3, 5, 10].map(|job| site.state(job)).into();
        assert_eq!(states, ["toLaunch", "Waiting", "Error", "Error", "toLaunch"]);
        assert!(server.heard(4).contains(&"10".to_owned()));
    }
}
