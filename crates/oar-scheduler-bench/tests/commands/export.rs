use std::path::Path;

use oar_scheduler_core::{NoHooks, Plan, Snapshot, plan};

use super::*;

#[test]
fn the_exported_round_is_decided_alike_by_the_simulator() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("round.json");
    // The simulator's binary is there when the whole workspace is built.
    let oar_sim = Path::new(env!("CARGO_BIN_EXE_oar-bench")).with_file_name("oar-sim");
    for feature in ["", " --with temporal-quotas", " --with properties", " --with containers", " --with timesharing"] {
        let words = format!("export normal --jobs 40 --cores 2000{feature}");
        let run = oar_bench(&format!("{words} -o {}", file.display()));
        assert_eq!((run.status, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
        let text = std::fs::read(&file).unwrap();
        assert_eq!(oar_bench(&words).stdout.as_bytes(), text);

        let snapshot = Snapshot::from_json(&text).unwrap();
        let decided = plan(&snapshot, NoHooks).unwrap();
        let measured = oar_bench(&format!("run normal --jobs 40 --cores 2000{feature} --no-plain --json")).json();
        assert_eq!(measured["placed"], decided.assignments.len());
        if !oar_sim.exists() {
            eprintln!("skipped: {} is not built", oar_sim.display());
            continue;
        }
        let replayed = Command::new(&oar_sim).arg("replay").arg(&file).output().unwrap();
        assert_eq!(Plan::from_json(&replayed.stdout).unwrap(), decided);
    }
}
