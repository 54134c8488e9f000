//! Suspended jobs that go on.

use std::path::Path;
use std::time::{Duration, Instant};

use super::listening::{Server, events, round, round_at};
use super::running::start;
use super::scripts::{lines, script, sorted_lines, ssh};
use super::site::{Job, Site, sites};

/// A job that is to go on. Its number is that of its node.
fn resuming(site: &Site, id: i64, types: &[&str]) {
    let job = types.iter().fold(Job::nodes(id, 1, 1000), |job, kind| job.with_type(kind));
    start(site, job.with("suspended", "'YES'"), "Resuming", -100, id * 4 - 3..=id * 4);
    site.sql(&format!("INSERT INTO job_state_logs (job_id, job_state, date_start) VALUES ({id}, 'Resuming', 5)"));
}

/// The configuration of a site whose nodes know of jobs, and one line more. Each node keeps in `nodes.log` what it is told.
fn configured(site: &Site, more: &str) -> Server {
    let file = site.file("manager.pl");
    let log = site.file("nodes.log");
    let text = format!(
        "my $text = join('', <STDIN>); my $hash = eval($text);\n\
         open(my $log, '>>', '{}'); syswrite($log, \"$ARGV[0] $hash->{{name}} $hash->{{job_id}} $hash->{{oarexec_pid_file}}\\n\");\n",
        log.display()
    );
    std::fs::write(&file, text).unwrap();
    let server = "JOB_RESOURCE_MANAGER_PROPERTY_DB_FIELD=cpuset\nOAR_RUNTIME_DIRECTORY=/run/oar\n";
    let (ssh, file) = (ssh(site), file.display().to_string());
    Server::of(site, &format!("{server}OPENSSH_CMD=\"{} -p 6667\"\nSUSPEND_RESUME_FILE={file}\n{more}", ssh.display()))
}

#[test]
fn jobs_go_on_when_nobody_else_is_on_their_resources() {
    for site in sites() {
        let before = script(&site, "before", "log before.log \"$@\"");
        let server = configured(&site, &format!("JUST_BEFORE_RESUME_EXEC_FILE=\"{}\"", before.display()));
        for (id, types) in [(1, vec![]), (2, vec!["noop"]), (3, vec![])] {
            resuming(&site, id, &types);
        }
        start(&site, Job::nodes(9, 1, 1000), "Running", -50, 9..=9);
        start(&site, Job::nodes(10, 1, 1000).with("suspended", "'YES'"), "Suspended", -50, 2..=2);
        site.sql("UPDATE resources SET suspended_jobs = 'YES'");
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        assert_eq!([1, 2, 3].map(|job| site.state(job)), ["Running", "Running", "Resuming"]);
        assert_eq!(lines(&site, "before.log"), [if site.is_oar2 { "script 1" } else { "1" }]);
        assert_eq!(lines(&site, "ssh.log"), ["-p 6667 -x -T node-1 TAKTUK_HOSTNAME=node-1 perl - resume"]);
        assert_eq!(lines(&site, "nodes.log"), ["resume alice_1 1 /run/oar/pid_of_oarexec_for_jobId_1"]);
        let suspended = "SELECT CAST(resource_id AS text) FROM resources WHERE suspended_jobs = 'YES'";
        assert_eq!(site.rows(suspended), ["2"]);
        let logs = "SELECT job_state || date_stop FROM job_state_logs WHERE job_id = 1 AND date_stop = 0";
        assert_eq!(site.rows(logs), ["Running0"]);
        assert_eq!((events(&site, 1).len(), server.heard(0).len()), (0, 0));
        site.sql("UPDATE jobs SET state = 'Terminated' WHERE job_id = 9");
        assert_eq!(round_at(&site, 5).code, Some(0));
        assert_eq!(site.state(3), "Running");
        assert_eq!(lines(&site, "nodes.log").len(), 2, "each once");
    }
}

#[test]
fn jobs_that_cannot_go_on_are_killed_and_nobody_waits_for_long() {
    for site in sites() {
        let before = "case $* in *1) exit 3;; *2) log before.log 2; sleep 600 & wait;; esac";
        let before = script(&site, "before", before);
        let more = format!(
            "JUST_BEFORE_RESUME_EXEC_FILE={}\nSUSPEND_RESUME_SCRIPT_TIMEOUT=1\nOAR_SSH_CONNECTION_TIMEOUT=1",
            before.display()
        );
        let server = configured(&site, &more);
        for id in 1..=4 {
            resuming(&site, id, &[]);
        }
        site.sql("UPDATE resources SET network_address = 'gone-3' WHERE resource_id = 9");
        site.sql("UPDATE resources SET network_address = 'silent-3' WHERE resource_id = 10");
        let begin = Instant::now();
        let ran = round(&site);
        assert!(begin.elapsed() < Duration::from_secs(15));
        assert_eq!(ran.code, Some(2), "{}", ran.log);
        assert_eq!([1, 2, 3, 4].map(|job| site.state(job)), ["Resuming", "Resuming", "Resuming", "Running"]);
        for (job, kind) in [(1, "RESUME_SCRIPT_ERROR"), (2, "RESUME_SCRIPT_ERROR"), (3, "RESUME_ERROR")] {
            let mut events = events(&site, job);
            events.sort();
            assert_eq!(events, ["FRAG_JOB_REQUEST", kind]);
        }
        let described = "SELECT description FROM event_logs WHERE type LIKE 'RESUME%' ORDER BY job_id";
        let described = site.rows(described);
        assert!(described[0].ends_with("failed: exit status: 3"), "{described:?}");
        assert!(described[1].ends_with("failed: it took longer than 1 s"), "{described:?}");
        assert!(described[2].ends_with("Error on several nodes: gone-3 silent-3"), "{described:?}");
        let hosts =
            "SELECT hostname FROM event_log_hostnames NATURAL JOIN event_logs WHERE job_id = 3 ORDER BY hostname";
        assert_eq!(site.rows(hosts), ["gone-3", "silent-3"]);
        assert_eq!(server.heard(1), ["Qdel"]);
        // Those that are to be killed are left alone.
        assert_eq!(round_at(&site, 5).code, Some(2));
        assert_eq!(lines(&site, "before.log"), ["2"]);
    }
}

#[test]
fn without_what_nodes_need_jobs_wait() {
    for site in sites() {
        let _server = Server::of(&site, "");
        resuming(&site, 1, &[]);
        assert_eq!(round(&site).code, Some(0));
        assert_eq!((site.state(1).as_str(), events(&site, 1).len()), ("Resuming", 0));
        let before = script(&site, "before", "log before.log \"$@\"").display().to_string();
        let more = format!("SUSPEND_RESUME_FILE=/no/such/file\nJUST_BEFORE_RESUME_EXEC_FILE={before}");
        let _server = configured(&site, &more);
        for after in [5, 10] {
            assert_eq!(round_at(&site, after).code, Some(0));
            assert_eq!(events(&site, 1), ["SUSPEND_RESUME_MANAGER_FILE"]);
        }
        assert_eq!(site.state(1), "Resuming");
        assert_eq!(lines(&site, "before.log").len(), 0, "it would be run in each round");
    }
}

#[test]
fn taktuk_reaches_all_nodes_at_once() {
    if !Path::new("/usr/bin/taktuk").exists() {
        eprintln!("skipped: TakTuk is not installed (Debian: apt-get install taktuk)");
        return;
    }
    for site in sites() {
        let _server = configured(&site, "TAKTUK_CMD=\"/usr/bin/taktuk -t 5 -s\"\nOAR_SSH_CONNECTION_TIMEOUT=10");
        resuming(&site, 1, &[]);
        resuming(&site, 2, &[]);
        resuming(&site, 3, &[]);
        site.sql("UPDATE resources SET network_address = 'node-x' WHERE resource_id IN (1, 5)");
        site.sql("UPDATE resources SET network_address = 'gone-x' WHERE resource_id = 6");
        site.sql("DELETE FROM assigned_resources WHERE moldable_job_id = 30");
        let ran = round(&site);
        assert_eq!(ran.code, Some(2), "{}", ran.log);
        assert_eq!([1, 2, 3].map(|job| site.state(job)), ["Running", "Resuming", "Running"]);
        let told = sorted_lines(&site, "nodes.log");
        let told: Vec<&str> = told.iter().map(|line| line.split(' ').nth(1).unwrap()).collect();
        assert_eq!(told, ["alice_1", "alice_1", "alice_2", "alice_2"], "{}", ran.log);
        let hosts = site.rows("SELECT hostname FROM event_log_hostnames");
        assert_eq!(hosts, ["gone-x"]);
    }
}
