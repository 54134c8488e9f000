//! Random quotas: rules, limits, periods and oneshots.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::{Map, Value, json};

use super::Maker;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const WEEK_HALF_HOURS: usize = 7 * 48;

impl Maker {
    /// The quotas of the snapshot, null without.
    pub fn quotas(&mut self) -> Value {
        if !self.on("quotas") {
            return Value::Null;
        }
        let mut quotas = json!({ "quotas": self.rules(), "job_types": [] });
        let job_types: Vec<&str> =
            ["besteffort", "deploy", "timesharing", "inner"].into_iter().filter(|_| self.rng.bool()).collect();
        quotas["job_types"] = json!(job_types);
        if self.on("calendar") {
            for name in ["day", "night", "event"] {
                quotas[name] = self.rules();
            }
            let with = self.rng.u32(0..4);
            if with != 0 {
                quotas["periodical"] = self.periods();
            }
            if with < 2 {
                quotas["oneshot"] = self.oneshots();
            }
        }
        quotas
    }

    /// What `ALL` counts, and a window limit that is soon reached.
    pub fn quotas_settings(&mut self) -> Value {
        let mut settings = json!({ "window_time_limit": self.pick(&[6, 12, 24, 48, 72]) * 3600 });
        if self.chance(40) {
            settings["all"] = json!(self.rng.i64(1..20));
        }
        settings
    }

    fn rules(&mut self) -> Value {
        let mut rules = Map::new();
        for _ in 0..self.rng.usize(1..6) {
            let queue = self.pick(&["*", "*", "*", "/", "default", "besteffort"]);
            let project = self.pick(&["*", "*", "*", "/", "p1", "p2"]);
            let job_type = self.pick(&["*", "*", "*", "*", "besteffort", "deploy", "inner", "timesharing"]);
            let user = self.pick(&["*", "*", "/", "/", "alice", "bob"]);
            let comma = if self.chance(90) { "," } else { " , " };
            let key = [queue, project, job_type, user].join(comma);
            let is_new = rules.keys().all(|other: &String| other.replace(' ', "") != key.replace(' ', ""));
            if is_new {
                let limits = self.limits();
                rules.insert(key, limits);
            }
        }
        Value::Object(rules)
    }

    fn limits(&mut self) -> Value {
        let count = self.platform.everything.len() as i64;
        let resources = match self.rng.u32(0..8) {
            0 => json!("ALL"),
            1 => json!("0.5*ALL"),
            2 => json!(self.rng.i64(0..count + 1).to_string()),
            3 => json!(self.rng.i64(0..count + 1) as f64 + 0.7),
            4 => json!(-1),
            _ => json!(self.rng.i64(1..count + 1)),
        };
        let jobs = match self.rng.u32(0..6) {
            0 => json!(self.rng.i64(1..4)),
            1 => json!("2"),
            2 => json!(self.rng.i64(0..5)),
            _ => json!(-1),
        };
        let hours = if self.on("hours") && self.chance(70) { self.hours(count) } else { json!(-1) };
        json!([resources, jobs, hours])
    }

    /// What some of the resources use in some units of time.
    fn hours(&mut self, count: i64) -> Value {
        let hours = (self.rng.i64(1..count + 1) * self.rng.i64(1..6) * self.unit) as f64 / 3600.0;
        match self.rng.u32(0..6) {
            0 => json!(hours.to_string()),
            1 => json!(hours.ceil() as i64),
            2 if self.unit == 3600 => json!("ALL"),
            2 => json!("0.01*ALL"),
            _ => json!(hours),
        }
    }

    /// Periods that do not overlap, some of which begin or end near now.
    fn periods(&mut self) -> Value {
        let zone = TimeZone::get(self.zone).expect("a time zone");
        let local = Timestamp::from_second(self.now).expect("a time").to_zoned(zone);
        let today = local.weekday().to_monday_zero_offset() as usize;
        let half_hour = local.hour() as usize * 2 + local.minute() as usize / 30;
        let mut is_taken = [false; WEEK_HALF_HOURS];
        let mut periods = Vec::new();
        for _ in 0..self.rng.usize(1..6) {
            let (text, days) = self.days(today);
            let (hours, from, length) = if self.chance(20) {
                ("*".to_owned(), 0, 48)
            } else {
                let near = (half_hour + self.rng.usize(0..12) + 46) % 48;
                let from = if self.chance(60) { near } else { self.rng.usize(0..48) };
                let length = self.pick(&[1, 2, 4, 8, 12, 24, 30]);
                let to = (from + length) % 48;
                (format!("{}-{}", clock(from), clock(to)), from, length)
            };
            let slots: Vec<usize> = days
                .iter()
                .flat_map(|day| (0..length).map(move |offset| (day * 48 + from + offset) % WEEK_HALF_HOURS))
                .collect();
            let is_free = (0..slots.len()).all(|rank| !is_taken[slots[rank]] && !slots[..rank].contains(&slots[rank]));
            // This text would be the period that fills the gaps.
            let is_filling = hours == "*" && text == "*";
            if is_free && !is_filling {
                for slot in slots {
                    is_taken[slot] = true;
                }
                let rules = self.pick(&["day", "night", "event"]);
                periods.push(json!([format!("{hours} {text} * *"), rules, "a period"]));
            }
        }
        if periods.is_empty() || self.chance(40) {
            let when = self.pick(&["* * * *", "default"]);
            let rules = self.pick(&["day", "night"]);
            periods.insert(self.rng.usize(0..periods.len() + 1), json!([when, rules, "the rest"]));
        }
        Value::Array(periods)
    }

    /// A day, a list, a range or all, most often with today among them.
    fn days(&mut self, today: usize) -> (String, Vec<usize>) {
        let first = (today + self.pick(&[0, 0, 1, 6, 3])) % 7;
        let length = self.rng.usize(1..7);
        let range: Vec<usize> = (0..length).map(|offset| (first + offset) % 7).collect();
        match self.rng.u32(0..4) {
            0 => ("*".to_owned(), (0..7).collect()),
            1 => (DAYS[first].to_owned(), vec![first]),
            2 => (range.iter().map(|day| DAYS[*day]).collect::<Vec<_>>().join(","), range),
            _ => (format!("{}-{}", DAYS[first], DAYS[(first + length - 1) % 7]), range),
        }
    }

    /// Events near now, by the local clock; they may overlap.
    fn oneshots(&mut self) -> Value {
        let zone = TimeZone::get(self.zone).expect("a time zone");
        let local =
            Timestamp::from_second(self.now - self.now.rem_euclid(1800)).expect("a time").to_zoned(zone).datetime();
        let oneshots: Vec<Value> = (0..self.rng.usize(1..4))
            .map(|_| {
                let begin = self.rng.i64(-6..12);
                let end = begin + self.rng.i64(1..12);
                let text = |half_hours: i64| {
                    (local + Span::new().minutes(30 * half_hours)).strftime("%Y-%m-%d %H:%M").to_string()
                };
                let rules = self.pick(&["event", "event", "night"]);
                json!([text(begin), text(end), rules, "an event"])
            })
            .collect();
        Value::Array(oneshots)
    }
}

/// The wall clock at a half hour of the day.
fn clock(half_hour: usize) -> String {
    format!("{:02}:{:02}", half_hour / 2, half_hour % 2 * 30)
}
