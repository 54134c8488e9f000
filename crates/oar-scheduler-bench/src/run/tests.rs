use super::*;

#[test]
fn times_are_told_by_their_least_median_and_most() {
    let times =
        |seconds: &[u64]| Times::of(&seconds.iter().map(|second| Duration::from_secs(*second)).collect::<Vec<_>>());
    assert_eq!(times(&[3]), Times { min: 3.0, median: 3.0, max: 3.0 });
    assert_eq!(times(&[9, 1, 2]), Times { min: 1.0, median: 2.0, max: 9.0 });
    assert_eq!(times(&[4, 1, 2, 9]), Times { min: 1.0, median: 3.0, max: 9.0 });
}
