//! Reasons are true: without all the causes named for a job it starts now; with any one of them left, it does not.
//!
//! Checked against the plan as it stands: the jobs that were placed before stay where they are, unless they are a cause. A cause is removed as the type
//! [`World`] says. `ROUNDS` and `SEED` choose a longer run, `SHRINK=0` one that ends at the first falsehood as it is.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod reference;

use std::collections::BTreeSet;

use fastrand::Rng;
use oar_scheduler_core::{
    Assignment, Cause, Figure, Impossible, Job, JobId, MoldableId, NoHooks, Plan, ProcSet, QueueGroup, Reason,
    ResourceId, Round, RuleKey, ScheduledJob, Seconds, Snapshot, Time, WaitingJob, plan,
};
use serde_json::{Value, json};

fn environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |value| value.parse().expect("a number"))
}

/// A round as it stood when a job was handled, without some causes.
struct World {
    snapshot: Snapshot,
    placed: Vec<(WaitingJob, Assignment)>,
    job: WaitingJob,
    envelope_is_open: bool,
}

impl World {
    fn of<'s>(snapshot: &'s Snapshot, plan: &Plan, reason: &Reason) -> Self {
        // In the order in which they are handled: of jobs of one number the first counts.
        let in_order = |group: &'s QueueGroup| {
            let (reservations, waiting): (Vec<_>, Vec<_>) =
                group.waiting_jobs.iter().partition(|job| job.reservation_start.is_some());
            waiting.into_iter().chain(reservations)
        };
        let jobs: Vec<&WaitingJob> = snapshot.groups.iter().flat_map(in_order).collect();
        let find = |id: JobId| (*jobs.iter().find(|job| job.job.id == id).unwrap()).clone();
        let placed = &plan.assignments[..reason.placed_before];
        let mut placed: Vec<_> = placed.iter().map(|assignment| (find(assignment.job), assignment.clone())).collect();
        let mut snapshot = snapshot.clone();
        // The tokens that they have taken are gone, even if they go.
        for (job, assignment) in &mut placed {
            job.job.types.retain(|name, asked| {
                let Some(token) = name.strip_prefix("token:") else { return true };
                let left = snapshot.tokens.get_mut(token).filter(|_| assignment.start <= snapshot.now);
                left.into_iter().for_each(|left| *left -= asked.trim().parse::<i64>().unwrap());
                false
            });
        }
        Self {
            snapshot,
            placed,
            job: find(reason.job),
            envelope_is_open: !reason.causes.iter().any(|cause| matches!(cause, Cause::Envelope { .. })),
        }
    }

    fn remove(&mut self, cause: &Cause) {
        match cause {
            // Removed beforehand, all at once.
            Cause::Held { .. } => {}
            Cause::AvailableUpto { until, .. } => {
                self.snapshot.resources.available_upto.retain(|entry| entry.until != *until);
            }
            Cause::Container { container, .. } => self.add_container(container),
            Cause::Quota { rules, rule, figure, .. } => self.lift(rules.as_deref().unwrap_or("quotas"), rule, *figure),
            Cause::WindowLimit { .. } => {
                let walltime = self.job.moldables.iter().map(|moldable| moldable.walltime).max().unwrap();
                self.snapshot.quotas_settings.window_time_limit = Seconds(walltime.0.saturating_add(2 * 86_400));
            }
            Cause::Dependency { job, .. } => self.job.dependencies.retain(|dependency| dependency.job != *job),
            Cause::Token { token, .. } => {
                self.job.job.types.remove(&format!("token:{token}"));
            }
            Cause::Postponed { .. } => self.job.earliest_start = None,
            Cause::Deadline { .. } => self.job.latest_end = None,
            Cause::Envelope { .. } => {
                self.job.job.types.remove("leaflet");
            }
            // The job is placed all the same below.
            Cause::RoundLimit { .. } => {}
            other => panic!("{other:?} cannot be removed"),
        }
    }

    /// The jobs that the job sees before it.
    fn seen(&self) -> Vec<Job> {
        let besteffort = self.job.job.is_besteffort();
        let scheduled = self.snapshot.scheduled_jobs.iter().filter(|job| besteffort || !job.job.is_besteffort());
        scheduled.map(|job| job.job.clone()).chain(self.placed.iter().map(|(job, _)| job.job.clone())).collect()
    }

    /// Gives a container all resources for all time.
    fn add_container(&mut self, name: &str) {
        let types = [("container".to_owned(), name.to_owned())].into();
        let job = WaitingJob { job: Job { id: JobId(-1), types, ..Job::default() }, ..WaitingJob::default() };
        let assignment = Assignment {
            job: job.job.id,
            moldable: MoldableId(0),
            start: self.snapshot.now,
            walltime: Seconds((self.snapshot.max_time - self.snapshot.now).0 + 1 + self.snapshot.security_time.0),
            resources: self.snapshot.resources.usable.union(&self.snapshot.resources.missing),
        };
        self.placed.insert(0, (job, assignment));
    }

    fn lift(&mut self, rules: &str, rule: &RuleKey, figure: Figure) {
        let file = &mut self.snapshot.quotas.as_mut().unwrap().0;
        for (key, limits) in file[rules].as_object_mut().unwrap() {
            if RuleKey::try_from(key.clone()).unwrap() == *rule {
                let index = match figure {
                    Figure::Resources => 0,
                    Figure::Jobs => 1,
                    Figure::ResourceSeconds => 2,
                };
                limits[index] = Value::from(-1);
            }
        }
    }

    /// Removes jobs that hold resources, and the inner jobs whose containers are all gone.
    fn remove_jobs(&mut self, gone: &BTreeSet<JobId>) {
        let mut gone = gone.clone();
        let all = self.seen();
        let is_scheduled = |job: &Job| self.snapshot.scheduled_jobs.iter().any(|scheduled| scheduled.job.id == job.id);
        let is_lost = |inner: &Job, gone: &BTreeSet<JobId>| {
            // A scheduled inner job lives in scheduled containers only.
            let mut containers = all.iter().filter(|job| {
                job.container_name().as_deref() == inner.inner_of() && (is_scheduled(job) || !is_scheduled(inner))
            });
            inner.inner_of().is_some()
                && containers.clone().next().is_some()
                && containers.all(|job| gone.contains(&job.id))
        };
        while let Some(inner) = all.iter().find(|inner| !gone.contains(&inner.id) && is_lost(inner, &gone)) {
            gone.insert(inner.id);
        }
        let is_gone =
            |named: Option<&str>| named.and_then(|id| id.parse().ok()).is_some_and(|id| gone.contains(&JobId(id)));
        let types = &mut self.job.job.types;
        // An open envelope that goes takes its condition along.
        if self.envelope_is_open && is_gone(types.get("leaflet").map(String::as_str)) {
            types.remove("leaflet");
        }
        self.snapshot.scheduled_jobs.retain(|job| !gone.contains(&job.job.id));
        // A job that supersedes another has no other access, and gets none when that one goes: as if that one held nothing.
        if is_gone(types.get("supersed").map(String::as_str)) {
            let nobody = JobId(-2);
            types.insert("supersed".to_owned(), nobody.to_string());
            let job = Job { id: nobody, ..Job::default() };
            let (start, walltime, resources) = (Time(0), Seconds(0), ProcSet::new());
            self.snapshot.scheduled_jobs.push(ScheduledJob { job, start, walltime, resources, state: None });
        }
        self.placed.retain(|(job, _)| !gone.contains(&job.job.id));
    }

    /// On a machine where nobody is, without conditions and limits.
    fn emptied(mut self) -> Self {
        self.snapshot.scheduled_jobs.clear();
        self.snapshot.resources.available_upto.clear();
        self.snapshot.quotas = None;
        self.placed.clear();
        self.job.dependencies.clear();
        let tokens = self.job.job.types.keys().filter_map(|name| name.strip_prefix("token:"));
        self.snapshot.tokens = tokens.map(|name| (name.to_owned(), i64::MAX)).collect();
        (self.job.earliest_start, self.job.latest_end) = (None, None);
        self.job.job.types.remove("leaflet");
        if let Some(container) = self.job.job.inner_of().map(str::to_owned) {
            self.add_container(&container);
        }
        self
    }

    fn starts_now(self) -> bool {
        let mut round = Round::new(&self.snapshot, NoHooks).unwrap();
        for (job, assignment) in &self.placed {
            round.hold_placed(job, assignment);
        }
        let now = self.snapshot.now;
        match self.job.reservation_start {
            Some(_) => round.place_reservation(&self.job).is_some(),
            None => round.place_job(&self.job).is_some_and(|assignment| assignment.start == now),
        }
    }
}

/// Whether a job is, through scheduled containers, inside itself.
fn lies_inside_itself(job: &Job, snapshot: &Snapshot) -> bool {
    let mut reached: BTreeSet<String> = job.inner_of().map(str::to_owned).into_iter().collect();
    for _ in &snapshot.scheduled_jobs {
        let inside = |outer: &&Job| outer.container_name().is_some_and(|name| reached.contains(&name));
        let outer = snapshot.scheduled_jobs.iter().map(|scheduled| &scheduled.job).filter(inside);
        reached = reached.iter().cloned().chain(outer.filter_map(|job| job.inner_of().map(str::to_owned))).collect();
    }
    job.container_name().is_some_and(|name| reached.contains(&name))
}

/// Whether the job starts now when only some of its causes are left.
fn starts_without(world: impl Fn() -> World, causes: &[&Cause]) -> bool {
    let mut world = world();
    let gone = causes.iter().filter_map(|cause| match cause {
        Cause::Held { job, .. } => Some(*job),
        _ => None,
    });
    world.remove_jobs(&gone.collect());
    for cause in causes {
        world.remove(cause);
    }
    world.starts_now()
}

/// What is wrong with a reason, if anything.
fn falsehood(snapshot: &Snapshot, plan: &Plan, reason: &Reason) -> Option<String> {
    let world = || World::of(snapshot, plan, reason);
    let causes: Vec<&Cause> = reason.causes.iter().collect();
    if causes.is_empty() || reason.line.is_empty() {
        return Some("it names no cause".to_owned());
    }
    let never = |cause: &&Cause| matches!(cause, Cause::Impossible { .. } | Cause::Invalid { .. });
    match causes.as_slice() {
        [Cause::Absent { resources }] => {
            let place = plan.assignment(reason.job)?;
            let absent = snapshot.resources.absent.difference(&snapshot.resources.missing);
            let is_true = place.start == snapshot.now && place.resources.intersection(&absent) == *resources;
            return (!is_true).then(|| "its resources are awake".to_owned());
        }
        [Cause::ReservationTooOld { start }] => {
            let walltime = world().job.moldables[0].walltime;
            return (*start + walltime > snapshot.now).then(|| "its time is not over".to_owned());
        }
        [first, ..] if never(first) => {
            if world().emptied().starts_now() {
                return Some("it starts on an empty machine".to_owned());
            }
            // Whether it would start if nothing were missing. Alone, a group that finds enough may find too little beside others.
            let is_missing =
                |cause: &Cause| matches!(cause, Cause::Impossible { problem: Impossible::Missing { .. }, .. });
            let is_blamed = causes.iter().any(|cause| is_missing(cause));
            let is_simple = world().job.moldables.iter().all(|moldable| moldable.requests.len() == 1);
            let mut whole = world().emptied();
            let accepts_missing = std::mem::replace(&mut whole.job.accepts_missing, true);
            return match (whole.starts_now(), is_blamed) {
                (true, false) => Some("it starts on an empty machine of which nothing is missing".to_owned()),
                (false, true) if is_simple => Some("it does not start even if nothing is missing".to_owned()),
                (_, true) if accepts_missing => Some("it accepts missing resources".to_owned()),
                _ => None,
            };
        }
        _ => {}
    }
    if !starts_without(world, &causes) {
        return Some("without all causes it still does not start now".to_owned());
    }
    for (index, kept) in causes.iter().enumerate() {
        if matches!(kept, Cause::RoundLimit { .. }) {
            continue;
        }
        let others: Vec<&Cause> =
            causes.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, cause)| *cause).collect();
        if starts_without(world, &others) {
            return Some(format!("it starts now although {kept:?} is still there"));
        }
    }
    None
}

fn first_falsehood(snapshot: &Value) -> Option<String> {
    let snapshot = Snapshot::from_json(snapshot.to_string().as_bytes()).ok()?;
    let plan = plan(&snapshot, NoHooks).ok()?;
    let scheduled: BTreeSet<JobId> = snapshot.scheduled_jobs.iter().map(|scheduled| scheduled.job.id).collect();
    if scheduled.len() < snapshot.scheduled_jobs.len() {
        // A cause names a job by its number; with numbers that repeat there is no telling what to remove.
        return None;
    }
    if snapshot.scheduled_jobs.iter().any(|scheduled| lies_inside_itself(&scheduled.job, &snapshot)) {
        // Such a job holds on the machine, but would move when the ring is broken.
        return None;
    }
    let explained: BTreeSet<JobId> = plan.reasons.iter().map(|reason| reason.job).collect();
    let unexplained = plan.unscheduled.iter().find(|job| !explained.contains(&job.job));
    if let Some(job) = unexplained {
        return Some(format!("job {} has no place and no reason", job.job));
    }
    let reservations: BTreeSet<JobId> = snapshot
        .groups
        .iter()
        .flat_map(|group| &group.waiting_jobs)
        .filter(|job| job.reservation_start.is_some())
        .map(|job| job.job.id)
        .collect();
    let later =
        plan.assignments.iter().filter(|place| place.start > snapshot.now && !reservations.contains(&place.job));
    if let Some(place) = later.into_iter().find(|place| !explained.contains(&place.job)) {
        return Some(format!("job {} starts later and has no reason", place.job));
    }
    plan.reasons.iter().find_map(|reason| {
        let problem = falsehood(&snapshot, &plan, reason)?;
        Some(format!("{problem}\n{}", serde_json::to_string(reason).unwrap()))
    })
}

#[test]
fn every_named_cause_holds_the_job_back_and_no_other_does() {
    let (rounds, seed) = (environment("ROUNDS", 2_000), environment("SEED", 0));
    for seed in seed..seed + rounds {
        let snapshot = reference::generate::snapshot(seed);
        if let Some(problem) = first_falsehood(&snapshot) {
            assert!(environment("SHRINK", 1) != 0, "seed {seed}: {problem}");
            let shrunk = reference::shrink::shrink(snapshot, &mut |smaller| first_falsehood(smaller).is_some());
            panic!("seed {seed}: {}\n{shrunk}", first_falsehood(&shrunk).unwrap());
        }
    }
}

/// Hundreds of jobs on a full machine, of which some run, so that far more of them end in a window than touch what is left of it.
fn crowded(seed: u64) -> Value {
    let mut rng = Rng::with_seed(seed);
    let (nodes, size) = (rng.usize(8..40), rng.usize(2..9));
    let all = nodes * size;
    let blocks = |size: usize| -> Vec<String> {
        (0..all / size).map(|block| format!("{}-{}", block * size + 1, (block + 1) * size)).collect()
    };
    let mut scheduled = Vec::new();
    let mut first = 1;
    while first + 10 < all {
        let last = first + rng.usize(0..10);
        scheduled.push(json!({
            "id": scheduled.len() + 1, "user": "anna", "project": "default", "queue": "default", "name": "", "types": {}, "start": 0,
            "walltime": 1000 + rng.i64(1..400), "resources": format!("{first}-{last}"), "state": "Running",
        }));
        first = last + 1;
    }
    let waiting: Vec<Value> = (0..rng.usize(150..350))
        .map(|number| {
            let levels = match rng.usize(0..4) {
                0 => json!([["node", rng.usize(1..4)]]),
                1 => json!([["node", 1], ["core", rng.usize(1..=size)]]),
                _ => json!([["core", rng.usize(1..all / 6)]]),
            };
            let alternatives = if rng.usize(0..6) == 0 { 2 } else { 1 };
            let moldables = (0..alternatives).map(|rank| {
                let request = if rank == 0 { levels.clone() } else { json!([["core", rng.usize(1..size)]]) };
                json!({ "id": 1000 * rank + number, "walltime": rng.i64(1..300), "requests": [{ "levels": request }] })
            });
            let moldables: Vec<Value> = moldables.collect();
            json!({
                "id": 1000 + number, "user": "anna", "project": "default", "queue": "default", "name": "", "types": {},
                "submission_time": number, "moldables": moldables,
            })
        })
        .collect();
    json!({
        "format": "oar-scheduler-snapshot/1", "now": 1000, "security_time": 0,
        "resources": {
            "default": format!("1-{all}"),
            "hierarchy": { "node": blocks(size), "core": blocks(1) },
        },
        "scheduled_jobs": scheduled,
        "queue_groups": [{ "queues": ["default"], "waiting_jobs": waiting }],
    })
}

/// Of which level a job of a crowded machine would need how many blocks, and how many would do, if these are too few; one resource after the other.
fn lacking(snapshot: &Value, plan: &Plan, reason: &Reason) -> Option<(String, u64, u64)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let set = |value: &Value| {
        let text = text(value);
        let (first, last) = text.split_once('-').unwrap_or((&text, &text));
        first.parse::<u32>().unwrap()..=last.parse::<u32>().unwrap()
    };
    let waiting = snapshot["queue_groups"][0]["waiting_jobs"].as_array().unwrap();
    let mut moldables = waiting.iter().flat_map(|job| job["moldables"].as_array().unwrap());
    let moldable = moldables.find(|moldable| moldable["id"].as_i64() == reason.moldable.map(|id| id.0)).unwrap();
    let now = snapshot["now"].as_i64().unwrap();
    let end = now + moldable["walltime"].as_i64().unwrap();
    let mut free: BTreeSet<u32> = set(&snapshot["resources"]["default"]).collect();
    for job in snapshot["scheduled_jobs"].as_array().unwrap() {
        assert!(job["start"].as_i64().unwrap() + job["walltime"].as_i64().unwrap() > now);
        free.retain(|resource| !set(&job["resources"]).contains(resource));
    }
    for place in &plan.assignments[..reason.placed_before] {
        if place.start.0 < end && place.start.0 + place.walltime.0 > now {
            free.retain(|resource| !place.resources.contains(ResourceId(*resource)));
        }
    }
    let levels: Vec<(String, usize)> = moldable["requests"][0]["levels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|level| (text(&level[0]), usize::try_from(level[1].as_u64().unwrap()).unwrap()))
        .collect();
    let (level, needed) = &levels[0];
    let does = |block: &&Value| {
        let size = set(block).count();
        set(block).filter(|resource| free.contains(resource)).count() >= levels.get(1).map_or(size, |(_, count)| *count)
    };
    let available = snapshot["resources"]["hierarchy"][level].as_array().unwrap().iter().filter(does).count();
    (available < *needed).then(|| (level.clone(), *needed as u64, available as u64))
}

#[test]
fn reasons_of_crowded_machines_are_true() {
    let (rounds, seed) = (environment("ROUNDS", 20).min(500), environment("SEED", 0));
    for seed in seed..seed + rounds {
        let drawn = crowded(seed);
        let snapshot = Snapshot::from_json(drawn.to_string().as_bytes()).unwrap();
        let plan = plan(&snapshot, NoHooks).unwrap();
        assert!(plan.reasons.len() > 50, "seed {seed}: too few of them wait");
        for reason in &plan.reasons {
            let told = reason.shortage.as_ref().map(|told| (told.level.clone(), told.needed, told.available));
            assert_eq!(told, lacking(&drawn, &plan, reason), "seed {seed}: {}", serde_json::to_string(reason).unwrap());
        }
        // Those who were handled late see the most.
        for reason in plan.reasons.iter().rev().step_by(10) {
            let problem = falsehood(&snapshot, &plan, reason);
            assert_eq!(problem, None, "seed {seed}: {}", serde_json::to_string(reason).unwrap());
        }
    }
}

#[test]
fn a_job_that_only_missing_resources_keep_from_running_is_told_so() {
    let asks = |id: i64, requests: Value| json!({ "id": id, "moldables": [{ "id": id, "walltime": 60, "requests": requests }] });
    let snapshot = json!({
        "format": "oar-scheduler-snapshot/1", "now": 1000,
        "resources": {
            "default": "1-8", "missing": "5-6",
            "hierarchy": { "node": ["1-2", "3-4", "5-6", "7-8"], "core": (1..=8).map(|core| core.to_string()).collect::<Vec<_>>() },
        },
        "waiting_jobs": [
            asks(1, json!([{ "levels": [["node", 4]] }])),
            asks(2, json!([{ "levels": [["node", 5]] }])),
            asks(3, json!([{ "levels": [["core", 1]], "filter": "5" }])),
            asks(4, json!([{ "levels": [["node", 2]] }, { "levels": [["node", 2]] }])),
            asks(5, json!([{ "levels": [["node", 3]] }, { "levels": [["node", 2]] }])),
        ],
    });
    let snapshot = Snapshot::from_json(snapshot.to_string().as_bytes()).unwrap();
    let lines: Vec<String> = plan(&snapshot, NoHooks).unwrap().reasons.into_iter().map(|reason| reason.line).collect();
    assert_eq!(
        lines,
        [
            "it cannot run while resources are missing: it needs 4 of node, and 3 are there",
            "it can never run: it needs 5 of node, and 3 exist",
            "it cannot run while resources are missing: it needs 1 of core, and 0 are there with these properties",
            "it cannot run while resources are missing: group 2: it needs 2 of node, and 1 are there",
            "it can never run: group 2: it needs 2 of node, and 0 exist",
        ]
    );
}

#[test]
fn reasons_that_were_once_false_stay_true() {
    for (number, line) in include_str!("regressions.jsonl").lines().enumerate() {
        let snapshot: Value = serde_json::from_str(line).unwrap();
        assert_eq!(first_falsehood(&snapshot), None, "line {}", number + 1);
    }
}
