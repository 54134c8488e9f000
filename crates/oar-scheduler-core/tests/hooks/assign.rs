//! Job type `assign=NAME`.

use oar_scheduler_core::{AssignRequest, HookError, Hooks, MoldableId, NoHooks, Placement, PluginCall, Snapshot, Time};
use serde_json::json;

use super::{assert_only_12_waits, line, places, plan, round, set, typed};

type Answer = Result<Option<Placement>, HookError>;

/// Assigns what a function says.
struct Assigner<F>(F);

impl<F: Fn(&PluginCall, &AssignRequest<'_>) -> Answer> Hooks for Assigner<F> {
    fn assign(&self, call: &PluginCall, request: &AssignRequest<'_>) -> Answer {
        (self.0)(call, request)
    }
}

/// An assigner, with the types of its arguments known to the compiler.
fn assigner<F: Fn(&PluginCall, &AssignRequest<'_>) -> Answer>(assign: F) -> Assigner<F> {
    Assigner(assign)
}

fn place(moldable: i64, start: i64, resources: &str) -> Answer {
    Ok(Some(Placement { moldable: MoldableId(moldable), start: Time(start), resources: set(resources) }))
}

fn assigned() -> Snapshot {
    typed(&json!({ "assign": "a:x:y=z" }))
}

#[test]
fn a_possible_place_is_taken() {
    for (start, resources, expected) in [
        (100, "4", ["11@100: 2-3", "12@100: 4", "13@160: 1-2"]),
        (150, "1 4", ["11@100: 2-3", "12@150: 1 4", "13@160: 2-3"]),
        (9941, "1-4", ["11@100: 2-3", "12@9941: 1-4", "13@150: 1 4"]),
    ] {
        let plan = plan(&assigned(), assigner(|_, _| place(120, start, resources)));
        assert_eq!(places(&plan), expected);
        let reason = plan.reasons.iter().find(|reason| reason.job.0 == 12);
        assert_eq!(reason.is_some(), start > 100);
    }
}

#[test]
fn the_plugin_gets_its_arguments_and_the_state_of_the_round() {
    let hooks = assigner(|call, request| {
        assert_eq!(
            (call.name.as_str(), &call.args[..], &call.kwargs[..]),
            ("a", &["x".to_owned()][..], &[("y".to_owned(), "z".to_owned())][..])
        );
        assert_eq!(
            (request.job.job.id.0, request.earliest_start, request.default_resources),
            (12, Time(150), &set("1-4"))
        );
        let holders: Vec<i64> = request.gantt.holds().iter().map(|hold| hold.job.id.0).collect();
        assert_eq!(holders, [1, 11]);
        assert!(request.hierarchy.blocks("core").is_some());
        place(120, 150, "4")
    });
    let snapshot = round(|snapshot| {
        snapshot["waiting_jobs"][1]["types"] = json!({ "assign": "a:x:y=z" });
        snapshot["waiting_jobs"][1]["dependencies"] = json!([{ "job": 1, "state": "Running" }]);
    });
    assert_eq!(places(&plan(&snapshot, hooks))[1], "12@150: 4");
}

#[test]
fn an_impossible_place_leaves_the_job_waiting() {
    let cases: [(Answer, &str); 14] = [
        (place(120, 100, "1"), "plugin assign=a: it takes resources that are not available: 1"),
        (place(120, 100, "3-4"), "not available: 3"),
        (place(120, 100, "5"), "not available: 5"),
        (place(120, 9941, "0-4294967295"), "not available: 0 5-4294967295"),
        (place(120, 100, ""), "no resources"),
        (place(120, 99, "4"), "cannot hold from 99 to 158"),
        (place(120, i64::MIN, "4"), "cannot hold from -9223372036854775808"),
        (place(120, 9942, "4"), "cannot hold from 9942 to 10001"),
        (place(120, i64::MAX, "4"), "cannot hold from 9223372036854775807"),
        (place(110, 100, "4"), "the job has no alternative 110"),
        (place(i64::MIN, 100, "4"), "the job has no alternative -9223372036854775808"),
        (Err(HookError::Failed("no tea".to_owned())), "plugin assign=a: no tea"),
        (Err(HookError::Unknown), "plugin assign=a: there is no such plugin"),
        (Ok(None), "plugin assign=a: it finds no place now"),
    ];
    for (answer, words) in cases {
        assert_only_12_waits(&plan(&assigned(), assigner(|_, _| answer.clone())), words);
    }
    assert_only_12_waits(&plan(&assigned(), NoHooks), "plugin assign=a: there is no such plugin");
}

#[test]
fn no_job_starts_before_its_dependencies_allow() {
    let snapshot = round(|snapshot| {
        snapshot["waiting_jobs"][1]["types"] = json!({ "assign": "a" });
        snapshot["waiting_jobs"][1]["dependencies"] = json!([{ "job": 1, "state": "Running" }]);
    });
    let plan = plan(&snapshot, assigner(|_, _| place(120, 149, "4")));
    assert_only_12_waits(&plan, "plugin assign=a: the job cannot hold from 149 to 208");
    assert!(line(&plan, 12).contains("depends on job 1"), "{}", line(&plan, 12));
}

#[test]
fn an_alternative_that_makes_no_sense_is_refused() {
    for walltime in [0, -1, i64::MIN, i64::MAX] {
        let snapshot = round(|snapshot| {
            snapshot["waiting_jobs"][1]["types"] = json!({ "assign": "a" });
            snapshot["waiting_jobs"][1]["moldables"][0]["walltime"] = json!(walltime);
        });
        assert_only_12_waits(&plan(&snapshot, assigner(|_, _| place(120, 100, "4"))), "plugin assign=a: ");
    }
}

#[test]
fn the_quotas_limit_what_a_plugin_assigns() {
    for (limits, expected) in [(json!([1, -1, -1]), None), (json!([0, -1, -1]), Some("the quotas do not allow"))] {
        let snapshot = round(|snapshot| {
            snapshot["waiting_jobs"][1]["user"] = json!("eve");
            snapshot["waiting_jobs"][1]["types"] = json!({ "assign": "a" });
            snapshot["quotas"] = json!({ "quotas": { "*,*,*,eve": limits } });
        });
        let plan = plan(&snapshot, assigner(|_, _| place(120, 100, "4")));
        match expected {
            Some(words) => assert_only_12_waits(&plan, words),
            None => assert_eq!(places(&plan)[1], "12@100: 4"),
        }
    }
}

#[test]
fn an_assigned_container_takes_its_inner_jobs() {
    let snapshot = round(|snapshot| {
        snapshot["waiting_jobs"][0]["types"] = json!({ "inner": "box" });
        snapshot["waiting_jobs"][1]["types"] = json!({ "assign": "a", "container": "box" });
        snapshot["waiting_jobs"][2]["types"] = json!({ "inner": "12" });
    });
    let plan = plan(&snapshot, assigner(|_, _| place(120, 200, "2-4")));
    assert_eq!(places(&plan), ["12@200: 2-4", "11@200: 2-3"]);
    assert!(line(&plan, 13).contains("container 12"), "{}", line(&plan, 13));
}
