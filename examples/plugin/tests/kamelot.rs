//! The site's own `kamelot`, run as a server runs it.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use oar_scheduler_db::Database;
use oar_scheduler_db::conf::{self, Conf};
use sqlx::{Connection, Executor, Row, SqliteConnection};

/// Three nodes; two jobs of one node each, the first with a type.
const SITE: &str = "
    INSERT INTO resources (resource_id, network_address) VALUES (1, 'node-1'), (2, 'node-2'), (3, 'node-3');
    INSERT INTO jobs (job_id, job_user, queue_name, state, properties, launching_directory, checkpoint_signal)
        VALUES (1, 'alice', 'default', 'Waiting', '', '/', 12), (2, 'bob', 'default', 'Waiting', '', '/', 12);
    INSERT INTO moldable_job_descriptions (moldable_id, moldable_job_id, moldable_walltime) VALUES (10, 1, 60), (20, 2, 60);
    INSERT INTO job_resource_groups (res_group_id, res_group_moldable_id, res_group_property) VALUES (100, 10, ''), (200, 20, '');
    INSERT INTO job_resource_descriptions (res_job_group_id, res_job_resource_type, res_job_value, res_job_order)
        VALUES (100, 'network_address', 1, 0), (200, 'network_address', 1, 0);
    INSERT INTO job_types (job_id, type) VALUES (1, 'TYPE');
";

/// The places after a round in which job 1 has a type, and its message.
async fn round(folder: &Path, job_type: &str) -> (Vec<String>, String) {
    let (file, oar_conf) = (folder.join("oar.db"), folder.join("oar.conf"));
    let text = format!("DB_TYPE=sqlite\nDB_BASE_FILE={}\nLOG_FILE=:stderr:\n", file.display());
    std::fs::write(&file, "").unwrap();
    std::fs::write(&oar_conf, &text).unwrap();
    let database = conf::Database::of(&Conf::parse(&oar_conf, &text)).unwrap();
    Database::connect(&database).await.unwrap().create_schema().await.unwrap();
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    connection.execute(SITE.replace("TYPE", job_type).as_str()).await.unwrap();
    let mut kamelot = Command::new(env!("CARGO_BIN_EXE_my-site-kamelot"));
    let output = kamelot.args(["default", "1700000000"]).env("OARCONFFILE", &oar_conf).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let places = "SELECT moldable_job_id || ': ' || resource_id FROM gantt_jobs_resources ORDER BY moldable_job_id";
    let places = connection.fetch_all(places).await.unwrap().iter().map(|row| row.get(0)).collect();
    let message = connection.fetch_one("SELECT message FROM jobs WHERE job_id = 1").await.unwrap().get(0);
    (places, message)
}

fn run(job_type: &str) -> (Vec<String>, String) {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(round(folder.path(), job_type))
}

#[test]
fn its_kamelot_has_the_plugins_of_the_site() {
    assert_eq!(run("find=avoid:1").0, ["10: 2", "20: 1"]);
}

#[test]
fn it_has_the_published_ones_and_no_others() {
    assert_eq!(run("find=local").0, ["10: 1", "20: 2"]);
    let (places, message) = run("find=moon");
    assert_eq!(places, ["20: 1"]);
    assert!(message.contains("plugin find=moon: there is no such plugin"), "{message}");
}
