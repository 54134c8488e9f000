use super::*;

/// The same as options and as a file: one job after another on four cores instead of side by side on eight.
fn two_jobs(files: &Files) -> String {
    files.write("log.swf", log(&[job(0, 100, 4), job(1, 10, 4)]))
}

#[test]
fn a_file_names_everything_and_its_paths_are_beside_it() {
    let files = Files::new();
    two_jobs(&files);
    files.write("machine.yaml", "{node: 2, core: 4}");
    files.write("ordering.json", r#"{"policy": "FIFO"}"#);
    files.write("quotas.json", r#"{"quotas": {"*,*,*,/": [4, -1, -1]}}"#);
    let yaml = "log: log.swf\nplatform: machine.yaml\nordering: ordering.json\nquotas: quotas.json\nrequest: /core=n\n";
    let json = serde_json::json!({
        "log": "log.swf", "platform": "machine.yaml", "ordering": "ordering.json", "quotas": "quotas.json",
        "request": ["/core=n"],
    });
    let alike = [
        files.write("settings.yaml", yaml),
        files.write("settings.json", json.to_string()),
        files.write("inline.yaml", "{log: log.swf, platform: {core: 8}, quotas: {quotas: {'*,*,*,/': [4, -1, -1]}}}"),
    ];
    for settings in alike {
        let folder = files.path("out");
        let run = oar_sim(&["simulate", "--settings", &settings, "--json", "--out", &folder]);
        assert_eq!((figures(&run)["jobs"].as_i64(), run.stderr.as_str()), (Some(2), ""));
        assert_eq!(starts(&rows(&folder)), [0, 100], "{settings}");
    }
}

#[test]
fn an_option_goes_before_the_file() {
    let files = Files::new();
    let log = two_jobs(&files);
    let settings = files.write("settings.yaml", "{log: missing.swf, platform: {core: 4}, policy: easy, speed-up: 0.5}");
    let Simulated { figures, rows, .. } = simulated(&log, "", &["--settings", &settings]);
    assert_eq!((figures["policy"].as_str(), starts(&rows)), (Some("EASY backfilling"), vec![0, 100]));
    assert_eq!(number(&rows[1], "submission"), 2);
    let others = ["--settings", &settings, "--cores", "8", "--policy", "fcfs", "--speed-up", "1"];
    let Simulated { figures, rows, .. } = simulated(&log, "", &others);
    assert_eq!((figures["policy"].as_str(), starts(&rows)), (Some("first come, first served"), vec![0, 1]));
}

#[test]
fn every_key_is_an_option() {
    let files = Files::new();
    let log = two_jobs(&files);
    let settings = "{cores: 4, policy: oar, backfill-order: sjf, estimates: actual, request: [/core=n], queue: '1=q', \
        job-priority: FIFO, fairshare-window: 5, max-jobs: 0, quotas-window: 5, security-time: 0, time-zone: Asia/Tokyo, \
        speed-up: 1, whole-rounds: true, strict: true, name: all}";
    let run = oar_sim(&["simulate", &log, "--settings", &files.write("settings.yaml", settings)]);
    let expected = "oar-sim: warning: backfill-order means something to policy easy only\n";
    assert_eq!((run.status, run.stderr.as_str()), (0, expected));
}

#[test]
fn options_that_the_policy_does_not_look_at_are_told() {
    let files = Files::new();
    let log = two_jobs(&files);
    let run = oar_sim(&["simulate", &log, "--cores", "4", "--policy", "easy", "--max-jobs", "3", "--whole-rounds"]);
    let told = ["max-jobs", "whole-rounds"]
        .map(|name| format!("oar-sim: warning: {name} means something to policy oar only\n"));
    assert_eq!((run.status, run.stderr), (0, told.concat()));
}

#[test]
fn settings_that_cannot_be_are_told_with_their_file() {
    let files = Files::new();
    two_jobs(&files);
    for (name, text, expected) in [
        ("a.yaml", "{log: log.swf, polcy: easy}", "unknown field `polcy`"),
        ("a.json", r#"{"log": "log.swf", "polcy": "easy"}"#, "unknown field `polcy`"),
        ("b.yaml", "{log: log.swf, policy: best}", "unknown variant `best`"),
        ("c.yaml", "{log: log.swf, queue: [besteffort]}", "found `besteffort`"),
        ("d.yaml", "{log: log.swf, request: /core=m}", "`m`"),
        ("e.yaml", "{log: log.swf, platform: {core: 0}}", "1 to 4194304 resources, found 0"),
        ("e.json", "{\"log\":", "EOF"),
    ] {
        let file = files.write(name, text);
        let run = oar_sim(&["simulate", "--settings", &file]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{text}");
        assert!(run.stderr.starts_with(&format!("oar-sim: {file}: ")), "{}", run.stderr);
        assert!(run.stderr.contains(expected), "{text}: {}", run.stderr);
    }
}

#[test]
fn options_that_cannot_be_are_refused() {
    let files = Files::new();
    let log = two_jobs(&files);
    let nodes = files.write("nodes.yaml", "{switch: 1, node: 4}");
    let both = files.write("both.yaml", "{cores: 4, platform: {core: 4}}");
    let bad_quotas = files.write("quotas.json", r#"{"quotas": {"*,*,*": [1, 1, 1]}}"#);
    let below_a_file = format!("{log}/out");
    for (options, expected) in [
        (vec![log.as_str()], "expected --cores or --platform, as the log has no line `; MaxProcs:`"),
        (vec!["--cores", "4"], "expected a log, on the command line or as `log` in the settings"),
        (vec![&log, "--cores", "0"], "cores: expected 1 to 4194304 resources, found 0"),
        (vec![&log, "--cores", "4", "--platform", &nodes], "cannot be used with '--platform <FILE>'"),
        (vec![&log, "--settings", &both], "expected cores or platform, found both"),
        (
            vec![&log, "--platform", &nodes],
            "expected a request of levels of the machine (node, switch), found `core` in `/core=n`",
        ),
        (vec![&log, "--platform", "/missing"], "platform: /missing: cannot read it: No such file"),
        (vec![&log, "--cores", "4", "--speed-up", "0"], "speed-up: expected a positive number, found 0"),
        (vec![&log, "--cores", "4", "--speed-up", "nan"], "speed-up: expected a positive number, found NaN"),
        (vec![&log, "--cores", "4", "--time-zone", "Middle/Earth"], "time-zone: expected a name such as"),
        (vec![&log, "--cores", "4", "--job-priority", "BEST"], "job-priority: "),
        (vec![&log, "--cores", "4", "--job-priority", "GIVEN"], "expected FIFO, FAIRSHARE or MULTIFACTOR, found GIVEN"),
        (vec![&log, "--cores", "4", "--quotas", &bad_quotas], "rule \"*,*,*\": expected"),
        (vec![&log, "--cores", "4", "--queue", "2=b", "--queue", "2=c"], "one description of queue 2, found several"),
        (vec![&log, "--cores", "4", "--settings", "/missing"], "oar-sim: /missing: cannot read it: No such file"),
        (vec!["/missing", "--cores", "4"], "oar-sim: /missing: cannot read it: No such file"),
        (vec![&log, "--cores", "4", "--every-nth-snapshot", "3"], "--out <DIR>"),
        (vec![&log, "--cores", "4", "--snapshot-at", "5"], "--out <DIR>"),
        (vec![&log, "--cores", "4", "--out", "x", "--snapshot-at", "soon"], "--snapshot-at: expected a date such as"),
        (vec![&log, "--cores", "4", "--out", "x", "--every-nth-snapshot", "0"], "invalid value '0'"),
        (
            vec![&log, "--cores", "4", "--policy", "easy", "--out", "x", "--every-nth-snapshot", "3"],
            "expected --policy oar: the other policies have no rounds to keep",
        ),
        (
            vec![&log, "--cores", "4", "--policy", "fcfs", "--out", "x", "--snapshot-at", "5"],
            "expected --policy oar: the other policies have no rounds to keep",
        ),
        (vec![&log, "--cores", "4", "--out", &below_a_file], "/out: cannot make the folder: Not a directory"),
    ] {
        let run = oar_sim(&[&["simulate"][..], &options].concat());
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{options:?}: {}", run.stderr);
        assert!(run.stderr.contains(expected), "{options:?}: {}", run.stderr);
    }
    assert!(!Path::new("x").exists());
}

#[test]
fn the_log_tells_the_machine_and_the_time_zone() {
    let files = Files::new();
    let text = format!("; MaxProcs: 4\n; TimeZoneString: Asia/Tokyo\n{}", log(&[job(0, 100, 4), job(1, 10, 4)]));
    assert_eq!(starts(&simulated(&files.write("log.swf", text), "", &[]).rows), [0, 100]);
}
