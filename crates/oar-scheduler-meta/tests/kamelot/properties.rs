//! Conditions that users wrote: what is wrong with one hurts nobody else.

use super::site::{Job, Site, sites, sites_on_postgres};

/// Job 1 with these properties beside job 2 with good ones and job 3 with none: 2 and 3 have their places.
fn alone(site: &Site, properties: &str) -> String {
    for table in ["jobs", "moldable_job_descriptions", "job_resource_groups", "job_resource_descriptions"] {
        site.sql(&format!("DELETE FROM {table}"));
    }
    site.submit(&Job::nodes(1, 1, 60).with_properties(properties).of("mallory"));
    site.submit(&Job::nodes(2, 1, 60).with_properties("gpu = 'YES' AND drain = 'NO'"));
    site.submit(&Job::nodes(3, 1, 60).with_properties("   "));
    site.round("default");
    let places = site.places();
    let others: Vec<&String> = places.iter().filter(|place| !place.starts_with("1 ")).collect();
    assert_eq!(others, ["2 0 9,10,11,12", "3 0 1,2,3,4"], "{properties}");
    let first = places.iter().find(|place| place.starts_with("1 "));
    first.cloned().unwrap_or_else(|| site.message(1))
}

#[test]
fn a_wrong_condition_is_told_to_its_user() {
    for site in sites() {
        let typo = alone(&site, "gpu_modle = 'x'");
        assert!(typo.starts_with("R=4,W=0:1:0,J=B: properties: "), "{typo}");
        assert!(typo.contains("gpu_modle"), "{typo}");
        for text in ["gpu =", "network_address", "(", "1 = 1) OR (", "'", "--", "\u{1}", "$1", "?", "ROWS"] {
            alone(&site, text);
        }
        // A comment at the end is no harm.
        assert_eq!(alone(&site, "network_address = 'node-2' -- mine"), "1 0 5,6,7,8");
    }
}

#[test]
fn a_condition_cannot_change_anything() {
    for site in sites() {
        for text in [
            "1 = 1); DELETE FROM resources; --",
            "1 = 1) UNION SELECT 1; UPDATE resources SET state = 'Dead' WHERE (1 = 1",
            "resource_id IN (DELETE FROM resources RETURNING resource_id)",
            "1 = 1; COMMIT; DELETE FROM resources",
        ] {
            let message = alone(&site, text);
            assert!(message.contains(": properties: "), "{message}");
        }
        assert_eq!(site.rows("SELECT CAST(count(*) AS text) FROM resources WHERE state = 'Alive'"), ["16"]);
    }
    for site in sites_on_postgres() {
        site.sql("CREATE FUNCTION break_all() RETURNS boolean LANGUAGE sql AS 'UPDATE resources SET state = ''Dead''; SELECT true'");
        let message = alone(&site, "break_all()");
        assert!(message.contains("read-only transaction"), "{message}");
    }
}

#[test]
fn a_condition_has_no_say_about_the_others() {
    for site in sites() {
        // The property of the group is written by the user, those of the job by the administrator's rules.
        let group = (Some("1 = 1) OR (1 = 1".to_owned()), vec![("network_address", 1)]);
        let all = (Some("gpu = 'NO' OR gpu = 'YES'".to_owned()), vec![("network_address", 3)]);
        site.submit(&Job::new(1).or_groups(60, vec![group]).with_properties("network_address = 'node-3'"));
        site.submit(&Job::new(2).or_groups(60, vec![all]).with_properties("gpu = 'YES' OR gpu = 'MAYBE'"));
        site.round("default");
        assert_eq!(site.places(), ["1 0 9,10,11,12"]);
        let message = site.message(2);
        assert!(message.ends_with("it needs 3 of network_address, and 2 exist with these properties"), "{message}");
    }
}

#[test]
fn a_slow_condition_costs_its_user_only() {
    for site in sites() {
        let slow = match site.is_postgres() {
            true => "pg_sleep(60) IS NULL".to_owned(),
            false => {
                "resource_id > (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n)"
                    .to_owned()
            }
        };
        for number in 0..3 {
            let properties = format!("{slow} OR resource_id = {number}");
            site.submit(&Job::nodes(100 + number, 1, 60).with_properties(&properties).of("mallory"));
        }
        let begun = std::time::Instant::now();
        let message = alone(&site, &slow);
        assert!(message.ends_with("properties: they took longer than 2 s"), "{message}");
        assert!(begun.elapsed().as_secs() < 30);
    }
}

#[test]
fn conditions_run_as_the_role_that_only_reads() {
    for site in sites_on_postgres() {
        site.sql("DROP ROLE IF EXISTS reader_of_properties");
        site.sql("CREATE ROLE reader_of_properties LOGIN PASSWORD 'secret'");
        site.sql("GRANT SELECT ON resources TO reader_of_properties");
        site.configure("DB_BASE_LOGIN_RO=reader_of_properties\nDB_BASE_PASSWD_RO=secret");
        assert_eq!(alone(&site, "network_address = 'node-2'"), "1 0 5,6,7,8");
        let message = alone(&site, "0 < (SELECT count(*) FROM jobs)");
        assert!(message.contains("properties: permission denied for table jobs"), "{message}");
        // It breaks its own connection: the next one has a new one.
        let message = alone(&site, "pg_terminate_backend(pg_backend_pid())");
        assert!(message.contains("properties: "), "{message}");
        site.configure("DB_BASE_LOGIN_RO=reader_of_properties\nDB_BASE_PASSWD_RO=wrong");
        site.round("default");
        assert!(site.message(1).contains("password authentication failed"), "{}", site.message(1));
        site.sql("REVOKE SELECT ON resources FROM reader_of_properties");
        site.sql("DROP ROLE reader_of_properties");
    }
}
