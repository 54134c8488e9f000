use std::collections::BTreeSet;

use roxmltree::Document;
use serde_json::json;

use super::*;

/// The picture of the arguments; standard output and error stay empty.
fn picture(files: &Files, arguments: &[&str]) -> String {
    let out = files.path("out.svg");
    let run = oar_sim(&[&["gantt"], arguments, &["-o", &out]].concat());
    assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    std::fs::read_to_string(out).unwrap()
}

fn jobs(svg: &Document<'_>) -> BTreeSet<i64> {
    svg.descendants().filter_map(|node| node.attribute("data-job")).map(|job| job.parse().unwrap()).collect()
}

/// The tooltip of a job.
fn tooltip<'a>(svg: &'a Document<'_>, job: &str) -> &'a str {
    let group = svg.descendants().find(|node| node.attribute("data-job") == Some(job)).expect("the job");
    group.children().find(|node| node.has_tag_name("title")).and_then(|title| title.text()).expect("a title")
}

#[test]
fn the_example_shows_every_job_that_has_a_place() {
    let svg = picture(&Files::new(), &[&example()]);
    let svg = Document::parse(&svg).unwrap();
    let placed = (1001..=1006).chain(2001..=2006).chain(2008..=2011).chain([2014, 2015, 3001]);
    assert_eq!(jobs(&svg), placed.collect());
    let texts: Vec<&str> =
        svg.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text()).collect();
    for text in [
        "2002 grace",
        "2004 container workshop",
        "1005 placeholder visit",
        "11:00",
        "switch 2",
        "now, 2026-03-09 10:00:00",
    ] {
        assert!(texts.contains(&text), "{text} in {texts:?}");
    }
    assert!(texts.iter().any(|text| text.starts_with("2012 (bob): it can never run")), "{texts:?}");
    assert!(tooltip(&svg, "2002").starts_with(
        "job 2002 fold: starts now\nuser grace, project biology, queue default\nstart 2026-03-09 10:00:00\nend 2026-03-09 12:01:00 (2:01:00)\nresources 9-24 (16)"
    ));
    assert!(tooltip(&svg, "1002").contains("job 2002 takes resources from it at 2026-03-09 10:00:00"));
}

#[test]
fn pictures_are_self_contained_and_always_the_same() {
    let svg = picture(&Files::new(), &[&example()]);
    assert_eq!(svg, picture(&Files::new(), &[&example()]));
    assert!(!svg.contains("href") && !svg.contains("<script") && !svg.contains("@import"));
    assert!(svg.len() < 100_000, "{} bytes", svg.len());
}

#[test]
fn every_round_of_the_corpus_can_be_drawn() {
    let files = Files::new();
    for (file, rounds) in [
        ("big.jsonl", 15),
        ("interleaved.jsonl", 12),
        ("timesharing.jsonl", 12),
        ("container.jsonl", 12),
        ("upto.jsonl", 12),
    ] {
        for round in 1..=rounds {
            let svg = picture(&files, &[&corpus(file), "--round", &round.to_string()]);
            Document::parse(&svg).unwrap();
        }
    }
}

#[test]
fn a_shorter_time_cuts_what_is_beyond_and_says_so() {
    let svg = picture(&Files::new(), &["--hours", "4", &example()]);
    let document = Document::parse(&svg).unwrap();
    assert!(!jobs(&document).contains(&1003) && !jobs(&document).contains(&2015));
    assert!(svg.contains("2 jobs begin only after the right edge."));
}

#[test]
fn machines_of_any_size_are_drawn_in_a_small_file() {
    let files = Files::new();
    for default in ["", "5", "0-4294967295"] {
        let mut round = small_round();
        round["resources"]["default"] = json!(default);
        round["waiting_jobs"][0]["moldables"][0]["requests"][0]["levels"] = json!([["core", -2]]);
        let file = files.write("round.jsonl", round.to_string());
        let svg = picture(&files, &[&file]);
        Document::parse(&svg).unwrap();
        assert!(svg.len() < 20_000, "{default:?}: {} bytes", svg.len());
    }
}

#[test]
fn a_contiguous_range_is_one_rectangle() {
    let files = Files::new();
    let mut round = small_round();
    round["waiting_jobs"][0]["moldables"][0]["requests"][0]["levels"] = json!([["core", 4]]);
    let svg = picture(&files, &[&files.write("round.jsonl", round.to_string())]);
    let svg = Document::parse(&svg).unwrap();
    let job = svg.descendants().find(|node| node.attribute("data-job") == Some("7")).unwrap();
    assert_eq!(job.children().filter(|node| node.has_tag_name("rect")).count(), 1);
}

#[test]
fn a_round_is_chosen_by_name_or_line() {
    let files = Files::new();
    for (round, title) in [("basic-7", "basic-7"), ("7", "basic-7")] {
        let svg = picture(&files, &["--round", round, &corpus("basic.jsonl")]);
        assert_eq!(
            Document::parse(&svg).unwrap().descendants().find(|node| node.has_tag_name("title")).unwrap().text(),
            Some(title)
        );
    }
    let run = oar_sim(&["gantt", &corpus("basic.jsonl"), "-o", &files.path("x")]);
    assert!(run.status == 2 && run.stderr.contains("expected one round, found several: choose one"), "{}", run.stderr);
    let run = oar_sim(&["gantt", &corpus("basic.jsonl"), "--round", "nowhere", "-o", &files.path("x")]);
    assert!(run.status == 2 && run.stderr.contains("\"nowhere\", found none"), "{}", run.stderr);
}

#[test]
fn a_picture_that_cannot_be_written_or_decided_is_reported() {
    let files = Files::new();
    let out = files.path("no/such/folder.svg");
    let run = oar_sim(&["gantt", &example(), "-o", &out]);
    assert!(run.status == 2 && run.stderr.contains(&format!("{out}: cannot write it")), "{}", run.stderr);
    let mut round = small_round();
    round["time_zone"] = json!("Middle/Earth");
    let run = oar_sim_with_input(&["gantt", "-", "-o", &files.path("x")], round.to_string().as_bytes());
    assert!(
        run.status == 2 && run.stderr.contains("standard input:1: expected the name of a time zone"),
        "{}",
        run.stderr
    );
}
