use std::collections::BTreeMap;

use clap::ValueEnum;

use super::*;
use crate::snapshot;

fn case(workload: Mix) -> Case {
    Case { workload, jobs: 2000, cores: 10_000, seed: 1, feature: None }
}

#[test]
fn jobs_ask_as_the_workload_says() {
    let asked = |mix: Mix| {
        let asks = case(mix).round().jobs.into_iter().flat_map(|job| job.asks);
        let mut asked: BTreeMap<_, Vec<Ask>> = BTreeMap::new();
        asks.for_each(|ask| asked.entry((ask.within, ask.of)).or_default().push(ask));
        asked
    };
    let normal = asked(Mix::Normal);
    let shares: Vec<usize> = normal.values().map(Vec::len).collect();
    let forms: Vec<_> = normal.keys().copied().collect();
    assert_eq!(forms, [(Some("node"), "core"), (Some("switch"), "cpu"), (Some("switch"), "node")]);
    assert_eq!(shares, [800, 800, 400]);
    assert!(normal[&(Some("switch"), "node")].iter().all(|ask| ask.count <= 24 && ask.minutes >= 120));
    let nodes = asked(Mix::NodeOnly);
    let (counts, minutes): (Vec<u32>, Vec<u32>) =
        nodes[&(None, "node")].iter().map(|ask| (ask.count, ask.minutes)).unzip();
    assert_eq!((counts.iter().min(), counts.iter().max()), (Some(&1), Some(&39)));
    assert_eq!((minutes.iter().min(), minutes.iter().max()), (Some(&60), Some(&1440)));
}

#[test]
fn whole_nodes_have_ten_walltimes_or_any_minute() {
    let walltimes = |mix: Mix| {
        let minutes = case(mix).round().jobs.into_iter().flat_map(|job| job.asks).map(|ask| ask.minutes);
        minutes.collect::<std::collections::BTreeSet<u32>>()
    };
    assert_eq!(walltimes(Mix::WholeNodes).len(), 10);
    let minutes = walltimes(Mix::WholeNodesMinutes);
    assert!(minutes.len() > 900 && minutes.first() >= Some(&60) && minutes.last() <= Some(&1440));
}

#[test]
fn a_seed_stands_for_the_same_snapshot() {
    for workload in Mix::value_variants() {
        for feature in std::iter::once(None).chain(Feature::value_variants().iter().copied().map(Some)) {
            let of = |seed: u64| snapshot::of(&Case { jobs: 100, seed, feature, ..case(*workload) }.round());
            assert!(of(3) == of(3), "{workload:?} {feature:?}");
            assert!(of(3) != of(4), "{workload:?} {feature:?}");
        }
    }
}

#[test]
fn users_have_half_of_the_jobs_a_quarter_and_so_on() {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    case(Mix::Normal).round().jobs.iter().for_each(|job| *counts.entry(job.user).or_default() += 1);
    assert!((900..1100).contains(&counts[&1]) && (430..570).contains(&counts[&2]) && counts.len() <= USERS as usize);
}

#[test]
fn a_feature_changes_nothing_of_the_jobs_but_what_it_is_about() {
    let plain = case(Mix::Normal).round().jobs;
    for feature in Feature::value_variants() {
        let with = Case { feature: Some(*feature), ..case(Mix::Normal) }.round().jobs;
        let own = with.iter().filter(|job| job.id as usize <= plain.len());
        for (job, plain) in own.clone().zip(&plain) {
            assert_eq!((job.id, job.user, job.asks.first()), (plain.id, plain.user, plain.asks.first()), "{feature:?}");
        }
        assert_eq!(own.count(), plain.len());
        assert_eq!(with.len() > plain.len(), *feature == Feature::Containers);
    }
}

#[test]
fn names_tell_all_that_matters() {
    let name = Case { feature: Some(Feature::TemporalQuotas), ..case(Mix::HighCacheHit) }.name();
    assert_eq!(name.to_string(), "high-cache-hit with temporal-quotas, 10,000 cores");
    assert_eq!(case(Mix::Normal).name().to_string(), "normal, 10,000 cores");
}
