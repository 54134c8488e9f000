//! Plugins: those that jobs name, and the one that sorts.

use super::site::{Job, NOW, Site, sites};

fn resources(id: i64, count: i64, walltime: i64) -> Job {
    Job::new(id).or(walltime, &[("resource_id", count)])
}

#[test]
fn a_job_chooses_who_finds_its_resources() {
    for site in sites() {
        site.submit_placed(&Job::new(1).or(90, &[("resource_id", 1)]).in_state("Running"), 0, &[3]);
        site.submit(&resources(2, 4, 60).with_type("find=contiguous_1h"));
        site.submit(&resources(3, 4, 60));
        site.submit(&Job::new(4).or(60, &[("network_address", 1), ("resource_id", 2)]).with_type("find=local"));
        site.round("default");
        assert_eq!(site.places()[1..], ["2 0 4,5,6,7", "3 0 1,2,8,9", "4 0 10,11"]);
        assert_eq!(site.message(2), "R=4,W=0:1:0,J=B,T=find=contiguous_1h");
    }
}

#[test]
fn a_job_chooses_who_finds_its_place() {
    for site in sites() {
        site.submit_placed(&Job::new(1).or(90, &[("resource_id", 1)]).in_state("Running"), 0, &[8]);
        site.submit(&resources(2, 9, 60).with_type("find=contiguous_1h"));
        site.submit(&resources(3, 9, 60).with_type("assign=one_time_find").with_type("find=contiguous_1h"));
        site.round("default");
        // The row is free later; nine resources are now, but for the plugin of job 2.
        assert_eq!(site.places()[1..], ["2 100 1,2,3,4,5,6,7,8,9", "3 0 1,2,3,4,5,6,7,9,10"]);
        assert!(
            site.message(2).contains("starts at 2023-11-14 22:15:00: plugin find=contiguous_1h: it finds no place now"),
            "{}",
            site.message(2)
        );
    }
}

#[test]
fn a_plugin_that_there_is_not_costs_its_job_the_round_and_says_so() {
    for site in sites() {
        site.submit(&resources(1, 4, 60).with_type("find=moon:a=b"));
        site.submit(&resources(2, 4, 60).with_type("assign=coorm:tcp:10.0.0.1:4242"));
        site.submit(&resources(3, 4, 60).with_type("find=find_even_or_odd:prime"));
        site.submit(&resources(4, 4, 60).with_type("find=default"));
        let ran = site.round("default");
        assert_eq!(site.places(), ["4 0 1,2,3,4"]);
        for (job, expected) in [
            (1, "plugin find=moon: there is no such plugin in this kamelot (those in Python need oar-scheduler-kao)"),
            (2, "plugin assign=coorm: there is no such plugin"),
            (3, "plugin find=find_even_or_odd: expected even or odd, found \"prime\""),
        ] {
            assert!(site.message(job).contains(expected), "{}", site.message(job));
            assert_eq!(site.state(job), "Waiting");
        }
        assert!(ran.log.contains("1 jobs placed") && ran.log.contains("3 left waiting"), "{}", ran.log);
        let ran = site.kamelot(&["default", &NOW.to_string(), "--explain", "2"]);
        assert!(ran.output.contains("plugin assign=coorm: there is no such plugin"), "{}", ran.output);
    }
}

/// The starts of jobs that each take the whole machine.
fn starts(site: &Site) -> Vec<String> {
    site.places().iter().map(|place| place.rsplit_once(' ').unwrap().0.to_owned()).collect()
}

#[test]
fn the_configuration_chooses_who_sorts() {
    let custom = "JOB_PRIORITY=CUSTOM\nCUSTOM_JOB_SORTING=simple_priority\nCUSTOM_JOB_SORTING_CONFIG=";
    for site in sites() {
        site.submit(&Job::nodes(1, 4, 60));
        site.submit(&Job::nodes(2, 4, 60).with_type("priority=1.5"));
        site.submit(&Job::nodes(3, 4, 60).with_type("priority=7"));
        let fifo = ["1 0", "2 70", "3 140"];
        for (configuration, expected, warning) in [
            (format!("{custom}'{{\"WAITING_TIME_WEIGHT\": 0.5}}'"), ["1 140", "2 70", "3 0"], None),
            (format!("{custom}'{{}}'"), ["1 140", "2 70", "3 0"], None),
            (format!("{custom}moon"), fifo, Some("CUSTOM_JOB_SORTING_CONFIG: expected {\"WAITING_TIME_WEIGHT\"")),
            (
                "JOB_PRIORITY=CUSTOM\nCUSTOM_JOB_SORTING=moon".to_owned(),
                fifo,
                Some(
                    "CUSTOM_JOB_SORTING \"moon\": there is no such plugin in this kamelot (those in Python need oar-scheduler-kao); FIFO is used",
                ),
            ),
        ] {
            site.configure(&configuration);
            let ran = site.round("default");
            assert_eq!(starts(&site), expected, "{}", ran.log);
            match warning {
                Some(warning) => assert!(ran.log.contains("[warn]") && ran.log.contains(warning), "{}", ran.log),
                None => assert!(!ran.log.contains("[warn]"), "{}", ran.log),
            }
        }
    }
}

#[test]
fn the_plugin_of_the_meta_scheduler_is_not_called_for_one_queue() {
    for site in sites() {
        site.configure("EXTRA_METASCHED=moon");
        site.submit(&Job::nodes(1, 1, 60));
        let ran = site.round("default");
        assert!(!ran.log.contains("EXTRA_METASCHED"), "{}", ran.log);
        assert_eq!(site.places(), ["1 0 1,2,3,4"]);
    }
}

#[test]
fn a_kept_round_has_its_plugins_in_it() {
    for site in sites() {
        site.configure("JOB_PRIORITY=CUSTOM\nCUSTOM_JOB_SORTING=simple_priority");
        site.submit_placed(&Job::new(1).or(90, &[("resource_id", 1)]).in_state("Running"), 0, &[3]);
        site.submit(&resources(2, 4, 60).with_type("find=contiguous_1h"));
        site.submit(&resources(3, 4, 60).with_type("priority=1"));
        let file = site.file("round.jsonl");
        let ran = site.kamelot(&["default", &NOW.to_string(), "--snapshot", file.to_str().unwrap()]);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        site.round("default");
        let text = std::fs::read_to_string(&file).unwrap();
        let snapshot = oar_scheduler_core::Snapshot::from_json(text.trim_end().as_bytes()).unwrap();
        let plan = oar_scheduler_core::plan(&snapshot, oar_scheduler_hooks::Plugins::published()).unwrap();
        let planned: Vec<String> =
            plan.assignments.iter().map(|place| format!("{}: {}", place.job, place.resources)).collect();
        assert_eq!(planned, ["3: 1-2 4-5", "2: 6-9"]);
        assert_eq!(site.places()[1..], ["2 0 6,7,8,9", "3 0 1,2,4,5"]);
    }
}
