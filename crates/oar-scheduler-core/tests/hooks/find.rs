//! Job type `find=NAME`.

use std::cell::RefCell;

use oar_scheduler_core::{FindRequest, HookError, Hooks, NoHooks, PluginCall, ProcSet};
use serde_json::json;

use super::{assert_only_12_waits, line, places, plan, round, set, typed};

/// Finds what a function says.
struct Finder<F>(F);

impl<F: Fn(&PluginCall, &FindRequest<'_>) -> Result<ProcSet, HookError>> Hooks for Finder<F> {
    fn find(&self, call: &PluginCall, request: &FindRequest<'_>) -> Result<ProcSet, HookError> {
        (self.0)(call, request)
    }
}

/// A finder, with the types of its arguments known to the compiler.
fn finder<F: Fn(&PluginCall, &FindRequest<'_>) -> Result<ProcSet, HookError>>(find: F) -> Finder<F> {
    Finder(find)
}

#[test]
fn the_plugin_chooses_the_resources() {
    let plan = plan(&typed(&json!({ "find": "last" })), finder(|_, _| Ok(set("4"))));
    assert_eq!(places(&plan), ["11@100: 2-3", "12@100: 4", "13@160: 1-2"]);
    assert_eq!(plan.reasons.iter().map(|reason| reason.job.0).collect::<Vec<_>>(), [13]);
}

#[test]
fn the_plugin_gets_its_arguments_and_the_window() {
    let calls = RefCell::new(Vec::new());
    let hooks = finder(|call, request| {
        let PluginCall { name, args, kwargs } = call;
        let (id, moldable) = (request.job.job.id, request.moldable);
        calls.borrow_mut().push(format!("{name} {args:?} {kwargs:?} {id}/{moldable}"));
        calls
            .borrow_mut()
            .push(format!("{} of {}, {}", request.available, request.default_resources, request.beginning));
        assert_eq!(request.hierarchy.blocks("core").map(<[_]>::len), Some(4));
        Ok(ProcSet::new())
    });
    let snapshot = round(|snapshot| {
        snapshot["waiting_jobs"][1]["types"] = json!({ "find": "f:a:k=v=w:b" });
        snapshot["waiting_jobs"][1]["moldables"][0]["requests"][0]["filter"] = json!("4");
        let mut second = snapshot["waiting_jobs"][1]["moldables"][0].clone();
        second["walltime"] = json!(9830);
        snapshot["waiting_jobs"][1]["moldables"].as_array_mut().unwrap().push(second);
    });
    plan(&snapshot, hooks);
    let called = |moldable| format!("f [\"a\", \"b\"] [(\"k\", \"v=w\")] 12/{moldable}");
    let expected = [
        (called(0), "4 of 1-4, true"),
        (called(0), "1 4 of 1-4, false"),
        (called(0), "1-4 of 1-4, false"),
        (called(1), "4 of 1-4, true"),
        (called(1), "1 4 of 1-4, false"),
        (called(1), "1-4 of 1-4, false"),
    ];
    let expected: Vec<String> =
        expected.iter().flat_map(|(call, window)| [call.clone(), (*window).to_owned()]).collect();
    assert_eq!(*calls.borrow(), expected);
}

#[test]
fn nothing_found_means_a_later_start() {
    let hooks = finder(|_, request| Ok(if request.available.len() == 4 { set("1-4") } else { ProcSet::new() }));
    let plan = plan(&typed(&json!({ "find": "all" })), hooks);
    assert_eq!(places(&plan), ["11@100: 2-3", "12@160: 1-4", "13@220: 1-2"]);
    assert!(line(&plan, 12).contains("plugin find=all: it finds no place now"), "{}", line(&plan, 12));
}

#[test]
fn a_plugin_that_fails_leaves_its_job_waiting() {
    let snapshot = typed(&json!({ "find": "f:x" }));
    let cases: [(Result<ProcSet, HookError>, &str); 6] = [
        (Err(HookError::Unknown), "plugin find=f: there is no such plugin"),
        (Err(HookError::Failed("no tea".to_owned())), "plugin find=f: no tea"),
        (Ok(set("1")), "plugin find=f: it takes resources that are not available: 1"),
        (Ok(set("2-4")), "plugin find=f: it takes resources that are not available: 2-3"),
        (Ok(set("4-4294967295")), "not available: 5-4294967295"),
        (Ok(set("")), "plugin find=f: it finds no place now"),
    ];
    for (answer, words) in cases {
        assert_only_12_waits(&plan(&snapshot, finder(|_, _| answer.clone())), words);
    }
    assert_only_12_waits(&plan(&snapshot, NoHooks), "plugin find=f: there is no such plugin");
}

#[test]
fn the_quotas_limit_what_a_plugin_finds() {
    for (limit, expected) in [(1, None), (0, Some("plugin find=all: it finds no place now"))] {
        let snapshot = round(|snapshot| {
            snapshot["waiting_jobs"][1]["user"] = json!("eve");
            snapshot["waiting_jobs"][1]["types"] = json!({ "find": "all" });
            snapshot["quotas"] = json!({ "quotas": { "*,*,*,eve": [limit, -1, -1] } });
        });
        let plan = plan(&snapshot, finder(|_, request| Ok(request.available.clone())));
        match expected {
            Some(words) => assert_only_12_waits(&plan, words),
            None => assert_eq!(places(&plan)[1], "12@100: 4"),
        }
    }
}

#[test]
fn an_invalid_alternative_is_not_put_to_the_plugin() {
    for (pointer, value) in [("walltime", json!(0)), ("requests", json!([])), ("walltime", json!(i64::MAX))] {
        let snapshot = round(|snapshot| {
            snapshot["waiting_jobs"][1]["types"] = json!({ "find": "f" });
            snapshot["waiting_jobs"][1]["moldables"][0][pointer] = value;
        });
        let hooks = finder(|_, _| panic!("asked"));
        assert_only_12_waits(&plan(&snapshot, hooks), "");
    }
}

#[test]
fn the_plugin_sees_missing_resources_if_its_job_accepts_them() {
    for (accepts, window, cores, expected) in [(true, "4", 4, "12@100: 4"), (false, "1", 3, "12@150: 1")] {
        let snapshot = round(|snapshot| {
            snapshot["resources"]["missing"] = json!("4");
            snapshot["waiting_jobs"][1]["types"] = json!({ "find": "all" });
            snapshot["waiting_jobs"][1]["accepts_missing"] = json!(accepts);
        });
        let hooks = finder(|_, request| {
            assert_eq!(request.hierarchy.blocks("core").map(<[_]>::len), Some(cores));
            assert_eq!(*request.available, set(window));
            Ok(request.available.clone())
        });
        assert_eq!(places(&plan(&snapshot, hooks))[1], expected);
    }
}
