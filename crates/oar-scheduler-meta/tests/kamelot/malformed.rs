//! Rows that make no sense: they cost the job that they belong to its place, and nobody else.

use super::site::{Job, Site, sites};

/// Two good jobs around a bad one.
fn submit_around(site: &Site, bad: &Job) {
    site.submit(&Job::nodes(1, 1, 60));
    site.submit(bad);
    site.submit(&Job::nodes(99, 1, 60));
}

/// What is told of the bad job, which has no place; the others have theirs.
fn told(site: &Site, bad: i64) -> String {
    site.round("default");
    assert_eq!(site.places(), ["1 0 1,2,3,4", "99 0 5,6,7,8"]);
    site.message(bad)
}

fn assert_told(bad: &Job, more: &[&str], expected: &str) {
    for site in sites() {
        submit_around(&site, bad);
        for sql in more {
            site.sql(sql);
        }
        let message = told(&site, bad.id);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn jobs_without_alternatives() {
    assert_told(&Job::new(50), &[], "J=B: it can never run: it asks for nothing");
}

#[test]
fn walltimes() {
    for walltime in [0, -5, i64::from(i32::MIN)] {
        assert_told(&Job::nodes(50, 1, walltime), &[], "can never run: its walltime of");
    }
}

#[test]
fn groups() {
    let none = "DELETE FROM job_resource_groups WHERE res_group_moldable_id = 500";
    assert_told(&Job::nodes(50, 1, 60), &[none], "J=B: it can never run: it asks for nothing");
    let nonsense = "UPDATE job_resource_groups SET res_group_property = 'type = = 1' WHERE res_group_moldable_id = 500";
    assert_told(&Job::nodes(50, 1, 60), &[nonsense], "J=B: properties: ");
}

#[test]
fn levels() {
    let none = "DELETE FROM job_resource_descriptions WHERE res_job_group_id = 5000";
    assert_told(&Job::nodes(50, 1, 60), &[none], "can never run: it asks for nothing");
    let nonsense = "UPDATE job_resource_descriptions SET res_job_resource_type = 'moon' WHERE res_job_group_id = 5000";
    assert_told(&Job::nodes(50, 1, 60), &[nonsense], "can never run: there is no level moon");
    for count in [0, -4] {
        let count =
            format!("UPDATE job_resource_descriptions SET res_job_value = {count} WHERE res_job_group_id = 5000");
        assert_told(&Job::nodes(50, 1, 60), &[&count], "of level network_address");
    }
}

#[test]
fn types() {
    for (text, expected) in [
        ("inner=", "J=B,T=inner: type inner names no container"),
        ("inner=moon", "container moon has no place yet"),
        ("find=moon", "plugin find=moon"),
        ("assign=moon:x=1", "plugin assign=moon"),
        ("leaflet=x", "its envelope, job x, does not exist"),
    ] {
        assert_told(&Job::nodes(50, 1, 60).with_type(text), &[], expected);
    }
    let both = Job::nodes(50, 1, 60).with_type("container").with_type("timesharing=*,*");
    assert_told(&both, &[], "J=B,T=container|timesharing=*,*: ");
}

#[test]
fn types_that_mean_nothing_are_ignored() {
    for site in sites() {
        site.submit(&Job::nodes(1, 1, 60).with_type("=").with_type("=x").with_type("").with_type("timesharing=moon"));
        site.submit(&Job::nodes(2, 1, 60).with_type("supersed=moon").with_type("a=b=c"));
        site.round("default");
        assert_eq!(site.places(), ["1 0 1,2,3,4", "2 0 5,6,7,8"]);
    }
}

#[test]
fn dependencies() {
    assert_told(&Job::nodes(50, 1, 60).after(4711), &[], "J=B: it depends on job 4711, which does not exist");
    assert_told(&Job::nodes(50, 1, 60).after(50), &[], "it depends on job 50 (Waiting), whose end is not known yet");
}

#[test]
fn the_gantt() {
    for site in sites() {
        site.submit_placed(&Job::nodes(1, 1, 60).in_state("Running"), 0, &[1, 2, 3, 4]);
        // Places of nobody, on nothing, and on resources that there are not; a negative walltime; a start in no calendar.
        site.sql("INSERT INTO gantt_jobs_predictions VALUES (4711, 5)");
        site.sql("INSERT INTO gantt_jobs_resources VALUES (4711, 5), (4712, 6)");
        site.submit_placed(&Job::nodes(2, 1, 60).in_state("Running"), 0, &[]);
        site.submit_placed(&Job::nodes(3, 1, 60).in_state("Running"), 0, &[-7, 4711]);
        site.submit_placed(&Job::nodes(4, 1, -60).in_state("toLaunch"), 0, &[16]);
        site.submit_placed(&Job::nodes(5, 1, 60).in_state("Finishing"), -3_800_000_000, &[15]);
        site.submit(&Job::nodes(50, 1, 60));
        site.submit(&Job::nodes(51, 2, 60));
        site.round("default");
        let places = site.places();
        let mine: Vec<&String> = places.iter().filter(|place| place.starts_with('5')).collect();
        // The jobs of resources 15 and 16 should have ended long ago: they hold on for the security time.
        assert_eq!(
            mine,
            ["5 -3800000000 15", "50 0 5,6,7,8", "51 10 9,10,11,12,13,14,15,16"],
            "{:?}",
            site.message(51)
        );
    }
}

#[test]
fn accounting_and_logs() {
    for site in sites() {
        site.configure("JOB_PRIORITY=FAIRSHARE\nSCHEDULER_FAIRSHARING_WINDOW_SIZE=1700000000");
        for (start, user, consumption) in [(0, "alice", -5_000_000_000_i64), (-5, "", i64::MAX), (7, "bob", 1)] {
            site.sql(&format!(
                "INSERT INTO accounting (window_start, window_stop, accounting_user, accounting_project, queue_name, \
                 consumption_type, consumption) VALUES ({start}, 0, '{user}', '', 'default', 'USED', {consumption})"
            ));
        }
        site.sql("INSERT INTO job_state_logs (job_id, job_state, date_start, date_stop) VALUES (1, 'Suspended', 2147483647, 5)");
        site.submit_placed(&Job::nodes(1, 1, 60).in_state("Running").with("suspended", "'YES'"), 0, &[1, 2, 3, 4]);
        site.submit(&Job::nodes(2, 1, 60));
        site.round("default");
        assert_eq!(site.places()[1..], ["2 0 5,6,7,8"]);
    }
}

#[test]
fn resources() {
    for site in sites() {
        site.sql("INSERT INTO resources (resource_id, network_address, type) VALUES (-3, 'node-x', 'default')");
        site.sql("UPDATE resources SET cpu = NULL WHERE resource_id = 1");
        site.sql("UPDATE resources SET network_address = '', type = '' WHERE resource_id = 5");
        site.submit(&Job::nodes(1, 1, 60));
        let ran = site.round("default");
        assert_eq!(site.places(), ["1 0 1,2,3,4"]);
        assert!(ran.log.contains("resource -3 is left out: expected a number from 0 to"), "{}", ran.log);
    }
}

#[test]
fn texts_of_any_kind() {
    for site in sites() {
        let name = format!("'{}'", "é".repeat(100));
        site.submit(&Job::nodes(1, 99, 60).with("job_name", &name).of("o''hara \u{1F600}"));
        site.submit(&Job::nodes(2, 1, 60).with("job_name", "NULL").for_project("100%"));
        site.submit(&Job::nodes(3, 1, 60).with_type(&format!("note={}", "é".repeat(120))));
        site.round("default");
        let message = site.message(1);
        assert!(message.starts_with("R=396,W=0:1:0,J=B,N=éé"), "{message}");
        assert!(message.len() <= 255 && message.len() >= 250, "{}", message.len());
        // The types give way, as with them it would be too long.
        assert_eq!(site.message(3), "R=4,W=0:1:0,J=B");
    }
}
