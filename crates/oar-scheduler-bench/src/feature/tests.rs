use std::collections::BTreeMap;

use oar_scheduler_core::{JobId, ProcSet, Time};
use oar_scheduler_sim::mix::Mix;

use super::*;
use crate::case::Case;
use crate::measure::place_all_groups;
use crate::snapshot;

const JOBS: u64 = 500;
const CORES: u32 = 10_000;

/// Where and when the jobs of a workload are.
fn places(workload: Mix, feature: Option<Feature>) -> BTreeMap<JobId, (Time, ProcSet)> {
    let case = Case { workload, jobs: JOBS, cores: CORES, seed: 1, feature };
    let round = place_all_groups(&snapshot::of(&case.round())).unwrap();
    let assignments = round.assignments().filter(|place| place.job.0 <= JOBS as i64);
    assignments.map(|place| (place.job, (place.start, place.resources.clone()))).collect()
}

#[track_caller]
fn bites(workload: Mix) {
    let plain = places(workload, None);
    for feature in Feature::value_variants() {
        let with = places(workload, Some(*feature));
        let unlike = (1..=JOBS as i64).map(JobId).filter(|job| plain.get(job) != with.get(job)).count();
        assert!(unlike * 3 >= JOBS as usize, "{workload:?} with {feature:?}: {unlike} of {JOBS} jobs");
        // Who has a place without the feature has one with it.
        let lost = plain.keys().filter(|job| !with.contains_key(job)).count();
        assert!(lost * 50 <= JOBS as usize, "{workload:?} with {feature:?}: {lost} jobs lost their place");
    }
}

#[test]
fn features_bite_on_node_only() {
    bites(Mix::NodeOnly);
}

#[test]
fn features_bite_on_core_only() {
    bites(Mix::CoreOnly);
}

#[test]
fn features_bite_on_old_normal() {
    bites(Mix::OldNormal);
}

#[test]
fn features_bite_on_besteffort() {
    bites(Mix::Besteffort);
}

#[test]
fn features_bite_on_normal() {
    bites(Mix::Normal);
}

#[test]
fn features_bite_on_high_cache_hit() {
    bites(Mix::HighCacheHit);
}

#[test]
fn features_bite_on_whole_nodes() {
    bites(Mix::WholeNodes);
    bites(Mix::WholeNodesMinutes);
}
