use super::*;

#[test]
fn a_run_tells_time_memory_and_effort() {
    let measured = oar_bench("run normal --jobs 60 --cores 2000 --repeat 3 --seed 7 --json").json();
    assert_eq!(measured["workload"], "normal");
    for (field, expected) in [("cores", 2000), ("seed", 7), ("jobs", 60), ("repeat", 3)] {
        assert_eq!(measured[field], expected, "{field}");
    }
    for times in ["placement_seconds", "reasons_seconds"] {
        let [min, median, max] = ["min", "median", "max"].map(|name| measured[times][name].as_f64().unwrap());
        assert!(0.0 < min && min <= median && median <= max, "{measured}");
    }
    let memory = ["snapshot", "placement_peak", "peak"].map(|name| measured["memory_bytes"][name].as_u64().unwrap());
    assert!(memory.is_sorted() && memory[0] > 0, "{measured}");
    for count in ["slots", "candidates"] {
        assert!(measured[count].as_u64().unwrap() > 0, "{measured}");
    }
    let placed = measured["placed"].as_u64().unwrap();
    assert!(placed > 0 && placed <= 60 && measured["jobs_per_second"].as_f64().unwrap() > 0.0);
    assert!(measured["with"].is_null() && measured["unlike_plain"].is_null());
}

#[test]
fn a_feature_tells_how_many_jobs_it_moves() {
    let measured = oar_bench("run normal --jobs 100 --cores 2000 --with quotas --json").json();
    assert_eq!(measured["with"], "quotas");
    let share = measured["unlike_plain"].as_f64().unwrap();
    assert!(share > 1.0 / 3.0 && share <= 1.0, "{measured}");
    assert!(
        oar_bench("run normal --jobs 100 --cores 2000 --with quotas --no-plain --json").json()["unlike_plain"]
            .is_null()
    );
}

#[test]
fn reasons_can_be_left_out() {
    let measured = oar_bench("run besteffort --jobs 20 --cores 100 --no-reasons --json").json();
    assert!(measured["reasons_seconds"].is_null());
}

#[test]
fn a_terminal_gets_a_table() {
    let run = oar_bench("run HighCacheHit --jobs 30 --cores 1000 --with moldable");
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    for expected in [
        "high-cache-hit with moldable, 1,000 cores",
        "placement, CPU time",
        "reasons, CPU time",
        "memory, peak",
        "candidates tried",
        "placed otherwise than without",
    ] {
        assert!(run.stdout.contains(expected), "{expected} is not in\n{}", run.stdout);
    }
    let repeated = oar_bench("run normal --jobs 30 --cores 1000 --repeat 2").stdout;
    assert!(["least", "median", "most"].iter().all(|word| repeated.contains(word)), "{repeated}");
}
