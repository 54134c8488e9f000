//! `EXTRA_METASCHED`: a plugin before each queue group.

use std::cell::RefCell;

use oar_scheduler_core::{BeforeGroup, HookError, Hooks, Job, JobId, JobState, ScheduledJob, Seconds, Snapshot, Time};
use serde_json::json;

use super::{places, plan, round, set};

/// Calls a function before each group.
struct Before<F>(F);

impl<F: Fn(&mut BeforeGroup<'_>) -> Result<(), HookError>> Hooks for Before<F> {
    fn before_group(&self, request: &mut BeforeGroup<'_>) -> Result<(), HookError> {
        (self.0)(request)
    }
}

/// A hook, with the types of its arguments known to the compiler.
fn before<F: Fn(&mut BeforeGroup<'_>) -> Result<(), HookError>>(call: F) -> Before<F> {
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
        Ok(())
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
        Ok(())
    });
    plan(&Snapshot { groups: Vec::new(), ..groups() }, hooks);
    assert_eq!(*calls.borrow(), [(true, true)]);
}

#[test]
fn what_the_plugin_holds_is_taken_for_the_groups_to_come() {
    let hooks = before(|request| {
        if request.next.is_some_and(|queues| queues.contains(&"default".to_owned())) {
            request.gantt.hold_scheduled(&[hold(900, 100, 300, "1 4")]);
        }
        Ok(())
    });
    let plan = plan(&groups(), hooks);
    assert_eq!(places(&plan), ["11@100: 2-3", "12@160: 2-3", "13@220: 2-3"]);
    assert!(plan.unscheduled.is_empty());
}

#[test]
fn a_failure_is_a_warning_and_the_round_goes_on() {
    let without = plan(&groups(), before(|_| Ok(())));
    let hooks = before(|request| match request.next {
        Some([]) => Err(HookError::Failed("no tea".to_owned())),
        Some(_) => Ok(()),
        None => Err(HookError::Unknown),
    });
    let mut plan = plan(&groups(), hooks);
    assert_eq!(plan.warnings, ["EXTRA_METASCHED: no tea", "EXTRA_METASCHED: there is no such plugin"]);
    plan.warnings.clear();
    assert_eq!(plan, without);
}

#[test]
fn absurd_holds_hurt_nobody() {
    let without = plan(&groups(), before(|_| Ok(())));
    let hooks = before(|request| {
        let holds =
            [hold(900, i64::MIN, i64::MAX, ""), hold(901, i64::MAX, i64::MAX, "1-4"), hold(902, 5000, i64::MIN, "1-4")];
        request.gantt.hold_scheduled(&holds.map(|hold| ScheduledJob { state: None, ..hold }));
        Ok(())
    });
    assert_eq!(plan(&groups(), hooks).assignments, without.assignments);
}
