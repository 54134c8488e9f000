use super::*;

#[test]
fn without_valgrind_the_error_says_what_to_do() {
    let run: Run = command("instructions --baseline missing.json").env("PATH", "").output().unwrap().into();
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("valgrind, which is not installed: `apt install valgrind`"), "{}", run.stderr);
}

#[test]
fn what_is_counted_are_the_instructions_of_the_placement() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("skipped: there is no valgrind");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("baseline.json");
    let baseline = r#"{"format":"oar-bench-instructions/1","compiler":"other","instructions":{"besteffort":1}}"#;
    std::fs::write(&file, baseline).unwrap();
    let run = oar_bench(&format!("instructions --only besteffort --baseline {}", file.display()));
    // One instruction is fewer than it takes.
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("warning: the baseline is of other"), "{}", run.stderr);
    let row = run.stdout.lines().find(|line| line.contains("besteffort")).unwrap();
    assert!(row.contains("more") && row.contains("%"), "{row}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), baseline);
}
