//! The snapshot, read from JSON with the defaults of its format.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::set::Set;

/// Everything a round needs. The quotas and the ordering stay JSON: their own files read them.
pub struct Snapshot {
    pub now: i64,
    pub max_time: i64,
    pub security_time: i64,
    pub time_zone: String,
    pub default: Set,
    pub suspendable: Set,
    /// The machine of a job that does not accept missing resources.
    pub there: Machine,
    /// The machine of a job that accepts them.
    pub whole: Machine,
    pub available_upto: Vec<(i64, Set)>,
    pub quotas: Value,
    pub quotas_settings: Value,
    pub ordering: Value,
    pub scheduled: Vec<Scheduled>,
    pub tokens: BTreeMap<String, i64>,
    pub groups: Vec<Group>,
}

/// What there is for a job.
pub struct Machine {
    pub usable: Set,
    pub hierarchy: BTreeMap<String, Vec<Set>>,
}

/// The jobs of the queues of one priority.
pub struct Group {
    pub queues: Vec<String>,
    pub waiting: Vec<Job>,
    pub accounting: Value,
}

/// What is known of any job, scheduled or waiting.
#[derive(Clone, Default)]
pub struct Job {
    pub id: i64,
    pub user: String,
    pub project: String,
    pub queue: String,
    pub name: String,
    pub types: BTreeMap<String, String>,
    pub submission_time: i64,
    pub dependencies: Vec<Dependency>,
    pub moldables: Vec<Moldable>,
    pub reservation_start: Option<i64>,
    pub earliest_start: Option<i64>,
    pub latest_end: Option<i64>,
    pub accepts_missing: bool,
}

/// A job that holds resources when the round begins.
pub struct Scheduled {
    pub job: Job,
    pub start: i64,
    pub walltime: i64,
    pub resources: Set,
    pub state: Option<String>,
}

/// "After that job".
#[derive(Clone)]
pub struct Dependency {
    pub job: i64,
    pub state: String,
    pub exit_code: Option<i64>,
}

/// One alternative of a job.
#[derive(Clone)]
pub struct Moldable {
    pub id: i64,
    pub walltime: i64,
    pub requests: Vec<Request>,
}

/// One group of an alternative; levels from outer to inner.
#[derive(Clone)]
pub struct Request {
    pub filter: Set,
    pub levels: Vec<(String, i64)>,
}

impl Snapshot {
    /// Reads a snapshot of valid format. A waiting job whose id was already read (waiting or scheduled) is left out.
    pub fn read(json: &Value) -> Snapshot {
        let resources = &json["resources"];
        let default = set(&resources["default"]);
        let set_or_default = |key: &str| resources[key].as_str().map_or_else(|| default.clone(), Set::parse);
        let missing = set(&resources["missing"]);
        let hierarchy_without = |gone: &Set| {
            let levels = map(&resources["hierarchy"]);
            levels.map(|(level, blocks)| (level.clone(), read_blocks(blocks, gone))).collect()
        };
        let scheduled: Vec<Scheduled> = list(&json["scheduled_jobs"])
            .iter()
            .map(|job| Scheduled {
                job: read_job(job, &default),
                start: integer(&job["start"]),
                walltime: integer(&job["walltime"]),
                resources: set(&job["resources"]),
                state: job["state"].as_str().map(str::to_owned),
            })
            .collect();
        let mut seen: BTreeSet<i64> = scheduled.iter().map(|scheduled| scheduled.job.id).collect();
        let groups = match json["queue_groups"].as_array() {
            Some(groups) => groups.iter().collect(),
            None => vec![json],
        };
        let groups = groups
            .into_iter()
            .map(|group| Group {
                queues: list(&group["queues"]).iter().map(text).collect(),
                waiting: {
                    let jobs = list(&group["waiting_jobs"]).iter().map(|job| read_job(job, &default));
                    let (reservations, waiting): (Vec<Job>, Vec<Job>) =
                        jobs.partition(|job| job.reservation_start.is_some());
                    waiting.into_iter().chain(reservations).filter(|job| seen.insert(job.id)).collect()
                },
                accounting: group["accounting"].clone(),
            })
            .collect();
        Snapshot {
            tokens: map(&json["tokens"]).map(|(name, left)| (name.clone(), integer(left))).collect(),
            now: integer(&json["now"]),
            max_time: json["max_time"].as_i64().unwrap_or(2_147_483_648),
            security_time: integer(&json["security_time"]),
            time_zone: json["time_zone"].as_str().unwrap_or("UTC").to_owned(),
            suspendable: set_or_default("suspendable"),
            there: Machine { usable: set_or_default("usable").minus(&missing), hierarchy: hierarchy_without(&missing) },
            whole: Machine {
                usable: set_or_default("usable").or(&missing),
                hierarchy: hierarchy_without(&Set::default()),
            },
            available_upto: list(&resources["available_upto"])
                .iter()
                .map(|limit| (integer(&limit["until"]), set(&limit["resources"])))
                .collect(),
            quotas: json["quotas"].clone(),
            quotas_settings: json["quotas_settings"].clone(),
            ordering: json["ordering"].clone(),
            scheduled,
            groups,
            default,
        }
    }
}

impl Job {
    /// Whether it has this type.
    pub fn has(&self, name: &str) -> bool {
        self.types.contains_key(name)
    }

    /// The value of a type that it has, `""` when the type has none.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.types.get(name).map(String::as_str)
    }

    /// The machine on which it is placed.
    pub fn machine<'a>(&self, snapshot: &'a Snapshot) -> &'a Machine {
        if self.accepts_missing { &snapshot.whole } else { &snapshot.there }
    }

    /// The name of the container that it is.
    pub fn container(&self) -> Option<String> {
        let name = self.value("container")?;
        Some(if name.is_empty() { self.id.to_string() } else { name.to_owned() })
    }
}

fn read_job(json: &Value, default: &Set) -> Job {
    Job {
        id: integer(&json["id"]),
        user: text(&json["user"]),
        project: text(&json["project"]),
        queue: text(&json["queue"]),
        name: text(&json["name"]),
        types: map(&json["types"]).map(|(name, value)| (name.clone(), text(value))).collect(),
        submission_time: integer(&json["submission_time"]),
        dependencies: list(&json["dependencies"])
            .iter()
            .map(|dependency| Dependency {
                job: integer(&dependency["job"]),
                state: text(&dependency["state"]),
                exit_code: dependency["exit_code"].as_i64(),
            })
            .collect(),
        moldables: list(&json["moldables"]).iter().map(|moldable| read_moldable(moldable, default)).collect(),
        reservation_start: json["reservation_start"].as_i64(),
        earliest_start: json["earliest_start"].as_i64(),
        latest_end: json["latest_end"].as_i64(),
        accepts_missing: json["accepts_missing"] == true,
    }
}

fn read_moldable(json: &Value, default: &Set) -> Moldable {
    let requests = list(&json["requests"]).iter().map(|request| Request {
        filter: request["filter"].as_str().map_or_else(|| default.clone(), Set::parse),
        levels: list(&request["levels"]).iter().map(|level| (text(&level[0]), integer(&level[1]))).collect(),
    });
    Moldable { id: integer(&json["id"]), walltime: integer(&json["walltime"]), requests: requests.collect() }
}

/// What is left of the blocks. Empty blocks do not exist.
fn read_blocks(json: &Value, gone: &Set) -> Vec<Set> {
    list(json).iter().map(|block| set(block).minus(gone)).filter(|block| !block.is_empty()).collect()
}

fn list(json: &Value) -> &[Value] {
    json.as_array().map_or(&[], Vec::as_slice)
}

fn map(json: &Value) -> impl Iterator<Item = (&String, &Value)> {
    json.as_object().into_iter().flatten()
}

fn set(json: &Value) -> Set {
    Set::parse(json.as_str().unwrap_or_default())
}

fn text(json: &Value) -> String {
    json.as_str().unwrap_or_default().to_owned()
}

fn integer(json: &Value) -> i64 {
    json.as_i64().unwrap_or(0)
}
