//! Properties of resources that get other values.

use oar_scheduler_core::ProcSet;

use super::servers::{run, servers};

const MACHINE: [&str; 3] = [
    "ALTER TABLE resources ADD COLUMN cpu integer",
    "ALTER TABLE resources ADD COLUMN \"It's a \"\"name\"\"\" varchar(255)",
    "INSERT INTO resources (resource_id, network_address, cpu) VALUES (1, 'a', 1), (2, 'a', 2), (3, 'b', NULL)",
];

#[test]
fn a_property_gets_another_value_where_it_has_another() {
    run(async {
        for server in servers().await {
            let server = server.with_schema().await;
            for sql in MACHINE {
                server.run(sql).await.unwrap();
            }
            let mut database = server.connect().await;
            let set = |text: &str| text.parse::<ProcSet>().unwrap();
            for (resources, property, value, changed) in [
                ("1-2", "deploy", "YES", 2),
                ("1-3", "deploy", "YES", 1),
                ("1-3", "deploy", "YES", 0),
                ("2-3", "cpu", "2", 1),
                ("2-3 4711", "It's a \"name\"", "o'hara", 2),
                ("", "deploy", "NO", 0),
            ] {
                let found = database.change_property(&set(resources), property, value).await.unwrap();
                assert_eq!(found, changed, "{resources} {property}");
            }
            let query = "SELECT resource_id || deploy || COALESCE(CAST(cpu AS text), '-') || \
                         COALESCE(\"It's a \"\"name\"\"\", '-') FROM resources ORDER BY resource_id";
            assert_eq!(server.texts(query).await, ["1YES1-", "2YES2o'hara", "3YES2o'hara"]);
        }
    });
}

#[test]
fn what_cannot_be_changed_is_refused_and_stays() {
    run(async {
        for server in servers().await {
            let server = server.with_schema().await;
            for sql in MACHINE {
                server.run(sql).await.unwrap();
            }
            let mut database = server.connect().await;
            let one: ProcSet = "1".parse().unwrap();
            for property in ["moon", "", "DEPLOY", "state", "resource_id", "deploy = 'YES' --"] {
                let error = database.change_property(&one, property, "YES").await.unwrap_err().to_string();
                let expected = format!(
                    "expected a property of resources that the server does not keep itself, found {property:?}"
                );
                assert_eq!(error, expected);
            }
            let error = database.change_property(&one, "deploy", "PERHAPS").await.unwrap_err().to_string();
            assert!(error.starts_with("changing a property of resources: "), "{error}");
            // The connection is as good as before.
            assert_eq!(database.change_property(&one, "deploy", "YES").await.unwrap(), 1);
            assert_eq!(server.texts("SELECT deploy || state FROM resources WHERE resource_id = 1").await, ["YESAlive"]);
        }
    });
}
