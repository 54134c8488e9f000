//! Texts that are no snapshot: the error says where, what was expected and what was found, in few words.

use oar_scheduler_core::{Plan, Snapshot};
use serde_json::{Value, json};

use super::{assert_says, in_time, job, snapshot, with};

/// The error of reading this text, with a place.
fn any_error(name: &str, text: impl Into<Vec<u8>>) -> Option<String> {
    let text = text.into();
    let message = in_time(name, move || Snapshot::from_json(&text).err().map(|error| error.to_string()))?;
    assert_says(name, &message, &["at `", "`, column "]);
    Some(message)
}

/// The error of reading this text, which is short.
fn error(name: &str, text: impl Into<Vec<u8>>) -> Option<String> {
    let message = any_error(name, text)?;
    assert!(message.len() < 500, "{name}: {} bytes: {}", message.len(), message.chars().take(200).collect::<String>());
    Some(message)
}

/// A snapshot in which every key occurs.
fn full() -> Value {
    let mut waiting = job(11, 60, &json!([["core", 2]]));
    waiting["types"] = json!({ "besteffort": null, "qos": "0.5" });
    waiting["dependencies"] = json!([{ "job": 1, "state": "Running", "exit_code": 0 }]);
    waiting["moldables"][0]["requests"][0]["filter"] = json!("1-8");
    waiting["reservation_start"] = json!(2000);
    waiting["accepts_missing"] = json!(true);
    let mut snapshot = snapshot([waiting]);
    let more = json!({
        "security_time": 60,
        "time_zone": "UTC",
        "quotas": { "quotas": { "*,*,*,*": [1, 1, 1] } },
        "quotas_settings": { "all": 8, "window_time_limit": 1000 },
        "ordering": {
            "policy": "FIFO", "max_jobs": 3, "custom": { "name": "x", "config": "y" },
            "fairshare": { "project_targets": { "p": 10.0 }, "user_targets": { "bob": 10.0 }, "coef_user": 1.5 },
            "multifactor": { "age_weight": 1.0, "work_mode": 1, "queue_coefs": { "default": 2.0 } },
        },
        "known_jobs": [{ "id": 5, "user": "bob", "state": "Terminated" }],
        "accounting": { "used": { "total": 5.0, "projects": { "p": 1.0 }, "users": { "bob": 2.0 } }, "asked": {} },
    });
    snapshot.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    snapshot["resources"]["usable"] = json!("1-9");
    snapshot["resources"]["suspendable"] = json!("1-4");
    snapshot["resources"]["absent"] = json!("2");
    snapshot["resources"]["missing"] = json!("7-8");
    snapshot["resources"]["available_upto"] = json!([{ "until": 5000, "resources": "1-2" }]);
    snapshot
}

/// The pointers of all places in a document.
fn pointers(json: &Value, at: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match json {
        Value::Object(keys) => keys.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(elements) => elements.iter().enumerate().map(|(rank, value)| (rank.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (key, value) in children {
        let pointer = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        pointers(value, &pointer, found);
        found.push(pointer);
    }
}

fn places() -> Vec<String> {
    let mut found = Vec::new();
    pointers(&full(), "", &mut found);
    found.retain(|pointer| !pointer.starts_with("/quotas/"));
    found
}

#[test]
fn a_text_cut_anywhere_is_refused() {
    let text = full().to_string();
    assert_eq!(error("whole", text.as_bytes()), None);
    for length in 0..text.len() {
        assert!(error("cut", &text.as_bytes()[..length]).is_some(), "{length}");
        assert!(Plan::from_json(&text.as_bytes()[..length]).is_err());
    }
}

#[test]
fn what_is_no_json_is_refused() {
    for (text, words) in [
        (&b""[..], "EOF"),
        (b" \n\t ", "EOF"),
        (b"\xff\xfe{\x00}\x00", "expected value"),
        (b"\xef\xbb\xbf{}", "expected value"),
        (b"{\"format\": \"\xc3\x28\"}", "invalid unicode"),
        (b"{\"now\": \"\\ud800\"}", "hex escape"),
        (b"{\"now\": 01}", "invalid number"),
        (b"{'now': 1}", "key must be a string"),
        (b"{} {}", "missing field"),
        (b"null", "null"),
        (b"[]", "invalid"),
        (b"NaN", "expected value"),
    ] {
        let name = String::from_utf8_lossy(text).into_owned();
        assert_says(&name, &error(&name, text).expect(&name), &[words]);
    }
    let trailing = format!("{} 5", full());
    assert_says("trailing", &error("trailing", trailing).unwrap(), &["trailing characters"]);
}

#[test]
fn a_value_of_a_wrong_type_is_refused_with_its_place() {
    let mut vague = Vec::new();
    for pointer in places() {
        let key = pointer.split('/').rfind(|key| key.parse::<usize>().is_err()).unwrap();
        for wrong in [json!(true), json!(5), json!(1.5), json!("x"), json!([[true]]), json!({ "x": [] })] {
            let message = error(&pointer, with(full(), &pointer, &wrong).to_string());
            assert!(message.is_some() || wrong != json!([[true]]) || pointer == "/quotas", "{pointer} = {wrong}");
            vague.extend(
                message
                    .filter(|message| {
                        !message.contains(key) || !(message.contains("expected") || message.contains("missing field"))
                    })
                    .map(|message| format!("{pointer} = {wrong}: {message}")),
            );
        }
    }
    assert!(vague.is_empty(), "{} errors do not say where or what:\n{}", vague.len(), vague.join("\n"));
}

#[test]
fn an_optional_key_may_be_absent_or_null() {
    let required =
        ["format", "now", "resources", "default", "id", "moldables", "start", "walltime", "requests", "levels"];
    let required = [&required[..], &["until", "job", "state"]].concat();
    let mut refused = Vec::new();
    for pointer in places() {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        let is_map =
            ["targets", "coefs", "projects", "users", "hierarchy", "types"].iter().any(|map| parent.ends_with(map));
        let is_resources = key == "resources" && !parent.is_empty();
        if required.contains(&key) || is_resources || key.parse::<usize>().is_ok() || is_map {
            continue;
        }
        let mut without = full();
        without.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key);
        refused.extend(error(&pointer, without.to_string()).map(|message| format!("without {pointer}: {message}")));
        let null = with(full(), &pointer, &Value::Null).to_string();
        refused.extend(error(&pointer, null).map(|message| format!("{pointer} null: {message}")));
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn integers_are_64_bits_and_resources_32() {
    let extremes = ["-9223372036854775808", "9223372036854775807", "0", "-1", "4294967296"];
    let beyond =
        ["-9223372036854775809", "9223372036854775808", "18446744073709551616", "1e308", "1e999", "1.0", "1e3"];
    let mut integers = places();
    integers.retain(|pointer| full().pointer(pointer).is_some_and(|value| value.is_i64()) && pointer != "/now");
    integers.retain(|pointer| !["/all", "/max_time"].iter().any(|end| pointer.ends_with(end)));
    assert!(integers.len() > 12);
    let marker = "\"the number\"";
    for pointer in integers {
        let text = with(full(), &pointer, &json!("the number")).to_string();
        for number in extremes {
            assert_eq!(error(&pointer, text.replace(marker, number)), None, "{pointer} = {number}");
        }
        for number in beyond {
            let message = error(&pointer, text.replace(marker, number));
            assert!(message.is_some(), "{pointer} = {number}");
        }
        // An integer in JSON, a float to some readers.
        let _ = error(&pointer, text.replace(marker, "-0"));
    }
    for (set, is_set) in [
        ("0", true),
        ("4294967295", true),
        ("0-4294967295", true),
        ("", true),
        ("4294967296", false),
        ("-1", false),
        ("2-1", false),
        ("1-", false),
        ("1-2-3", false),
        ("1,2", false),
        ("0x1", false),
        ("1\u{a0}2", false),
    ] {
        let message = error(set, with(full(), "/resources/usable", &json!(set)).to_string());
        assert_eq!(message.is_none(), is_set, "{set:?}");
        message.inspect(|message| assert_says(set, message, &["resources.usable", "expected a resource set"]));
    }
}

#[test]
fn a_key_that_comes_twice_is_refused() {
    for key in
        ["now", "format", "resources", "waiting_jobs", "time_zone", "suspendable", "until", "start", "walltime", "id"]
    {
        let text = full().to_string();
        let at = text.find(&format!("\"{key}\":")).unwrap();
        let text = format!("{}\"{key}\":null,{}", &text[..at], &text[at..]);
        assert!(error(key, text).is_some(), "{key}");
    }
}

#[test]
fn deep_nesting_is_refused_or_ignored() {
    for depth in [100, 1000, 100_000] {
        let nested = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let open = "{\"a\":".repeat(depth);
        assert!(error("open brackets", "[".repeat(depth)).is_some());
        assert!(error("open braces", open).is_some());
        for key in ["unknown", "quotas", "ordering", "waiting_jobs"] {
            let text = full().to_string();
            let _ = error(key, format!("{{\"{key}\":{nested},{}", &text[1..]));
        }
        for (pointer, key) in
            [("/waiting_jobs/0", "unknown"), ("/scheduled_jobs/0", "unknown"), ("/resources", "unknown")]
        {
            let text = with(full(), &format!("{pointer}/{key}"), &json!("here")).to_string();
            let _ = error(pointer, text.replace("\"here\"", &nested));
        }
    }
}

#[test]
fn errors_about_huge_input_stay_short() {
    let huge = "x".repeat(10_000_000);
    let mut texts: Vec<(String, String)> = Vec::new();
    for pointer in
        places().into_iter().filter(|pointer| !pointer.contains("fairshare") && !pointer.contains("multifactor"))
    {
        texts.push((pointer.clone(), with(full(), &pointer, &json!("the text")).to_string()));
    }
    for map in ["/resources/hierarchy", "/waiting_jobs/0/types", "/ordering/fairshare/user_targets"] {
        texts.push((format!("key in {map}"), with(full(), &format!("{map}/the text"), &json!([])).to_string()));
    }
    let digits = with(full(), "/waiting_jobs/0/submission_time", &json!("digits")).to_string();
    texts.push(("digits".to_owned(), digits.replace("\"digits\"", &"9".repeat(10_000_000))));
    texts.push(("spaces".to_owned(), " ".repeat(10_000_000)));
    let mut long = Vec::new();
    for (name, text) in texts {
        if let Some(message) = any_error(&name, text.replace("the text", &huge)).filter(|message| message.len() >= 500)
        {
            long.push(format!("{name}, {} bytes: {}", message.len(), message.chars().take(80).collect::<String>()));
        }
    }
    assert!(long.is_empty(), "{} errors are long:\n{}", long.len(), long.join("\n"));
    assert_eq!(error("unknown key", with(full(), &format!("/{huge}"), &json!(5)).to_string()), None);
}

#[test]
fn an_error_names_the_key_and_the_format() {
    for (pointer, value, words) in [
        ("/format", json!("oar-scheduler-snapshot/2"), ["oar-scheduler-snapshot/1", "oar-scheduler-snapshot/2"]),
        ("/now", json!("noon"), ["`now`", "\"noon\""]),
        ("/resources/hierarchy/node/1", json!("5..8"), ["resources.hierarchy.node[1]", "\"5..8\""]),
        ("/waiting_jobs/0/moldables/0/walltime", json!("1h"), ["waiting_jobs[0].moldables[0].walltime", "\"1h\""]),
        (
            "/waiting_jobs/0/dependencies/0/state",
            json!("Asleep"),
            ["waiting_jobs[0].dependencies[0].state", "`Asleep`"],
        ),
        ("/waiting_jobs/0/moldables/0/requests/0/levels/0", json!(["core"]), ["levels[0]", "invalid length 1"]),
        ("/queue_groups", json!([]), ["`waiting_jobs` or `queue_groups`", "found both"]),
    ] {
        assert_says(pointer, &error(pointer, with(full(), pointer, &value).to_string()).expect(pointer), &words);
    }
}
