//! Any bytes as a snapshot: what can be read can be planned, and every job that waits has a reason.
#![no_main]

use libfuzzer_sys::fuzz_target;
use oar_scheduler_core::{NoHooks, Seconds, Snapshot};

/// Bigger ones are slow without being different.
fn is_small(snapshot: &Snapshot) -> bool {
    let jobs = || snapshot.groups.iter().flat_map(|group| &group.waiting_jobs);
    let requests = || jobs().flat_map(|job| &job.moldables).flat_map(|moldable| &moldable.requests);
    jobs().count() <= 50
        && snapshot.scheduled_jobs.len() <= 50
        && requests().count() <= 200
        && requests().all(|request| request.levels.len() <= 5)
        && snapshot.resources.hierarchy.levels().all(|(_, blocks)| blocks.len() <= 64)
}

fuzz_target!(|bytes: &[u8]| {
    if bytes.len() > 32_768 {
        return;
    }
    let mut snapshot = match Snapshot::from_json(bytes) {
        Ok(snapshot) if is_small(&snapshot) => snapshot,
        _ => return,
    };
    // A calendar is followed over the whole timeline.
    snapshot.max_time = snapshot.max_time.min(snapshot.now + Seconds(1 << 27));
    if let Ok(plan) = oar_scheduler_core::plan(&snapshot, NoHooks) {
        for job in &plan.unscheduled {
            assert!(plan.reason(job.job).is_some_and(|reason| !reason.causes.is_empty() && !reason.line.is_empty()));
        }
    }
});
