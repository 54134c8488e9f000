//! The registry: names, and plugins that go wrong.

use oar_scheduler_core::{HookError, Hooks, JobId, Preparation, ProcSet};
use oar_scheduler_hooks::{AssignRequest, FindRequest, Kind, PluginCall, Plugins, PluginsError};
use serde_json::json;

use super::{held, job, places_of, plan, round};

#[test]
fn the_published_plugins_are_all_there() {
    let plugins = Plugins::published();
    let names: Vec<String> = plugins.names().map(|(kind, name)| format!("{kind} {name}")).collect();
    assert_eq!(
        names,
        [
            "find begin",
            "find contiguous_1h",
            "find contiguous_sorted_1h",
            "find find_even_or_odd",
            "find local",
            "find resource_hierarchies_scattered_local",
            "assign one_time_find",
            "assign one_time_find_mld",
            "sorting simple_priority",
            "EXTRA_METASCHED foo",
            "EXTRA_METASCHED logger",
        ]
    );
    assert_eq!(format!("{:?}", Plugins::none()), "[]");
}

#[test]
fn a_name_is_given_once_for_each_kind() {
    let nothing = |_: &PluginCall, _: &FindRequest<'_>| Ok(ProcSet::new());
    let nowhere = |_: &PluginCall, _: &mut AssignRequest<'_>| Ok(None);
    let taken = Plugins::published().with_find("local", nothing).unwrap_err();
    assert_eq!(taken.to_string(), "there are two find plugins of the name \"local\"");
    assert!(Plugins::published().with_assign("local", nowhere).is_ok());
    let twice = |plugins: Plugins| plugins.with_sort("a", |_| Ok(Vec::new()));
    assert_eq!(
        twice(twice(Plugins::none()).unwrap()).unwrap_err(),
        PluginsError::Taken { kind: Kind::Sort, name: "a".to_owned() }
    );
    for name in ["", " ", "default", "a:b"] {
        let error = Plugins::none().with_find(name, nothing).unwrap_err();
        assert_eq!(error, PluginsError::Name { kind: Kind::Find, name: name.to_owned() });
        assert!(Plugins::none().with_before_group(name, |_| Ok(Preparation::default())).is_err());
    }
}

#[test]
fn a_plugin_that_panics_costs_its_job_this_round_and_nobody_else() {
    let plugins = Plugins::none()
        .with_find("find", |_, request| match request.beginning {
            true => Ok(ProcSet::new()),
            false => panic!("no tea\nat all"),
        })
        .and_then(|plugins| plugins.with_assign("assign", |call, _| panic!("no {}", call.name)))
        .and_then(|plugins| {
            plugins.with_assign("within", |_, request| {
                request.earliest_with(0, request.earliest_start, |_| panic!("no milk"))
            })
        })
        .and_then(|plugins| plugins.with_sort("sort", |_| std::panic::panic_any(5)))
        .and_then(|plugins| plugins.with_before_group("before", |_| panic!("no sugar")))
        .unwrap();
    let plan = plan(
        &round(|snapshot| {
            snapshot["scheduled_jobs"] = json!([held(1, 100, "1-8")]);
            snapshot["extra_metasched"] = json!({ "name": "before" });
            snapshot["ordering"] = json!({ "policy": "CUSTOM", "custom": { "name": "sort" } });
            let of = |id: i64, types: serde_json::Value| job(id, &types, None, "node=1");
            snapshot["waiting_jobs"] = json!([
                of(11, json!({})),
                of(12, json!({ "find": "find" })),
                of(13, json!({ "assign": "assign" })),
                of(14, json!({ "assign": "within" })),
                of(15, json!({ "find": "moon" })),
                of(16, json!({ "assign": "moon" })),
                of(17, json!({})),
            ]);
        }),
        &plugins,
    );
    assert_eq!(places_of(&plan), ["11@1000: 9-16", "17@1000: 17-24"]);
    let line = |id: i64| plan.reason(JobId(id)).unwrap().line.clone();
    assert!(line(12).contains("plugin find=find: it panicked: no tea"), "{}", line(12));
    assert!(!line(12).contains("at all"), "{}", line(12));
    assert!(line(13).contains("plugin assign=assign: it panicked: no assign"), "{}", line(13));
    assert!(line(14).contains("plugin assign=within: it panicked: no milk"), "{}", line(14));
    assert!(line(15).contains("plugin find=moon: there is no such plugin"), "{}", line(15));
    assert!(line(16).contains("plugin assign=moon: there is no such plugin"), "{}", line(16));
    assert_eq!(
        plan.warnings,
        [
            "EXTRA_METASCHED \"before\": it panicked: no sugar",
            "CUSTOM_JOB_SORTING \"sort\": it panicked: for a reason that it does not tell; FIFO is used",
        ]
    );
}

#[test]
fn a_place_that_is_not_free_is_refused_with_the_plugins_name() {
    let plugins = Plugins::none().with_find("all", |_, request| Ok(request.default_resources.clone())).unwrap();
    let plan = plan(
        &round(|snapshot| {
            snapshot["scheduled_jobs"] = json!([held(1, 100, "1-8")]);
            snapshot["waiting_jobs"] = json!([job(5, &json!({ "find": "all" }), None, "node=1")]);
        }),
        &plugins,
    );
    let line = &plan.reason(JobId(5)).unwrap().line;
    assert!(line.contains("plugin find=all: it takes resources that are not available: 1-8"), "{line}");
}

#[test]
fn arguments_reach_the_plugin() {
    let plugins = Plugins::none()
        .with_find("nth", |call, request| {
            call.expect(1, &["of"])?;
            let nth =
                call.argument(0).and_then(|text| text.parse().ok()).ok_or(HookError::failed("expected a number"))?;
            let blocks = request.hierarchy.blocks(call.value("of").unwrap_or("node")).unwrap_or_default();
            Ok(blocks.get::<usize>(nth).cloned().unwrap_or_default())
        })
        .unwrap();
    let plan = plan(
        &round(|snapshot| {
            let of = |id: i64, find: &str| job(id, &json!({ "find": find }), None, "node=1");
            snapshot["waiting_jobs"] =
                json!([of(1, "nth:2"), of(2, "nth:4:of=resource_id"), of(3, "nth:x"), of(4, "nth:1:2")]);
        }),
        &plugins,
    );
    assert_eq!(places_of(&plan), ["1@1000: 17-24", "2@1000: 5"]);
    assert!(plan.reason(JobId(3)).unwrap().line.contains("plugin find=nth: expected a number"));
    assert!(plan.reason(JobId(4)).unwrap().line.contains("expected at most one argument, and of=…; found \"2\""));
}

#[test]
fn plugins_may_be_closures_that_have_something() {
    let favourite: ProcSet = "17-24".parse().unwrap();
    let plugins = Plugins::none().with_find("favourite", move |_, request| Ok(request.matched_in(&favourite))).unwrap();
    let snapshot = round(|snapshot| {
        snapshot["waiting_jobs"] = json!([job(5, &json!({ "find": "favourite" }), None, "node=1")]);
    });
    assert_eq!(places_of(&plan(&snapshot, &plugins)), ["5@1000: 17-24"]);
    // One for all rounds, from any thread.
    fn is_hooks<T: Hooks + Send + Sync>(_: &T) {}
    is_hooks(&plugins);
}
