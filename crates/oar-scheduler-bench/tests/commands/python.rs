use super::*;

#[test]
fn a_folder_without_the_module_is_told() {
    let run = oar_bench("python normal --jobs 5 --cores 100 --venv /nowhere");
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("/nowhere: expected a Python virtual environment with the module"), "{}", run.stderr);
}

#[test]
#[cfg(unix)]
fn a_python_without_the_module_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("bin")).unwrap();
    let python = folder.path().join("bin").join("python");
    std::fs::write(&python, "#!/bin/sh\nexec python3 -I -S \"$@\"\n").unwrap();
    std::fs::set_permissions(&python, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let run = oar_bench(&format!("python normal --jobs 5 --cores 100 --venv {}", folder.path().display()));
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("ModuleNotFoundError"), "{}", run.stderr);
}

#[test]
fn features_are_refused() {
    let run = oar_bench("python normal --jobs 5 --cores 100 --with quotas --venv /nowhere");
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("without `quotas`"), "{}", run.stderr);
}

#[test]
fn the_parts_of_a_round_are_measured() {
    let venv = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/redox-venv");
    if !std::path::Path::new(venv).join("bin/python").exists() {
        eprintln!("skipped: there is no virtual environment with the Python module (make redox-venv)");
        return;
    }
    let measured = oar_bench(&format!("python normal --jobs 200 --cores 1000 --repeat 2 --json --venv {venv}")).json();
    assert_eq!(measured["format"], "oar-bench-python/1");
    let alone = oar_bench("run normal --jobs 200 --cores 1000 --no-reasons --json").json();
    assert_eq!(measured["placed"], alone["placed"]);
    for part in ["access_seconds", "reading_seconds", "placing_seconds", "writing_seconds"] {
        assert!(measured[part]["median"].as_f64().unwrap() > 0.0, "{measured}");
    }
    assert!(measured["reading_microseconds_a_job"].as_f64().unwrap() >= 0.0);
    let table = oar_bench(&format!("python normal --jobs 20 --cores 1000 --repeat 1 --venv {venv}"));
    assert!(table.status == 0 && table.stdout.contains("reading beyond the attributes, a job"), "{}", table.stdout);
}
