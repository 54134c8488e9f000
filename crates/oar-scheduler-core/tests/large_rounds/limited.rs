//! Quotas: hundreds of jobs of few users under several rules, with and without a calendar.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::draft::{Draft, HOUR, MINUTE};
use super::machine::{Machine, text};
use super::shapes::set_apart;
use super::workload::{Walltimes, few};

/// Times near a change of rules of the calendar.
const TIMES: [(&str, i64); 4] = [
    ("UTC", 1_704_067_200),
    ("Europe/Paris", 1_711_846_800 - 20 * HOUR),
    ("Europe/Paris", 1_729_990_800 - 9 * HOUR),
    ("America/New_York", 1_710_054_000 - 5 * HOUR - 1),
];
const RULES: [&str; 12] = [
    "*,*,*,/",
    "*,*,*,*",
    "*,*,*,alice",
    "*,/,*,*",
    "*,p1,*,/",
    "default,*,*,*",
    "default,*,*,/",
    "/,*,*,*",
    "*,*,besteffort,*",
    "*,*,besteffort,/",
    "*,*,deploy,bob",
    "besteffort,*,*,/",
];

pub fn round(seed: u64) -> Value {
    let mut rng = Rng::with_seed(seed);
    let mut machine = if rng.bool() {
        Machine::of_several_sizes(&mut rng, 40)
    } else {
        let places = rng.usize(80..250);
        Machine::drawn(&mut rng, places)
    };
    let has_others = rng.u32(0..3) == 0;
    if has_others {
        set_apart(&mut rng, &mut machine);
    }
    let walltimes = match Walltimes::drawn(&mut rng) {
        Walltimes::Few(choices) => choices,
        _ => (0..40).map(|_| rng.i64(MINUTE..5 * HOUR)).collect(),
    };
    let has_calendar = seed % 2 == 1;
    let jobs = rng.usize(100..260);
    let mut draft = Draft::new(rng, machine);
    if has_calendar {
        let (zone, now) = draft.pick(&TIMES);
        draft.now = now + draft.rng.i64(0..HOUR);
        draft.others.insert("time_zone".to_owned(), json!(zone));
    }
    draft.occupy(25, 4 * HOUR);
    for _ in 0..jobs {
        let walltime = draft.pick(&walltimes);
        // Nodes of several sizes: what a job takes is known only once it is matched.
        let levels = if draft.chance(35) { json!([["nodes", draft.rng.i64(1..5)]]) } else { few(&mut draft, 6) };
        draft.wait(walltime, levels);
    }
    draft.repeat_requests();
    draft.each_waiting(20, |_, job| {
        job["queue"] = json!("besteffort");
        job["types"]["besteffort"] = Value::Null;
    });
    draft.each_waiting(15, |_, job| job["types"]["deploy"] = Value::Null);
    draft.each_waiting(5, |_, job| job["types"]["no_quotas"] = Value::Null);
    if has_others {
        // What is not of type `default` does not count.
        let all = json!(text(&draft.machine.usable));
        draft.each_waiting(50, |_, job| job["moldables"][0]["requests"][0]["filter"] = all.clone());
    }
    let quotas = quotas(&mut draft, has_calendar);
    draft.others.insert("quotas".to_owned(), quotas);
    let window = draft.pick(&[1, 2, 3]) * 24 * HOUR;
    draft.others.insert("quotas_settings".to_owned(), json!({ "window_time_limit": window }));
    draft.snapshot()
}

pub fn quotas(draft: &mut Draft, has_calendar: bool) -> Value {
    let mut quotas = json!({ "job_types": ["besteffort", "deploy"], "quotas": rules(draft) });
    if has_calendar {
        for name in ["day", "night", "event"] {
            quotas[name] = Value::Object(rules(draft));
        }
        quotas["periodical"] = draft.pick(&[
            json!([["08:00-20:00 mon-fri * *", "day", ""], ["* * * *", "night", ""]]),
            json!([
                ["22:00-06:00 * * *", "night", ""],
                ["06:00-09:30 sat,sun * *", "event", ""],
                ["default", "day", ""]
            ]),
            json!([["00:00-12:00 mon-sun * *", "day", ""], ["12:00-18:15 sun-tue * *", "night", ""]]),
        ]);
        if draft.chance(60) {
            let day = jiff::Timestamp::from_second(draft.now).expect("a time").to_zoned(jiff::tz::TimeZone::UTC);
            let day = day.strftime("%Y-%m-%d").to_string();
            quotas["oneshot"] = json!([
                [format!("{day} 01:00"), format!("{day} 05:30"), "event", ""],
                [format!("{day} 05:00"), format!("{day} 14:00"), "night", ""],
            ]);
        }
    }
    quotas
}

fn rules(draft: &mut Draft) -> Map<String, Value> {
    let places = draft.machine.places.len() as i64;
    let count = draft.rng.usize(2..7);
    let mut rules = Map::new();
    for _ in 0..count {
        let rule = draft.pick(&RULES);
        let resources = match draft.rng.u32(0..4) {
            0 => json!("0.3*ALL"),
            1 => json!(-1),
            _ => json!(draft.rng.i64(places / 8..places)),
        };
        let jobs = if draft.chance(40) { json!(draft.rng.i64(1..15)) } else { json!(-1) };
        let hours = if draft.chance(40) { json!(draft.rng.i64(places / 2..places * 4)) } else { json!(-1) };
        rules.insert(rule.to_owned(), json!([resources, jobs, hours]));
    }
    rules
}
