use serde_json::{Value, json};

use super::*;

/// Replays a file of one bad line between two good ones: the good ones are decided, the bad one is reported.
fn replay_around(bad: &[u8]) -> Run {
    let files = Files::new();
    let good = small_round().to_string();
    let content = [good.as_bytes(), b"\n", bad, b"\n", good.as_bytes()].concat();
    let file = files.write("rounds.jsonl", content);
    let mut run = oar_sim(&["replay", &file]);
    assert_eq!(run.status, 2, "{}", run.stderr);
    assert_eq!(run.stdout.lines().count(), 2, "{}", run.stdout);
    run.stderr = run.stderr.replace(&file, "FILE");
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    run
}

fn changed(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut round = small_round();
    change(&mut round);
    round.to_string().into_bytes()
}

#[track_caller]
fn is_reported(bad: &[u8], expected: &str) {
    let run = replay_around(bad);
    assert!(run.stderr.starts_with("oar-sim: FILE:2: ") && run.stderr.contains(expected), "{}", run.stderr);
}

#[test]
fn truncated_json() {
    let whole = small_round().to_string();
    for length in 1..whole.len() {
        let run = replay_around(&whole.as_bytes()[..length]);
        assert!(run.stderr.contains("EOF") && run.stderr.contains("column"), "{}", run.stderr);
    }
    let line = json!({ "name": "x", "snapshot": small_round() }).to_string();
    let cut = line.find("1-4").unwrap() + 1;
    is_reported(&line.as_bytes()[..cut], "at `snapshot.resources.default`, column");
}

#[test]
fn text_that_is_not_a_round() {
    is_reported(b"no json", "expected ident");
    is_reported(b"[]", "at `.`, column");
    is_reported(b"7", "invalid type: integer `7`");
    is_reported(b"{}", "missing field `format`");
    is_reported(b"{} {}", "missing field `format`");
    is_reported(
        &changed(|round| round["format"] = json!("oar-scheduler-snapshot/9")),
        "expected format \"oar-scheduler-snapshot/1\", found",
    );
    is_reported(&changed(|round| round["resources"]["default"] = json!("4-1")), "at `resources.default`, column");
    is_reported(&changed(|round| round["max_time"] = json!(1)), "expected a max_time not before now (1000), found 1");
    let two = format!("{} {}", small_round(), small_round());
    is_reported(two.as_bytes(), "trailing characters");
    let named = json!({ "name": 5, "snapshot": small_round() }).to_string();
    is_reported(named.as_bytes(), "at `name`, column");
    let bad_plan = json!({ "snapshot": small_round(), "expected": { "assignments": [{}] } }).to_string();
    is_reported(bad_plan.as_bytes(), "at `expected.assignments[0]`, column");
}

#[test]
fn bytes_that_are_not_utf_8() {
    let mut line = changed(|round| round["time_zone"] = json!("UTC?"));
    let at = line.iter().position(|&byte| byte == b'?').unwrap();
    line[at] = 0xff;
    is_reported(&line, &format!("at column {}: expected UTF-8 text, found the byte 0xff", at + 1));
    is_reported(&[0xc3], "found the byte 0xc3");
}

#[test]
fn a_line_of_ten_megabytes() {
    is_reported(&vec![b'['; 10_000_000], "column");
    let long = changed(|round| round["resources"]["default"] = json!("x".repeat(10_000_000)));
    let run = replay_around(&long);
    assert!(run.stderr.len() < 500, "{} bytes", run.stderr.len());
    // A long line is no problem as such.
    let files = Files::new();
    let comment = changed(|round| round["comment"] = json!("x".repeat(10_000_000)));
    let run = oar_sim(&["replay", &files.write("rounds.jsonl", comment)]);
    assert_eq!((run.status, run.stdout.lines().count()), (0, 1));
}

#[test]
fn deep_nesting() {
    let deep = |open: &str, close: &str, depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
    let quotas = small_round().to_string().replacen('{', &format!("{{\"quotas\":{},", deep("[", "]", 100_000)), 1);
    is_reported(quotas.as_bytes(), "recursion limit exceeded");
    is_reported(deep("{\"snapshot\":", "}", 100_000).as_bytes(), "column");
    is_reported(deep("[", "]", 1_000_000).as_bytes(), "column");
}

#[test]
fn numbers_at_the_limits() {
    let (least, most) = (json!(i64::MIN), json!(i64::MAX));
    for number in [&least, &json!(0), &json!(-1), &most] {
        for pointer in [
            "/now",
            "/security_time",
            "/max_time",
            "/waiting_jobs/0/id",
            "/waiting_jobs/0/reservation_start",
            "/waiting_jobs/0/submission_time",
            "/waiting_jobs/0/moldables/0/walltime",
            "/waiting_jobs/0/moldables/0/requests/0/levels/0/1",
        ] {
            let mut round = small_round();
            round["security_time"] = json!(1);
            round["max_time"] = most.clone();
            round["waiting_jobs"][0]["submission_time"] = json!(1);
            if pointer.ends_with("start") {
                round["waiting_jobs"][0]["reservation_start"] = json!(1);
            }
            *round.pointer_mut(pointer).unwrap() = number.clone();
            for arguments in [&["replay", "-"][..], &["replay", "--explain", "-"], &["gantt", "-", "-o", "-"]] {
                let run = oar_sim_with_input(arguments, round.to_string().as_bytes());
                assert!(run.status == 0 || !run.stderr.is_empty(), "{pointer} {number}");
                assert!(!run.stderr.contains("panic"), "{pointer} {number}: {}", run.stderr);
            }
        }
    }
    for wrong in ["1e400", "9223372036854775808", "1.5", "-9223372036854775809", "\"5\""] {
        let line = small_round().to_string().replace("\"now\":1000", &format!("\"now\":{wrong}"));
        is_reported(line.as_bytes(), "at `now`, column");
    }
}

#[test]
fn quotas_and_time_zones_that_cannot_be_used() {
    is_reported(
        &changed(|round| round["time_zone"] = json!("Middle/Earth")),
        "expected the name of a time zone such as `Europe/Paris`, found \"Middle/Earth\"",
    );
    is_reported(
        &changed(|round| round["quotas"] = json!({ "quotas": { "*,*,*": [1, 1, 1] } })),
        "quotas file: quotas, rule \"*,*,*\": expected",
    );
}

#[test]
fn files_without_a_round_and_files_that_cannot_be_read() {
    let files = Files::new();
    let good = files.write("good", small_round().to_string());
    let folder = files.path(".");
    for (file, expected) in [
        (files.write("empty", ""), "no round: expected a line of JSON for each round, found an empty file"),
        (files.write("blank", "\n \n\t\r\n"), "no round"),
        (files.write("empty.gz", gzipped(b"")), "no round"),
        (files.path("missing"), "cannot read it: No such file"),
        (folder, "cannot read it"),
        (files.write("noise.gz", b"\x1f\x8bnoise"), "the gzip data is damaged or cut off"),
    ] {
        let run = oar_sim(&["replay", &file, &good]);
        assert_eq!((run.status, run.stdout.lines().count()), (2, 1), "{}", run.stderr);
        assert!(run.stderr.starts_with(&format!("oar-sim: {file}")) && run.stderr.contains(expected), "{}", run.stderr);
    }
    let run = oar_sim_with_input(&["replay", "-"], b"");
    assert!(run.stderr.starts_with("oar-sim: standard input: no round"), "{}", run.stderr);
    assert_eq!(run.status, 2);
}

#[test]
fn a_gzip_file_that_ends_early_gives_the_rounds_before_its_end() {
    let files = Files::new();
    let packed = gzipped(&std::fs::read(corpus("basic.jsonl")).unwrap());
    let file = files.write("cut.gz", &packed[..packed.len() / 2]);
    let run = oar_sim(&["replay", "--check", &file]);
    assert_eq!(run.status, 2);
    assert!(run.last_line().ends_with(" passed, 0 failed") && !run.last_line().starts_with("0 "), "{}", run.stdout);
    assert!(run.stderr.contains("the gzip data is damaged or cut off"), "{}", run.stderr);
}

#[test]
fn under_check_a_round_without_expectation_is_a_problem() {
    let run = oar_sim_with_input(&["replay", "--check", "-"], small_round().to_string().as_bytes());
    assert_eq!((run.stdout.as_str(), run.status), ("0 passed, 0 failed\n", 2));
    assert!(run.stderr.contains("standard input:1: expected a plan to compare with"), "{}", run.stderr);
}

#[test]
fn control_characters_do_not_reach_the_terminal_or_the_picture() {
    let evil = json!({ "name": "a\u{1b}[31m<b>&\"\u{0}", "snapshot": serde_json::from_slice::<Value>(&changed(|round| {
        round["waiting_jobs"][0]["user"] = json!("\u{1b}]0;</svg>\u{fffe}");
        round["waiting_jobs"][0]["types"] = json!({ "timesharing": "\u{7}" });
    })).unwrap() });
    let run = oar_sim_with_input(&["replay", "--explain", "-"], evil.to_string().as_bytes());
    assert!(run.status == 0 && !run.stdout.contains('\u{1b}'), "{}", run.stdout);
    let run = oar_sim_with_input(&["gantt", "-", "-o", "-"], evil.to_string().as_bytes());
    roxmltree::Document::parse(&run.stdout).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_reported() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(&["replay", &corpus("basic.jsonl")]).stdout(full).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr.starts_with("oar-sim: cannot write to standard output: No space left"), "{stderr}");
}
