//! Connecting, and the tables of a new database.

use super::servers::{postgres, run, servers, sqlite};
use oar_scheduler_db::Database;
use oar_scheduler_db::conf::{self, Server};

#[test]
fn a_new_database_has_the_tables_of_oar_3_and_its_queues() {
    run(async {
        for server in servers().await {
            let server = server.with_schema().await;
            assert_eq!(server.texts("SELECT version FROM schema").await, ["3.0.0"]);
            let queues = "SELECT queue_name || ' ' || priority || ' ' || scheduler_policy || ' ' || state FROM queues";
            assert_eq!(
                server.texts(&format!("{queues} ORDER BY priority DESC")).await,
                ["admin 10 kamelot Active", "default 2 kamelot Active", "besteffort 0 kamelot Active"]
            );
            // What is not given has the default of the column.
            server.run("INSERT INTO jobs (launching_directory, checkpoint_signal) VALUES ('/', 12)").await.unwrap();
            let state =
                "SELECT CAST(state AS text) || ' ' || reservation || ' ' || job_type || ' ' || job_id FROM jobs";
            assert_eq!(server.texts(state).await, ["Waiting None PASSIVE 1"]);
            server.run("INSERT INTO resources (network_address) VALUES ('node1')").await.unwrap();
            let resource = "SELECT type || ' ' || state || ' ' || available_upto || ' ' || cpuset FROM resources";
            assert_eq!(server.texts(resource).await, ["default Alive 2147483647 0"]);
        }
    });
}

#[test]
fn a_word_that_is_none_of_those_allowed_is_refused() {
    run(async {
        for server in servers().await {
            let server = server.with_schema().await;
            for wrong in [
                "INSERT INTO jobs (launching_directory, checkpoint_signal, state) VALUES ('/', 12, 'Walking')",
                "INSERT INTO jobs (launching_directory, checkpoint_signal, reservation) VALUES ('/', 12, 'Perhaps')",
                "INSERT INTO jobs (checkpoint_signal) VALUES (12)",
                "INSERT INTO resources (state) VALUES ('Sleepy')",
                "INSERT INTO queues (queue_name) VALUES ('admin')",
                "INSERT INTO assigned_resources (assigned_resource_index) VALUES ('OLD')",
                "INSERT INTO gantt_jobs_resources VALUES (1, 1), (1, 1)",
            ] {
                assert!(server.run(wrong).await.is_err(), "{wrong}");
            }
        }
    });
}

#[test]
fn postgresql_has_the_types_that_oar_3_has() {
    run(async {
        let Some(server) = postgres().await else { return };
        let server = server.with_schema().await;
        let types = "SELECT table_name || '.' || column_name || ' ' || udt_name FROM information_schema.columns \
                     WHERE table_schema = 'public' AND (udt_name IN ('job_state', 'resource_index', 'int8', 'float4')) ORDER BY 1";
        assert_eq!(
            server.texts(types).await,
            [
                "accounting.consumption int8",
                "admission_rules.id int8",
                "assigned_resources.assigned_resource_index resource_index",
                "event_logs.event_id int8",
                "files.file_id int8",
                "job_resource_groups.res_group_id int8",
                "job_state_logs.job_state_log_id int8",
                "job_types.job_type_id int8",
                "jobs.job_id int8",
                "jobs.last_karma float4",
                "jobs.state job_state",
                "moldable_job_descriptions.moldable_id int8",
                "resource_logs.resource_log_id int8",
                "resources.resource_id int8",
            ]
        );
    });
}

#[test]
fn tables_that_are_there_stay_as_they_are() {
    run(async {
        for server in servers().await {
            server.run("CREATE TABLE resources (resource_id integer)").await.unwrap();
            let error = server.connect().await.create_schema().await.unwrap_err().to_string();
            assert!(error.contains("creating a table") && error.contains("resources"), "{error}");
            // Nothing of the rest is there.
            assert!(server.run("SELECT * FROM queues").await.is_err());
            assert!(server.run("SELECT * FROM resources").await.is_ok());
        }
    });
}

#[test]
fn the_version_of_the_schema_tells_the_server() {
    run(async {
        for server in servers().await {
            let server = server.with_schema().await;
            let mut connection = server.connect().await;
            for (version, expected) in [("3.0.0", Server::Oar3), ("2.5.8", Server::Oar2), ("2.5.10", Server::Oar2)] {
                server.run(&format!("UPDATE schema SET version = '{version}'")).await.unwrap();
                assert_eq!(connection.server().await.unwrap(), expected, "{version}");
            }
            for (sql, found) in [
                ("UPDATE schema SET version = '1.6'", "found \"1.6\""),
                ("INSERT INTO schema VALUES ('3.0.0', '')", "found \"1.6, 3.0.0\""),
                ("DELETE FROM schema", "found \"\""),
                ("DROP TABLE schema", "reading the version of the schema: "),
            ] {
                server.run(sql).await.unwrap();
                let error = connection.server().await.unwrap_err().to_string();
                assert!(error.contains(found), "{error}");
            }
        }
    });
}

#[test]
fn the_time_is_that_of_the_database() {
    run(async {
        for server in servers().await {
            let now = server.connect().await.now().await.unwrap().0;
            let here = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
            assert!((0..60).contains(&(i64::try_from(here).unwrap() - now)), "{now} {here}");
        }
    });
}

/// What is said when there is no such database.
async fn refusal(conf: &conf::Database) -> String {
    Database::connect(conf).await.unwrap_err().to_string()
}

#[test]
fn a_file_of_sqlite_must_exist() {
    run(async {
        let conf::Database::Sqlite(file) = sqlite().conf else { panic!("SQLite") };
        let error = refusal(&conf::Database::Sqlite(file.with_file_name("other.db"))).await;
        assert!(error.starts_with("cannot connect to") && error.contains("other.db"), "{error}");
    });
}

#[test]
fn who_is_not_let_in_is_told_why() {
    run(async {
        let Some(server) = postgres().await else { return };
        let conf::Database::Postgres(right) = server.conf.clone() else { panic!("PostgreSQL") };
        let with = |change: &dyn Fn(&mut conf::Postgres)| {
            let mut wrong = right.clone();
            change(&mut wrong);
            conf::Database::Postgres(wrong)
        };
        let password = refusal(&with(&|wrong| wrong.login.password = Some("xyzzy".to_owned()))).await;
        assert!(password.contains("password authentication failed") && !password.contains("xyzzy"), "{password}");
        let expected = format!("cannot connect to database {} at 127.0.0.1:{} as postgres", right.name, right.port);
        assert!(password.starts_with(&expected), "{password}");
        let name = refusal(&with(&|wrong| wrong.name = "nowhere".to_owned())).await;
        assert!(name.contains("database \"nowhere\" does not exist"), "{name}");
        let port = refusal(&with(&|wrong| wrong.port = 1)).await;
        assert!(port.contains("Connection refused"), "{port}");
    });
}
