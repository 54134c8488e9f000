//! Job type `assign=NAME`.

use oar_scheduler_core::{
    Access, AssignRequest, FindRequest, HookError, Hooks, MoldableId, NoHooks, Placement, PluginCall, ProcSet,
    Snapshot, Time, View,
};
use serde_json::json;

use super::{assert_only_12_waits, line, places, plan, round, set, typed};

type Answer = Result<Option<Placement>, HookError>;

/// Assigns what a function says.
struct Assigner<F>(F);

impl<F: Fn(&PluginCall, &mut AssignRequest<'_>) -> Answer> Hooks for Assigner<F> {
    fn assign(&self, call: &PluginCall, request: &mut AssignRequest<'_>) -> Answer {
        (self.0)(call, request)
    }
}

/// An assigner, with the types of its arguments known to the compiler.
fn assigner<F: Fn(&PluginCall, &mut AssignRequest<'_>) -> Answer>(assign: F) -> Assigner<F> {
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
        let holders: Vec<i64> = request.gantt().holds().iter().map(|hold| hold.job.id.0).collect();
        assert_eq!(holders, [1, 11]);
        assert!(request.hierarchy.blocks("core").is_some());
        let steps = [(100, "4"), (150, "1 4"), (160, "1-4")].map(|(from, free)| (Time(from), set(free)));
        assert_eq!(request.availability(&Access::Free), steps);
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

/// The whole machine from an instant on; nothing before.
struct Whole(i64);

impl Hooks for Whole {
    fn assign(&self, call: &PluginCall, request: &mut AssignRequest<'_>) -> Answer {
        match call.name.as_str() {
            "engine" => Ok(request.earliest(0, Time(self.0))),
            "asked" => request.earliest_as_asked(0, Time(self.0)),
            "own" => request.earliest_with(0, Time(self.0), |request| {
                Ok(if request.available.len() == 4 { request.available.clone() } else { ProcSet::new() })
            }),
            "wrong" => request.earliest_with(0, Time(self.0), |_| Ok(set("1-5"))),
            "none" => request.earliest_with(1, Time(self.0), |_| panic!("there is no such alternative")),
            other => panic!("{other}"),
        }
    }

    fn find(&self, call: &PluginCall, request: &FindRequest<'_>) -> Result<ProcSet, HookError> {
        match call.name.as_str() {
            "last" => Ok(request.matched_in(&request.available.intersection(&set("3-4")))),
            _ => Err(HookError::Unknown),
        }
    }
}

#[test]
fn a_plugin_may_look_for_places_as_the_engine_does() {
    let placed = |types: &serde_json::Value, from: i64| places(&plan(&typed(types), Whole(from)))[1].clone();
    let engine = json!({ "assign": "engine" });
    // As without a plugin, from an instant on; never before the round.
    assert_eq!(placed(&engine, i64::MIN), "12@150: 1 4");
    assert_eq!(placed(&engine, 155), "12@155: 1 4");
    assert_eq!(placed(&engine, 160), "12@160: 1-2");
    assert_eq!(placed(&json!({ "assign": "own" }), 100), "12@160: 1-4");
    assert_eq!(placed(&json!({ "assign": "asked" }), 100), "12@150: 1 4");
    assert_eq!(placed(&json!({ "assign": "asked", "find": "last" }), 100), "12@160: 3-4");
}

#[test]
fn what_goes_wrong_while_a_plugin_looks_for_places_is_its_failure() {
    for (types, words) in [
        (json!({ "assign": "asked", "find": "moon" }), "plugin assign=asked: there is no such plugin"),
        (json!({ "assign": "wrong" }), "plugin assign=wrong: it takes resources that are not available: 1-3 5"),
        (json!({ "assign": "none" }), "plugin assign=none: it finds no place now"),
    ] {
        assert_only_12_waits(&plan(&typed(&types), Whole(100)), words);
    }
    let too_late = plan(&typed(&json!({ "assign": "engine" })), Whole(9_942));
    assert_only_12_waits(&too_late, "plugin assign=engine: it finds no place now");
}

#[test]
fn the_search_of_a_plugin_heeds_quotas_deadlines_and_containers() {
    let with = |change: fn(&mut serde_json::Value)| {
        let snapshot = round(|snapshot| {
            snapshot["waiting_jobs"][1]["types"] = json!({ "assign": "engine" });
            change(snapshot);
        });
        plan(&snapshot, Whole(100))
    };
    let limited = with(|snapshot| {
        snapshot["waiting_jobs"][1]["user"] = json!("eve");
        snapshot["quotas"] = json!({ "quotas": { "*,*,*,eve": [1, -1, -1] } });
    });
    assert_only_12_waits(&limited, "it finds no place now");
    let late = with(|snapshot| snapshot["waiting_jobs"][1]["latest_end"] = json!(209));
    assert_only_12_waits(&late, "it finds no place now");
    let inner = with(|snapshot| snapshot["waiting_jobs"][1]["types"]["inner"] = json!("moon"));
    assert_only_12_waits(&inner, "container moon");
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

#[test]
fn missing_resources_may_be_assigned_to_a_job_that_accepts_them() {
    for accepts in [true, false] {
        let snapshot = round(|snapshot| {
            snapshot["resources"]["missing"] = json!("4");
            snapshot["waiting_jobs"][1]["types"] = json!({ "assign": "a" });
            snapshot["waiting_jobs"][1]["accepts_missing"] = json!(accepts);
        });
        let hooks = assigner(|_, request| {
            let (view, access) = (View::of(request.job), Access::Free);
            let free = request.gantt().available(view, &access, Time(100), Time(159)).unwrap();
            assert_eq!(free, set(if accepts { "4" } else { "" }));
            assert_eq!(request.hierarchy.blocks("core").map(<[_]>::len), Some(if accepts { 4 } else { 3 }));
            place(120, 100, "4")
        });
        let plan = plan(&snapshot, hooks);
        match accepts {
            true => assert_eq!(places(&plan), ["11@100: 2-3", "12@100: 4", "13@160: 1-2"]),
            false => assert!(line(&plan, 12).contains("not available: 4"), "{}", line(&plan, 12)),
        }
    }
}
