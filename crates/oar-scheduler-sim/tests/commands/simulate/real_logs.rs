use super::*;

const KTH: &str = "KTH-SP2-1996-2.swf.gz";
const GAIA: &str = "UniLu-Gaia-2014-1.swf.gz";

#[test]
fn easy_backfilling_of_kth_gives_the_published_slowdown() {
    let Some(log) = real_log(KTH) else { return };
    let of = |options: &str| simulated(&log, &format!("--cores 100 {options}"), &[]).figures;
    let easy = of("--policy easy");
    // E. Gaussier, D. Glesser, V. Reis, D. Trystram, SC'15.
    assert!((easy["mean_bounded_slowdown"].as_f64().unwrap() - 92.57653973).abs() < 1e-6, "{easy}");
    assert_eq!((&easy["jobs"], &easy["dropped"]), (&28_481.into(), &serde_json::json!({ "no_run_time": 8 })));

    let shortest_first = of("--policy easy --backfill-order sjf");
    let known = of("--policy easy --estimates actual");
    let conservative = of("--policy conservative");
    let fcfs = of("--policy fcfs");
    for figures in [&shortest_first, &known, &conservative, &fcfs] {
        let slowdown = figures["mean_bounded_slowdown"].as_f64().unwrap();
        assert!(slowdown.is_finite() && slowdown >= 1.0, "{figures}");
        assert_eq!((&figures["jobs"], &figures["never_started"]), (&28_481.into(), &0.into()));
    }
    let wait = |figures: &Value| figures["mean_wait"].as_f64().unwrap();
    assert!(wait(&shortest_first) < wait(&easy) && wait(&known) < wait(&easy));
    assert!(wait(&easy) < wait(&fcfs) && wait(&conservative) < wait(&fcfs));
}

#[track_caller]
fn one_job_a_round_is_first_come_first_served(log: &str, cores: u32) {
    let Some(log) = real_log(log) else { return };
    let counted = simulated(&log, &format!("--cores {cores} --policy fcfs"), &[]);
    let planned = simulated(&log, &format!("--cores {cores} --policy oar --max-jobs 1"), &[]);
    assert_eq!(column(&counted.rows, "job"), column(&planned.rows, "job"));
    for (counted, planned) in counted.rows.iter().zip(&planned.rows) {
        assert_eq!(counted["start"], planned["start"], "job {}", counted["job"]);
    }
}

#[test]
fn the_engine_and_counting_agree_on_first_come_first_served_of_kth() {
    one_job_a_round_is_first_come_first_served(KTH, 100);
}

#[test]
fn the_engine_and_counting_agree_on_first_come_first_served_of_gaia() {
    one_job_a_round_is_first_come_first_served(GAIA, 2004);
}

#[test]
fn every_job_of_gaia_ends_under_oar() {
    let Some(log) = real_log(GAIA) else { return };
    let queues = "--queue 2=besteffort,priority=0,besteffort --queue 0=interactive";
    let Simulated { figures, rows, stderr } = simulated(&log, &format!("--policy oar --cores 2004 {queues}"), &[]);
    assert_eq!((&figures["jobs"], &figures["never_started"], rows.len()), (&51_859.into(), &0.into(), 51_859));
    assert!(rows.iter().all(|row| row["status"] == "ended"));
    let kills: i64 = rows.iter().map(|row| number(row, "kills")).sum();
    assert!(kills > 0 && figures["kills"] == kills, "{kills}");
    assert!(rows.iter().all(|row| row["kills"] == "0" || row["queue"] == "besteffort"));
    assert_eq!(stderr, "");
}
