use super::*;

/// Whether there is a server; and a word about it, if there is none.
fn has_postgres() -> bool {
    let has_postgres = std::env::var_os("OAR_TEST_POSTGRES_PORT").is_some();
    if !has_postgres {
        eprintln!("skipped: tools/with_postgres.sh starts the PostgreSQL server that it needs");
    }
    has_postgres
}

const SMALL: &str = "round --jobs 50 --running 20 --resources 200 --property-texts 3";

#[test]
fn a_round_answers_every_job_with_few_statements() {
    if !has_postgres() {
        return;
    }
    let run = oar_bench(&format!("{SMALL} --ended 30 --repeat 2 --json"));
    // A server that cannot count is told about.
    let is_counted = !run.stderr.contains("statements are not counted");
    let measured: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.status, measured["format"].as_str()), (0, Some("oar-bench-round/1")), "{}", run.stderr);
    for (field, expected) in [("jobs", 50), ("running", 20), ("resources", 200), ("property_texts", 3), ("ended", 30)] {
        assert_eq!(measured[field], expected, "{field}");
    }
    let number = |field: &str| measured[field].as_u64().unwrap();
    assert_eq!(number("placed") + number("explained"), 50, "{measured}");
    assert!(number("placed") >= 40 && number("resources_placed") >= number("placed"), "{measured}");
    for times in ["cpu_seconds", "wall_seconds"] {
        let of = |phase: &str, which: &str| measured[times][phase][which].as_f64().unwrap();
        for phase in ["connect", "read", "decide", "write"] {
            let [min, median, max] = ["min", "median", "max"].map(|which| of(phase, which));
            assert!(0.0 < min && min <= median && median <= max && max <= of("total", "max"), "{measured}");
        }
    }
    let memory = ["before", "peak"].map(|name| measured["memory_bytes"][name].as_u64().unwrap());
    assert!(memory.is_sorted() && memory[0] > 0, "{measured}");
    assert_eq!(measured["server"].is_object(), is_counted);
    if is_counted {
        let statements = measured["server"]["statements"].as_u64().unwrap();
        assert!((20..=40 + 3).contains(&statements), "{measured}");
        let rows = measured["server"]["rows_written"].as_u64().unwrap();
        // A place, its resources, a message and a karma.
        assert_eq!(rows, number("placed") + number("resources_placed") + 2 * 50, "{measured}");
    }
}

#[test]
fn the_same_options_stand_for_the_same_database() {
    if !has_postgres() {
        return;
    }
    let outcome = |words: &str| {
        let measured: serde_json::Value = serde_json::from_str(&oar_bench(words).stdout).unwrap();
        ["placed", "explained", "starting_now", "resources_placed"].map(|field| measured[field].as_u64().unwrap())
    };
    let (one, again) = (outcome(&format!("{SMALL} --json")), outcome(&format!("{SMALL} --json")));
    assert_eq!(one, again);
    assert_ne!(one, outcome(&format!("{SMALL} --seed 2 --json")));
}

#[test]
fn the_real_program_is_measured_too() {
    if !has_postgres() {
        return;
    }
    // It is there when the whole workspace is built.
    let kamelot = std::path::Path::new(env!("CARGO_BIN_EXE_oar-bench")).with_file_name("kamelot");
    if !kamelot.exists() {
        eprintln!("skipped: {} is not built", kamelot.display());
        return;
    }
    let words = "round --jobs 50 --running 0 --resources 200 --property-texts 0 --binary";
    let run: Run = command(words).arg(&kamelot).output().unwrap().into();
    assert_eq!(run.status, 0, "{}", run.stderr);
    for expected in ["waiting jobs", "CPU time to decide", "jobs placed", "memory, peak", "the program: time"] {
        assert!(run.stdout.contains(expected), "{expected} is not in\n{}", run.stdout);
    }
    let run = oar_bench(&format!("{SMALL} --binary /nowhere/kamelot"));
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("cannot run `/nowhere/kamelot`"), "{}", run.stderr);
    // A program that does nothing leaves jobs without an answer.
    let run = oar_bench(&format!("{SMALL} --binary true"));
    assert!(run.stderr.contains("expected a place or a reason for each of 50 waiting jobs, found 0"), "{}", run.stderr);
}

#[test]
fn rounds_of_kao_in_a_row_are_measured() {
    if !has_postgres() {
        return;
    }
    let kao = std::path::Path::new(env!("CARGO_BIN_EXE_oar-bench")).with_file_name("kao");
    if !kao.exists() {
        eprintln!("skipped: {} is not built", kao.display());
        return;
    }
    let run: Run = command(&format!("{SMALL} --json --kao-rounds 3 --kao")).arg(&kao).output().unwrap().into();
    assert_eq!(run.status, 0, "{}", run.stderr);
    let measured: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let rounds = &measured["kao"];
    assert_eq!(rounds["rounds"], 3, "{rounds}");
    assert!(rounds["wall_seconds"]["min"].as_f64().unwrap() > 0.0, "{rounds}");
    if !run.stderr.contains("statements are not counted") {
        assert!((30..=150).contains(&rounds["statements"].as_u64().unwrap()), "{rounds}");
    }
}

#[test]
fn without_a_server_the_error_says_how_to_start_one() {
    let run: Run = command("round").env_remove("OAR_TEST_POSTGRES_PORT").output().unwrap().into();
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("`tools/with_postgres.sh oar-bench round` starts one"), "{}", run.stderr);
    for (port, expected) in [
        ("", "OAR_TEST_POSTGRES_PORT: expected a port from 1 to 65535, found \"\""),
        ("0", "found \"0\""),
        ("1", "connecting to the server that OAR_TEST_POSTGRES_PORT names: "),
    ] {
        let run: Run = command("round").env("OAR_TEST_POSTGRES_PORT", port).output().unwrap().into();
        assert_eq!((run.status, run.stdout.as_str()), (2, ""));
        assert!(run.stderr.contains(expected), "{}", run.stderr);
    }
}
