//! A round being drawn.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::machine::{Machine, text};

pub const MINUTE: i64 = 60;
pub const HOUR: i64 = 3600;

/// What a round is made of: the machine, the jobs that hold resources, those that wait.
pub struct Draft {
    pub rng: Rng,
    pub now: i64,
    pub machine: Machine,
    pub scheduled: Vec<Value>,
    pub waiting: Vec<Value>,
    /// The queues of each group.
    pub groups: Vec<Vec<&'static str>>,
    pub security: i64,
    /// Keys of the snapshot that not every round has.
    pub others: Map<String, Value>,
}

impl Draft {
    pub fn new(rng: Rng, machine: Machine) -> Draft {
        Draft {
            rng,
            now: 1_700_000_000,
            machine,
            scheduled: Vec::new(),
            waiting: Vec::new(),
            groups: vec![vec!["default", "besteffort"]],
            security: 0,
            others: Map::new(),
        }
    }

    pub fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(0..100) < percent
    }

    pub fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.rng.usize(0..choices.len())].clone()
    }

    /// A waiting job with one alternative of one group: `[[level, count], ...]`.
    pub fn wait(&mut self, walltime: i64, levels: Value) -> &mut Value {
        self.wait_for(vec![(walltime, json!([{ "levels": levels }]))])
    }

    /// A waiting job with these alternatives: walltime and groups of each.
    pub fn wait_for(&mut self, alternatives: Vec<(i64, Value)>) -> &mut Value {
        let id = 1001 + self.waiting.len() as i64;
        let mut job = self.anybody(id);
        job["submission_time"] = json!(self.now - self.rng.i64(0..1000));
        let moldables = (10 * id..).zip(alternatives);
        let moldables =
            moldables.map(|(id, (walltime, requests))| json!({ "id": id, "walltime": walltime, "requests": requests }));
        job["moldables"] = moldables.collect();
        self.waiting.push(job);
        self.waiting.last_mut().expect("a job")
    }

    /// A job that holds resources.
    pub fn hold(&mut self, start: i64, walltime: i64, resources: &[u32]) -> &mut Value {
        let id = 1 + self.scheduled.len() as i64;
        let mut job = self.anybody(id);
        job["start"] = json!(start);
        job["walltime"] = json!(walltime);
        job["resources"] = json!(text(resources));
        if start <= self.now {
            job["state"] = json!("Running");
        }
        self.scheduled.push(job);
        self.scheduled.last_mut().expect("a job")
    }

    fn anybody(&mut self, id: i64) -> Value {
        let user = self.pick(&["alice", "bob", "carol", "dave"]);
        let project = self.pick(&["p1", "p1", "p2"]);
        let name = self.pick(&["", "n1", "n2"]);
        json!({ "id": id, "user": user, "project": project, "queue": "default", "name": name, "types": {} })
    }

    /// Running jobs on about this share of the machine, which leave one after the other.
    pub fn occupy(&mut self, percent: u32, longest: i64) {
        for node in 0..self.machine.blocks("nodes").len() {
            if self.chance(percent) {
                let node = self.machine.blocks("nodes")[node].clone();
                let part = if self.chance(30) { &node[..node.len().div_ceil(2)] } else { &node };
                let (before, left) = (self.rng.i64(1..HOUR), self.rng.i64(1..longest));
                self.hold(self.now - before, before + left, part);
            }
        }
    }

    /// Changes each waiting job with this probability.
    pub fn each_waiting(&mut self, percent: u32, mut change: impl FnMut(&mut Rng, &mut Value)) {
        for job in &mut self.waiting {
            if self.rng.u32(0..100) < percent {
                change(&mut self.rng, job);
            }
        }
    }

    /// Often lets the jobs ask for what some of them ask for, now and then for a second more or less.
    pub fn repeat_requests(&mut self) {
        let kinds = self.pick(&[2, 5, 12, 30]);
        if self.waiting.len() <= kinds || self.chance(60) {
            return;
        }
        let (first, others) = self.waiting.split_at_mut(kinds);
        for job in others {
            let id = job["id"].as_i64().expect("an id");
            job["moldables"] = first[self.rng.usize(0..kinds)]["moldables"].clone();
            for (id, moldable) in (10 * id..).zip(job["moldables"].as_array_mut().expect("alternatives")) {
                moldable["id"] = json!(id);
                if self.rng.u32(0..12) == 0 {
                    let walltime = moldable["walltime"].as_i64().expect("a walltime");
                    moldable["walltime"] = json!((walltime + self.rng.i64(-1..2)).max(1));
                }
            }
        }
    }

    /// The snapshot.
    pub fn snapshot(self) -> Value {
        let mut snapshot = json!({
            "format": "oar-scheduler-snapshot/1",
            "now": self.now,
            "security_time": self.security,
            "resources": self.machine.json(),
            "scheduled_jobs": self.scheduled,
        });
        let mut groups: Vec<Value> =
            self.groups.iter().map(|queues| json!({ "queues": queues, "waiting_jobs": [] })).collect();
        for job in self.waiting {
            let is_in = |queues: &Vec<&str>| queues.iter().any(|queue| job["queue"] == *queue);
            let group = self.groups.iter().position(is_in).expect("a group with the queue");
            groups[group]["waiting_jobs"].as_array_mut().expect("jobs").push(job);
        }
        snapshot["queue_groups"] = Value::Array(groups);
        let keys = snapshot.as_object_mut().expect("a snapshot");
        for (key, value) in self.others {
            match keys.get_mut(&key) {
                Some(Value::Object(old)) => old.extend(value.as_object().expect("an object").clone()),
                _ => drop(keys.insert(key, value)),
            }
        }
        snapshot
    }
}
