//! Nodes that are switched off, and on again.

use std::process::Command;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use super::listening::{Ear, Server, round, round_at};
use super::running::start;
use super::scripts::{lines, script};
use super::site::{Job, NOW, Site, sites};

const MODE: &str = "ENERGY_SAVING_MODE=metascheduler_decision_making\nSCHEDULER_NODE_MANAGER_IDLE_TIME=60\n\
                    SCHEDULER_NODE_MANAGER_SLEEP_TIME=600\nSCHEDULER_NODE_MANAGER_WAKEUP_TIME=30\n";

/// Nobody has used any node for long, and all may be switched off.
fn idle(site: &Site) {
    site.sql(&format!("UPDATE resources SET last_job_date = {NOW} - 61, available_upto = 2147483646"));
}

/// The configuration of a site with commands that keep what they read in `halt.log` and `wake.log`.
fn with_commands(site: &Site, more: &str) -> Server {
    let command =
        |name: &str| script(site, name, &format!("cat >>{name}.log; log {name}.log over")).display().to_string();
    let (halt, wake) = (command("halt"), command("wake"));
    let commands = format!("SCHEDULER_NODE_MANAGER_SLEEP_CMD={halt}\nSCHEDULER_NODE_MANAGER_WAKE_UP_CMD=\"{wake}\"\n");
    Server::of(site, &format!("{MODE}{commands}{more}"))
}

#[test]
fn nodes_that_nobody_needs_are_switched_off() {
    for site in sites() {
        let _server = with_commands(&site, "");
        idle(&site);
        assert_eq!(round(&site).code, Some(0));
        assert_eq!(lines(&site, "halt.log"), ["node-1", "node-2", "node-3", "node-4", "over"]);
        assert!(lines(&site, "wake.log").is_empty());
        // Each node but the last has something that keeps it.
        start(&site, Job::nodes(1, 1, 1000), "Running", -50, 1..=1);
        site.sql(&format!("UPDATE resources SET last_job_date = {NOW} - 60 WHERE resource_id = 6"));
        site.sql("UPDATE resources SET available_upto = 2147483647 WHERE resource_id = 9");
        let log = || std::fs::remove_file(site.file("halt.log")).unwrap();
        log();
        assert_eq!(round(&site).code, Some(0));
        assert_eq!(lines(&site, "halt.log"), ["node-4", "over"]);
        log();
        let reservation = |start: i64| {
            Job::nodes(4, 1, 60).with("reservation", "'Scheduled'").with("start_time", &(NOW + start).to_string())
        };
        site.submit_placed(&reservation(601), 601, &[16]);
        site.sql(&format!(
            "INSERT INTO event_logs (event_id, type, job_id, date) VALUES (77, 'WAKEUP_NODE', 0, {NOW} - 61)"
        ));
        site.sql("INSERT INTO event_log_hostnames (event_id, hostname) VALUES (77, 'node-4')");
        assert_eq!(round(&site).code, Some(0));
        assert_eq!(lines(&site, "halt.log"), ["node-4", "over"]);
        for keeps in [
            "UPDATE event_logs SET date = date + 1 WHERE event_id = 77",
            "UPDATE event_logs SET date = 0; UPDATE resources SET state = 'Suspected' WHERE resource_id = 13",
            "UPDATE resources SET state = 'Alive'; UPDATE gantt_jobs_predictions SET start_time = start_time - 1 \
             WHERE moldable_job_id = 40",
        ] {
            keeps.split(';').for_each(|sql| site.sql(sql));
            log();
            std::fs::write(site.file("halt.log"), "").unwrap();
            assert_eq!(round(&site).code, Some(0));
            assert!(lines(&site, "halt.log").is_empty(), "{keeps}");
        }
    }
}

#[test]
fn nodes_are_woken_up_for_those_who_start_soon() {
    for site in sites() {
        let _server = with_commands(&site, "SCHEDULER_NODE_MANAGER_SLEEP_CMD=");
        site.sql("UPDATE resources SET state = 'Absent', available_upto = 1700001000");
        let reservation = |id: i64, start: i64| {
            Job::nodes(id, 1, 900).with("reservation", "'Scheduled'").with("start_time", &(NOW + start).to_string())
        };
        site.submit_placed(&reservation(1, 30), 30, &[1]);
        site.submit_placed(&reservation(2, 31), 31, &[5]);
        site.submit_placed(&reservation(3, 30).with_type("deploy=standby"), 30, &[9]);
        site.submit_placed(&reservation(4, 30), 30, &[13]);
        site.sql("UPDATE resources SET available_upto = 1700000929 WHERE resource_id = 13");
        assert_eq!(round(&site).code, Some(0));
        assert_eq!(lines(&site, "wake.log"), ["node-1", "over"]);
        assert!(lines(&site, "halt.log").is_empty());
        let dry = site.kao(&["--dry-run", "--now", &(NOW + 1).to_string()]);
        assert!(dry.output.contains("nodes are woken up: node-1 node-2"), "{}", dry.output);
        assert_eq!(lines(&site, "wake.log").len(), 2);
        site.sql("UPDATE resources SET available_upto = 1700000930 WHERE resource_id = 13");
        assert_eq!(round(&site).code, Some(0));
        assert_eq!(lines(&site, "wake.log")[2..], ["node-1", "node-4", "over"]);
    }
}

#[test]
fn commands_that_fail_or_hang_hold_nobody_up() {
    for site in sites() {
        idle(&site);
        let halt = script(&site, "halt", "sleep 600 & echo $! >child; wait");
        let commands = format!("SCHEDULER_NODE_MANAGER_SLEEP_CMD={}\nSCHEDULER_TIMEOUT=1\n", halt.display());
        let wake = "SCHEDULER_NODE_MANAGER_WAKE_UP_CMD=\"echo broken >&2; exit 3\"";
        let _server = Server::of(&site, &format!("{MODE}{commands}{wake}"));
        site.sql("UPDATE resources SET state = 'Absent' WHERE resource_id <= 4");
        site.submit(&Job::nodes(1, 1, 60).with_properties("network_address = 'node-1'"));
        let begin = Instant::now();
        let ran = round(&site);
        assert!(begin.elapsed() < Duration::from_secs(10));
        assert_eq!(ran.code, Some(0));
        assert!(ran.log.contains("SCHEDULER_NODE_MANAGER_SLEEP_CMD: "), "{}", ran.log);
        assert!(ran.log.contains("halt: it took longer than 1 s"), "{}", ran.log);
        assert!(ran.log.contains("exit 3: exit status: 3: broken"), "{}", ran.log);
        let child = lines(&site, "child").remove(0);
        let is_gone = |status: String| status.lines().any(|line| line.starts_with("State:\tZ"));
        assert!(
            std::fs::read_to_string(format!("/proc/{child}/status")).map_or(true, is_gone),
            "what it started is gone"
        );
    }
}

#[test]
fn commands_get_signals_as_they_are_by_default() {
    for site in sites().into_iter().take(1) {
        idle(&site);
        let halt = script(&site, "halt", "grep SigIgn /proc/self/status >ignored");
        let _server = Server::of(&site, &format!("{MODE}SCHEDULER_NODE_MANAGER_SLEEP_CMD={}", halt.display()));
        let ran = site.kao_by_oar2(&["--now", &NOW.to_string()]);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        let ignored = lines(&site, "ignored").remove(0);
        let ignored = u64::from_str_radix(ignored.trim_start_matches("SigIgn:\t"), 16).unwrap();
        for signal in [2, 10, 13, 15] {
            assert_eq!(ignored >> (signal - 1) & 1, 0, "signal {signal}");
        }
    }
}

#[test]
fn hulot_and_greta_are_told() {
    for site in sites() {
        idle(&site);
        let wake = "ENERGY_SAVING_INTERNAL=yes\nENERGY_SAVING_NODE_MANAGER_SLEEP_CMD=halt\n\
                    ENERGY_SAVING_NODE_MANAGER_WAKE_UP_CMD=wake\n";
        let pipe = site.file("pipe");
        let greta = Ear::of_messages();
        let addresses = format!("FIFO_HULOT={}\nGRETA_SERVER=127.0.0.1\nGRETA_PORT={}", pipe.display(), greta.port);
        let _server = Server::of(&site, &format!("{MODE}{wake}{addresses}"));
        let told: Box<dyn Fn(usize) -> Vec<String>> = match site.is_oar2 {
            false => Box::new(move |count| greta.hear(count)),
            true => {
                let ran = round(&site);
                assert!(ran.log.contains("Hulot was not told about nodes"), "there is no pipe: {}", ran.log);
                assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
                let begin = Instant::now();
                let ran = round(&site);
                assert!(ran.log.contains("Hulot was not told about nodes"), "nobody reads it: {}", ran.log);
                assert!(begin.elapsed() < Duration::from_secs(5));
                let (sender, heard) = channel();
                // Open for writing as well: there is no end between the rounds.
                let reader = std::fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
                std::thread::spawn(move || {
                    use std::io::BufRead;
                    let lines = std::io::BufReader::new(reader).lines();
                    lines.map_while(Result::ok).for_each(|line| drop(sender.send(line)));
                });
                Box::new(move |count| {
                    (0..count).map(|_| heard.recv_timeout(Duration::from_secs(10)).unwrap()).collect()
                })
            }
        };
        site.sql("UPDATE resources SET state = 'Absent' WHERE resource_id <= 4");
        site.submit_placed(
            &Job::nodes(1, 1, 60).with("reservation", "'Scheduled'").with("start_time", &(NOW + 10).to_string()),
            10,
            &[1],
        );
        assert_eq!(round(&site).code, Some(0));
        let expected = match site.is_oar2 {
            true => ["HALT:node-2 node-3 node-4", "WAKEUP:node-1"],
            false => {
                [r#"{"cmd":"HALT","nodes":["node-2","node-3","node-4"]}"#, r#"{"cmd":"WAKEUP","nodes":["node-1"]}"#]
            }
        };
        assert_eq!(told(2), expected);
        site.sql("UPDATE resources SET state = 'Absent'");
        assert_eq!(round_at(&site, -30).code, Some(0));
        assert_eq!(told(1), [if site.is_oar2 { "CHECK:" } else { r#"{"cmd":"CHECK"}"# }]);
    }
}
