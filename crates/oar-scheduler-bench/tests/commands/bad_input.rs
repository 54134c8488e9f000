use super::*;

#[test]
fn options_that_cannot_be_are_refused() {
    for (words, expected) in [
        ("run normal --jobs 0 --cores 10", "0 is not in 1..=10000000"),
        ("run normal --jobs 10000001 --cores 10", "10000001 is not in 1..=10000000"),
        ("run normal --jobs 10 --cores 0", "0 is not in 1..=4194304"),
        ("run normal --jobs 10 --cores 4194305", "4194305 is not in 1..=4194304"),
        ("run normal --jobs 99999999999999999999 --cores 10", "number too large"),
        ("run normal --jobs 10", "--cores <CORES>"),
        (
            "run abnormal --jobs 10 --cores 10",
            "[possible values: node-only, core-only, old-normal, besteffort, normal,",
        ),
        (
            "run normal --jobs 10 --cores 10 --with magic",
            "[possible values: quotas, temporal-quotas, properties, moldable,",
        ),
        ("run normal --jobs 10 --cores 10 --repeat 0", "0 is not in 1..=1000"),
        ("sweep normal --cores 10", "--jobs <JOBS>"),
        ("sweep normal --cores 10 --jobs 10,0", "0 is not in 1..=10000000"),
        ("sweep normal --cores 10 --jobs 10,,20", "invalid value ''"),
        ("plot -o out.svg", "<FILE>..."),
        ("plot missing.json -o out.svg", "missing.json: cannot read it"),
        ("export normal --jobs 1 --cores 10 -o /nowhere/file", "/nowhere/file: cannot write it"),
        ("instructions --tolerance lots", "expected a percentage from 0 to 1000"),
        ("compare normal --jobs 1 --cores 10", "--oar3 <FOLDER>"),
        ("round --jobs 0", "0 is not in 1..=1000000"),
        ("round --resources 0", "0 is not in 1..=1000000"),
        ("round --property-texts 10001", "10001 is not in 0..=10000"),
        ("round --repeat 0", "0 is not in 1..=1000"),
        ("round --running 11 --resources 10", "at most as many jobs as the machine has resources (10), found 11"),
    ] {
        let run = oar_bench(words);
        assert_eq!(run.status, 2, "{words}");
        assert!(run.stderr.contains(expected), "{words}: {}", run.stderr);
    }
}

#[test]
fn a_machine_that_is_too_small_is_no_error() {
    let measured = oar_bench("run node-only --jobs 30 --cores 1 --json").json();
    assert!(measured["placed"].as_u64().unwrap() < 30);
    for feature in ["quotas", "temporal-quotas", "properties", "moldable", "dependencies", "timesharing", "containers"]
    {
        oar_bench(&format!("run node-only --jobs 30 --cores 1 --with {feature} --json")).json();
    }
}

#[test]
fn no_reader_is_no_error() {
    let mut child = command("run normal --jobs 5 --cores 100").stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
