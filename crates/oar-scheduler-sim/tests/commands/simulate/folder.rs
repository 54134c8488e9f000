use std::collections::BTreeSet;

use super::*;

/// A month with its settings, simulated into a folder.
fn generated(files: &Files, options: &[&str]) -> (Run, String) {
    let (log, settings, folder) = (files.path("log.swf"), files.path("settings.yaml"), files.path("out"));
    let month = "generate month --days 1 --processors 64 --load 1.2 --seed 1";
    let month: Vec<&str> = month.split(' ').chain(["--settings", &settings, "-o", &log]).collect();
    assert_eq!(oar_sim(&month).status, 0);
    let run = oar_sim(&[&["simulate", &log, "--settings", &settings, "--out", &folder][..], options].concat());
    assert_eq!(run.status, 0, "{}", run.stderr);
    (run, folder)
}

#[test]
fn the_figures_are_one_line_of_json_or_a_table() {
    let files = Files::new();
    let bad = files.write("log.swf", format!("{}garbage\n", log(&[job(0, 100, 4), job(40, 4, 2)])));
    let run = oar_sim(&["simulate", &bad, "--cores", "4", "--json"]);
    assert!(run.stderr.contains("warning"), "{}", run.stderr);
    let found = figures(&run);
    let keys: BTreeSet<&str> = found.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = "policy jobs dropped never_started makespan utilisation mean_wait median_wait p95_wait \
        mean_bounded_slowdown median_bounded_slowdown p95_bounded_slowdown kills lost_to_kills rounds \
        planning_time_mean planning_time_max";
    assert_eq!(keys, expected.split_ascii_whitespace().collect());
    let table = oar_sim(&["simulate", &bad, "--cores", "4"]);
    let value = |name: &str| {
        let line = table.stdout.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
        line.trim().strip_prefix(name).unwrap().trim().to_owned()
    };
    for (name, expected) in [
        ("policy", "OAR"),
        ("jobs  ", "2"),
        ("records left out", "1"),
        ("jobs that never started", "0"),
        ("makespan", "0:01:44"),
        ("utilisation", "98.08 %"),
        ("wait, mean", "0:00:30"),
        ("wait, median", "0:00:30"),
        ("wait, 95th percentile", "0:00:57"),
        ("bounded slowdown, mean", "3.700"),
        ("bounded slowdown, median", "3.700"),
        ("bounded slowdown, 95th percentile", "6.130"),
        ("besteffort jobs killed", "0"),
        ("machine lost to killed jobs", "0.00 %"),
        ("rounds", found["rounds"].to_string().as_str()),
    ] {
        assert_eq!(value(name), expected, "{name}");
    }
}

#[test]
fn the_folder_has_a_table_a_picture_and_a_report() {
    let files = Files::new();
    let (run, folder) = generated(&files, &["--json"]);
    let figures = figures(&run);
    let rows = rows(&folder);
    assert_eq!(figures["jobs"], rows.len());
    for row in rows.iter().filter(|row| row["status"] == "ended") {
        let number = |column: &str| number(row, column);
        assert_eq!(number("start") - number("submission"), number("wait"), "{row:?}");
        assert_eq!(number("end") - number("start"), number("run"), "{row:?}");
        assert_eq!(number("resources"), number("processors"), "{row:?}");
        assert!(number("run") <= number("walltime"), "{row:?}");
    }
    let waits: Vec<f64> = rows.iter().map(|row| row["wait"].parse().unwrap()).collect();
    let mean = waits.iter().sum::<f64>() / waits.len() as f64;
    assert!((figures["mean_wait"].as_f64().unwrap() - mean).abs() < 1e-6 * mean.max(1.0), "{mean}");
    let read = |name: &str| std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
    let picture = read("gantt.svg");
    assert_eq!(roxmltree::Document::parse(&picture).unwrap().root_element().tag_name().name(), "svg");
    let report = read("report.html");
    roxmltree::Document::parse_with_options(
        &report,
        roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() },
    )
    .unwrap();
    let utilisation = figures["utilisation"].as_f64().unwrap() * 100.0;
    for figure in [rows.len().to_string(), format!("{utilisation:.1}"), "log.swf under OAR".to_owned()] {
        assert!(report.contains(&figure), "{figure}");
    }
    let there: BTreeSet<String> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(there, ["gantt.svg", "jobs.csv", "report.html"].map(str::to_owned).into());
}

#[test]
fn the_same_simulation_writes_the_same_bytes() {
    let files = [Files::new(), Files::new()];
    let folders = files.each_ref().map(|files| generated(files, &[]).1);
    for name in ["jobs.csv", "gantt.svg"] {
        let [one, other] = folders.each_ref().map(|folder| std::fs::read(format!("{folder}/{name}")).unwrap());
        assert!(one == other, "{name}");
    }
}

/// The files of kept rounds.
fn kept(folder: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path().to_str().unwrap().to_owned());
    let mut files: Vec<String> = files.filter(|file| file.contains("/round-")).collect();
    files.sort_unstable();
    files
}

/// Who starts at which instant, as the plans of kept rounds say.
fn planned_starts(rounds: &[String]) -> Vec<(i64, BTreeSet<i64>)> {
    if rounds.is_empty() {
        return Vec::new();
    }
    let names = rounds.iter().map(String::as_str);
    let run = oar_sim(&["replay"].into_iter().chain(names).collect::<Vec<_>>());
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let plans = run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    plans
        .map(|plan| {
            let assignments = plan["assignments"].as_array().unwrap();
            let starting = assignments.iter().filter(|one| one["start"] == plan["now"]);
            (plan["now"].as_i64().unwrap(), starting.map(|one| one["job"].as_i64().unwrap()).collect())
        })
        .collect()
}

#[test]
fn kept_rounds_start_who_started_in_the_simulation() {
    let files = Files::new();
    // Without besteffort jobs nobody is killed, and the numbers of jobs are those of the log.
    let (_, folder) = generated(&files, &["--every-nth-snapshot", "3", "--queue", "1=default", "--json"]);
    let rounds = kept(&folder);
    assert!(rounds.len() > 20, "{}", rounds.len());
    assert!(rounds[0].ends_with("/round-000003.json") && rounds[1].ends_with("/round-000006.json"), "{rounds:?}");
    let rows = rows(&folder);
    let mut checked = 0;
    for (now, starting) in planned_starts(&rounds) {
        let started: BTreeSet<i64> =
            rows.iter().filter(|row| number(row, "start") == now).map(|row| number(row, "job")).collect();
        assert_eq!(starting, started, "at {now}");
        checked += starting.len();
    }
    assert!(checked > 10, "{checked}");
    let explained = oar_sim(&["replay", "--explain", &rounds[rounds.len() / 2]]);
    assert_eq!((explained.status, explained.stderr.as_str()), (0, ""));
    assert!(explained.stdout.contains("job "), "{}", explained.stdout);
}

#[test]
fn the_first_round_from_an_instant_on_is_kept() {
    let files = Files::new();
    let log = files.write("log.swf", log(&[job(0, 100, 4), job(50, 10, 4), job(3700, 10, 4)]));
    let of = |instants: &[&str]| {
        let folder = files.path(&instants.concat());
        let options: Vec<&str> = instants.iter().flat_map(|instant| ["--snapshot-at", *instant]).collect();
        let zone = ["--time-zone", "Europe/Paris"];
        let all = ["simulate", &log, "--cores", "4", "--out", &folder];
        assert_eq!(oar_sim(&[&all[..], &zone, &options].concat()).status, 0);
        planned_starts(&kept(&folder)).into_iter().map(|(now, starting)| (now, starting.len())).collect::<Vec<_>>()
    };
    // Rounds are at 0, 50, 100 and 3700.
    assert_eq!(of(&["0"]), [(0, 1)]);
    assert_eq!(of(&["1"]), [(50, 0)]);
    assert_eq!(of(&["60"]), [(100, 1)]);
    assert_eq!(of(&["200", "1"]), [(50, 0), (3700, 1)]);
    // An hour east of Greenwich.
    assert_eq!(of(&["1970-01-01T01:01:00"]), [(100, 1)]);
    assert_eq!(of(&["9999"]), []);
}
