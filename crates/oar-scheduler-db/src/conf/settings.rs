//! The keys that the schedulers use, with the defaults of the server that they run in.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use oar_scheduler_core::{ConfiguredPlugin, Fairshare, Ordering, Seconds};

use super::{Conf, ConfError, Energy, Mail, Resuming, WalltimeChanges};

/// The kind of a server: its defaults differ, and its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// OAR 2.5, in Perl.
    Oar2,
    /// OAR 3, in Python.
    Oar3,
}

impl Server {
    /// The default of this server.
    fn default<T>(self, oar2: T, oar3: T) -> T {
        match self {
            Self::Oar2 => oar2,
            Self::Oar3 => oar3,
        }
    }
}

/// Who places the waiting jobs in a round of the meta-scheduler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// It does so itself.
    Internal,
    /// The scheduler of each queue, a program in this folder (`SCHEDULERS_PATH`; none: where the server has its own).
    External(Option<PathBuf>),
}

/// What the schedulers take from `oar.conf`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The kind of server, whose defaults count.
    pub server: Server,
    /// `LOG_FILE` and `LOG_LEVEL`.
    pub log: Log,
    /// `METASCHEDULER_MODE`.
    pub mode: Mode,
    /// `HIERARCHY_LABELS`: the columns of `resources` that requests may name as levels.
    pub hierarchy_labels: Vec<String>,
    /// `SCHEDULER_RESOURCE_ORDER`: what is behind `ORDER BY` when resources are chosen, as SQL.
    pub resource_order: String,
    /// `SCHEDULER_JOB_SECURITY_TIME`: how long resources stay taken after a job.
    pub security_time: Seconds,
    /// `SCHEDULER_AVAILABLE_SUSPENDED_RESOURCE_TYPE`: types of resources that a suspended job gives back.
    pub suspendable_types: Vec<String>,
    /// `SCHEDULER_RESOURCES_ALWAYS_ASSIGNED_TYPE`: resources of this type are given to every job besides.
    pub always_assigned_type: Option<String>,
    /// `SCHEDULER_LAUNCHER_OPTIMIZATION`: the server is told at once of each job that starts (OAR2).
    pub launches_early: bool,
    /// Whether a command is configured that wakes nodes up: only then are absent nodes counted on.
    pub wakes_nodes: bool,
    /// `JOB_PRIORITY`, `MAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND`, `SCHEDULER_FAIRSHARING_*` and `CUSTOM_JOB_SORTING*`. The file of MULTIFACTOR is not
    /// read here.
    pub ordering: Ordering,
    /// `EXTRA_METASCHED*`: the plugin that the meta-scheduler calls before each queue group, if there is one.
    pub extra_metasched: Option<ConfiguredPlugin>,
    /// `SCHEDULER_FAIRSHARING_WINDOW_SIZE`: how far back usage counts.
    pub fairshare_window: Seconds,
    /// `PRIORITY_CONF_FILE`: the weights of MULTIFACTOR.
    pub priority_file: Option<PathBuf>,
    /// `QUOTAS*`, if quotas are in force.
    pub quotas: Option<Quotas>,
    /// `SCHEDULER_TOKEN_SCRIPTS`: the command that tells how many tokens of a name are left.
    pub token_scripts: BTreeMap<String, String>,
    /// `SCHEDULER_BESTEFFORT_KILL_DURATION_BEFORE_RESERVATION`: how long before a job is to start the besteffort jobs in its way are killed (OAR2: at least the
    /// security time).
    pub kill_duration: Seconds,
    /// `RESERVATION_WAITING_RESOURCES_TIMEOUT`: how long a reservation waits for resources that are not there.
    pub waiting_resources_timeout: Seconds,
    /// `SCHEDULER_PRIORITY_HIERARCHY_ORDER`: the columns of `resources` by which jobs weigh on their neighbours.
    pub priority_hierarchy: Vec<String>,
    /// `LOG_SCHEDULER_PRIORITY_CHANGES`: what jobs weigh is noted for each resource.
    pub logs_priorities: bool,
    /// `SCHEDULER_LOG_DECISIONS`: the gantt of each round is kept.
    pub logs_decisions: bool,
    /// `KILL_INNER_JOBS_WITH_CONTAINER`.
    pub kills_inner_jobs: bool,
    /// Who is told of what has changed.
    pub almighty: Almighty,
    /// How jobs are told to write a checkpoint.
    pub checkpoints: Checkpoints,
    /// `WALLTIME_CHANGE_*`, `WALLTIME_INCREMENT`, if walltimes may change.
    pub walltime_changes: Option<WalltimeChanges>,
    /// How suspended jobs are resumed.
    pub resuming: Resuming,
    /// How energy is saved, if it is.
    pub energy: Option<Energy>,
    /// How users get mail, if they can.
    pub mail: Option<Mail>,
}

/// The server's central process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Almighty {
    /// It reads lines on TCP: `SERVER_HOSTNAME`, `SERVER_PORT` (OAR2, and OAR3 with `METASCHEDULER_OAR3_WITH_OAR2`).
    Lines(Address),
    /// It reads JSON on ZeroMQ; jobs are launched by another process.
    Messages {
        /// `SERVER_HOSTNAME`, `APPENDICE_SERVER_PORT`.
        almighty: Address,
        /// `BIPBIP_COMMANDER_SERVER`, `BIPBIP_COMMANDER_PORT`.
        commander: Address,
    },
}

/// Where a process listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// How jobs are told to write a checkpoint: by a signal, on the host on which they were started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoints {
    /// `OPENSSH_CMD`.
    pub ssh: String,
    /// `OAR_RUNTIME_DIRECTORY`: where the process of a job notes its number.
    pub directory: String,
    /// `COSYSTEM_HOSTNAME`: where jobs of type cosystem, and those without a host, are started.
    pub cosystem_host: String,
    /// `DEPLOY_HOSTNAME`: where jobs of type deploy are started.
    pub deploy_host: String,
}

/// Where the schedulers report to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// `LOG_FILE`.
    pub file: LogFile,
    /// `LOG_LEVEL`: 1 errors, 2 what is done, 3 all (OAR3 begins at 0).
    pub level: i64,
}

/// `LOG_FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogFile {
    /// `:stderr:`.
    Stderr,
    /// `:stdout:`.
    Stdout,
    /// A file.
    File(PathBuf),
}

/// `QUOTAS*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quotas {
    /// `QUOTAS_CONF_FILE`.
    pub file: PathBuf,
    /// `QUOTAS_WINDOW_TIME_LIMIT`: with a calendar, how far ahead jobs are placed.
    pub window_time_limit: Seconds,
    /// `QUOTAS_ALL_NB_RESOURCES_MODE`: whether `ALL` counts the default resources that are not dead, or those that are usable.
    pub all_counts_not_dead: bool,
}

/// `DB_*`: which database, and who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// `Pg`.
    Postgres(Postgres),
    /// `sqlite`: `DB_BASE_FILE`.
    Sqlite(PathBuf),
}

/// A PostgreSQL server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postgres {
    /// `DB_HOSTNAME`: a name, an address, or the folder of a socket.
    pub host: String,
    /// `DB_PORT`.
    pub port: u16,
    /// `DB_BASE_NAME`.
    pub name: String,
    /// `DB_BASE_LOGIN`, `DB_BASE_PASSWD`.
    pub login: Login,
    /// `DB_BASE_LOGIN_RO`, `DB_BASE_PASSWD_RO`: for what users wrote; the other one if there is none.
    pub read_only: Login,
    /// How long to wait for what others have locked.
    pub lock_timeout: Duration,
    /// How long the server may take for a statement of ours. A server that does not answer then either, and not within the time for locks, counts as gone.
    pub statement_timeout: Duration,
}

/// How long to wait for what others have locked.
const LOCK_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a statement of ours may take.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(120);

/// A role of a database.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// Its name.
    pub name: String,
    /// Its password, if it has one.
    pub password: Option<String>,
}

impl std::fmt::Debug for Login {
    /// Without the password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let password = self.password.as_ref().map(|_| "…");
        formatter.debug_struct("Login").field("name", &self.name).field("password", &password).finish()
    }
}

impl Database {
    /// The database of a server.
    ///
    /// # Errors
    /// When a key is missing or wrong.
    pub fn of(conf: &Conf) -> Result<Self, ConfError> {
        let required =
            |key: &str, expected: &str| conf.get(key).map(str::to_owned).ok_or_else(|| conf.missing(key, expected));
        let kinds = "Pg (PostgreSQL) or sqlite";
        let is_sqlite = conf.typed("DB_TYPE", kinds, |kind| match kind.to_ascii_lowercase().as_str() {
            "pg" | "psql" | "pgsql" | "postgres" | "postgresql" => Some(false),
            "sqlite" => Some(true),
            _ => None,
        })?;
        if is_sqlite == Some(true) {
            return Ok(Self::Sqlite(required("DB_BASE_FILE", "the file of the SQLite database")?.into()));
        }
        let password = |key: &str| conf.get(key).map(str::to_owned);
        let name = required("DB_BASE_LOGIN", "the role that reads and writes the database")?;
        let login = Login { name, password: password("DB_BASE_PASSWD") };
        let read_only = match conf.get("DB_BASE_LOGIN_RO") {
            Some(name) => Login { name: name.to_owned(), password: password("DB_BASE_PASSWD_RO") },
            None => login.clone(),
        };
        let port =
            conf.typed("DB_PORT", "a port from 1 to 65535", |port| port.parse().ok().filter(|port| *port > 0))?;
        Ok(Self::Postgres(Postgres {
            host: required("DB_HOSTNAME", "the host of the PostgreSQL server")?,
            port: port.unwrap_or(5432),
            name: required("DB_BASE_NAME", "the name of the database")?,
            login,
            read_only,
            lock_timeout: LOCK_TIMEOUT,
            statement_timeout: STATEMENT_TIMEOUT,
        }))
    }
}

impl Settings {
    /// The settings of a server.
    ///
    /// # Errors
    /// The first value that is none of those accepted.
    pub fn of(conf: &Conf, server: Server) -> Result<Self, ConfError> {
        let labels = conf.list("HIERARCHY_LABELS");
        let seconds = |key: &str, default: i64| Ok(Seconds(conf.integer(key, 0)?.unwrap_or(default)));
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        Ok(Self {
            server,
            log: Log {
                file: match conf.get("LOG_FILE").unwrap_or(server.default("/var/log/oar.log", ":stderr:")) {
                    ":stderr:" => LogFile::Stderr,
                    ":stdout:" => LogFile::Stdout,
                    file => LogFile::File(file.into()),
                },
                level: conf.integer("LOG_LEVEL", 0)?.unwrap_or(server.default(2, 3)),
            },
            mode: mode(conf)?,
            hierarchy_labels: labels.unwrap_or_else(|| vec!["resource_id".to_owned(), "network_address".to_owned()]),
            resource_order: conf.get("SCHEDULER_RESOURCE_ORDER").unwrap_or("resource_id ASC").to_owned(),
            security_time: seconds("SCHEDULER_JOB_SECURITY_TIME", 60)?,
            suspendable_types: words(conf.get("SCHEDULER_AVAILABLE_SUSPENDED_RESOURCE_TYPE").unwrap_or("default")),
            always_assigned_type: conf.get("SCHEDULER_RESOURCES_ALWAYS_ASSIGNED_TYPE").map(str::to_owned),
            launches_early: conf.flag("SCHEDULER_LAUNCHER_OPTIMIZATION")?.unwrap_or(true),
            wakes_nodes: wakes_nodes(conf)?,
            ordering: ordering(conf, server)?,
            extra_metasched: conf.get("EXTRA_METASCHED").filter(|name| *name != "default").map(|name| {
                ConfiguredPlugin {
                    name: name.to_owned(),
                    config: conf.get("EXTRA_METASCHED_CONFIG").unwrap_or_default().to_owned(),
                }
            }),
            fairshare_window: seconds("SCHEDULER_FAIRSHARING_WINDOW_SIZE", 2_592_000)?,
            priority_file: conf.get("PRIORITY_CONF_FILE").map(PathBuf::from),
            quotas: quotas(conf)?,
            token_scripts: conf.texts("SCHEDULER_TOKEN_SCRIPTS")?.unwrap_or_default(),
            kill_duration: seconds("SCHEDULER_BESTEFFORT_KILL_DURATION_BEFORE_RESERVATION", 0)?,
            waiting_resources_timeout: seconds("RESERVATION_WAITING_RESOURCES_TIMEOUT", 300)?,
            priority_hierarchy: levels(conf.get("SCHEDULER_PRIORITY_HIERARCHY_ORDER").unwrap_or_default()),
            logs_priorities: conf.flag("LOG_SCHEDULER_PRIORITY_CHANGES")?.unwrap_or(false),
            logs_decisions: conf.flag("SCHEDULER_LOG_DECISIONS")?.unwrap_or(false),
            kills_inner_jobs: conf.flag("KILL_INNER_JOBS_WITH_CONTAINER")?.unwrap_or(false),
            almighty: almighty(conf, server)?,
            checkpoints: checkpoints(conf, server),
            walltime_changes: WalltimeChanges::of(conf)?,
            resuming: Resuming::of(conf, server)?,
            energy: Energy::of(conf, server)?,
            mail: Mail::of(conf)?,
        })
    }
}

fn mode(conf: &Conf) -> Result<Mode, ConfError> {
    let is_external = conf.typed("METASCHEDULER_MODE", "internal or external", |mode| match mode {
        "internal" => Some(false),
        "external" => Some(true),
        _ => None,
    })?;
    Ok(match is_external {
        Some(true) => Mode::External(conf.get("SCHEDULERS_PATH").map(PathBuf::from)),
        _ => Mode::Internal,
    })
}

/// Names that slashes separate.
fn levels(text: &str) -> Vec<String> {
    text.split('/').map(str::trim).filter(|level| !level.is_empty()).map(str::to_owned).collect()
}

impl Address {
    /// The address that two keys name.
    pub(super) fn of(conf: &Conf, host: &str, port: &str, default: u16) -> Result<Self, ConfError> {
        let read = |port: &str| port.parse().ok().filter(|port| *port > 0);
        let host = conf.get(host).unwrap_or("localhost").to_owned();
        Ok(Self { host, port: conf.typed(port, "a port from 1 to 65535", read)?.unwrap_or(default) })
    }
}

fn almighty(conf: &Conf, server: Server) -> Result<Almighty, ConfError> {
    let address = |host: &str, port: &str, default: u16| Address::of(conf, host, port, default);
    if server == Server::Oar2 || conf.flag("METASCHEDULER_OAR3_WITH_OAR2")?.unwrap_or(false) {
        return Ok(Almighty::Lines(address("SERVER_HOSTNAME", "SERVER_PORT", 6666)?));
    }
    Ok(Almighty::Messages {
        almighty: address("SERVER_HOSTNAME", "APPENDICE_SERVER_PORT", 6670)?,
        commander: address("BIPBIP_COMMANDER_SERVER", "BIPBIP_COMMANDER_PORT", 6671)?,
    })
}

fn checkpoints(conf: &Conf, server: Server) -> Checkpoints {
    let or = |key: &str, default: &str| conf.get(key).unwrap_or(default).to_owned();
    let host = server.default(conf.get("SERVER_HOSTNAME").unwrap_or("localhost"), "127.0.0.1");
    Checkpoints {
        ssh: or("OPENSSH_CMD", server.default("ssh", "/usr/bin/ssh -p 6667")),
        directory: or("OAR_RUNTIME_DIRECTORY", server.default("/tmp/oar_runtime", "/var/lib/oar")),
        cosystem_host: or("COSYSTEM_HOSTNAME", host),
        deploy_host: or("DEPLOY_HOSTNAME", host),
    }
}

fn wakes_nodes(conf: &Conf) -> Result<bool, ConfError> {
    let is_internal = conf.flag("ENERGY_SAVING_INTERNAL")?.unwrap_or(false);
    let by_manager = conf.get("ENERGY_SAVING_NODE_MANAGER_WAKE_UP_CMD").filter(|_| is_internal);
    Ok(by_manager.or(conf.get("SCHEDULER_NODE_MANAGER_WAKE_UP_CMD")).is_some())
}

fn ordering(conf: &Conf, server: Server) -> Result<Ordering, ConfError> {
    let targets = |key: &str, oar2: &[(&str, f64)], oar3: &[(&str, f64)]| {
        let default =
            || server.default(oar2, oar3).iter().map(|(name, target)| ((*name).to_owned(), *target)).collect();
        Ok::<BTreeMap<String, f64>, ConfError>(conf.numbers(key)?.unwrap_or_else(default))
    };
    let coefficient = |key: &str, default: f64| Ok::<f64, ConfError>(conf.number(key)?.unwrap_or(default));
    let fairshare = Fairshare {
        project_targets: targets(
            "SCHEDULER_FAIRSHARING_PROJECT_TARGETS",
            &[("first", 75.0), ("default", 25.0)],
            &[("default", 21.0)],
        )?,
        user_targets: targets("SCHEDULER_FAIRSHARING_USER_TARGETS", &[("oar", 100.0)], &[("default", 22.0)])?,
        coef_project: coefficient("SCHEDULER_FAIRSHARING_COEF_PROJECT", 0.0)?,
        coef_user: coefficient("SCHEDULER_FAIRSHARING_COEF_USER", server.default(2.0, 1.0))?,
        coef_user_ask: coefficient("SCHEDULER_FAIRSHARING_COEF_USER_ASK", 1.0)?,
    };
    Ok(Ordering {
        policy: conf.get("JOB_PRIORITY").unwrap_or("FIFO").to_owned(),
        max_jobs: Some(conf.integer("MAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND", i64::MIN)?.unwrap_or(1000)),
        fairshare,
        custom: ConfiguredPlugin {
            name: conf.get("CUSTOM_JOB_SORTING").unwrap_or_default().to_owned(),
            config: conf.get("CUSTOM_JOB_SORTING_CONFIG").unwrap_or("{}").to_owned(),
        },
        ..Ordering::default()
    })
}

fn quotas(conf: &Conf) -> Result<Option<Quotas>, ConfError> {
    if !conf.flag("QUOTAS")?.unwrap_or(false) {
        return Ok(None);
    }
    let modes = "default_not_dead or all";
    let all_counts_not_dead = conf.typed("QUOTAS_ALL_NB_RESOURCES_MODE", modes, |mode| match mode {
        "default_not_dead" => Some(true),
        "all" => Some(false),
        _ => None,
    })?;
    Ok(Some(Quotas {
        file: conf.get("QUOTAS_CONF_FILE").unwrap_or("/etc/oar/quotas_conf.json").into(),
        window_time_limit: Seconds(conf.integer("QUOTAS_WINDOW_TIME_LIMIT", 0)?.unwrap_or(5_184_000)),
        all_counts_not_dead: all_counts_not_dead.unwrap_or(true),
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use super::*;

    fn conf(text: &str) -> Conf {
        Conf::parse(Path::new("oar.conf"), text)
    }

    const POSTGRES: &str = "DB_TYPE=Pg\nDB_HOSTNAME=db\nDB_BASE_NAME=oar\nDB_BASE_LOGIN=oar\nDB_BASE_PASSWD=\"a#b\"\n";

    #[test]
    fn defaults_are_those_of_the_server() {
        let of = |server: Server| Settings::of(&conf(""), server).unwrap();
        let (oar2, oar3) = (of(Server::Oar2), of(Server::Oar3));
        assert_eq!((oar2.log.level, oar3.log.level), (2, 3));
        assert_eq!((oar2.log.file, oar3.log.file), (LogFile::File("/var/log/oar.log".into()), LogFile::Stderr));
        assert_eq!((oar2.ordering.fairshare.coef_user, oar3.ordering.fairshare.coef_user), (2.0, 1.0));
        assert_eq!(oar2.ordering.fairshare.user_targets, [("oar".to_owned(), 100.0)].into());
        assert_eq!(oar3.ordering.fairshare.user_targets, [("default".to_owned(), 22.0)].into());
        assert_eq!(oar3.hierarchy_labels, ["resource_id", "network_address"]);
        assert_eq!((oar3.security_time, oar3.fairshare_window), (Seconds(60), Seconds(2_592_000)));
        assert_eq!((oar3.ordering.policy.as_str(), oar3.ordering.max_jobs), ("FIFO", Some(1000)));
        assert_eq!((oar3.quotas, oar3.wakes_nodes, oar3.launches_early), (None, false, true));
    }

    #[test]
    fn values_of_the_file() {
        let text = "HIERARCHY_LABELS=\"resource_id, network_address,cpu\"\nSCHEDULER_JOB_SECURITY_TIME=\"30\"\n\
                    QUOTAS=yes\nQUOTAS_ALL_NB_RESOURCES_MODE=all\nSCHEDULER_LAUNCHER_OPTIMIZATION=no\n\
                    SCHEDULER_FAIRSHARING_USER_TARGETS=\"{ alice => 60, bob => 40.5 }\"\nJOB_PRIORITY=FAIRSHARE\n\
                    MAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND=0\nLOG_FILE=\":stdout:\"\n\
                    SCHEDULER_AVAILABLE_SUSPENDED_RESOURCE_TYPE=\"default licence\"";
        let settings = Settings::of(&conf(text), Server::Oar3).unwrap();
        assert_eq!(settings.hierarchy_labels, ["resource_id", "network_address", "cpu"]);
        assert_eq!(settings.security_time, Seconds(30));
        assert!(!settings.quotas.unwrap().all_counts_not_dead);
        assert!(!settings.launches_early);
        assert_eq!(settings.ordering.fairshare.user_targets["bob"], 40.5);
        assert_eq!(settings.ordering.limit(), None);
        assert_eq!(settings.log.file, LogFile::Stdout);
        assert_eq!(settings.suspendable_types, ["default", "licence"]);
    }

    #[test]
    fn plugins_are_named_with_their_configuration() {
        let of = |text: &str| Settings::of(&conf(text), Server::Oar3).unwrap();
        let plugin = |name: &str, config: &str| ConfiguredPlugin { name: name.to_owned(), config: config.to_owned() };
        let text = "CUSTOM_JOB_SORTING=simple\nCUSTOM_JOB_SORTING_CONFIG='{\"a\": 1}'\nEXTRA_METASCHED=foo\n\
                    EXTRA_METASCHED_CONFIG=\"a b\"";
        let settings = of(text);
        assert_eq!(settings.ordering.custom, plugin("simple", "{\"a\": 1}"));
        assert_eq!(settings.extra_metasched, Some(plugin("foo", "a b")));
        assert_eq!(of("EXTRA_METASCHED=foo").extra_metasched, Some(plugin("foo", "")));
        assert_eq!((of("EXTRA_METASCHED=default").extra_metasched, of("").extra_metasched), (None, None));
    }

    #[test]
    fn nodes_are_woken_by_a_command_that_is_in_use() {
        let wakes = |text: &str| Settings::of(&conf(text), Server::Oar2).unwrap().wakes_nodes;
        assert!(wakes("SCHEDULER_NODE_MANAGER_WAKE_UP_CMD=/bin/wake"));
        assert!(wakes("ENERGY_SAVING_INTERNAL=yes\nENERGY_SAVING_NODE_MANAGER_WAKE_UP_CMD=/bin/wake"));
        assert!(!wakes("ENERGY_SAVING_INTERNAL=no\nENERGY_SAVING_NODE_MANAGER_WAKE_UP_CMD=/bin/wake"));
        assert!(!wakes("SCHEDULER_NODE_MANAGER_WAKE_UP_CMD=\"\""));
    }

    #[test]
    fn the_server_is_told_as_it_listens() {
        let of = |text: &str, server: Server| Settings::of(&conf(text), server).unwrap();
        let address = |host: &str, port: u16| Address { host: host.to_owned(), port };
        let text = "SERVER_HOSTNAME=frontend\nSERVER_PORT=7\nAPPENDICE_SERVER_PORT=8\nBIPBIP_COMMANDER_PORT=9\n\
                    SCHEDULER_PRIORITY_HIERARCHY_ORDER=\"/network_address / resource_id\"";
        let (oar2, oar3) = (of(text, Server::Oar2), of(text, Server::Oar3));
        assert_eq!(oar2.almighty, Almighty::Lines(address("frontend", 7)));
        let (almighty, commander) = (address("frontend", 8), address("localhost", 9));
        assert_eq!(oar3.almighty, Almighty::Messages { almighty, commander });
        assert_eq!(oar3.priority_hierarchy, ["network_address", "resource_id"]);
        assert_eq!(
            (oar2.checkpoints.deploy_host.as_str(), oar3.checkpoints.deploy_host.as_str()),
            ("frontend", "127.0.0.1")
        );
        let both = of("METASCHEDULER_OAR3_WITH_OAR2=YES", Server::Oar3);
        assert_eq!(both.almighty, Almighty::Lines(address("localhost", 6666)));
    }

    #[test]
    fn wrong_values_are_errors() {
        for (text, problem) in [
            (
                "SCHEDULER_JOB_SECURITY_TIME=-1",
                "SCHEDULER_JOB_SECURITY_TIME: expected an integer from 0 on, found \"-1\"",
            ),
            ("\nQUOTAS=ye", "oar.conf, line 2: QUOTAS: expected yes or no"),
            (
                "QUOTAS=yes\nQUOTAS_ALL_NB_RESOURCES_MODE=some",
                "line 2: QUOTAS_ALL_NB_RESOURCES_MODE: expected default_not_dead or all",
            ),
            ("SCHEDULER_FAIRSHARING_PROJECT_TARGETS=12", "expected a hash of numbers"),
            ("SCHEDULER_FAIRSHARING_COEF_USER=inf", "expected a number"),
            ("MAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND=many", "expected an integer"),
            ("SCHEDULER_TOKEN_SCRIPTS=/bin/count", "expected a hash of texts"),
            ("METASCHEDULER_MODE=batsim_sched_proxy", "METASCHEDULER_MODE: expected internal or external"),
            ("APPENDICE_SERVER_PORT=0", "APPENDICE_SERVER_PORT: expected a port from 1 to 65535"),
        ] {
            let error = Settings::of(&conf(text), Server::Oar3).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }

    #[test]
    fn the_database() {
        let Database::Postgres(postgres) = Database::of(&conf(POSTGRES)).unwrap() else { panic!("PostgreSQL") };
        assert_eq!((postgres.host.as_str(), postgres.port, postgres.name.as_str()), ("db", 5432, "oar"));
        assert_eq!(postgres.login.password.as_deref(), Some("a#b"));
        assert_eq!(postgres.read_only, postgres.login);
        assert!(!format!("{postgres:?}").contains("a#b"));
        let with_reader = format!("{POSTGRES}DB_PORT=5433\nDB_BASE_LOGIN_RO=oar_ro\nDB_BASE_PASSWD_RO=\"\"");
        let Database::Postgres(postgres) = Database::of(&conf(&with_reader)).unwrap() else { panic!("PostgreSQL") };
        assert_eq!(postgres.port, 5433);
        assert_eq!(postgres.read_only, Login { name: "oar_ro".to_owned(), password: None });
        let sqlite = Database::of(&conf("DB_TYPE=sqlite\nDB_BASE_FILE=/var/lib/oar.db")).unwrap();
        assert_eq!(sqlite, Database::Sqlite("/var/lib/oar.db".into()));
        for (text, problem) in [
            ("DB_TYPE=mysql".to_owned(), "DB_TYPE: expected Pg (PostgreSQL) or sqlite, found \"mysql\""),
            ("DB_TYPE=sqlite".to_owned(), "oar.conf: DB_BASE_FILE is not set; expected the file"),
            (POSTGRES.replace("DB_HOSTNAME=db", ""), "DB_HOSTNAME is not set"),
            (format!("{POSTGRES}DB_PORT=0"), "DB_PORT: expected a port from 1 to 65535, found \"0\""),
        ] {
            let error = Database::of(&conf(&text)).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
