//! A small site on each engine, with the tables of OAR 3 and of OAR 2, and the programs run in it.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use oar_scheduler_db::conf;
use tempfile::TempDir;

use super::servers::{Server, run, servers};

/// The time of the rounds.
pub const NOW: i64 = 1_700_000_000;

/// What makes the tables of OAR 3 those of OAR 2.5.9, on both engines; more follows for PostgreSQL.
const OAR2: [&str; 5] = [
    "UPDATE schema SET version = '2.5.8'",
    "ALTER TABLE jobs DROP COLUMN last_karma",
    "ALTER TABLE job_dependencies DROP COLUMN min_start_shift",
    "ALTER TABLE job_dependencies DROP COLUMN max_start_shift",
    "INSERT INTO gantt_jobs_predictions VALUES (0, 1699999999)",
];
const OAR2_ON_POSTGRES: [&str; 4] = [
    "ALTER TABLE jobs ALTER state DROP DEFAULT, ALTER state TYPE varchar(16) USING state::text",
    "ALTER TABLE jobs ALTER state SET DEFAULT 'Waiting'",
    "ALTER TABLE assigned_resources ALTER assigned_resource_index DROP DEFAULT, \
     ALTER assigned_resource_index TYPE varchar(7) USING assigned_resource_index::text",
    "ALTER TABLE assigned_resources ALTER assigned_resource_index SET DEFAULT 'CURRENT'",
];

/// Four nodes of two cpus of two cores: resources 1 to 16.
const MACHINE: [&str; 3] = [
    "ALTER TABLE resources ADD COLUMN cpu integer",
    "ALTER TABLE resources ADD COLUMN gpu varchar(255)",
    "INSERT INTO resources (resource_id, network_address, cpu, gpu) \
     WITH RECURSIVE numbers (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM numbers WHERE id < 16) \
     SELECT id, 'node-' || ((id + 3) / 4), (id + 1) / 2, CASE WHEN id > 8 THEN 'YES' ELSE 'NO' END FROM numbers",
];

/// A site: its database, and the folder with its files.
pub struct Site {
    pub server: Server,
    pub is_oar2: bool,
    folder: TempDir,
}

/// A site of each kind that can be had here.
pub fn sites() -> Vec<Site> {
    run(async {
        let mut sites = Vec::new();
        for is_oar2 in [false, true] {
            for server in servers().await {
                let site = Site { server: server.with_schema().await, is_oar2, folder: tempfile::tempdir().unwrap() };
                let of_postgres = matches!(site.server.conf, conf::Database::Postgres(_));
                let changes = OAR2.iter().chain(OAR2_ON_POSTGRES.iter().filter(|_| of_postgres));
                for sql in changes.filter(|_| is_oar2).chain(&MACHINE) {
                    site.server.run(sql).await.unwrap();
                }
                site.configure("");
                sites.push(site);
            }
        }
        sites
    })
}

/// The sites on PostgreSQL.
pub fn sites_on_postgres() -> Vec<Site> {
    sites().into_iter().filter(Site::is_postgres).collect()
}

/// What ran, and what it said.
pub struct Ran {
    pub code: Option<i32>,
    pub output: String,
    pub log: String,
}

impl Ran {
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code(), output: text(&output.stdout), log: text(&output.stderr) }
    }
}

impl Site {
    pub fn is_postgres(&self) -> bool {
        matches!(self.server.conf, conf::Database::Postgres(_))
    }

    /// A file of the site.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes `oar.conf`, with something more.
    pub fn configure(&self, more: &str) {
        let database = match &self.server.conf {
            conf::Database::Sqlite(file) => format!("DB_TYPE=sqlite\nDB_BASE_FILE=\"{}\"", file.display()),
            conf::Database::Postgres(postgres) => format!(
                "DB_TYPE=Pg\nDB_HOSTNAME={}\nDB_PORT={}\nDB_BASE_NAME={}\nDB_BASE_LOGIN={}\nDB_BASE_PASSWD=\"{}\"",
                postgres.host,
                postgres.port,
                postgres.name,
                postgres.login.name,
                postgres.login.password.as_deref().unwrap_or_default()
            ),
        };
        let text = format!(
            "{database}\nLOG_FILE=\":stderr:\"\nLOG_LEVEL=2\nSCHEDULER_JOB_SECURITY_TIME=10\n\
             HIERARCHY_LABELS=\"resource_id,network_address,cpu\"\n{more}\n"
        );
        std::fs::write(self.file("oar.conf"), text).unwrap();
    }

    /// Runs some SQL.
    pub fn sql(&self, sql: &str) {
        run(self.server.run(sql)).unwrap();
    }

    /// The rows of a query, their columns separated by blanks.
    pub fn rows(&self, query: &str) -> Vec<String> {
        run(self.server.texts(query))
    }

    pub fn kamelot(&self, arguments: &[&str]) -> Ran {
        Ran::of(&self.command(env!("CARGO_BIN_EXE_kamelot")).args(arguments).output().unwrap())
    }

    /// `kao` as OAR 2 starts it: with signals ignored.
    pub fn kao_by_oar2(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command("/bin/sh");
        let script = "trap '' TERM INT USR1 PIPE; exec \"$0\" \"$@\"";
        command.args(["-c", script, env!("CARGO_BIN_EXE_kao")]).args(arguments);
        Ran::of(&command.output().unwrap())
    }

    pub fn kao(&self, arguments: &[&str]) -> Ran {
        Ran::of(&self.command(env!("CARGO_BIN_EXE_kao")).args(arguments).output().unwrap())
    }

    /// `kao`, running.
    pub fn start_kao(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(env!("CARGO_BIN_EXE_kao"));
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// A program, ready to run in this site.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("OARCONFFILE", self.file("oar.conf")).env("TZ", "UTC");
        command
    }

    /// Runs a round of a queue, which must go well.
    pub fn round(&self, queue: &str) -> Ran {
        let ran = self.kamelot(&[queue, &NOW.to_string(), "2023-11-14 22:13:20"]);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        ran
    }

    /// The places in the gantt: job, start after now, resources.
    pub fn places(&self) -> Vec<String> {
        let resources = match self.is_postgres() {
            true => "string_agg(CAST(r.resource_id AS text), ',' ORDER BY r.resource_id)",
            false => "group_concat(r.resource_id, ',' ORDER BY r.resource_id)",
        };
        self.rows(&format!(
            "SELECT m.moldable_job_id || ' ' || (CAST(p.start_time AS bigint) - {NOW}) || ' ' || {resources} \
             FROM gantt_jobs_predictions p \
             JOIN moldable_job_descriptions m ON m.moldable_id = p.moldable_job_id \
             JOIN gantt_jobs_resources r ON r.moldable_job_id = p.moldable_job_id \
             GROUP BY m.moldable_job_id, p.start_time ORDER BY m.moldable_job_id"
        ))
    }

    pub fn message(&self, job: i64) -> String {
        self.rows(&format!("SELECT message FROM jobs WHERE job_id = {job}")).remove(0)
    }

    pub fn state(&self, job: i64) -> String {
        self.rows(&format!("SELECT CAST(state AS text) FROM jobs WHERE job_id = {job}")).remove(0)
    }

    /// Submits a job.
    pub fn submit(&self, job: &Job) {
        self.sql(&job.sql());
    }

    /// Submits a job that has its place already.
    pub fn submit_placed(&self, job: &Job, start: i64, resources: &[i64]) {
        self.sql(&job.placed_sql(start, resources));
    }
}

/// A job to be submitted. Its alternatives have the numbers 10 × its own and following.
#[derive(Clone)]
pub struct Job {
    pub id: i64,
    user: &'static str,
    queue: &'static str,
    project: &'static str,
    state: &'static str,
    properties: Option<String>,
    types: Vec<String>,
    /// Walltime, and groups.
    alternatives: Vec<(i64, Vec<Group>)>,
    dependencies: Vec<i64>,
    more: Vec<(&'static str, String)>,
}

/// Properties and levels.
pub type Group = (Option<String>, Vec<(&'static str, i64)>);

impl Job {
    /// A job of alice that asks for some nodes.
    pub fn nodes(id: i64, nodes: i64, walltime: i64) -> Self {
        Self::new(id).or(walltime, &[("network_address", nodes)])
    }

    /// A job of alice without alternatives.
    pub fn new(id: i64) -> Self {
        Self {
            id,
            user: "alice",
            queue: "default",
            project: "default",
            state: "Waiting",
            properties: Some(String::new()),
            types: Vec::new(),
            alternatives: Vec::new(),
            dependencies: Vec::new(),
            more: Vec::new(),
        }
    }

    /// One alternative more.
    pub fn or(self, walltime: i64, levels: &[(&'static str, i64)]) -> Self {
        self.or_groups(walltime, vec![(Some("type = 'default'".to_owned()), levels.to_vec())])
    }

    pub fn or_groups(mut self, walltime: i64, groups: Vec<Group>) -> Self {
        self.alternatives.push((walltime, groups));
        self
    }

    pub fn of(mut self, user: &'static str) -> Self {
        self.user = user;
        self
    }

    pub fn in_queue(mut self, queue: &'static str) -> Self {
        self.queue = queue;
        self
    }

    pub fn for_project(mut self, project: &'static str) -> Self {
        self.project = project;
        self
    }

    pub fn in_state(mut self, state: &'static str) -> Self {
        self.state = state;
        self
    }

    pub fn with_properties(mut self, properties: &str) -> Self {
        self.properties = Some(properties.to_owned());
        self
    }

    pub fn with_type(mut self, text: &str) -> Self {
        self.types.push(text.to_owned());
        self
    }

    pub fn after(mut self, job: i64) -> Self {
        self.dependencies.push(job);
        self
    }

    /// Sets a column of `jobs` to a value in SQL.
    pub fn with(mut self, column: &'static str, value: &str) -> Self {
        self.more.push((column, value.to_owned()));
        self
    }

    /// What submits it.
    pub fn sql(&self) -> String {
        self.statements().join(";\n")
    }

    /// What submits it with its place.
    pub fn placed_sql(&self, start: i64, resources: &[i64]) -> String {
        let moldable = self.id * 10;
        let mut statements = self.statements();
        statements.push(format!("INSERT INTO gantt_jobs_predictions VALUES ({moldable}, {})", NOW + start));
        for resource in resources {
            statements.push(format!("INSERT INTO gantt_jobs_resources VALUES ({moldable}, {resource})"));
        }
        statements.join(";\n")
    }

    fn statements(&self) -> Vec<String> {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let or_null = |text: &Option<String>| text.as_deref().map_or("NULL".to_owned(), quoted);
        let Self { id, user, queue, project, state, .. } = self;
        let (columns, values): (Vec<&str>, Vec<String>) = self.more.iter().cloned().unzip();
        let more = |parts: Vec<String>| parts.into_iter().map(|part| format!(", {part}")).collect::<String>();
        let mut statements = vec![format!(
            "INSERT INTO jobs (job_id, job_user, queue_name, state, properties, launching_directory, \
             checkpoint_signal, project, submission_time{}) VALUES ({id}, '{user}', '{queue}', '{state}', {}, '/', 12, \
             '{project}', {}{})",
            more(columns.into_iter().map(str::to_owned).collect()),
            or_null(&self.properties),
            NOW - 100,
            more(values)
        )];
        for (moldable, (walltime, groups)) in (id * 10..).zip(&self.alternatives) {
            statements.push(format!(
                "INSERT INTO moldable_job_descriptions (moldable_id, moldable_job_id, moldable_walltime) \
                 VALUES ({moldable}, {id}, {walltime})"
            ));
            for (group, (property, levels)) in (moldable * 10..).zip(groups) {
                statements.push(format!(
                    "INSERT INTO job_resource_groups (res_group_id, res_group_moldable_id, res_group_property) \
                     VALUES ({group}, {moldable}, {})",
                    or_null(property)
                ));
                for (order, (level, count)) in levels.iter().enumerate() {
                    statements.push(format!(
                        "INSERT INTO job_resource_descriptions (res_job_group_id, res_job_resource_type, res_job_value, \
                         res_job_order) VALUES ({group}, '{level}', {count}, {order})"
                    ));
                }
            }
        }
        for text in &self.types {
            statements.push(format!("INSERT INTO job_types (job_id, type) VALUES ({id}, {})", quoted(text)));
        }
        for required in &self.dependencies {
            statements
                .push(format!("INSERT INTO job_dependencies (job_id, job_id_required) VALUES ({id}, {required})"));
        }
        statements
    }
}
