use super::*;

#[test]
fn a_folder_that_is_no_virtual_environment_is_told() {
    let run = oar_bench("compare normal --jobs 5 --cores 100 --oar3 /nowhere");
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(
        run.stderr.contains("/nowhere: expected a Python virtual environment with OAR3 installed"),
        "{}",
        run.stderr
    );
}

#[test]
#[cfg(unix)]
fn a_python_without_oar3_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("bin")).unwrap();
    let python = folder.path().join("bin").join("python");
    // Without the packages that are installed for this user, it has no OAR3.
    std::fs::write(&python, "#!/bin/sh\nexec python3 -I -S \"$@\"\n").unwrap();
    std::fs::set_permissions(&python, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let run = oar_bench(&format!("compare normal --jobs 5 --cores 100 --oar3 {}", folder.path().display()));
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("its Python cannot import OAR3's scheduler: ModuleNotFoundError"), "{}", run.stderr);
}

#[test]
fn features_that_oar3_decides_otherwise_are_refused() {
    for feature in ["temporal-quotas", "timesharing"] {
        let run = oar_bench(&format!("compare normal --jobs 5 --cores 100 --oar3 /nowhere --with {feature}"));
        assert_eq!(run.status, 2);
        assert!(run.stderr.contains(&format!("cannot be compared on `{feature}`")), "{}", run.stderr);
    }
}

#[test]
fn a_real_oar3_decides_alike() {
    let Some(venv) = std::env::var_os("OAR_BENCH_OAR3") else {
        eprintln!("skipped: OAR_BENCH_OAR3 does not name a virtual environment with OAR3");
        return;
    };
    for words in ["node-only", "normal", "old-normal", "normal --with properties", "normal --with moldable"] {
        let run: Run = command(&format!("compare {words} --jobs 15 --cores 600 --json --oar3"))
            .arg(&venv)
            .output()
            .unwrap()
            .into();
        let comparison = run.json();
        assert_eq!(comparison["same"], 15, "{words}: {comparison}");
        assert_eq!(comparison["differences"], serde_json::json!([]), "{words}");
        assert!(comparison["oar3"]["seconds"].as_f64().unwrap() > 0.0 && comparison["times_faster"].is_f64());
    }
}
