//! What goes wrong as a whole: `kamelot` ends with 1 and says why, and nothing is half written.

use super::servers::run;
use super::site::{Job, Site, sites, sites_on_postgres};
use oar_scheduler_core::{JobId, MoldableId, Time};
use oar_scheduler_db::conf::{self, Conf};
use oar_scheduler_db::{Database, Decisions, Place};

/// Fails before it knows the kind of server.
fn fails(site: &Site, arguments: &[&str], problem: &str) {
    fails_with(1, site, arguments, problem);
}

/// OAR 3 would take the queue out of use.
fn fails_in_round(site: &Site, arguments: &[&str], problem: &str) {
    fails_with(if site.is_oar2 { 1 } else { 0 }, site, arguments, problem);
}

fn fails_with(code: i32, site: &Site, arguments: &[&str], problem: &str) {
    let ran = site.kamelot(arguments);
    assert_eq!((ran.code, ran.output.as_str()), (Some(code), ""), "{}", ran.log);
    assert!(ran.log.contains(problem), "{}", ran.log);
    assert_eq!(ran.log.matches('\n').count(), 1, "one line in the server's log: {}", ran.log);
}

#[test]
fn arguments() {
    for site in &sites()[..1] {
        for arguments in [&[][..], &["default", "soon"], &["default", "--moon"], &["--explain", "5"]] {
            assert_eq!(site.kamelot(arguments).code, Some(1), "{arguments:?}");
        }
        assert_eq!(site.kamelot(&["--help"]).code, Some(0));
        assert!(site.kamelot(&["--version"]).output.starts_with("kamelot "));
    }
}

#[test]
fn a_queue_that_there_is_not() {
    for site in sites() {
        fails_in_round(
            &site,
            &["moon"],
            "queue moon: nothing is scheduled: expected the name of a queue (admin, besteffort, default), found \"moon\"",
        );
    }
}

#[test]
fn configurations() {
    for site in sites() {
        site.submit(&Job::nodes(1, 1, 60));
        site.configure("QUOTAS=ye");
        fails_in_round(&site, &["default"], "QUOTAS: expected yes or no, found \"ye\"");
        site.configure("SCHEDULER_RESOURCE_ORDER=\"size DOWN\"");
        fails_in_round(&site, &["default"], "reading the resources, in SCHEDULER_RESOURCE_ORDER: ");
        std::fs::remove_file(site.file("oar.conf")).unwrap();
        fails(&site, &["default"], "oar.conf: No such file");
        assert_eq!(site.places(), [""; 0]);
    }
}

#[test]
fn tables_and_columns_that_are_missing() {
    for site in sites() {
        site.submit(&Job::nodes(1, 1, 60));
        site.sql("ALTER TABLE accounting RENAME TO accounts");
        site.configure("JOB_PRIORITY=FAIRSHARE");
        fails_in_round(&site, &["default"], "reading the accounting: ");
        site.configure("");
        site.sql("ALTER TABLE jobs RENAME COLUMN message TO remark");
        fails_in_round(&site, &["default"], "reading the waiting jobs: ");
        site.sql("DELETE FROM schema");
        fails(&site, &["default"], "the table schema: expected one version, 2.5.* or 3.*, found \"\"");
        assert_eq!(site.places(), [""; 0]);
    }
}

#[test]
fn servers_that_are_not_there_or_do_not_let_us_in() {
    for site in sites_on_postgres() {
        site.configure("DB_PORT=1");
        fails(&site, &["default"], "cannot connect to database ");
        site.configure("DB_BASE_PASSWD=wrong");
        fails(&site, &["default"], "password authentication failed");
        site.configure("DB_BASE_NAME=moon");
        fails(&site, &["default"], "database \"moon\" does not exist");
    }
    for site in sites().iter().filter(|site| !site.is_postgres()) {
        site.configure("DB_BASE_FILE=/no/such/file");
        fails(site, &["default"], "cannot connect to /no/such/file: ");
    }
}

#[test]
fn what_cannot_be_written_whole_is_not_written_at_all() {
    for site in sites() {
        site.submit(&Job::nodes(1, 1, 60));
        site.submit(&Job::nodes(2, 1, 60));
        // Its place is taken by somebody who is not in the gantt.
        site.sql("INSERT INTO gantt_jobs_resources VALUES (20, 5)");
        fails_in_round(&site, &["default", "1700000000"], "writing where jobs run: ");
        assert_eq!(site.rows("SELECT message FROM jobs WHERE message <> ''"), [""; 0]);
        let left = "SELECT CAST(moldable_job_id AS text) FROM gantt_jobs_predictions WHERE moldable_job_id > 0";
        assert_eq!(site.rows(left), [""; 0]);
    }
}

/// A place for job 1 of a site.
fn decisions() -> Decisions {
    let place = Place { moldable: MoldableId(10), start: Time(5), resources: "1-4".parse().unwrap() };
    Decisions { places: vec![place], messages: vec![(JobId(1), "x".to_owned())], ..Decisions::default() }
}

#[test]
fn locks_are_not_waited_for_for_ever() {
    for site in sites_on_postgres() {
        site.submit(&Job::nodes(1, 1, 60));
        let conf::Database::Postgres(mut postgres) =
            conf::Database::of(&Conf::read(&site.file("oar.conf")).unwrap()).unwrap()
        else {
            panic!("PostgreSQL");
        };
        postgres.lock_timeout = std::time::Duration::from_millis(200);
        let conf = conf::Database::Postgres(postgres);
        let error = run(async {
            let mut other = site.server.raw().await;
            sqlx::query("BEGIN").execute(&mut other).await.unwrap();
            sqlx::query("LOCK TABLE jobs IN EXCLUSIVE MODE").execute(&mut other).await.unwrap();
            Database::connect(&conf).await.unwrap().write_decisions(&decisions()).await.unwrap_err().to_string()
        });
        assert!(error.starts_with("writing the messages of jobs: ") && error.contains("lock timeout"), "{error}");
        assert_eq!(site.places(), [""; 0]);
    }
}

#[test]
fn a_lost_connection_leaves_nothing_behind() {
    for site in sites_on_postgres() {
        site.submit(&Job::nodes(1, 1, 60));
        let error = run(async {
            let mut database = Database::connect(&site.server.conf).await.unwrap();
            database.now().await.unwrap();
            site.server
                .run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'oar-scheduler' AND datname = current_database()")
                .await
                .unwrap();
            database.write_decisions(&decisions()).await.unwrap_err().to_string()
        });
        assert!(error.starts_with("beginning a transaction: "), "{error}");
        assert_eq!((site.places(), site.message(1)), (vec![], String::new()));
    }
}

#[test]
fn jobs_that_no_longer_wait_are_left_alone() {
    for site in sites() {
        site.submit(&Job::nodes(1, 1, 60).in_state("Error"));
        let decisions = Decisions { errors: vec![JobId(1)], ..decisions() };
        run(async { Database::connect(&site.server.conf).await.unwrap().write_decisions(&decisions).await.unwrap() });
        assert_eq!((site.message(1), site.state(1)), (String::new(), "Error".to_owned()));
        assert_eq!(site.rows("SELECT job_state FROM job_state_logs"), [""; 0]);
    }
}
