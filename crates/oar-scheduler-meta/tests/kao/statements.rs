//! That a round costs the database no more statements when there are more jobs.

use super::listening::{Server, round};
use super::site::{NOW, Site, sites_on_postgres};

/// How many wait.
const JOBS: i64 = 10_000;

/// Makes the server count the statements of other connections to this database; false: it cannot.
fn counts_statements(site: &Site) -> bool {
    if !site.rows("SHOW shared_preload_libraries")[0].contains("pg_stat_statements") {
        return false;
    }
    let name = &site.rows("SELECT current_database()::text")[0];
    site.sql("CREATE EXTENSION pg_stat_statements");
    site.sql(&format!("ALTER DATABASE {name} SET pg_stat_statements.track = top"));
    true
}

#[test]
fn statements_do_not_grow_with_the_jobs() {
    for site in sites_on_postgres() {
        let _server = Server::of(
            &site,
            "JOB_PRIORITY=FIFO\nMAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND=0\nWALLTIME_CHANGE_ENABLED=YES\n\
             ENERGY_SAVING_MODE=metascheduler_decision_making\nSCHEDULER_NODE_MANAGER_WAKE_UP_CMD=true\n\
             SCHEDULER_NODE_MANAGER_SLEEP_CMD=true\nSCHEDULER_NODE_MANAGER_IDLE_TIME=1\nSCHEDULER_NODE_MANAGER_SLEEP_TIME=1",
        );
        if !counts_statements(&site) {
            eprintln!("skipped: the PostgreSQL server runs without pg_stat_statements");
            return;
        }
        for sql in [
            format!(
                "INSERT INTO jobs (job_id, job_user, queue_name, properties, launching_directory, checkpoint_signal, project, \
                 submission_time) SELECT id, 'alice', 'default', '', '/', 12, 'default', {NOW} - 100 \
                 FROM generate_series(1, {JOBS}) AS ids (id)"
            ),
            format!(
                "INSERT INTO moldable_job_descriptions (moldable_id, moldable_job_id, moldable_walltime) \
                 SELECT id, id, 600 + id % 7 * 60 FROM generate_series(1, {JOBS}) AS ids (id)"
            ),
            format!(
                "INSERT INTO job_resource_groups (res_group_id, res_group_moldable_id, res_group_property) \
                 SELECT id, id, 'type = ''default''' FROM generate_series(1, {JOBS}) AS ids (id)"
            ),
            format!(
                "INSERT INTO job_resource_descriptions (res_job_group_id, res_job_resource_type, res_job_value, res_job_order) \
                 SELECT id, 'resource_id', 1, 0 FROM generate_series(1, {JOBS}) AS ids (id)"
            ),
            "ANALYZE".to_owned(),
        ] {
            site.sql(&sql);
        }
        site.sql("SELECT pg_stat_statements_reset()");
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        assert_eq!(site.rows("SELECT COUNT(*)::text FROM jobs WHERE state = 'toLaunch'"), ["16"]);
        assert_eq!(site.rows("SELECT COUNT(*)::text FROM gantt_jobs_resources_visu"), [JOBS.to_string()]);
        // Without those that begin and end transactions.
        let said = "SELECT calls || ' ' || query FROM pg_stat_statements \
                    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) \
                    AND query NOT LIKE '%pg_stat_statements%' \
                    AND query NOT LIKE 'SELECT COUNT(%' AND query !~ '^(BEGIN|COMMIT|ROLLBACK|SET)' ORDER BY 1";
        let said = site.rows(said);
        let count: i64 = said.iter().map(|row| row.split(' ').next().unwrap().parse::<i64>().unwrap()).sum();
        assert!(count <= 40, "{count} statements:\n{}", said.join("\n"));
    }
}
