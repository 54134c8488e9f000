//! Quotas and time zones that cannot be used stop the round with a message that says where.

use serde_json::{Value, json};

use super::{EXTREMES, assert_says, changed, good_jobs, plan, snapshot};

fn with_quotas(quotas: &Value) -> Value {
    changed(snapshot(good_jobs()), &json!({ "quotas": quotas }))
}

#[test]
fn malformed_quotas_say_where_and_what() {
    let rule = |key: &str, limits: Value| json!({ "quotas": { key: limits } });
    let periods = |periods: Value| json!({ "periodical": periods, "a": {}, "b": {} });
    let oneshots = |oneshots: Value| json!({ "oneshot": oneshots, "a": {} });
    let cases = [
        (json!([]), ["the whole file", "expected an object, found a list"]),
        (json!(5), ["the whole file", "expected an object, found a number"]),
        (json!({ "quotas": [] }), ["quotas file: quotas", "expected an object of rules, found a list"]),
        (rule("a,b,c", json!([1, 1, 1])), ["rule \"a,b,c\"", "expected a key"]),
        (rule("", json!([1, 1, 1])), ["rule \"\"", "expected a key"]),
        (rule("*,*,/,*", json!([1, 1, 1])), ["rule \"*,*,/,*\"", "found `/`"]),
        (rule("*,*,*,*", json!([1, 1])), ["rule \"*,*,*,*\"", "found [1,1]"]),
        (rule("*,*,*,*", json!([1, 1, 1, 1])), ["rule \"*,*,*,*\"", "found [1,1,1,1]"]),
        (rule("*,*,*,*", json!("x")), ["rule \"*,*,*,*\"", "found \"x\""]),
        (rule("*,*,*,*", json!([null, 1, 1])), ["rule \"*,*,*,*\"", "found null"]),
        (rule("*,*,*,*", json!(["many", 1, 1])), ["rule \"*,*,*,*\"", "found \"many\""]),
        (rule("*,*,*,*", json!(["1e999", 1, 1])), ["rule \"*,*,*,*\"", "found \"1e999\""]),
        (rule("*,*,*,*", json!(["nan*ALL", 1, 1])), ["rule \"*,*,*,*\"", "found \"nan*ALL\""]),
        (json!({ "quotas": { "*,*,*,*": [1, 1, 1], " *,*,*,*": [1, 1, 1] } }), ["rule", "already there"]),
        (json!({ "job_types": "x" }), ["job_types", "expected a list, found a text"]),
        (json!({ "job_types": [null] }), ["job_types[0]", "expected a text, found null"]),
        (periods(json!({})), ["periodical", "expected a list, found an object"]),
        (periods(json!([5])), ["periodical[0]", "found a number"]),
        (periods(json!([["* * * *"]])), ["periodical[0]", "2 or 3 texts, found 1"]),
        (periods(json!([["* * * *", "c"]])), ["periodical[0]", "no rules named \"c\""]),
        (periods(json!([["* * *", "a"]])), ["periodical[0]", "expected a period"]),
        (periods(json!([["* * 1 *", "a"]])), ["periodical[0]", "day of the month"]),
        (periods(json!([["25:00-26:00 * * *", "a"]])), ["periodical[0]", "found \"25:00-26:00\""]),
        (periods(json!([["99999999999:00-0:00 * * *", "a"]])), ["periodical[0]", "expected hours"]),
        (periods(json!([["* someday * *", "a"]])), ["periodical[0]", "found \"someday\""]),
        (
            periods(json!([["* mon * *", "a"], ["12:00-13:00 * * *", "b"]])),
            ["periodical[1]", "overlaps with periodical[0]"],
        ),
        (oneshots(json!([["2024-01-01 00:00", "2024-01-02 00:00"]])), ["oneshot[0]", "3 or 4 texts, found 2"]),
        (oneshots(json!([["yesterday", "2024-01-02 00:00", "a"]])), ["oneshot[0]", "found \"yesterday\""]),
        (
            oneshots(json!([["2024-02-30 00:00", "2024-03-02 00:00", "a"]])),
            ["oneshot[0]", "found \"2024-02-30 00:00\""],
        ),
        (oneshots(json!([["2024-01-03 00:00", "2024-01-02 00:00", "a"]])), ["oneshot[0]", "ends"]),
        (oneshots(json!([["2024-01-01 00:00", "2024-01-02 00:00", "c"]])), ["oneshot[0]", "no rules named \"c\""]),
    ];
    for (quotas, words) in cases {
        let name = quotas.to_string();
        let error = plan(&name, &with_quotas(&quotas)).expect_err(&name);
        assert_says(&name, &error, &words);
        assert!(error.starts_with("quotas file: ") && error.len() < 500, "{error}");
    }
}

#[test]
fn errors_about_huge_quotas_stay_short() {
    let huge = "x".repeat(1_000_000);
    let huge_list: Vec<i64> = (0..100_000).collect();
    let mut long = Vec::new();
    for quotas in [
        json!({ "quotas": { (huge.clone()): [1, 1, 1] } }),
        json!({ "quotas": { "*,*,*,*": huge } }),
        json!({ "quotas": { "*,*,*,*": [huge, 1, 1] } }),
        json!({ "quotas": { "*,*,*,*": huge_list } }),
        json!({ "quotas": { (format!("*,*,*,{huge}")): 5 } }),
        json!({ "periodical": [["* * * *", huge]] }),
        json!({ "periodical": [[huge, "a"]], "a": {} }),
        json!({ "periodical": [[format!("{huge} * * *"), "a"]], "a": {} }),
        json!({ "periodical": [[format!("* {huge} * *"), "a"]], "a": {} }),
        json!({ "oneshot": [[huge, huge, "a"]], "a": {} }),
    ] {
        let error = plan("huge quotas", &with_quotas(&quotas)).expect_err("an error");
        if error.len() >= 500 {
            long.push(format!("{} bytes: {}", error.len(), error.chars().take(100).collect::<String>()));
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn warnings_about_huge_names_stay_short() {
    let huge = "x".repeat(1_000_000);
    let mut long = Vec::new();
    for changes in [
        json!({ "ordering": { "policy": huge } }),
        json!({ "ordering": { "policy": "CUSTOM", "custom": { "name": huge } } }),
        json!({ "quotas": { "quotas": { (format!("*,*,{huge},*")): [1, 1, 1] } } }),
    ] {
        let found = plan("huge name", &changed(snapshot(good_jobs()), &changes)).unwrap();
        assert_eq!(found.warnings.len(), 1);
        long.extend(
            found
                .warnings
                .iter()
                .filter(|warning| warning.len() >= 500)
                .map(|warning| format!("{} bytes: {}", warning.len(), warning.chars().take(80).collect::<String>())),
        );
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn an_unknown_time_zone_is_refused_in_few_words() {
    for zone in ["", "Nowhere/City", "../../etc/passwd", "Europe/Paris\0", &"x".repeat(1_000_000)] {
        let error = plan("zone", &changed(snapshot(good_jobs()), &json!({ "time_zone": zone }))).expect_err(zone);
        assert_says("zone", &error, &["time zone", "`Europe/Paris`", "found"]);
        assert!(error.len() < 500, "{} bytes", error.len());
    }
}

/// A calendar of a few hours, with its quotas.
fn calendar() -> Value {
    json!({
        "quotas": { "*,*,*,*": [4, -1, -1] },
        "periodical": [["08:00-19:00 mon-fri * *", "a", ""], ["22:00-06:00 * * *", "b", ""]],
        "a": { "*,*,*,*": [-1, 1, -1] },
        "b": { "*,*,*,*": [-1, -1, 0] },
    })
}

#[test]
fn window_limits_are_any_number() {
    for limit in EXTREMES {
        for max_time in [1_000_i64, 2_147_483_648, 1 << 34] {
            let changes = json!({ "quotas": calendar(), "quotas_settings": { "window_time_limit": limit }, "max_time": max_time });
            let found = plan(&format!("window of {limit} up to {max_time}"), &changed(snapshot(good_jobs()), &changes))
                .unwrap();
            for reason in found.reasons.iter().filter(|_| limit <= 0 && max_time > 1000) {
                assert_says("window", &reason.line, &["QUOTAS_WINDOW_TIME_LIMIT"]);
            }
        }
    }
}

#[test]
fn a_calendar_over_all_of_time_is_answered_in_time() {
    let oneshot =
        json!([["9999-12-01 00:00", "9999-12-30 00:00", "a", ""], ["-9999-01-03 00:00", "-9998-01-01 00:00", "b", ""]]);
    let long = |walltime: i64| super::with(good_jobs()[0].clone(), "/moldables/0/walltime", &json!(walltime));
    for now in [i64::MIN, -377_705_023_201, 0, 253_402_207_200, i64::MAX] {
        for walltime in [60, 1 << 40, i64::MAX] {
            let jobs = [long(walltime)].into_iter().chain(good_jobs().into_iter().skip(1));
            let quotas = changed(calendar(), &json!({ "oneshot": oneshot }));
            let changes = json!({
                "now": now, "max_time": i64::MAX, "quotas": quotas, "quotas_settings": { "window_time_limit": i64::MAX },
            });
            plan(&format!("now {now}, walltime {walltime}"), &changed(snapshot(jobs), &changes)).unwrap();
        }
    }
}

#[test]
fn limits_are_any_number() {
    for limit in [
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e308),
        json!(-1e308),
        json!("1e308*ALL"),
        json!(-0.0),
    ] {
        let settings = json!({ "all": 0 });
        for all in [json!(null), json!(0), json!(u64::MAX)] {
            let settings = changed(settings.clone(), &json!({ "all": all }));
            let quotas = json!({ "quotas": { "*,*,*,*": [limit, limit, limit] } });
            let snapshot = changed(with_quotas(&quotas), &json!({ "quotas_settings": settings }));
            let name = format!("limit {limit}, all {all}");
            match plan(&name, &snapshot) {
                Ok(_) => {}
                Err(error) => assert_says(&name, &error, &["quotas file", "expected a number"]),
            }
        }
    }
}
