//! `EXTRA_METASCHED`: a plugin before each queue group.

use std::cell::RefCell;

use oar_scheduler_core::{
    BeforeGroup, HookError, Hooks, Job, JobId, JobState, NoHooks, Preparation, PropertyChange, ScheduledJob, Seconds,
    Snapshot, Time,
};
use serde_json::json;

use super::{places, plan, round, set};

/// Calls a function before each group.
struct Before<F>(F);

impl<F: Fn(&BeforeGroup<'_>) -> Result<Preparation, HookError>> Hooks for Before<F> {
    fn before_group(&self, request: &BeforeGroup<'_>) -> Result<Preparation, HookError> {
        (self.0)(request)
    }
}

/// A hook, with the types of its arguments known to the compiler.
fn before<F: Fn(&BeforeGroup<'_>) -> Result<Preparation, HookError>>(call: F) -> Before<F> {
    Before(call)
}

/// The jobs in three groups, the second without any.
fn groups() -> Snapshot {
    round(|snapshot| {
        let jobs = snapshot["waiting_jobs"].take();
        snapshot["queue_groups"] = json!([
            { "queues": ["admin", "urgent"], "waiting_jobs": [jobs[0]] },
            { "queues": [], "waiting_jobs": [] },
            { "queues": ["default"], "waiting_jobs": [jobs[1], jobs[2]] },
        ]);
        snapshot["extra_metasched"] = json!({ "name": "mine", "config": "a: b" });
    })
}

fn hold(id: i64, start: i64, walltime: i64, resources: &str) -> ScheduledJob {
    ScheduledJob {
        job: Job { id: JobId(id), ..Job::default() },
        start: Time(start),
        walltime: Seconds(walltime),
        resources: set(resources),
        state: Some(JobState::Running),
    }
}

#[test]
fn the_plugin_is_called_before_each_group_and_after_the_last() {
    let calls = RefCell::new(Vec::new());
    let hooks = before(|request| {
        calls.borrow_mut().push(format!("{:?} {:?} {}", request.previous, request.next, request.gantt.holds().len()));
        assert_eq!((request.name, request.config), ("mine", "a: b"));
        assert_eq!((request.usable, request.hierarchy.blocks("core").map(<[_]>::len)), (&set("1-4"), Some(4)));
        Ok(Preparation::default())
    });
    plan(&groups(), hooks);
    let expected = [
        "None Some([\"admin\", \"urgent\"]) 1",
        "Some([\"admin\", \"urgent\"]) Some([]) 2",
        "Some([]) Some([\"default\"]) 2",
        "Some([\"default\"]) None 4",
    ];
    assert_eq!(*calls.borrow(), expected);
}

#[test]
fn without_groups_the_plugin_is_called_once() {
    let calls = RefCell::new(Vec::new());
    let hooks = before(|request| {
        calls.borrow_mut().push((request.previous.is_none(), request.next.is_none()));
        Ok(Preparation::default())
    });
    plan(&Snapshot { groups: Vec::new(), ..groups() }, hooks);
    assert_eq!(*calls.borrow(), [(true, true)]);
}

#[test]
fn what_the_plugin_holds_is_taken_for_the_groups_to_come() {
    let hooks = before(|request| {
        if request.next.is_some_and(|queues| queues.contains(&"default".to_owned())) {
            return Ok(Preparation { holds: vec![hold(900, 100, 300, "1 4")], ..Preparation::default() });
        }
        Ok(Preparation::default())
    });
    let plan = plan(&groups(), hooks);
    assert_eq!(places(&plan), ["11@100: 2-3", "12@160: 2-3", "13@220: 2-3"]);
    assert!(plan.unscheduled.is_empty());
}

#[test]
fn what_the_plugin_changes_about_resources_is_in_the_plan() {
    let change =
        |value: &str| PropertyChange { resources: set("1-2"), property: "deploy".to_owned(), value: value.to_owned() };
    let without = plan(&groups(), before(|_| Ok(Preparation::default())));
    assert!(!serde_json::to_string(&without).unwrap().contains("property_changes"));
    let hooks = before(|request| {
        let properties = match (request.previous, request.next) {
            (None, _) => vec![change("YES")],
            (_, None) => vec![change("NO"), change("MAYBE")],
            _ => Vec::new(),
        };
        Ok(Preparation { properties, ..Preparation::default() })
    });
    let mut found = plan(&groups(), hooks);
    assert_eq!(found.property_changes, ["YES", "NO", "MAYBE"].map(change));
    let text = serde_json::to_string(&found).unwrap();
    assert!(text.contains(r#"{"resources":"1-2","property":"deploy","value":"YES"}"#), "{text}");
    assert_eq!(oar_scheduler_core::Plan::from_json(text.as_bytes()).unwrap(), found);
    found.property_changes.clear();
    assert_eq!(found, without);
}

#[test]
fn no_plugin_is_called_unless_the_snapshot_names_one() {
    for plugin in [json!(null), json!({ "name": "default" })] {
        let mut snapshot = groups();
        snapshot.extra_metasched = serde_json::from_value(plugin).unwrap();
        let read = Snapshot::from_json(serde_json::to_string(&snapshot).unwrap().as_bytes()).unwrap();
        assert_eq!(read, snapshot);
        assert!(plan(&snapshot, before(|_| panic!("called"))).warnings.is_empty());
    }
}

#[test]
fn a_failure_is_a_warning_and_the_round_goes_on() {
    let without = plan(&groups(), before(|_| Ok(Preparation::default())));
    let hooks = before(|request| match request.next {
        Some([]) => Err(HookError::failed("no tea")),
        Some(_) => Ok(Preparation::default()),
        None => Err(HookError::failed("no milk")),
    });
    let mut found = plan(&groups(), hooks);
    assert_eq!(found.warnings, ["EXTRA_METASCHED \"mine\": no tea", "EXTRA_METASCHED \"mine\": no milk"]);
    found.warnings.clear();
    assert_eq!(found, without);
    // What is the same for each group is told once.
    let mut found = plan(&groups(), NoHooks);
    assert_eq!(found.warnings, ["EXTRA_METASCHED \"mine\": there is no such plugin"]);
    found.warnings.clear();
    assert_eq!(found, without);
}

#[test]
fn absurd_holds_hurt_nobody() {
    let without = plan(&groups(), before(|_| Ok(Preparation::default())));
    let hooks = before(|_| {
        let holds =
            [hold(900, i64::MIN, i64::MAX, ""), hold(901, i64::MAX, i64::MAX, "1-4"), hold(902, 5000, i64::MIN, "1-4")];
        let holds = holds.map(|hold| ScheduledJob { state: None, ..hold }).into();
        Ok(Preparation { holds, ..Preparation::default() })
    });
    assert_eq!(plan(&groups(), hooks).assignments, without.assignments);
}

#[test]
fn what_the_plugin_holds_is_held_for_all_jobs() {
    let snapshot = round(|snapshot| {
        snapshot["resources"]["missing"] = json!("4");
        snapshot["waiting_jobs"][1]["accepts_missing"] = json!(true);
        snapshot["extra_metasched"] = json!({ "name": "mine" });
    });
    let hooks = |end: i64| {
        before(move |request| {
            let holds = request.next.map(|_| hold(2, 100, end - 100, "3-4"));
            Ok(Preparation { holds: holds.into_iter().collect(), ..Preparation::default() })
        })
    };
    assert_eq!(places(&plan(&snapshot, hooks(150))), ["11@150: 1-2", "12@150: 3-4", "13@210: 1-2"]);
    assert_eq!(places(&plan(&snapshot, hooks(200))), ["11@150: 1-2", "12@200: 3-4", "13@210: 1-2"]);
}
