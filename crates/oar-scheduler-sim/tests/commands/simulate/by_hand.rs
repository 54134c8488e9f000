//! Small logs whose simulation is worked out by hand: the policies.

use super::*;

fn starts_of(jobs: &[LogJob], options: &str) -> Vec<i64> {
    let files = Files::new();
    starts(&simulated(&files.write("log.swf", log(jobs)), options, &[]).rows)
}

/// Four processors. Job 1 holds three of them until 100, so that job 2 waits until then and leaves two over. Job 3 needs
/// the whole machine after that. Job 4 is long and small, job 5 short and small.
fn five_jobs() -> [LogJob; 5] {
    [job(0, 100, 3), job(1, 100, 2), job(2, 10, 4), job(3, 300, 1), job(4, 90, 1)]
}

#[test]
fn easy_backfilling_delays_only_jobs_behind_the_first() {
    // Job 4 does not delay job 2, and starts at once. Job 3 must wait for its end at 303. Job 5 finds nothing free until 100,
    // when it ends before job 3 can begin.
    assert_eq!(starts_of(&five_jobs(), "--cores 4 --policy easy"), [0, 100, 303, 3, 100]);
}

#[test]
fn easy_backfilling_does_not_delay_the_first() {
    // Job 2 needs all at 100. Job 3 is over then, at 2 + 98; job 4 would not be until 101.
    let jobs = [job(0, 100, 2), job(1, 50, 4), job(2, 98, 1), job(3, 98, 1)];
    assert_eq!(starts_of(&jobs, "--cores 4 --policy easy"), [0, 100, 2, 150]);
}

#[test]
fn the_shortest_is_backfilled_first_if_asked_for() {
    // Job 3 waits for the whole machine at 100. At 10 job 2 leaves a processor, for which jobs 4 and 5 wait: 10 + 80 and 10 + 20 are
    // both in time.
    let jobs = [job(0, 100, 3), job(0, 10, 1), job(1, 50, 4), job(2, 80, 1), job(3, 20, 1)];
    assert_eq!(starts_of(&jobs, "--cores 4 --policy easy"), [0, 0, 100, 10, 150]);
    // At 30 it would be too late for the 80 seconds of job 4.
    assert_eq!(starts_of(&jobs, "--cores 4 --policy easy --backfill-order sjf"), [0, 0, 100, 150, 10]);
}

#[test]
fn conservative_backfilling_delays_nobody() {
    // Job 3 has a place from 200 to 210, which job 4 would delay. Job 5 fits before job 2.
    assert_eq!(starts_of(&five_jobs(), "--cores 4 --policy conservative"), [0, 100, 200, 210, 4]);
}

#[test]
fn oar_gives_every_job_its_place() {
    assert_eq!(starts_of(&five_jobs(), "--cores 4 --policy oar"), [0, 100, 200, 210, 4]);
    assert_eq!(starts_of(&five_jobs(), "--cores 4"), [0, 100, 200, 210, 4]);
}

#[test]
fn first_come_first_served_lets_nobody_pass() {
    assert_eq!(starts_of(&five_jobs(), "--cores 4 --policy fcfs"), [0, 100, 200, 210, 210]);
}

#[test]
fn jobs_beyond_the_limit_of_a_round_are_looked_at_at_the_same_instant() {
    let jobs = [job(0, 100, 1), job(0, 100, 1), job(0, 100, 1), job(0, 100, 2), job(0, 10, 1)];
    for options in ["--max-jobs 1", "--max-jobs 2", "--max-jobs 1 --whole-rounds", "--max-jobs 2 --whole-rounds"] {
        let starts = starts_of(&jobs, &format!("--cores 4 {options}"));
        // Nobody looks behind job 4 as long as it is the only one within the limit.
        let expected = if options.contains('1') { [0, 0, 0, 100, 100] } else { [0, 0, 0, 100, 0] };
        assert_eq!(starts, expected, "{options}");
    }
}

#[test]
fn known_run_times_open_gaps() {
    // Job 3 asks for more than the gap until 100, but does not need it.
    let jobs = [job(0, 100, 3), job(1, 10, 4), LogJob { walltime: 200, ..job(2, 50, 1) }];
    for policy in ["easy", "conservative", "oar"] {
        assert_eq!(starts_of(&jobs, &format!("--cores 4 --policy {policy}")), [0, 100, 110], "{policy}");
        let known = format!("--cores 4 --policy {policy} --estimates actual");
        assert_eq!(starts_of(&jobs, &known), [0, 100, 2], "{policy}");
    }
}

#[test]
fn a_speed_up_divides_the_times_between_submissions() {
    let jobs = [job(100, 10, 1), job(200, 10, 1), job(401, 10, 1)];
    for policy in ["easy", "conservative", "fcfs", "oar"] {
        let starts = starts_of(&jobs, &format!("--cores 4 --speed-up 2 --policy {policy}"));
        // 100 + 301 / 2, rounded down.
        assert_eq!(starts, [100, 150, 250], "{policy}");
    }
}

#[test]
fn figures_are_those_of_the_jobs() {
    // Job 1 runs from 0 to 100, job 2 from 100 to 104, which counts as 10 seconds of run time in the slowdown.
    let files = Files::new();
    let log = files.write("log.swf", log(&[job(0, 100, 4), job(40, 4, 2)]));
    for policy in ["easy", "conservative", "fcfs", "oar"] {
        let Simulated { figures, rows, .. } = simulated(&log, &format!("--cores 4 --policy {policy}"), &[]);
        let figure = |name: &str| figures[name].as_f64().unwrap();
        assert_eq!((figure("makespan"), figure("mean_wait"), figure("median_wait")), (104.0, 30.0, 30.0));
        assert!((figure("p95_wait") - 57.0).abs() < 1e-9, "{figures}");
        assert!((figure("mean_bounded_slowdown") - (1.0 + 6.4) / 2.0).abs() < 1e-9, "{figures}");
        assert!((figure("utilisation") - 408.0 / 416.0).abs() < 1e-9, "{figures}");
        assert_eq!(column(&rows, "bounded_slowdown"), ["1.0000", "6.4000"]);
        assert_eq!(
            (column(&rows, "end"), column(&rows, "resources")),
            (vec!["100".to_owned(), "104".to_owned()], vec!["4".to_owned(), "2".to_owned()])
        );
    }
}
