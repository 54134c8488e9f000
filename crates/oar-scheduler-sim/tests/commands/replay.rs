use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use serde_json::{Value, json};

use super::*;

fn example_line(name: &str, expected_start: i64, expected_resources: &str) -> String {
    let place =
        json!({ "job": 7, "moldable": 70, "start": expected_start, "walltime": 3600, "resources": expected_resources });
    let expected = json!({ "assignments": [place], "unscheduled": [] });
    json!({ "name": name, "snapshot": small_round(), "expected": expected }).to_string()
}

#[test]
fn the_corpus_is_replayed_as_expected() {
    for (file, rounds) in [("basic.jsonl", 120), ("quotas.jsonl", 120), ("big.jsonl", 15)] {
        let run = oar_sim(&["replay", "--check", &corpus(file)]);
        assert_eq!((run.stdout.as_str(), run.status), (format!("{rounds} passed, 0 failed\n").as_str(), 0));
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn plans_are_lines_of_json_with_the_name_first() {
    let files = Files::new();
    let text = format!("{}\n\n{}\n", example_line("first", 1000, "1-2"), small_round());
    let run = oar_sim(&["replay", &files.write("rounds.jsonl", text)]);
    let plan = r#""format":"oar-scheduler-plan/1","now":1000,"assignments":[{"job":7,"moldable":70,"start":1000,"walltime":3600,"resources":"1-2"}],"unscheduled":[]}"#;
    assert_eq!(run.stdout, format!("{{\"name\":\"first\",{plan}\n{{{plan}\n"));
    assert_eq!(run.status, 0);
}

#[test]
fn published_plugins_take_part() {
    let mut round = small_round();
    round["scheduled_jobs"] = json!([{ "id": 1, "start": 900, "walltime": 200, "resources": "2" }]);
    round["extra_metasched"] = json!({ "name": "foo" });
    round["waiting_jobs"][0]["types"] = json!({ "find": "find_even_or_odd:odd" });
    let mut other = round["waiting_jobs"][0].clone();
    other["id"] = json!(8);
    other["types"] = json!({ "find": "moon" });
    round["waiting_jobs"].as_array_mut().unwrap().push(other);
    let files = Files::new();
    let file = files.write("rounds.jsonl", round.to_string());
    let run = oar_sim(&["replay", &file]);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(plan["assignments"][0]["resources"], "1 3");
    assert_eq!(plan["property_changes"], json!([{ "resources": "1", "property": "deploy", "value": "YES" }]));
    let run = oar_sim(&["replay", "--explain", &file]);
    assert!(run.stdout.contains("plugin find=moon: there is no such plugin"), "{}", run.stdout);
    assert!(run.stdout.contains("of resources 1, deploy becomes \"YES\""), "{}", run.stdout);
    let run = oar_sim(&["gantt", &file, "--output", "-"]);
    assert!(run.stdout.contains("<svg") && run.status == 0, "{}", run.stderr);
}

#[test]
fn the_same_rounds_give_the_same_bytes() {
    let arguments = ["replay", &corpus("quotas.jsonl"), &corpus("container.jsonl"), &example()];
    assert_eq!(oar_sim(&arguments).stdout, oar_sim(&arguments).stdout);
}

#[test]
fn a_difference_is_shown_with_both_places() {
    let files = Files::new();
    let wrong = [example_line("right", 1000, "1-2"), example_line("wrong", 4600, "3-4")].join("\n");
    let file = files.write("rounds.jsonl", wrong);
    let run = oar_sim(&["replay", "--check", &file]);
    assert_eq!(
        run.stdout,
        format!(
            "FAILED wrong ({file}:2)\n  job 7: other start, resources\n    \
             expected: start 4600 (now+1:00:00), moldable 70, walltime 3600, resources 3-4\n    \
             found:    start 1000 (now), moldable 70, walltime 3600, resources 1-2\n1 passed, 1 failed\n"
        )
    );
    assert_eq!((run.status, run.stderr.as_str()), (1, ""));
}

#[test]
fn jobs_too_many_and_too_few_are_differences() {
    let files = Files::new();
    let mut line: Value = serde_json::from_str(&example_line("wrong", 1000, "1-2")).unwrap();
    line["expected"] = json!({ "assignments": [], "unscheduled": [{ "job": 7 }, { "job": 8 }] });
    let run = oar_sim(&["replay", "--check", &files.write("rounds.jsonl", line.to_string())]);
    assert!(run.stdout.contains("job 7: should have no place\n    expected: no place\n"), "{}", run.stdout);
    assert!(run.stdout.contains("job 8: is missing from the plan"), "{}", run.stdout);
    line["expected"] = json!({ "assignments": [], "unscheduled": [] });
    let run = oar_sim(&["replay", "--check", &files.write("rounds.jsonl", line.to_string())]);
    assert!(run.stdout.contains("job 7: was not expected in the plan"), "{}", run.stdout);
    assert_eq!((run.last_line(), run.status), ("0 passed, 1 failed", 1));
}

#[test]
fn check_with_explain_tells_why_of_the_rounds_that_differ() {
    let files = Files::new();
    let text = [example_line("right", 1000, "1-2"), example_line("wrong", 4600, "3-4")].join("\n");
    let run = oar_sim(&["replay", "--check", "--explain", &files.write("rounds.jsonl", text)]);
    assert!(run.stdout.contains("job 7 (of ada): starts now on 1-2"), "{}", run.stdout);
    assert!(!run.stdout.contains("right"), "{}", run.stdout);
    assert_eq!(run.last_line(), "1 passed, 1 failed");
}

#[test]
fn gzipped_files_and_standard_input_are_read() {
    let files = Files::new();
    let content = std::fs::read(corpus("basic.jsonl")).unwrap();
    // Two gzip members, as `cat a.gz b.gz` makes them, and a name that does not say so.
    let packed = [gzipped(&content), gzipped(&content)].concat();
    let run = oar_sim(&["replay", "--check", &files.write("packed", &packed)]);
    assert_eq!((run.last_line(), run.status), ("240 passed, 0 failed", 0));
    for input in [&content, &packed] {
        let run = oar_sim_with_input(&["replay", "--check", "-"], input);
        assert!(run.stdout.ends_with("0 failed\n") && run.status == 0, "{}", run.stdout);
    }
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let mut child = command(&["replay", &corpus("basic.jsonl"), &corpus("big.jsonl")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("{\"name\":\"basic-1\""), "{first}");
    let status = child.wait().unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((status.code(), stderr.as_str()), (Some(0), ""));
}

#[test]
fn the_example_is_explained() {
    let run = oar_sim(&["replay", "--explain", &example()]);
    let text = run.stdout.replace(&example(), "small-cluster.jsonl");
    insta::assert_snapshot!("small_cluster_explained", text);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
}
