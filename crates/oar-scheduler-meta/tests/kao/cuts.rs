//! The connection to the database breaks, or `kao` is killed, at each statement of a round: the next rounds go on, nothing is lost, nothing happens twice.

use oar_scheduler_db::conf;

use super::listening::{Ear, Server, round};
use super::site::{Job, NOW, Site, sites_on_postgres};
use super::way::{Trouble, Way};

/// Makes a round in which something of each kind happens.
fn prepare(site: &Site, terminal: &Ear) {
    let address = format!("'127.0.0.1:{}'", terminal.port);
    let reservation = |id, start: i64, state: &str| {
        let job = Job::nodes(id, 1, 1000).with("start_time", &(NOW + start).to_string());
        job.with("reservation", &format!("'{state}'")).with("info_type", &address)
    };
    let on = |job: Job, node: i64| job.with_properties(&format!("network_address = 'node-{node}'")).sql();
    let besteffort = |id: i64, checkpoint: &str| {
        let job = Job::nodes(id, 1, 5000).with_type("besteffort").in_queue("besteffort").in_state("Running");
        let job = job.with("checkpoint", checkpoint).with("start_time", &(NOW - 10).to_string());
        job.with("assigned_moldable_job", &(id * 10).to_string()).sql()
    };
    let statements = [
        "TRUNCATE jobs, moldable_job_descriptions, job_resource_groups, job_resource_descriptions, job_types, \
         gantt_jobs_predictions, gantt_jobs_resources, gantt_jobs_predictions_visu, gantt_jobs_resources_visu, \
         assigned_resources, event_logs, frag_jobs, job_state_logs"
            .to_owned(),
        on(Job::nodes(1, 1, 600), 2),
        Job::nodes(2, 4, 60).with("job_type", "'INTERACTIVE'").with("info_type", &address).sql(),
        // In the way of the next two; one can write a checkpoint.
        besteffort(3, "0"),
        besteffort(4, "500"),
        "INSERT INTO assigned_resources (moldable_job_id, resource_id) \
         SELECT CASE WHEN id < 13 THEN 30 ELSE 40 END, id FROM generate_series(9, 16) AS ids (id)"
            .to_owned(),
        on(Job::nodes(5, 1, 60), 3),
        on(Job::nodes(6, 1, 60), 4),
        // Good, too late, without a place, over, and late.
        reservation(7, 20_000, "toSchedule").sql(),
        reservation(8, -5000, "toSchedule").sql(),
        reservation(9, 30_000, "Scheduled").sql(),
        reservation(10, -5000, "Scheduled").placed_sql(-5000, &[5, 6, 7, 8]),
        reservation(11, -40, "Scheduled").placed_sql(-40, &[1, 2, 3, 4]),
    ];
    site.sql(&statements.join(";\n"));
}

/// All that rounds may have done.
fn outcome(site: &Site) -> Vec<String> {
    let rows = [
        ("jobs", "job_id || ' ' || state || ' ' || reservation || ' ' || start_time || ' ' || message"),
        ("moldable_job_descriptions", "moldable_id || ' ' || moldable_walltime || ' ' || moldable_index"),
        ("gantt_jobs_predictions_visu", "moldable_job_id || ' ' || start_time"),
        ("gantt_jobs_resources_visu", "moldable_job_id || ' ' || resource_id"),
        ("assigned_resources", "moldable_job_id || ' ' || resource_id"),
        ("event_logs", "job_id || ' ' || type"),
        ("frag_jobs", "frag_id_job || ' ' || frag_state"),
    ];
    let queries = rows.map(|(table, row)| format!("SELECT '{table}: ' || {row} FROM {table}"));
    let logs = "SELECT 'job_state_logs: ' || job_id || ' ' || string_agg(job_state, ' ' ORDER BY job_state_log_id) \
                FROM job_state_logs GROUP BY job_id";
    site.rows(&format!("{} UNION ALL {logs} ORDER BY 1", queries.join(" UNION ALL ")))
}

/// Waits until the server has noticed that nobody is connected any more.
fn wait_for_silence(site: &Site) {
    let others =
        "SELECT COUNT(*)::text FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for _ in 0..1000 {
        if site.rows(others) == ["0"] {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("a connection stays");
}

/// By this statement both servers have made the one more with which one of them begins.
const BEGINNING: usize = 17;

fn at_each_statement(trouble: Trouble) {
    for site in sites_on_postgres() {
        let conf::Database::Postgres(postgres) = &site.server.conf else { panic!("PostgreSQL") };
        let terminal = Ear::of_lines();
        let more = "OPENSSH_CMD=/bin/true\nJOB_PRIORITY=FAIRSHARE";
        let settings = Server::of(&site, more);
        prepare(&site, &terminal);
        for _ in 0..3 {
            round(&site);
        }
        let expected = outcome(&site);
        for job in
            ["jobs: 1 toLaunch", "jobs: 7 Waiting Scheduled", "jobs: 8 Error", "jobs: 10 Error", "jobs: 11 toLaunch"]
        {
            assert!(expected.iter().any(|row| row.starts_with(job)), "{job}: {expected:#?}");
        }
        // At every other statement in a server of each kind, as there are two: what one begins with has one statement more, so that of the others each
        // server has those that the other has not.
        for at in (1..BEGINNING).chain((BEGINNING..).step_by(2)) {
            assert!(at < 1000, "the round has no end");
            prepare(&site, &terminal);
            let way = Way::new(postgres.port, trouble, at);
            settings.configure(&site, &format!("{more}\nDB_PORT={}", way.port));
            let code = way.exit_code_of(site.start_kao(&["--now", &NOW.to_string()]));
            if !way.has_happened() {
                assert!(at > 50, "{at} statements are too few");
                break;
            }
            assert!(matches!(code, Some(0..=2)) || trouble == Trouble::Kill && code.is_none(), "{at}: {code:?}");
            wait_for_silence(&site);
            settings.configure(&site, more);
            for _ in 0..2 {
                let ran = round(&site);
                // Jobs are to be killed, whichever round has asked for it.
                assert_eq!(ran.code, Some(2), "{at}: {}", ran.log);
            }
            expect_equal(&outcome(&site), &expected, at);
        }
    }
}

fn expect_equal(found: &[String], expected: &[String], at: usize) {
    let missing: Vec<&String> = expected.iter().filter(|row| !found.contains(row)).collect();
    let more: Vec<&String> = found.iter().filter(|row| !expected.contains(row)).collect();
    assert!(found == expected, "at statement {at}: missing {missing:#?}, and not expected {more:#?}");
}

#[test]
fn the_connection_breaks_before_a_statement() {
    at_each_statement(Trouble::CutBefore);
}

#[test]
fn the_connection_breaks_after_a_statement() {
    at_each_statement(Trouble::CutAfter);
}

#[test]
fn it_is_killed_at_a_statement() {
    at_each_statement(Trouble::Kill);
}
