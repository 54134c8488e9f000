//! Running jobs that get other walltimes.

use super::listening::{Server, round, round_at};
use super::running::start;
use super::site::{Job, NOW, Site, sites};

const ON: &str = "WALLTIME_CHANGE_ENABLED=Yes\n";

fn ask(site: &Site, job: i64, pending: i64, flags: &str) {
    site.sql(&format!(
        "INSERT INTO walltime_change (job_id, pending, force, delay_next_jobs) VALUES ({job}, {pending}, {flags})"
    ));
}

/// What is left of a request: pending, flags, granted, granted with force and with delay.
fn request(site: &Site, job: i64) -> String {
    let query = format!(
        "SELECT pending || ' ' || force || ' ' || delay_next_jobs || ' ' || granted || ' ' || granted_with_force || ' ' || \
         granted_with_delay_next_jobs FROM walltime_change WHERE job_id = {job}"
    );
    site.rows(&query).remove(0)
}

fn walltime(site: &Site, moldable: i64) -> String {
    let query =
        format!("SELECT CAST(moldable_walltime AS text) FROM moldable_job_descriptions WHERE moldable_id = {moldable}");
    site.rows(&query).remove(0)
}

fn notes(site: &Site, job: i64) -> Vec<String> {
    site.rows(&format!(
        "SELECT type || ' ' || to_check || ': ' || description FROM event_logs WHERE job_id = {job} ORDER BY event_id"
    ))
}

#[test]
fn jobs_get_what_fits_before_the_next_one_and_no_more_later() {
    for site in sites() {
        let _server = Server::of(&site, ON);
        start(&site, Job::nodes(1, 1, 1100).or(50, &[("resource_id", 1)]), "Running", -1000, 1..=4);
        start(&site, Job::nodes(2, 1, 600), "Running", -100, 5..=8);
        start(&site, Job::nodes(3, 1, 600), "Running", -100, 9..=12);
        start(&site, Job::nodes(4, 1, 600), "Suspended", -100, 13..=16);
        // What the last round thought.
        site.submit_placed(&Job::nodes(9, 1, 60).with_properties("network_address = 'node-1'"), 300, &[1, 2, 3, 4]);
        ask(&site, 1, 500, "'NO', 'NO'");
        ask(&site, 2, 300, "'YES', 'YES'");
        ask(&site, 3, -9000, "'NO', 'NO'");
        ask(&site, 4, 300, "'NO', 'NO'");
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        let requests = ["311 NO NO 189 0 0", "0 NO NO 300 300 300", "-8500 NO NO -500 0 0", "300 NO NO 0 0 0"];
        assert_eq!([1, 2, 3, 4].map(|job| request(&site, job)), requests);
        assert_eq!([10, 20, 30, 40].map(|moldable| walltime(&site, moldable)), ["1289", "900", "100", "600"]);
        assert_eq!(walltime(&site, 11), "50", "what it does not run as");
        let blank = if site.is_oar2 { " " } else { "" };
        assert_eq!(
            notes(&site, 1),
            [format!("WALLTIME NO: {blank}walltime changed: 0:21:29 (granted: +0:3:9/pending: +0:5:11)")]
        );
        let forced = "walltime changed: 0:15:0 (granted: +0:5:0/pending: 0:0:0/force/delay next jobs)";
        assert_eq!(notes(&site, 2), [format!("WALLTIME NO: {blank}{forced}")]);
        let placed: Vec<String> = site.places().into_iter().filter(|place| place.starts_with('9')).collect();
        assert_eq!(placed, ["9 299 1,2,3,4"], "this round knows of it already");
        let ran = round_at(&site, 1);
        assert_eq!(ran.code, Some(0));
        assert_eq!([1, 2, 3, 4].map(|job| request(&site, job)), requests, "nothing happens twice");
        assert!(ran.log.contains("job 1: its walltime does not change yet: job 9 comes next"), "{}", ran.log);
        assert_eq!(notes(&site, 1).len(), 1);
    }
}

#[test]
fn nothing_changes_unless_that_is_configured() {
    for site in sites() {
        let _server = Server::of(&site, "WALLTIME_CHANGE_ENABLED=no");
        start(&site, Job::nodes(1, 1, 600), "Running", -100, 1..=4);
        ask(&site, 1, 300, "'YES', 'NO'");
        assert_eq!(round(&site).code, Some(0));
        assert_eq!((request(&site, 1).as_str(), walltime(&site, 10).as_str()), ("300 YES NO 0 0 0", "600"));
        let _server = Server::of(&site, ON);
        let ran = site.kao(&["--dry-run", "--now", &NOW.to_string()]);
        assert!(ran.output.contains("job 1: walltime changed: 0:15:0 (granted: +0:5:0"), "{}", ran.output);
        assert_eq!(request(&site, 1), "300 YES NO 0 0 0");
    }
}

#[test]
fn inner_jobs_stay_inside_and_what_is_odd_hurts_nobody_else() {
    for site in sites() {
        let increments = "WALLTIME_INCREMENT=\"{default => 'many', _ => 0.5}\"";
        let _server = Server::of(&site, &format!("{ON}{increments}"));
        let admin = |id: i64, walltime: i64| Job::nodes(id, 1, walltime).in_queue("admin");
        start(&site, admin(1, 1000).with_type("container=c"), "Running", -100, 1..=4);
        start(&site, admin(2, 800).with_type("inner=c"), "Running", -100, 1..=4);
        start(&site, Job::nodes(3, 1, 800), "Running", -100, 5..=8);
        start(&site, admin(4, 800).with_type("deadline=never"), "Running", -100, 5..=8);
        start(&site, admin(5, 2_147_483_000), "Running", -100, 9..=12);
        start(&site, admin(6, 800), "Running", -100, 13..=16);
        for job in 2..=6 {
            ask(&site, job, 1000, "'NO', 'NO'");
        }
        ask(&site, 77, 1000, "'NO', 'NO'");
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        let walltimes = ["1000", "800", "800", "2147483000", "1200"];
        assert_eq!([20, 30, 40, 50, 60].map(|moldable| walltime(&site, moldable)), walltimes);
        for problem in [
            "job 3: its walltime does not change yet: WALLTIME_INCREMENT: expected seconds",
            "job 4: its walltime does not change yet: type deadline: expected a date",
            "job 5: its walltime does not change yet: expected seconds up to 2147483647",
        ] {
            assert!(ran.log.contains(problem), "{problem}: {}", ran.log);
        }
    }
}

#[test]
fn newer_tables_of_oar_2_have_whole_changes_and_timeouts() {
    for site in sites().into_iter().filter(|site| site.is_oar2) {
        let _server = Server::of(&site, ON);
        for column in
            ["whole varchar(3) DEFAULT 'NO'", "granted_with_whole integer DEFAULT 0", "timeout integer DEFAULT 0"]
        {
            site.sql(&format!("ALTER TABLE walltime_change ADD COLUMN {column}"));
        }
        for (job, node) in [(1, 0), (2, 1), (3, 2), (4, 3)] {
            start(&site, Job::nodes(job, 1, 600), "Running", -100, node * 4 + 1..=node * 4 + 4);
            ask(&site, job, 300, "'NO', 'YES'");
        }
        let reservation =
            Job::nodes(9, 2, 60).with("reservation", "'Scheduled'").with("start_time", &(NOW + 700).to_string());
        site.submit_placed(&reservation, 700, &[1, 2, 3, 4, 5, 6, 7, 8]);
        site.sql("UPDATE walltime_change SET whole = 'YES' WHERE job_id IN (2, 3)");
        site.sql("UPDATE walltime_change SET timeout = 60 WHERE job_id IN (3, 4)");
        for (job, date) in [(3, NOW - 60), (4, NOW - 61)] {
            site.sql(&format!(
                "INSERT INTO event_logs (type, job_id, date) VALUES ('WALLTIME_REQUEST', {job}, {date})"
            ));
        }
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        let requests = ["111 NO YES 189 0 189", "300 NO YES 0 0 0", "0 NO NO 300 0 300", "0 NO NO 0 0 0"];
        assert_eq!([1, 2, 3, 4].map(|job| request(&site, job)), requests);
        let whole = "SELECT whole || ' ' || granted_with_whole FROM walltime_change ORDER BY job_id";
        assert_eq!(site.rows(whole), ["NO 0", "YES 0", "NO 300", "NO 0"]);
        assert_eq!([10, 20, 30, 40].map(|moldable| walltime(&site, moldable)), ["789", "600", "900", "600"]);
        let granted = "WALLTIME NO: Walltime changed: 0:15:0 (granted: +0:5:0/pending: 0:0:0/delay next jobs/whole/timeout: 0:1:0)";
        assert_eq!(notes(&site, 3)[1], granted);
        let cancelled = "WALLTIME_REQUEST_CANCELLATION NO: Walltime change request cancelled: not granted within 0:1:0 (pending: +0:5:0)";
        assert_eq!(notes(&site, 4)[1], cancelled);
        assert_eq!(round_at(&site, 5).code, Some(0));
        assert_eq!([1, 2, 3, 4].map(|job| request(&site, job)), requests);
    }
}
