//! The machine as the table `resources` describes it.

use std::collections::BTreeSet;
use std::path::Path;

use super::servers::{run, servers};
use oar_scheduler_core::{ProcSet, Time};
use oar_scheduler_db::Machine;
use oar_scheduler_db::conf::{Conf, Server, Settings};

const NOW: Time = Time(1000);

/// Two nodes of two cpus of one core, a third one and a licence. The site has columns for cpus and cores.
const MACHINE: [&str; 4] = [
    "ALTER TABLE resources ADD COLUMN cpu integer",
    "ALTER TABLE resources ADD COLUMN \"Core name\" varchar(255)",
    "INSERT INTO resources (resource_id, network_address, cpu, \"Core name\") VALUES \
     (11, 'b', 1, 'x'), (12, 'b', 2, 'y'), (13, 'a', 3, 'z'), (14, 'a', 4, 'w'), (15, 'c', 5, 'v')",
    "INSERT INTO resources (resource_id, type) VALUES (20, 'licence')",
];

const ORDER: &str = "SCHEDULER_RESOURCE_ORDER=\"type, network_address ASC, resource_id DESC\"\n";
const WAKES: &str = "SCHEDULER_NODE_MANAGER_WAKE_UP_CMD=/bin/wake\n";

/// The machine on each engine, after some more SQL; the same on all.
fn machine(changes: &[&str], conf: &str, server: Server) -> Machine {
    let settings = Settings::of(&Conf::parse(Path::new("oar.conf"), conf), server).unwrap();
    let machines: Vec<Machine> = run(async {
        let mut machines = Vec::new();
        for database in servers().await {
            let database = database.with_schema().await;
            for sql in MACHINE.iter().chain(changes) {
                database.run(sql).await.unwrap();
            }
            machines.push(database.connect().await.machine(&settings, &BTreeSet::new(), NOW).await.unwrap());
        }
        machines
    });
    for machine in &machines {
        assert_eq!(format!("{machine:?}"), format!("{:?}", machines[0]));
    }
    machines.into_iter().next().unwrap()
}

fn set(text: &str) -> ProcSet {
    text.parse().unwrap()
}

fn blocks(machine: &Machine, level: &str) -> Vec<String> {
    let mut levels = machine.resources.hierarchy.levels();
    let blocks = levels.find(|(name, _)| *name == level).map(|(_, blocks)| blocks).unwrap_or_default();
    blocks.iter().map(ToString::to_string).collect()
}

#[test]
fn blocks_are_in_the_order_of_the_configuration() {
    let conf = format!("{ORDER}HIERARCHY_LABELS=\"network_address, cpu,resource_id,Core name\"");
    let machine = machine(&[], &conf, Server::Oar2);
    assert_eq!(machine.resources.usable, set("11-15 20"));
    assert_eq!(machine.resources.default, set("11-15"));
    assert_eq!(machine.resources.suspendable, set("11-15"));
    // Licences have no address: a block of their own, as they have no cpu.
    assert_eq!(blocks(&machine, "network_address"), ["13-14", "11-12", "15", "20"]);
    assert_eq!(blocks(&machine, "resource_id"), ["14", "13", "12", "11", "15", "20"]);
    assert_eq!(blocks(&machine, "cpu"), ["14", "13", "12", "11", "15", "20"]);
    assert_eq!(blocks(&machine, "Core name").len(), 6);
    assert_eq!((machine.default_not_dead, machine.remarks.len()), (5, 0));
}

#[test]
fn numbers_are_ordered_as_numbers() {
    let change = "UPDATE resources SET cpu = 10 WHERE resource_id = 11";
    let conf = "HIERARCHY_LABELS=cpu,resource_id\nSCHEDULER_RESOURCE_ORDER=\"type, cpu ASC\"";
    let machine = machine(&[change], conf, Server::Oar2);
    assert_eq!(blocks(&machine, "resource_id"), ["12", "13", "14", "15", "11", "20"]);
}

#[test]
fn resources_that_every_job_gets() {
    let conf = format!("{ORDER}SCHEDULER_RESOURCES_ALWAYS_ASSIGNED_TYPE=licence\n{WAKES}");
    assert_eq!(machine(&[], &conf, Server::Oar2).always_assigned, set("20"));
    let absent = "UPDATE resources SET state = 'Absent' WHERE resource_id = 20";
    assert_eq!(machine(&[absent], &conf, Server::Oar2).always_assigned, set(""));
}

#[test]
fn resources_without_a_sensible_number_are_left_out() {
    let change = "INSERT INTO resources (resource_id) VALUES (-1), (9000000000)";
    let machine = machine(&[change], ORDER, Server::Oar3);
    assert_eq!(machine.resources.usable, set("11-15 20"));
    assert_eq!(machine.remarks.len(), 2);
}

#[test]
fn levels_that_are_no_columns_are_told() {
    let machine = machine(&[], "HIERARCHY_LABELS=resource_id,core", Server::Oar3);
    assert_eq!(machine.remarks, ["HIERARCHY_LABELS: there is no column core in the table resources"]);
    assert!(machine.resources.hierarchy.levels().map(|(name, _)| name).eq(["resource_id"]));
}

#[test]
fn levels_that_requests_name_need_no_configuration() {
    let settings = Settings::of(&Conf::parse(Path::new("oar.conf"), ORDER), Server::Oar2).unwrap();
    run(async {
        for database in servers().await {
            let database = database.with_schema().await;
            for sql in MACHINE {
                database.run(sql).await.unwrap();
            }
            let named = ["cpu", "Core name", "resource_id", "moon", "\"; DROP TABLE jobs; --"].into();
            let machine = database.connect().await.machine(&settings, &named, NOW).await.unwrap();
            let levels: Vec<&str> = machine.resources.hierarchy.levels().map(|(name, _)| name).collect();
            assert_eq!(levels, ["Core name", "cpu", "network_address", "resource_id"]);
            assert_eq!(machine.remarks, [""; 0]);
        }
    });
}

#[test]
fn what_is_broken_or_off_is_not_used() {
    let changes = [
        "UPDATE resources SET state = 'Dead' WHERE resource_id = 14",
        "UPDATE resources SET state = 'Suspected' WHERE resource_id = 12",
        "UPDATE resources SET state = 'Absent', available_upto = 5000 WHERE resource_id = 15",
    ];
    let machine = machine(&changes, ORDER, Server::Oar3);
    assert_eq!(machine.resources.usable, set("11 13 20"));
    // What is left of a node is a whole block.
    assert_eq!(blocks(&machine, "network_address"), ["13", "11", "20"]);
    assert_eq!(machine.resources.absent, ProcSet::new());
    assert_eq!(machine.default_not_dead, 4);
}

#[test]
fn absent_nodes_are_counted_on_where_somebody_wakes_them_up() {
    let absent = |upto: i64, conf: &str| {
        let change =
            format!("UPDATE resources SET state = 'Absent', available_upto = {upto} WHERE network_address = 'a'");
        let machine = machine(&[&change], &format!("{ORDER}{conf}"), Server::Oar2);
        let limits = machine.resources.available_upto.iter().map(|limit| (limit.until.0, limit.resources.clone()));
        (machine.resources.absent, limits.collect::<Vec<_>>())
    };
    assert_eq!(absent(5000, WAKES), (set("13-14"), vec![(5000, set("13-14"))]));
    assert_eq!(absent(2_147_483_647, WAKES), (set("13-14"), vec![]));
    for (upto, conf) in [(5000, ""), (1000, WAKES), (0, WAKES), (1, WAKES)] {
        assert_eq!(absent(upto, conf), (ProcSet::new(), vec![]), "{upto} {conf}");
    }
}

#[test]
fn nodes_that_are_there_may_leave() {
    let leaving = |upto: i64, conf: &str, server: Server| {
        let change = format!("UPDATE resources SET available_upto = {upto} WHERE resource_id = 14");
        let machine = machine(&[&change], &format!("{ORDER}{conf}"), server);
        assert_eq!(machine.resources.usable, set("11-15 20"));
        machine.resources.available_upto.iter().map(|limit| limit.until.0).collect::<Vec<_>>()
    };
    assert_eq!(leaving(5000, "", Server::Oar3), [5000]);
    assert_eq!(leaving(5000, WAKES, Server::Oar2), [5000]);
    // OAR 2 heeds it only where nodes are switched off and on.
    assert_eq!(leaving(5000, "", Server::Oar2), [0; 0]);
    for no_limit in [0, 2_147_483_646, 2_147_483_647] {
        assert_eq!(leaving(no_limit, WAKES, Server::Oar3), [0; 0]);
    }
}

#[test]
fn an_order_that_is_none_is_an_error() {
    let conf = Conf::parse(Path::new("oar.conf"), "SCHEDULER_RESOURCE_ORDER=\"size ASCENDING\"");
    let settings = Settings::of(&conf, Server::Oar3).unwrap();
    run(async {
        for database in servers().await {
            let mut connection = database.with_schema().await.connect().await;
            let error = connection.machine(&settings, &BTreeSet::new(), NOW).await.unwrap_err().to_string();
            assert!(error.starts_with("reading the resources, in SCHEDULER_RESOURCE_ORDER: "), "{error}");
        }
    });
}

#[test]
fn a_database_without_tables_is_an_error() {
    let settings = Settings::of(&Conf::default(), Server::Oar3).unwrap();
    run(async {
        for database in servers().await {
            let error =
                database.connect().await.machine(&settings, &BTreeSet::new(), NOW).await.unwrap_err().to_string();
            assert!(error.contains("resources"), "{error}");
        }
    });
}
