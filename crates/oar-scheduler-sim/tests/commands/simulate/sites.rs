//! Small logs whose simulation is worked out by hand: what only OAR has.

use super::*;

fn on(jobs: &[LogJob], options: &str, others: &[&str]) -> Simulated {
    let files = Files::new();
    simulated(&files.write("log.swf", log(jobs)), options, others)
}

#[test]
fn nodes_are_asked_for_on_machines_of_yaml_and_json() {
    let files = Files::new();
    // One node each for jobs 1, 2 and 3: by cores, job 3 would start at once. Job 4 needs both nodes.
    let jobs = [job(0, 100, 1), job(1, 100, 1), job(2, 50, 1), job(3, 10, 2)];
    for machine in [
        files.write("tree.yaml", "{node: 2, core: 2}"),
        files.write("clusters.yml", "clusters:\n- node: 1\n  core: 2\n- {node: 1, core: 2}\n"),
        files.write("tree.json", r#"{"node": 2, "core": 2}"#),
        files.write("blocks.json", r#"{"hierarchy": {"node": ["1-2", "3-4"], "core": ["1", "2", "3", "4"]}}"#),
    ] {
        let rows = on(&jobs, &format!("--platform {machine} --request /node=n"), &[]).rows;
        assert_eq!(starts(&rows), [0, 1, 100, 150], "{machine}");
        assert_eq!(column(&rows, "resource_set"), ["1-2", "3-4", "1-2", "1-4"]);
        assert_eq!(column(&rows, "processors"), ["1", "1", "1", "2"]);
        assert_eq!(column(&rows, "resources"), ["2", "2", "2", "4"]);
    }
}

#[test]
fn a_request_may_have_fewer_resources_than_processors() {
    // Two hardware threads a core: three threads are two cores.
    let rows = on(&[job(0, 10, 3), job(1, 10, 3)], "--cores 4 --request /core=ceil(n/2)", &[]).rows;
    assert_eq!((starts(&rows), column(&rows, "resource_set")), (vec![0, 1], vec!["1-2".to_owned(), "3-4".to_owned()]));
}

#[test]
fn a_killed_besteffort_job_begins_again_from_zero() {
    // Job 1 is killed at 30 for job 2, which ends at 80; then it needs its 100 seconds again.
    let jobs = [LogJob { queue: 2, ..job(0, 100, 4) }, job(30, 50, 4)];
    let Simulated { figures, rows, .. } = on(&jobs, "--cores 4 --queue 2=besteffort,priority=0,besteffort", &[]);
    assert_eq!(starts(&rows), [80, 30]);
    assert_eq!((number(&rows[0], "end"), number(&rows[0], "wait"), number(&rows[0], "run")), (180, 80, 100));
    assert_eq!(
        (column(&rows, "kills"), column(&rows, "queue")),
        (vec!["1".to_owned(), "0".to_owned()], vec!["besteffort".to_owned(), "default".to_owned()])
    );
    assert_eq!((&figures["kills"], &figures["makespan"]), (&1.into(), &180.into()));
    assert!((figures["lost_to_kills"].as_f64().unwrap() - 30.0 / 180.0).abs() < 1e-9, "{figures}");
    assert!((figures["utilisation"].as_f64().unwrap() - 150.0 / 180.0).abs() < 1e-9, "{figures}");
    // Without the word it is a queue as any other.
    assert_eq!(starts(&on(&jobs, "--cores 4 --queue 2=besteffort,priority=0", &[]).rows), [0, 100]);
}

#[test]
fn queues_of_high_priority_go_first() {
    let jobs = [job(0, 100, 4), LogJob { queue: 3, ..job(1, 10, 4) }, LogJob { queue: 5, ..job(2, 10, 4) }];
    assert_eq!(starts(&on(&jobs, "--cores 4", &[]).rows), [0, 100, 110]);
    let queues = "--queue 3=low,priority=1 --queue 5=high,priority=9";
    assert_eq!(starts(&on(&jobs, &format!("--cores 4 {queues}"), &[]).rows), [0, 110, 100]);
}

#[test]
fn the_security_time_is_added_to_every_walltime() {
    // Planned from 2 on without: job 2 from 100 to 200, then job 3, which job 4 must not delay: it would end at 253.
    // With 60 seconds more each: job 2 from 160 to 320, and job 4 ends at 3 + 310. It really ends at 253, and so job 3 waits.
    let jobs = [job(0, 100, 2), job(1, 100, 3), job(2, 10, 4), job(3, 250, 1)];
    assert_eq!(starts(&on(&jobs, "--cores 4", &[]).rows), [0, 100, 200, 210]);
    let rows = on(&jobs, "--cores 4 --security-time 60", &[]).rows;
    assert_eq!(starts(&rows), [0, 100, 253, 3]);
    assert_eq!(column(&rows, "walltime"), ["100", "100", "10", "250"]);
}

#[test]
fn quotas_hold_jobs_back_and_tell_who_never_starts() {
    let files = Files::new();
    let quotas = files.write("quotas.json", r#"{"quotas": {"*,*,*,/": [2, -1, -1]}}"#);
    let jobs =
        [job(0, 100, 2), job(1, 10, 1), LogJob { user: 2, ..job(2, 10, 1) }, LogJob { user: 3, ..job(3, 10, 3) }];
    let Simulated { figures, rows, stderr } = on(&jobs, "--cores 8", &["--quotas", &quotas]);
    assert_eq!(starts(&rows[..3]), [0, 100, 2]);
    assert_eq!((rows[3]["start"].as_str(), rows[3]["status"].as_str()), ("", "never started"));
    assert_eq!((&figures["never_started"], &figures["jobs"]), (&1.into(), &4.into()));
    assert_eq!(
        stderr,
        "oar-sim: warning: never started: job 4: quota *,*,*,/ allows 2 resources: 0 used, 3 more asked\n"
    );
}

#[test]
fn figures_of_no_job_that_ended_are_zero() {
    let files = Files::new();
    let quotas = files.write("quotas.json", r#"{"quotas": {"*,*,*,/": [2, -1, -1]}}"#);
    let log = files.write("log.swf", log(&[job(0, 10, 3)]));
    let run = oar_sim(&["simulate", &log, "--cores", "4", "--quotas", &quotas, "--json"]);
    assert!(run.stdout.contains("\"mean_wait\":0.0,") && !run.stdout.contains('-'), "{}", run.stdout);
}

#[test]
fn fairshare_follows_the_targets_of_the_ordering() {
    let files = Files::new();
    let ordering = r#"{"fairshare": {"user_targets": {"1": 10, "2": 90}}}"#;
    let ordering = files.write("ordering.json", ordering);
    let jobs = [LogJob { user: 3, ..job(0, 100, 4) }, job(1, 10, 4), LogJob { user: 2, ..job(2, 10, 4) }];
    let of = |options: &str| starts(&on(&jobs, &format!("--cores 4 {options}"), &["--ordering", &ordering]).rows);
    assert_eq!(of("--job-priority FIFO"), [0, 100, 110]);
    // Nobody has used anything by any day that is over: user 2 is farther from what he should have.
    assert_eq!(of("--job-priority FAIRSHARE"), [0, 110, 100]);
}

#[test]
fn of_several_requests_one_that_fits_is_taken() {
    let files = Files::new();
    let machine = files.write("machine.yaml", "{node: 2, core: 2}");
    let requests = "--request /node=1/core=n --request /node=2/core=n/2";
    // Job 1 holds a node; job 2 of two cores fits on the other; job 3 of four only on both, and waits for job 2.
    let jobs = [job(0, 10, 2), job(1, 20, 2), job(2, 10, 4)];
    let rows = on(&jobs, &format!("--platform {machine} {requests}"), &[]).rows;
    assert_eq!((starts(&rows), column(&rows, "resource_set")[2].as_str()), (vec![0, 1, 21], "1-4"));
}

#[test]
fn jobs_whose_request_does_not_fit_are_refused_and_counted() {
    let files = Files::new();
    let machine = files.write("machine.yaml", "{node: 2, core: 2}");
    let jobs = [job(0, 10, 2), job(1, 10, 3), job(2, 10, 4)];
    let Simulated { figures, rows, stderr } = on(&jobs, &format!("--platform {machine} --request /node=1/core=n"), &[]);
    assert_eq!((&figures["jobs"], &figures["dropped"]), (&1.into(), &serde_json::json!({ "refused": 2 })));
    assert_eq!(column(&rows, "job"), ["1"]);
    assert_eq!(
        stderr,
        "oar-sim: warning: job 2 is refused: `/node=1/core=n` with n=3 does not fit on the machine; others that are refused: 1\n"
    );
}

#[test]
fn jobs_whose_template_gives_no_whole_number_are_refused() {
    let Simulated { figures, stderr, .. } = on(&[job(0, 10, 2), job(1, 10, 3)], "--cores 4 --request /core=n/2", &[]);
    assert_eq!((&figures["jobs"], &figures["dropped"]), (&1.into(), &serde_json::json!({ "refused": 1 })));
    assert_eq!(
        stderr,
        "oar-sim: warning: job 2 is refused: `/core=n/2` with n=3: expected a whole number of `core`, at least 1, found 1.5\n"
    );
}
