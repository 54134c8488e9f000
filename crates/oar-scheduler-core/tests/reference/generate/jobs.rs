//! Random jobs, scheduled and waiting.

use serde_json::{Map, Value, json};

use super::Maker;

const USERS: [&str; 5] = ["alice", "alice", "bob", "bob", "carol"];
const CONTAINERS: [&str; 3] = ["box", "box", "yop"];
const DEPENDENCY_STATES: [&str; 10] =
    ["Waiting", "Waiting", "Waiting", "Running", "toLaunch", "Hold", "Suspended", "Terminated", "Terminated", "Error"];
const JOB_STATES: [&str; 10] = [
    "Running",
    "Running",
    "Running",
    "Suspended",
    "Suspended",
    "toLaunch",
    "Launching",
    "Finishing",
    "Resuming",
    "toError",
];
const TIMESHARING: [&str; 14] = [
    "*,*",
    "*,*",
    "user,*",
    "*,user",
    "name,*",
    "*,name",
    "user,name",
    "name,user",
    "",
    "user",
    "user,user",
    "x,*",
    "*",
    "user,name,*",
];
/// The queues of several groups.
const GROUPS: [&[&[&str]]; 4] = [
    &[&["default"], &["besteffort"]],
    &[&["admin"], &["default", "besteffort"]],
    &[&["default", "admin"], &["besteffort"]],
    &[&["admin"], &["default"], &["besteffort"]],
];

/// All jobs of a snapshot.
pub struct Jobs {
    pub scheduled: Vec<Value>,
    pub groups: Vec<Group>,
}

/// The jobs of the queues of one priority.
pub struct Group {
    pub queues: Vec<&'static str>,
    pub waiting: Vec<Value>,
}

/// The ids that jobs may name.
struct Ids {
    scheduled: Vec<i64>,
    waiting: Vec<i64>,
}

impl Maker {
    /// The jobs of the snapshot.
    pub fn jobs(&mut self) -> Jobs {
        let scheduled_count = if self.on("scheduled") { self.rng.i64(1..9) } else { 0 };
        let waiting_count = self.rng.i64(1..13);
        let ids = Ids { scheduled: (1..=scheduled_count).collect(), waiting: (101..=100 + waiting_count).collect() };
        let scheduled = ids.scheduled.iter().map(|id| self.scheduled_job(*id, &ids)).collect();
        let queues: &[&[&'static str]] = if self.on("groups") {
            self.pick(&GROUPS)
        } else if self.on("besteffort") {
            &[self.pick(&[&["default", "besteffort"] as &[&str], &["besteffort", "default"], &["besteffort"]])]
        } else {
            &[&["default", "admin"]]
        };
        let mut groups: Vec<Group> =
            queues.iter().map(|queues| Group { queues: queues.to_vec(), waiting: Vec::new() }).collect();
        for id in &ids.waiting {
            let rank = self.rng.usize(0..groups.len());
            let queue = if self.chance(5) { "elsewhere" } else { self.pick(&groups[rank].queues.clone()) };
            let job = self.waiting_job(*id, queue, &ids);
            groups[rank].waiting.push(job);
        }
        for group in &mut groups {
            if self.on("ordering") {
                self.rng.shuffle(&mut group.waiting);
            }
            if self.on("duplicates") && !group.waiting.is_empty() {
                let other = self.pick(&[1, 101, 102, 103]);
                let job = self.rng.usize(0..group.waiting.len());
                group.waiting[job]["id"] = json!(other);
            }
        }
        Jobs { scheduled, groups }
    }

    fn anybody(&mut self, id: i64, queue: &str) -> Value {
        let user = self.pick(&USERS);
        let project = self.pick(&["p1", "p1", "p2"]);
        let name = self.pick(&["", "n1", "n2"]);
        let mut job = json!({ "id": id, "user": user, "project": project, "queue": queue, "name": name });
        if self.chance(4) {
            let key = self.pick(&["user", "project", "queue", "name"]);
            job.as_object_mut().expect("a job").remove(key);
        }
        job
    }

    fn scheduled_job(&mut self, id: i64, ids: &Ids) -> Value {
        let mut job = self.anybody(id, "default");
        let mut types = self.types(id, "default");
        let is_container = types.contains_key("container");
        // Several scheduled jobs of one id: a job and its hold elsewhere.
        if self.on("duplicates") && self.chance(15) {
            job["id"] = json!(self.pick(&ids.scheduled));
        }
        if self.on("leaflets") && self.chance(50) {
            types.insert("envelope".to_owned(), json!(""));
        }
        let mut start = self.instant(-4..8);
        let mut walltime = self.walltime();
        if is_container {
            walltime = walltime.saturating_add(self.rng.i64(0..12) * self.unit);
        }
        if self.on("states") {
            if self.chance(75) {
                job["state"] = json!(self.pick(&JOB_STATES));
            }
            match self.rng.u32(0..6) {
                0 => start = 0,
                1 => walltime = (self.now - start).clamp(1, walltime),
                _ => {}
            }
        } else if self.chance(20) {
            job["state"] = json!("Running");
            start = start.min(self.now);
        }
        job["types"] = Value::Object(types);
        job["start"] = json!(start);
        job["walltime"] = json!(walltime);
        let mut resources = self.platform.subset(&mut self.rng);
        if is_container && self.rng.bool() {
            resources = resources.or(&self.platform.subset(&mut self.rng));
        }
        job["resources"] = json!(resources.text());
        job
    }

    fn waiting_job(&mut self, id: i64, queue: &str, ids: &Ids) -> Value {
        let mut job = self.anybody(id, queue);
        let mut types = self.types(id, queue);
        let named = |maker: &mut Maker| {
            if maker.chance(10) || ids.scheduled.is_empty() { 999 } else { maker.pick(&ids.scheduled) }
        };
        if self.on("supersed") && self.chance(40) {
            let value = if self.chance(8) { "x".to_owned() } else { named(self).to_string() };
            types.insert("supersed".to_owned(), json!(value));
        }
        if self.on("leaflets") && self.chance(30) {
            types.insert("leaflet".to_owned(), json!(named(self).to_string()));
        }
        job["submission_time"] = json!(self.instant(-5..2));
        if self.on("dependencies") && self.chance(40) {
            let dependencies: Vec<Value> = (0..self.rng.usize(1..3)).map(|_| self.dependency(id, ids)).collect();
            job["dependencies"] = Value::Array(dependencies);
        }
        let count = if self.on("moldable") { self.pick(&[0, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3]) } else { 1 };
        let moldables: Vec<Value> =
            (0..count).map(|rank| self.moldable(id * 10 + rank, types.contains_key("container"))).collect();
        job["moldables"] = Value::Array(moldables);
        if self.on("reservations") && self.chance(30) {
            job["reservation_start"] = json!(self.instant(-5..10));
        }
        job["types"] = Value::Object(types);
        job
    }

    fn dependency(&mut self, id: i64, ids: &Ids) -> Value {
        let required = match self.rng.u32(0..10) {
            0 => 999,
            1 => self.pick(&ids.waiting),
            2 | 3 if !ids.scheduled.is_empty() => self.pick(&ids.scheduled),
            _ => (id - self.rng.i64(1..4)).max(101),
        };
        let mut dependency = json!({ "job": required, "state": self.pick(&DEPENDENCY_STATES) });
        if dependency["state"] == "Terminated" {
            dependency["exit_code"] = self.pick(&[Some(0), Some(0), None, Some(256)]).into();
        }
        dependency
    }

    /// The types that any job may have.
    fn types(&mut self, id: i64, queue: &str) -> Map<String, Value> {
        let mut types = Map::new();
        let mut add = |name: &str, value: &str| {
            types.insert(name.to_owned(), if value.is_empty() { Value::Null } else { json!(value) })
        };
        if self.on("besteffort") && self.chance(if queue == "besteffort" { 90 } else { 30 }) {
            add("besteffort", "");
        }
        if self.on("no_quotas") && self.chance(25) {
            add("no_quotas", "");
        }
        if self.chance(20) {
            add(self.pick(&["deploy", "cosystem"]), "");
        }
        if self.on("ordering") && self.chance(50) {
            add("qos", self.pick(&["0.5", "1", "1.5", "-1", "x", "NaN", ""]));
            add("nice", self.pick(&["2", "0.5", "3.5", "x", "inf", ""]));
        }
        let has_conflicts = self.on("conflicts") && self.chance(40);
        let is_container = self.on("containers") && self.chance(35);
        let container = if self.chance(60) { self.pick(&CONTAINERS) } else { "" };
        if is_container {
            add("container", container);
        }
        let may_share = !is_container || has_conflicts;
        let mut shares = false;
        if self.on("timesharing") && self.chance(60) && may_share {
            add("timesharing", self.pick(&TIMESHARING));
            shares = true;
        }
        if self.on("placeholder") && self.chance(70) && may_share && (!shares || has_conflicts) {
            add(self.pick(&["placeholder", "allow", "allowed"]), self.pick(&["x", "x", "y"]));
        }
        if has_conflicts && self.rng.bool() {
            add("placeholder", "x");
            add(self.pick(&["allow", "timesharing", "container"]), "*,*");
        }
        if has_conflicts && self.chance(25) {
            add("inner", "");
        } else if self.on("containers") && self.chance(if is_container { 20 } else { 60 }) {
            let own = if container.is_empty() { id.to_string() } else { container.to_owned() };
            match self.rng.u32(0..12) {
                0 | 1 if has_conflicts => add("inner", &own),
                2 if self.chance(30) => add("inner", "ghost"),
                3 => add("inner", self.pick(&["1", "2", "101", "102", "103"])),
                _ if is_container => add("inner", self.pick(&["yop", "box", "101", "102"])),
                _ => add("inner", self.pick(&CONTAINERS)),
            };
        }
        types
    }

    fn moldable(&mut self, id: i64, is_container: bool) -> Value {
        let mut requests: Vec<Value> = (0..if self.on("several_groups") { self.pick(&[1, 1, 2, 2, 3]) } else { 1 })
            .map(|_| self.request())
            .collect();
        let mut walltime = self.walltime();
        if is_container {
            walltime = walltime.saturating_add(self.rng.i64(0..8) * self.unit);
        }
        if is_container && self.rng.bool() {
            // Room for the inner jobs.
            let level = self.pick(&["network_address", "resource_id"]);
            requests = vec![json!({ "levels": [[level, self.platform.block_count(level).div_ceil(2)]] })];
        }
        if self.on("invalid") && self.chance(20) {
            match self.rng.u32(0..6) {
                0 => walltime = self.pick(&[0, -1]),
                1 => requests.clear(),
                2 => requests[0]["levels"] = json!([]),
                3 => requests[0]["levels"][0][0] = json!("nowhere"),
                4 => requests[0]["levels"][0][1] = json!(self.pick(&[0, -4])),
                _ => requests[0]["filter"] = json!(""),
            }
        }
        json!({ "id": id, "walltime": walltime, "requests": requests })
    }

    fn request(&mut self) -> Value {
        let mut names = self.platform.levels();
        let depth = if self.on("deep") { self.rng.usize(1..names.len() + 1) } else { 1 };
        while names.len() > depth {
            names.remove(self.rng.usize(0..names.len()));
        }
        if self.on("deep") && self.chance(10) {
            self.rng.shuffle(&mut names);
        }
        let levels: Vec<Value> =
            names.into_iter().enumerate().map(|(rank, name)| json!([name, self.count(rank, name)])).collect();
        let mut request = json!({ "levels": levels });
        if self.on("filters") && self.chance(50) {
            request["filter"] = json!(self.platform.subset(&mut self.rng).text());
        }
        request
    }

    /// Rarely more than there could be.
    fn count(&mut self, rank: usize, level: &str) -> i64 {
        if self.on("special_counts") && self.chance(35) {
            return self.pick(&[-1, -2, -2, -3]);
        }
        let most = if rank > 0 || self.on("several_groups") {
            self.pick(&[1, 1, 1, 1, 2])
        } else {
            self.platform.block_count(level) as i64
        };
        let count = self.pick(&[1, 1, 1, 1, 2, 2, 3, 4]);
        if self.chance(6) { count } else { count.min(most).max(1) }
    }
}
