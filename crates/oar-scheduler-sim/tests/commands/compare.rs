//! `oar-sim compare`.

use serde_json::Value;

use super::simulate::{LogJob, figures, job, log, rows, starts};
use super::*;

/// Four processors; job 3 is small and may pass job 2.
fn files() -> Files {
    let files = Files::new();
    let jobs = [job(0, 100, 3), job(1, 10, 4), LogJob { user: 2, queue: 7, ..job(2, 50, 1) }];
    files.write("log.swf", log(&jobs));
    for policy in ["easy", "fcfs", "oar"] {
        files.write(&format!("{policy}.yaml"), format!("{{log: log.swf, cores: 4, policy: {policy}}}"));
    }
    files.write("again.json", r#"{"log": "log.swf", "cores": 4, "policy": "fcfs", "name": "first again"}"#);
    files
}

fn compared(arguments: &[&str]) -> Value {
    figures(&oar_sim(&[&["compare", "--json"], arguments].concat()))
}

#[test]
fn differences_are_told_to_the_first() {
    let files = files();
    let [fcfs, easy, oar] = ["fcfs", "easy", "oar"].map(|name| files.path(&format!("{name}.yaml")));
    let found = compared(&[&fcfs, &easy, &oar]);
    let names: Vec<&str> =
        found["simulations"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["fcfs", "easy", "oar"]);
    let gains = &found["gains"];
    assert_eq!(
        (&gains["names"], &gains["jobs"], &gains["left_out"]),
        (&serde_json::json!(names), &3.into(), &0.into())
    );
    // Job 3 starts at 110 under FCFS, and at 2 otherwise; nobody else moves.
    let of = |kind: &str, group: &str| {
        gains[kind].as_array().unwrap().iter().find(|gain| gain["group"] == group).unwrap().clone()
    };
    let job_3 = of("users", "2");
    assert_eq!(job_3["mean_waits"], serde_json::json!([108.0, 0.0, 0.0]));
    assert_eq!(job_3["differences"], serde_json::json!([0.0, -108.0, -108.0]));
    assert_eq!(of("queues", "7")["differences"], job_3["differences"]);
    assert_eq!(of("sizes", "1")["differences"], job_3["differences"]);
    assert_eq!(of("users", "1")["differences"], serde_json::json!([0.0, 0.0, 0.0]));
    // The other way round, FCFS loses.
    let turned = compared(&[&easy, &fcfs]);
    let users = turned["gains"]["users"].as_array().unwrap().clone();
    assert_eq!(users.iter().find(|gain| gain["group"] == "2").unwrap()["differences"], serde_json::json!([0.0, 108.0]));
}

#[test]
fn figures_are_those_of_simulate() {
    let files = files();
    let settings = ["easy", "fcfs", "oar"].map(|name| files.path(&format!("{name}.yaml")));
    let found = compared(&settings.each_ref().map(String::as_str));
    for (settings, simulation) in settings.iter().zip(found["simulations"].as_array().unwrap()) {
        let mut alone = figures(&oar_sim(&["simulate", "--json", "--settings", settings]));
        let mut simulation = simulation.clone();
        for figures in [&mut alone, &mut simulation] {
            for measured in ["name", "planning_time_mean", "planning_time_max"] {
                figures.as_object_mut().unwrap().remove(measured);
            }
        }
        assert_eq!(simulation, alone);
    }
}

#[test]
fn the_same_settings_differ_nowhere() {
    let files = files();
    let found = compared(&[&files.path("fcfs.yaml"), &files.path("again.json")]);
    assert_eq!(found["gains"]["names"], serde_json::json!(["fcfs", "first again"]));
    for kind in ["users", "sizes", "queues"] {
        let gains = found["gains"][kind].as_array().unwrap();
        assert!(!gains.is_empty());
        assert!(gains.iter().all(|gain| gain["differences"] == serde_json::json!([0.0, 0.0])), "{kind}: {gains:?}");
    }
}

#[test]
fn the_table_has_a_column_a_simulation() {
    let files = files();
    let run = oar_sim(&["compare", &files.path("fcfs.yaml"), &files.path("easy.yaml")]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let line = |part: &str| run.stdout.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("{part}"));
    assert!(line("fcfs").contains("easy"), "{}", run.stdout);
    assert!(line("first come, first served").contains("EASY backfilling"), "{}", run.stdout);
    // (0 + 99 + 108) / 3 and (0 + 99 + 0) / 3.
    let waits: Vec<&str> = line("wait, mean").split_whitespace().filter(|word| word.contains(':')).collect();
    assert_eq!(waits, ["0:01:09", "0:00:33"]);
    assert!(line("2 (1 job)").contains("0:01:48") && line("2 (1 job)").contains("(-0:01:48)"), "{}", run.stdout);
}

#[test]
fn the_folder_has_the_comparison_and_each_simulation() {
    let files = files();
    let folder = files.path("out");
    let found = compared(&[&files.path("fcfs.yaml"), &files.path("easy.yaml"), "--out", &folder]);
    let read = |name: &str| std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
    roxmltree::Document::parse(&read("comparison.svg")).unwrap();
    let table = read("comparison.csv");
    let mut table = csv::Reader::from_reader(table.as_bytes());
    let header: Vec<String> = table.headers().unwrap().iter().map(str::to_owned).collect();
    let expected =
        ["kind", "group", "jobs", "work", "mean_wait fcfs", "difference fcfs", "mean_wait easy", "difference easy"];
    assert_eq!(header, expected);
    let gains = &found["gains"];
    let groups: usize = ["users", "sizes", "queues"].map(|kind| gains[kind].as_array().unwrap().len()).iter().sum();
    assert_eq!(table.records().map(Result::unwrap).count(), groups);
    for (name, expected) in [("fcfs", [0, 100, 110]), ("easy", [0, 100, 2])] {
        assert_eq!(starts(&rows(&format!("{folder}/{name}"))), expected);
        roxmltree::Document::parse(&read(&format!("{name}/gantt.svg"))).unwrap();
        assert!(read(&format!("{name}/report.html")).contains(&format!("log.swf under {name}")));
    }
}

#[test]
fn a_log_on_the_command_line_goes_before_that_of_the_settings() {
    let files = files();
    let other = files.write("other.swf", log(&[job(0, 10, 4)]));
    let found = compared(&[&files.path("fcfs.yaml"), &files.path("easy.yaml"), "--log", &other]);
    assert_eq!(found["gains"]["jobs"], 1);
}

#[test]
fn comparisons_that_cannot_be_are_refused() {
    let files = files();
    let other = files.write("other.yaml", "{log: missing.swf, cores: 4}");
    let twin = files.write("twin.yaml", "{log: log.swf, cores: 4, name: easy}");
    let nameless = files.write("no-log.yaml", "{cores: 4}");
    let no_log_either = files.write("no-log-either.yaml", "{cores: 2}");
    let no_machine = files.write("no-machine.yaml", "{log: log.swf}");
    let slash = files.write("slash.yaml", "{log: log.swf, cores: 4, name: a/b}");
    let dots = files.write("dots.yaml", "{log: log.swf, cores: 4, name: ..}");
    let easy = files.path("easy.yaml");
    let below_a_file = format!("{}/out", files.path("log.swf"));
    for (arguments, expected) in [
        (vec![easy.as_str()], "2 values required"),
        (vec![&easy, &easy], "expected settings of different names, found `easy` twice"),
        (vec![&easy, &twin], "expected settings of different names, found `easy` twice"),
        (vec![&easy, &other], "expected settings of one log, found"),
        (vec![&nameless, &no_log_either], "expected a log, as --log or as `log` in the settings"),
        (vec![&easy, &no_machine], "no-machine: expected --cores or --platform"),
        (vec![&easy, &slash], "slash.yaml: expected a name that a folder can have, found `a/b`"),
        (vec![&easy, &dots], "dots.yaml: expected a name that a folder can have, found `..`"),
        (vec![&easy, "/missing.yaml"], "oar-sim: /missing.yaml: cannot read it: No such file"),
    ] {
        let run = oar_sim(&[&["compare"][..], &arguments].concat());
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(expected), "{arguments:?}: {}", run.stderr);
    }
    let run = oar_sim(&["compare", &easy, &files.path("fcfs.yaml"), "--out", &below_a_file]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("/out: cannot make the folder: Not a directory"), "{}", run.stderr);
}
