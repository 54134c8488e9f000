//! What occurs in a snapshot.

use serde_json::Value;

use super::super::set::Set;

/// A feature's name, and whether it is in a snapshot.
type Feature = (&'static str, fn(&Value) -> bool);

const FEATURES: &[Feature] = &[
    ("non-contiguous blocks", |s| blocks(s).any(|block| block.contains(' '))),
    ("straddling level", |s| !s["resources"]["hierarchy"]["odd"].is_null()),
    ("empty block", |s| blocks(s).any(str::is_empty)),
    ("block not all usable", |s| blocks(s).any(|block| !Set::parse(block).within(&usable(s)))),
    ("resources of other types", |s| usable(s) != default(s)),
    ("suspendable resources", |s| !s["resources"]["suspendable"].is_null()),
    ("available_upto", |s| untils(s).next().is_some()),
    ("available_upto in the past", |s| untils(s).any(|until| until <= now(s))),
    ("missing resources", |s| !missing(s).is_empty()),
    ("missing resources that are given as usable", |s| missing(s).meets(&usable(s))),
    ("missing default resources", |s| missing(s).meets(&default(s))),
    ("block of which a part is missing", |s| {
        let missing = missing(s);
        blocks(s).map(Set::parse).any(|block| block.meets(&missing) && !block.within(&missing))
    }),
    ("filter on missing resources", |s| {
        let filters = requests(s).filter_map(|request| request["filter"].as_str());
        filters.map(Set::parse).any(|filter| filter.meets(&missing(s)))
    }),
    ("scheduled job on missing resources", |s| scheduled(s).any(|job| resources(job).meets(&missing(s)))),
    ("job that accepts missing resources", |s| accepting(s).next().is_some()),
    ("reservation that accepts missing resources", |s| accepting(s).any(|job| job["reservation_start"].is_number())),
    ("inner job that accepts missing resources", |s| accepting(s).any(|job| has(job, "inner"))),
    ("container that accepts missing resources", |s| accepting(s).any(|job| has(job, "container"))),
    ("one resource", |s| default(s).len() == 1),
    ("small max_time", |s| !s["max_time"].is_null()),
    ("security time", |s| s["security_time"] != 0),
    ("filter", |s| requests(s).any(|request| request["filter"].is_string())),
    ("empty filter", |s| requests(s).any(|request| request["filter"] == "")),
    ("two levels", |s| requests(s).any(|request| length(&request["levels"]) == 2)),
    ("three levels or more", |s| requests(s).any(|request| length(&request["levels"]) >= 3)),
    ("ALL", |s| counts(s).any(|(_, _, count)| count == -1)),
    ("BEST", |s| counts(s).any(|(_, _, count)| count == -2)),
    ("HALF_BEST", |s| counts(s).any(|(_, _, count)| count == -3)),
    ("special count at an outer level", |s| {
        counts(s).any(|(rank, depth, count)| (-3..0).contains(&count) && rank + 1 < depth)
    }),
    ("special count at an inner level", |s| counts(s).any(|(rank, _, count)| (-3..0).contains(&count) && rank > 0)),
    ("several groups", |s| moldables(s).any(|moldable| length(&moldable["requests"]) > 1)),
    ("several alternatives", |s| waiting(s).any(|job| length(&job["moldables"]) > 1)),
    ("no alternative", |s| waiting(s).any(|job| length(&job["moldables"]) == 0)),
    ("walltime not positive", |s| moldables(s).any(|moldable| integer(&moldable["walltime"]) <= 0)),
    ("walltime of a second", |s| moldables(s).any(|moldable| moldable["walltime"] == 1)),
    ("endless walltime", |s| {
        jobs(s).any(|job| job["walltime"] == i64::MAX) || moldables(s).any(|moldable| moldable["walltime"] == i64::MAX)
    }),
    ("job without a user, a project, a queue or a name", |s| {
        jobs(s).any(|job| ["user", "project", "queue", "name"].iter().any(|key| job[key].is_null()))
    }),
    ("no group", |s| moldables(s).any(|moldable| length(&moldable["requests"]) == 0)),
    ("no level", |s| requests(s).any(|request| length(&request["levels"]) == 0)),
    ("unknown level", |s| requests(s).any(|request| request["levels"][0][0] == "nowhere")),
    ("invalid count", |s| counts(s).any(|(_, _, count)| count == 0 || count < -3)),
    ("earliest start to come", |s| waiting(s).any(|job| integer_or(&job["earliest_start"], 0) > now(s))),
    ("earliest start that is over", |s| waiting(s).any(|job| integer_or(&job["earliest_start"], i64::MAX) <= now(s))),
    ("latest end to come", |s| waiting(s).any(|job| integer_or(&job["latest_end"], 0) > now(s))),
    ("latest end that is over", |s| waiting(s).any(|job| integer_or(&job["latest_end"], i64::MAX) <= now(s))),
    ("tokens", |s| waiting(s).any(|job| has(job, "token:a"))),
    ("tokens that nobody knows", |s| waiting(s).any(|job| has(job, "token:nobody"))),
    ("scheduled jobs", |s| scheduled(s).next().is_some()),
    ("running job", |s| states(s).any(|state| state == "Running")),
    ("suspended job", |s| states(s).any(|state| state == "Suspended")),
    ("state that is not current", |s| states(s).any(|state| state == "toError")),
    ("overrun", |s| {
        scheduled(s).any(|job| {
            job["state"] == "Running" && integer(&job["start"]).saturating_add(integer(&job["walltime"])) <= now(s)
        })
    }),
    ("current job with a start of 0", |s| scheduled(s).any(|job| job["start"] == 0 && job["state"].is_string())),
    ("scheduled for later", |s| scheduled(s).any(|job| integer(&job["start"]) > now(s))),
    ("scheduled besteffort", |s| scheduled(s).any(|job| has(job, "besteffort"))),
    ("waiting besteffort", |s| waiting(s).any(|job| has(job, "besteffort"))),
    ("timesharing", |s| jobs(s).any(|job| value(job, "timesharing") == Some("*,*"))),
    ("timesharing by user", |s| {
        jobs(s).any(|job| value(job, "timesharing").is_some_and(|key| ["user,*", "*,user"].contains(&key)))
    }),
    ("timesharing by name", |s| {
        jobs(s).any(|job| value(job, "timesharing").is_some_and(|key| ["name,*", "*,name"].contains(&key)))
    }),
    ("timesharing by both", |s| {
        jobs(s).any(|job| value(job, "timesharing").is_some_and(|key| ["user,name", "name,user"].contains(&key)))
    }),
    ("bare timesharing", |s| jobs(s).any(|job| value(job, "timesharing") == Some(""))),
    ("malformed timesharing", |s| {
        jobs(s).any(|job| value(job, "timesharing").is_some_and(|key| ["user", "*", "x,*"].contains(&key)))
    }),
    ("placeholder", |s| jobs(s).any(|job| has(job, "placeholder"))),
    ("allow", |s| waiting(s).any(|job| has(job, "allow"))),
    ("allowed", |s| waiting(s).any(|job| has(job, "allowed"))),
    ("types that do not go together", |s| {
        waiting(s).any(|job| has(job, "placeholder") && (has(job, "allow") || has(job, "container")))
    }),
    ("supersed", |s| waiting(s).any(|job| names_scheduled(s, job, "supersed"))),
    ("supersed of an unknown job", |s| {
        waiting(s).any(|job| has(job, "supersed") && !names_scheduled(s, job, "supersed"))
    }),
    ("leaflet", |s| waiting(s).any(|job| names_scheduled(s, job, "leaflet"))),
    ("container", |s| waiting(s).any(|job| value(job, "container") == Some(""))),
    ("named container", |s| waiting(s).any(|job| value(job, "container").is_some_and(|name| !name.is_empty()))),
    ("fragmented container", |s| jobs(s).filter(|job| value(job, "container") == Some("box")).count() > 1),
    ("scheduled container", |s| scheduled(s).any(|job| has(job, "container"))),
    ("inner job", |s| waiting(s).any(|job| has(job, "inner"))),
    ("scheduled inner job", |s| scheduled(s).any(|job| has(job, "inner"))),
    ("nested container", |s| jobs(s).any(|job| has(job, "inner") && has(job, "container"))),
    ("inner without name", |s| waiting(s).any(|job| value(job, "inner") == Some(""))),
    ("dependency", |s| dependencies(s).any(|dependency| dependency["state"] == "Waiting")),
    ("dependency on a scheduled job", |s| {
        dependencies(s).any(|dependency| scheduled(s).any(|job| job["id"] == dependency["job"]))
    }),
    ("failed dependency", |s| dependencies(s).any(|dependency| dependency["exit_code"] == 256)),
    ("ended dependency", |s| {
        dependencies(s).any(|dependency| dependency["state"] == "Terminated" && dependency["exit_code"] != 256)
    }),
    ("dependency in error", |s| dependencies(s).any(|dependency| dependency["state"] == "Error")),
    ("quotas", |s| s["quotas"].is_object()),
    ("resource-hours", |s| limits(s).any(|limits| limits[2] != -1)),
    ("limit of jobs", |s| limits(s).any(|limits| limits[1] != -1)),
    ("limit with ALL", |s| limits(s).any(|limits| limits[0].as_str().is_some_and(|limit| limit.ends_with("ALL")))),
    ("limit for each", |s| rule_keys(s).any(|key| key.contains('/'))),
    ("rule on a type", |s| rule_keys(s).any(|key| key.contains("besteffort,") || key.contains("deploy"))),
    ("no_quotas", |s| s["quotas"].is_object() && waiting(s).any(|job| has(job, "no_quotas"))),
    ("inner job under quotas", |s| s["quotas"].is_object() && waiting(s).any(|job| has(job, "inner"))),
    ("supersed under quotas", |s| s["quotas"].is_object() && waiting(s).any(|job| names_scheduled(s, job, "supersed"))),
    ("period", |s| length(&s["quotas"]["periodical"]) > 0),
    ("oneshot", |s| length(&s["quotas"]["oneshot"]) > 0),
    ("period over midnight", |s| {
        elements(&s["quotas"]["periodical"]).any(|period| period[0].as_str().is_some_and(is_over_midnight))
    }),
    ("what ALL counts", |s| s["quotas"].is_object() && !s["quotas_settings"]["all"].is_null()),
    ("Europe/Paris", |s| s["time_zone"] == "Europe/Paris"),
    ("America/New_York", |s| s["time_zone"] == "America/New_York"),
    ("Australia/Lord_Howe", |s| s["time_zone"] == "Australia/Lord_Howe"),
    ("FIFO", |s| s["ordering"]["policy"] == "FIFO"),
    ("FAIRSHARE", |s| s["ordering"]["policy"].as_str().is_some_and(|policy| policy.starts_with("FAIRSHAR"))),
    ("MULTIFACTOR", |s| s["ordering"]["policy"] == "MULTIFACTOR"),
    ("unknown policy", |s| s["ordering"]["policy"] == "ROUND_ROBIN"),
    ("max_jobs", |s| integer(&s["ordering"]["max_jobs"]) > 0),
    ("several queue groups", |s| length(&s["queue_groups"]) > 1),
    ("reservation", |s| reservations(s).any(|(_, start)| start > now(s))),
    ("reservation in the past", |s| reservations(s).any(|(job, start)| start < now(s) && !is_too_old(s, job))),
    ("reservation too old", |s| reservations(s).any(|(job, _)| is_too_old(s, job))),
    ("inner reservation", |s| reservations(s).any(|(job, _)| has(job, "inner"))),
    ("container reservation", |s| reservations(s).any(|(job, _)| has(job, "container"))),
    ("reservation under quotas", |s| s["quotas"].is_object() && reservations(s).next().is_some()),
    ("id that comes twice", |s| {
        let ids: Vec<i64> = jobs(s).map(|job| integer(&job["id"])).collect();
        ids.iter().enumerate().any(|(rank, id)| ids[..rank].contains(id))
    }),
];

/// The names of all features.
pub fn names() -> impl Iterator<Item = &'static str> {
    FEATURES.iter().map(|(name, _)| *name)
}

/// The names of the features that the snapshot has.
pub fn features(snapshot: &Value) -> Vec<&'static str> {
    FEATURES.iter().filter(|(_, is_in)| is_in(snapshot)).map(|(name, _)| *name).collect()
}

fn elements(json: &Value) -> impl Iterator<Item = &Value> {
    json.as_array().into_iter().flatten()
}

fn length(json: &Value) -> usize {
    elements(json).count()
}

fn integer(json: &Value) -> i64 {
    integer_or(json, 0)
}

fn integer_or(json: &Value, other: i64) -> i64 {
    json.as_i64().unwrap_or(other)
}

fn now(snapshot: &Value) -> i64 {
    integer(&snapshot["now"])
}

fn default(snapshot: &Value) -> Set {
    Set::parse(snapshot["resources"]["default"].as_str().unwrap_or_default())
}

fn usable(snapshot: &Value) -> Set {
    snapshot["resources"]["usable"].as_str().map_or_else(|| default(snapshot), Set::parse)
}

fn missing(snapshot: &Value) -> Set {
    Set::parse(snapshot["resources"]["missing"].as_str().unwrap_or_default())
}

/// What a scheduled job holds.
fn resources(job: &Value) -> Set {
    Set::parse(job["resources"].as_str().unwrap_or_default())
}

fn accepting(snapshot: &Value) -> impl Iterator<Item = &Value> {
    waiting(snapshot).filter(|job| job["accepts_missing"] == true)
}

fn blocks(snapshot: &Value) -> impl Iterator<Item = &str> {
    let levels = snapshot["resources"]["hierarchy"].as_object().into_iter().flatten();
    levels.flat_map(|(_, blocks)| elements(blocks)).filter_map(Value::as_str)
}

fn untils(snapshot: &Value) -> impl Iterator<Item = i64> {
    elements(&snapshot["resources"]["available_upto"]).map(|limit| integer(&limit["until"]))
}

fn scheduled(snapshot: &Value) -> impl Iterator<Item = &Value> {
    elements(&snapshot["scheduled_jobs"])
}

fn states(snapshot: &Value) -> impl Iterator<Item = &str> {
    scheduled(snapshot).filter_map(|job| job["state"].as_str())
}

fn waiting(snapshot: &Value) -> impl Iterator<Item = &Value> {
    let in_groups = elements(&snapshot["queue_groups"]).flat_map(|group| elements(&group["waiting_jobs"]));
    elements(&snapshot["waiting_jobs"]).chain(in_groups)
}

fn jobs(snapshot: &Value) -> impl Iterator<Item = &Value> {
    scheduled(snapshot).chain(waiting(snapshot))
}

fn reservations(snapshot: &Value) -> impl Iterator<Item = (&Value, i64)> {
    waiting(snapshot).filter_map(|job| Some((job, job["reservation_start"].as_i64()?)))
}

fn is_too_old(snapshot: &Value, job: &Value) -> bool {
    let walltime = job["moldables"][0]["walltime"].as_i64();
    walltime.is_some_and(|walltime| integer(&job["reservation_start"]).saturating_add(walltime) <= now(snapshot))
}

fn moldables(snapshot: &Value) -> impl Iterator<Item = &Value> {
    waiting(snapshot).flat_map(|job| elements(&job["moldables"]))
}

fn requests(snapshot: &Value) -> impl Iterator<Item = &Value> {
    moldables(snapshot).flat_map(|moldable| elements(&moldable["requests"]))
}

/// The rank of a level in its request, the depth of the request, and the count.
fn counts(snapshot: &Value) -> impl Iterator<Item = (usize, usize, i64)> {
    requests(snapshot).flat_map(|request| {
        let depth = length(&request["levels"]);
        elements(&request["levels"]).enumerate().map(move |(rank, level)| (rank, depth, integer(&level[1])))
    })
}

fn dependencies(snapshot: &Value) -> impl Iterator<Item = &Value> {
    waiting(snapshot).flat_map(|job| elements(&job["dependencies"]))
}

fn has(job: &Value, name: &str) -> bool {
    job["types"].as_object().is_some_and(|types| types.contains_key(name))
}

/// The value of a type that the job has.
fn value<'a>(job: &'a Value, name: &str) -> Option<&'a str> {
    has(job, name).then(|| job["types"][name].as_str().unwrap_or_default())
}

fn names_scheduled(snapshot: &Value, job: &Value, name: &str) -> bool {
    let named: Option<i64> = value(job, name).and_then(|value| value.parse().ok());
    named.is_some_and(|id| scheduled(snapshot).any(|job| job["id"] == id))
}

fn rules(snapshot: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let sets = snapshot["quotas"].as_object().into_iter().flatten();
    sets.filter_map(|(_, rules)| rules.as_object()).flatten()
}

fn rule_keys(snapshot: &Value) -> impl Iterator<Item = &str> {
    rules(snapshot).map(|(key, _)| key.as_str())
}

fn limits(snapshot: &Value) -> impl Iterator<Item = &Value> {
    rules(snapshot).map(|(_, limits)| limits)
}

fn is_over_midnight(period: &str) -> bool {
    let hours = period.split(' ').next().unwrap_or_default().split_once('-');
    hours.is_some_and(|(from, to)| to < from && to != "00:00")
}
