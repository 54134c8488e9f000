use std::io::Read;

use super::*;

#[test]
fn a_log_goes_to_standard_output_or_into_a_file() {
    let files = Files::new();
    let (plain, packed) = (files.path("log.swf"), files.path("log.swf.gz"));
    for kind in [&["generate", "month", "--days", "2"][..], &["generate", "normal", "--jobs", "50"]] {
        let printed = oar_sim(kind);
        assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
        assert!(printed.stdout.starts_with("; Version: 2.2\n"), "{}", printed.stdout);
        assert_eq!(oar_sim(&[kind, &["-o", "-"]].concat()).stdout, printed.stdout);
        for file in [&plain, &packed] {
            let run = oar_sim(&[kind, &["-o", file]].concat());
            assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
        }
        assert_eq!(std::fs::read_to_string(&plain).unwrap(), printed.stdout);
        let bytes = std::fs::read(&packed).unwrap();
        let mut unpacked = String::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut unpacked).unwrap();
        assert_eq!(unpacked, printed.stdout);
        // Nothing of the time or the place where it was packed is in it.
        oar_sim(&[kind, &["-o", &packed]].concat());
        assert_eq!(std::fs::read(&packed).unwrap(), bytes);
    }
}

#[test]
fn workloads_are_known_in_every_spelling() {
    let jobs = |name: &str| {
        let run = oar_sim(&["generate", name, "--jobs", "5"]);
        assert_eq!(run.status, 0, "{name}: {}", run.stderr);
        run.stdout
    };
    for (name, other) in [
        ("node-only", "NodeOnly"),
        ("core-only", "COREONLY"),
        ("old-normal", "OldNormal"),
        ("besteffort", "Besteffort"),
        ("normal", "Normal"),
        ("high-cache-hit", "HighCacheHit"),
        ("whole-nodes", "WholeNodes"),
        ("whole-nodes-minutes", "WHOLENODESMINUTES"),
    ] {
        assert_eq!(jobs(name), jobs(other));
        assert!(jobs(name).contains(&format!("; Conversion: oar-sim generate {name} --jobs 5 --seed 1\n")));
    }
}

/// The settings that a command writes, as JSON.
fn settings(arguments: &[&str]) -> serde_json::Value {
    let files = Files::new();
    let file = files.path("settings.yaml");
    let run = oar_sim(&[&["generate", "--settings", &file], arguments].concat());
    assert_eq!(run.status, 0, "{}", run.stderr);
    serde_saphyr::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap()
}

#[test]
fn settings_of_a_workload_tell_its_machine_and_how_jobs_ask() {
    let expected = serde_json::json!({
        "platform": { "switch": 2, "node": 24, "cpu": 4, "core": 64 },
        "queue": [
            "1=node-cores,priority=2,request=/node=1/core=n",
            "2=switch-cpus,priority=2,request=/switch=1/cpu=n/64",
            "3=switch-nodes,priority=2,request=/switch=1/node=n/256",
            "4=long-nodes,priority=2,request=/switch=1/node=n/256",
        ],
        "request": "/core=n",
        "policy": "oar",
        "time-zone": "UTC",
    });
    assert_eq!(settings(&["normal"]), expected);
    assert_eq!(
        settings(&["core-only"])["queue"],
        serde_json::json!(["1=switch-cores,priority=2,request=/switch=1/core=n"])
    );
    assert_eq!(settings(&["whole-nodes"])["platform"], serde_json::json!({ "node": 192, "core": 64 }));
}

#[test]
fn settings_of_a_month_tell_its_machine_and_queues() {
    let month = |options: &str| {
        let files = Files::new();
        let file = files.path("settings.yaml");
        let words = ["generate", "month", "--days", "1", "--settings", &file];
        let run = oar_sim(&words.into_iter().chain(options.split(' ')).collect::<Vec<_>>());
        assert_eq!(run.status, 0, "{}", run.stderr);
        serde_saphyr::from_str::<serde_json::Value>(&std::fs::read_to_string(&file).unwrap()).unwrap()
    };
    let expected = serde_json::json!({
        "platform": { "node": 32, "core": 16 },
        "queue": ["1=default,priority=2", "2=besteffort,priority=0,besteffort", "3=interactive,priority=3"],
        "request": "/core=n",
        "policy": "oar",
        "time-zone": "Asia/Tokyo",
    });
    assert_eq!(month("--time-zone Asia/Tokyo"), expected);
    assert_eq!(month("--processors 100")["platform"], serde_json::json!({ "core": 100 }));
}

#[test]
fn options_that_cannot_be_are_refused() {
    for (arguments, expected) in [
        ("", "expected a workload or `month`, found neither"),
        (
            "abnormal",
            "[possible values: node-only, core-only, old-normal, besteffort, normal, high-cache-hit, whole-nodes",
        ),
        ("normal --jobs 0", "0 is not in 1..=10000000"),
        ("normal --load 1", "unexpected argument '--load'"),
        ("normal --seed -1", "unexpected argument '-1'"),
        ("month --jobs 5", "unexpected argument '--jobs'"),
        ("month --processors 0", "0 is not in 1..=1000000"),
        ("month --days 0", "0 is not in 1..=3660"),
        ("month --users 0", "0 is not in 1..=100000"),
        ("month --projects many", "invalid digit"),
        ("month --load 0", "expected a number above 0 and up to 10"),
        ("month --load nan", "expected a number above 0 and up to 10"),
        ("month --start soon", "expected a time such as 2026-03-02, 2026-03-02T08:00:00, 2026-03-02T07:00:00Z"),
        ("month --start 1969-12-31", "expected a start from 1970 on, found an earlier one"),
        ("month --time-zone Middle/Earth", "expected the name of a time zone such as Europe/Paris"),
        ("month --processors 1 --days 1 --load 0.0001", "expected a load of at least 100 processor-seconds, found 9"),
        ("normal --settings -", "expected a file of its own for `--settings`"),
        ("normal -o same --settings same", "expected a file of its own for `--settings`"),
        ("normal -o /missing/log.swf", "oar-sim: /missing/log.swf: cannot write it: No such file"),
        ("normal -o /missing/log.gz", "oar-sim: /missing/log.gz: cannot write it: No such file"),
        ("normal --settings /missing/s", "oar-sim: /missing/s: cannot write it: No such file"),
    ] {
        let words = ["generate"].into_iter().chain(arguments.split_ascii_whitespace());
        let run = oar_sim(&words.collect::<Vec<_>>());
        assert_eq!(run.status, 2, "{arguments}");
        assert!(run.stderr.contains(expected), "{arguments}: {}", run.stderr);
    }
}
