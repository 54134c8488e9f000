//! The tables of an OAR 3 database. Those of OAR 2 are the same but for what `docs/database.md` lists.

use sea_query::extension::postgres::{Type, TypeCreateStatement};
use sea_query::{
    Alias, ColumnDef, Expr, ExprTrait, Index, IndexCreateStatement, InsertStatement, Query, Table as SeaTable,
    TableCreateStatement,
};

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    name: &'static str,
    columns: &'static [Column],
    /// Of several columns; empty: a column says that it is the key.
    primary_key: &'static [&'static str],
    /// An index on several columns, besides those that columns have.
    index: &'static [&'static str],
}

#[derive(Debug)]
struct Column {
    name: &'static str,
    kind: Kind,
    has_index: bool,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// A number that the database gives, the primary key.
    Serial,
    /// A number, 0 unless said otherwise.
    Number(i64),
    /// The same, and the primary key.
    NumberKey,
    /// 64 bits, 0 unless said otherwise.
    LongNumber,
    /// A number that must be given.
    RequiredNumber,
    /// A number, or nothing.
    OptionalNumber,
    /// A fraction, or nothing.
    OptionalReal,
    /// So many characters at most, empty unless said otherwise.
    Text(u32),
    /// The same, and the primary key.
    TextKey(u32),
    /// So many characters at most, with this default.
    TextOr(u32, &'static str),
    /// So many characters at most, or nothing.
    OptionalText(u32),
    /// Any length, empty unless said otherwise.
    LongText,
    /// Any length, and must be given.
    RequiredLongText,
    /// Any length, or nothing.
    OptionalLongText,
    /// One of these words, the first unless said otherwise.
    Word(u32, &'static [&'static str]),
    /// The same, as a type of its own in PostgreSQL.
    Enum(&'static str, &'static [&'static str]),
}

use Kind::{
    Enum, LongNumber, LongText, Number, NumberKey, OptionalLongText, OptionalNumber, OptionalReal, OptionalText,
    RequiredLongText, RequiredNumber, Serial, Text, TextKey, TextOr, Word,
};

const JOB_STATES: &[&str] = &[
    "Waiting",
    "Hold",
    "toLaunch",
    "toError",
    "toAckReservation",
    "Launching",
    "Running",
    "Suspended",
    "Resuming",
    "Finishing",
    "Terminated",
    "Error",
];
const CURRENT: &[&str] = &["CURRENT", "LOG"];
const NO: Kind = Word(3, &["NO", "YES"]);
const YES: Kind = Word(3, &["YES", "NO"]);
const RESOURCE_STATES: &[&str] = &["Alive", "Dead", "Suspected", "Absent"];
const NEXT_STATES: &[&str] = &["UnChanged", "Alive", "Dead", "Absent", "Suspected"];

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, has_index: false }
}

const fn indexed(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, has_index: true }
}

const fn table(name: &'static str, columns: &'static [Column]) -> Table {
    keyed(name, columns, &[])
}

const fn keyed(name: &'static str, columns: &'static [Column], primary_key: &'static [&'static str]) -> Table {
    Table { name, columns, primary_key, index: &[] }
}

/// All tables.
pub(super) const TABLES: &[Table] = &[
    table("schema", &[column("version", Text(255)), column("name", Text(255))]),
    table(
        "queues",
        &[
            column("queue_name", TextKey(100)),
            column("priority", Number(0)),
            column("scheduler_policy", Text(100)),
            column("state", Word(9, &["Active", "notActive"])),
        ],
    ),
    table("scheduler", &[column("name", TextKey(100)), column("script", Text(100)), column("description", Text(255))]),
    Table {
        name: "jobs",
        columns: &[
            column("job_id", Serial),
            indexed("array_id", Number(0)),
            column("array_index", Number(1)),
            column("initial_request", OptionalLongText),
            column("job_name", OptionalText(100)),
            column("job_env", OptionalLongText),
            column("job_type", Word(11, &["PASSIVE", "INTERACTIVE"])),
            column("info_type", OptionalText(255)),
            indexed("state", Enum("job_state", JOB_STATES)),
            indexed("reservation", Word(10, &["None", "toSchedule", "Scheduled"])),
            column("message", Text(255)),
            column("scheduler_info", Text(255)),
            column("job_user", Text(255)),
            column("project", Text(255)),
            column("job_group", Text(255)),
            column("command", OptionalLongText),
            column("exit_code", OptionalNumber),
            indexed("queue_name", Text(100)),
            column("properties", OptionalLongText),
            column("launching_directory", RequiredLongText),
            column("submission_time", Number(0)),
            column("start_time", Number(0)),
            column("stop_time", Number(0)),
            column("file_id", OptionalNumber),
            indexed("accounted", NO),
            column("notify", OptionalText(255)),
            indexed("assigned_moldable_job", OptionalNumber),
            column("checkpoint", Number(0)),
            column("checkpoint_signal", RequiredNumber),
            column("stdout_file", OptionalLongText),
            column("stderr_file", OptionalLongText),
            column("resubmit_job_id", Number(0)),
            indexed("suspended", NO),
            column("last_karma", OptionalReal),
        ],
        primary_key: &[],
        index: &["state", "job_id"],
    },
    table(
        "moldable_job_descriptions",
        &[
            column("moldable_id", Serial),
            indexed("moldable_job_id", Number(0)),
            column("moldable_walltime", Number(0)),
            indexed("moldable_index", Word(7, CURRENT)),
        ],
    ),
    table(
        "job_resource_groups",
        &[
            column("res_group_id", Serial),
            indexed("res_group_moldable_id", Number(0)),
            column("res_group_property", OptionalLongText),
            indexed("res_group_index", Word(7, CURRENT)),
        ],
    ),
    keyed(
        "job_resource_descriptions",
        &[
            indexed("res_job_group_id", Number(0)),
            column("res_job_resource_type", Text(255)),
            column("res_job_value", Number(0)),
            column("res_job_order", Number(0)),
            indexed("res_job_index", Word(7, CURRENT)),
        ],
        &["res_job_group_id", "res_job_resource_type", "res_job_order"],
    ),
    table(
        "job_types",
        &[
            column("job_type_id", Serial),
            indexed("job_id", Number(0)),
            indexed("type", Text(255)),
            indexed("types_index", Word(7, CURRENT)),
        ],
    ),
    keyed(
        "job_dependencies",
        &[
            indexed("job_id", Number(0)),
            column("job_id_required", Number(0)),
            column("min_start_shift", Text(12)),
            column("max_start_shift", Text(12)),
            indexed("job_dependency_index", Word(7, CURRENT)),
        ],
        &["job_id", "job_id_required"],
    ),
    table(
        "job_state_logs",
        &[
            column("job_state_log_id", Serial),
            indexed("job_id", Number(0)),
            indexed("job_state", Word(16, JOB_STATES)),
            column("date_start", Number(0)),
            column("date_stop", Number(0)),
        ],
    ),
    table(
        "challenges",
        &[
            column("job_id", NumberKey),
            column("challenge", Text(255)),
            column("ssh_private_key", LongText),
            column("ssh_public_key", LongText),
        ],
    ),
    table(
        "frag_jobs",
        &[
            column("frag_id_job", NumberKey),
            column("frag_date", Number(0)),
            indexed("frag_state", Word(16, &["LEON", "TIMER_ARMED", "LEON_EXTERMINATE", "FRAGGED"])),
        ],
    ),
    table(
        "walltime_change",
        &[
            column("job_id", NumberKey),
            column("pending", Number(0)),
            column("force", NO),
            column("delay_next_jobs", NO),
            column("granted", Number(0)),
            column("granted_with_force", Number(0)),
            column("granted_with_delay_next_jobs", Number(0)),
        ],
    ),
    table(
        "files",
        &[
            column("file_id", Serial),
            indexed("md5sum", OptionalText(255)),
            column("location", OptionalText(255)),
            column("method", OptionalText(255)),
            column("compression", OptionalText(255)),
            column("size", Number(0)),
        ],
    ),
    table(
        "resources",
        &[
            column("resource_id", Serial),
            indexed("type", TextOr(100, "default")),
            indexed("network_address", Text(100)),
            indexed("state", Word(9, RESOURCE_STATES)),
            indexed("next_state", Word(9, NEXT_STATES)),
            column("finaud_decision", NO),
            column("next_finaud_decision", NO),
            column("state_num", Number(0)),
            indexed("suspended_jobs", NO),
            column("scheduler_priority", Number(0)),
            column("cpuset", TextOr(255, "0")),
            column("besteffort", YES),
            column("deploy", NO),
            column("expiry_date", Number(0)),
            column("desktop_computing", NO),
            column("last_job_date", Number(0)),
            column("available_upto", Number(2_147_483_647)),
            column("last_available_upto", Number(0)),
            column("drain", NO),
        ],
    ),
    table(
        "resource_logs",
        &[
            column("resource_log_id", Serial),
            indexed("resource_id", Number(0)),
            indexed("attribute", Text(255)),
            indexed("value", Text(255)),
            indexed("date_start", Number(0)),
            indexed("date_stop", Number(0)),
            indexed("finaud_decision", NO),
        ],
    ),
    keyed(
        "assigned_resources",
        &[
            indexed("moldable_job_id", Number(0)),
            column("resource_id", Number(0)),
            indexed("assigned_resource_index", Enum("resource_index", CURRENT)),
        ],
        &["moldable_job_id", "resource_id"],
    ),
    table("gantt_jobs_predictions", &[column("moldable_job_id", NumberKey), column("start_time", Number(0))]),
    keyed(
        "gantt_jobs_resources",
        &[column("moldable_job_id", Number(0)), column("resource_id", Number(0))],
        &["moldable_job_id", "resource_id"],
    ),
    table("gantt_jobs_predictions_visu", &[column("moldable_job_id", NumberKey), column("start_time", Number(0))]),
    keyed(
        "gantt_jobs_resources_visu",
        &[column("moldable_job_id", Number(0)), column("resource_id", Number(0))],
        &["moldable_job_id", "resource_id"],
    ),
    keyed(
        "gantt_jobs_predictions_log",
        &[column("sched_date", Number(0)), column("moldable_job_id", Number(0)), column("start_time", Number(0))],
        &["sched_date", "moldable_job_id"],
    ),
    keyed(
        "gantt_jobs_resources_log",
        &[column("sched_date", Number(0)), column("moldable_job_id", Number(0)), column("resource_id", Number(0))],
        &["sched_date", "moldable_job_id", "resource_id"],
    ),
    table(
        "event_logs",
        &[
            column("event_id", Serial),
            indexed("type", Text(50)),
            indexed("job_id", Number(0)),
            column("date", Number(0)),
            column("description", Text(255)),
            indexed("to_check", YES),
        ],
    ),
    keyed(
        "event_log_hostnames",
        &[column("event_id", Number(0)), indexed("hostname", Text(255))],
        &["event_id", "hostname"],
    ),
    keyed(
        "accounting",
        &[
            column("window_start", Number(0)),
            column("window_stop", Number(0)),
            indexed("accounting_user", Text(255)),
            indexed("accounting_project", Text(255)),
            indexed("queue_name", Text(100)),
            indexed("consumption_type", Word(5, &["ASKED", "USED"])),
            column("consumption", LongNumber),
        ],
        &["window_start", "window_stop", "accounting_user", "accounting_project", "queue_name", "consumption_type"],
    ),
    table(
        "admission_rules",
        &[
            column("id", Serial),
            column("priority", Number(0)),
            column("enabled", YES),
            column("rule", RequiredLongText),
        ],
    ),
];

/// The types of PostgreSQL that the tables need.
pub(super) fn enum_types() -> impl Iterator<Item = TypeCreateStatement> {
    TABLES.iter().flat_map(|table| table.columns).filter_map(|column| match column.kind {
        Enum(name, words) => {
            let words = words.iter().map(|word| Alias::new(*word));
            Some(Type::create().as_enum(Alias::new(name)).values(words).to_owned())
        }
        _ => None,
    })
}

/// The rows of a new database.
pub(super) fn rows() -> impl Iterator<Item = InsertStatement> {
    let mut schema = Query::insert();
    schema.into_table("schema").columns(["version", "name"]).values_panic(["3.0.0".into(), "".into()]);
    let mut queues = Query::insert();
    queues.into_table("queues").columns(["queue_name", "priority", "scheduler_policy", "state"]);
    for (name, priority) in [("admin", 10), ("default", 2), ("besteffort", 0)] {
        queues.values_panic([name.into(), priority.into(), "kamelot".into(), "Active".into()]);
    }
    [schema, queues].into_iter()
}

impl Table {
    /// The statement that creates it.
    pub fn statement(&self, in_postgres: bool) -> TableCreateStatement {
        let mut statement = SeaTable::create();
        statement.table(self.name);
        for column in self.columns {
            statement.col(column.definition(in_postgres));
        }
        if !self.primary_key.is_empty() {
            let mut key = Index::create();
            for column in self.primary_key {
                key.col(*column);
            }
            statement.primary_key(&mut key);
        }
        statement
    }

    /// The statements that create its indexes.
    pub fn indexes(&self) -> impl Iterator<Item = IndexCreateStatement> {
        let of_columns = self.columns.iter().filter(|column| column.has_index).map(|column| vec![column.name]);
        let of_several = Some(self.index.to_vec()).filter(|index| !index.is_empty());
        of_columns.chain(of_several).map(|columns| {
            let mut index = Index::create();
            index.name(format!("{}_{}", self.name, columns.join("_"))).table(self.name);
            for column in columns {
                index.col(column);
            }
            index
        })
    }
}

impl Column {
    fn definition(&self, in_postgres: bool) -> ColumnDef {
        let mut column = ColumnDef::new(self.name);
        match self.kind {
            // Of a table of SQLite, only a column of the type `integer` counts by itself.
            Serial if in_postgres => column.big_integer().auto_increment().primary_key(),
            Serial => column.integer().auto_increment().primary_key(),
            Number(default) => column.integer().not_null().default(default),
            NumberKey => column.integer().not_null().default(0).primary_key(),
            LongNumber => column.big_integer().not_null().default(0),
            RequiredNumber => column.integer().not_null(),
            OptionalNumber => column.integer().null(),
            OptionalReal => column.float().null(),
            Text(length) => column.string_len(length).not_null().default(""),
            TextKey(length) => column.string_len(length).not_null().default("").primary_key(),
            TextOr(length, default) => column.string_len(length).not_null().default(default),
            OptionalText(length) => column.string_len(length).null(),
            LongText => column.text().not_null().default(""),
            RequiredLongText => column.text().not_null(),
            OptionalLongText => column.text().null(),
            Enum(name, words) if in_postgres => {
                column.custom(Alias::new(name)).not_null().default(words.first().copied().unwrap_or_default())
            }
            Word(_, words) | Enum(_, words) => {
                let length = match self.kind {
                    Word(length, _) => length,
                    _ => 255,
                };
                let is_word = Expr::col(self.name).is_in(words.iter().copied());
                column.string_len(length).not_null().default(words.first().copied().unwrap_or_default()).check(is_word)
            }
        };
        column
    }
}
