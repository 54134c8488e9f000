//! Any JSON as the quotas file of a fixed round.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use oar_scheduler_core::{NoHooks, QuotasFile, Snapshot, read_json};

static ROUND: LazyLock<Snapshot> = LazyLock::new(|| {
    let round = br#"{
        "format": "oar-scheduler-snapshot/1", "now": 1700000000, "max_time": 1710000000, "time_zone": "Europe/Paris",
        "resources": { "default": "1-4", "hierarchy": { "core": ["1", "2", "3", "4"] } },
        "scheduled_jobs": [
            { "id": 1, "user": "u", "project": "p", "queue": "q", "start": 1699990000, "walltime": 20000, "resources": "1-2", "state": "Running" }
        ],
        "waiting_jobs": [
            { "id": 2, "user": "u", "project": "p", "queue": "q", "types": { "t": "" },
              "moldables": [{ "id": 20, "walltime": 3600, "requests": [{ "levels": [["core", 2]] }] }] },
            { "id": 3, "user": "v", "project": "p", "queue": "q",
              "moldables": [{ "id": 30, "walltime": 90000, "requests": [{ "levels": [["core", 1]] }] }] },
            { "id": 4, "user": "v", "project": "p", "queue": "q", "reservation_start": 1700050000,
              "moldables": [{ "id": 40, "walltime": 3600, "requests": [{ "levels": [["core", 3]] }] }] }
        ]
    }"#;
    Snapshot::from_json(round).expect("the round")
});

fuzz_target!(|bytes: &[u8]| {
    if bytes.len() > 4096 {
        return;
    }
    if let Ok(quotas) = read_json::<QuotasFile>(bytes) {
        let snapshot = Snapshot { quotas: Some(quotas), ..ROUND.clone() };
        let _ = oar_scheduler_core::plan(&snapshot, NoHooks);
    }
});
