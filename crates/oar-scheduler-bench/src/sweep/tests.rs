use super::*;
use crate::run::{MemoryUse, Times};

/// A series whose costs are known.
pub(crate) fn series(workload: &str, jobs: &[u64]) -> Sweep {
    let name = Name { workload: workload.to_owned(), with: None, cores: 10_000, seed: 1 };
    let point = |jobs: &u64| {
        let seconds = *jobs as f64 * *jobs as f64 * 1e-8;
        let times = Times { min: seconds, median: seconds, max: seconds };
        Measured {
            name: name.clone(),
            jobs: *jobs,
            repeat: 1,
            placement_seconds: times,
            reasons_seconds: None,
            memory_bytes: MemoryUse { snapshot: 1000, placement_peak: 1000 + jobs * 500, peak: 1000 + jobs * 500 },
            slots: 5,
            candidates: 6,
            placed: 7,
            jobs_per_second: 8.0,
            unlike_plain: None,
        }
    };
    let points: Vec<Measured> = jobs.iter().map(point).collect();
    let exponents = Exponents::of(&points);
    Sweep { format: FORMAT.to_owned(), name, points, exponents }
}

#[test]
fn exponents_are_those_of_the_costs() {
    let Exponents { placement, reasons, memory } = series("normal", &[1000, 2000, 5000]).exponents;
    assert!((placement.unwrap() - 2.0).abs() < 1e-9 && (memory.unwrap() - 1.0).abs() < 1e-9);
    assert_eq!(reasons, None);
}

#[test]
fn the_table_tells_the_exponents() {
    let table = table(&series("normal", &[1000, 2000]));
    assert!(table.starts_with("normal, 10,000 cores\n"), "{table}");
    let last = table.lines().rev().nth(1).unwrap();
    assert!(last.contains("grows as") && last.contains("jobs^2.00") && last.contains("jobs^1.00"), "{table}");
}
