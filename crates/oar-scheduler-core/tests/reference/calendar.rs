//! The calendar of temporal quotas: which rule set is in force at which second.

use std::cell::OnceCell;

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use serde_json::Value;

const DAY_MINUTES: usize = 24 * 60;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// The rule set where no period and no oneshot says another.
pub const DEFAULT_RULES: &str = "quotas";

/// The oneshots and the week of a quotas file, from `now` to the end of the window limit.
pub struct Calendar {
    zone: TimeZone,
    /// Begin, end (included) and rules, in order of precedence.
    oneshots: Vec<(i64, i64, String)>,
    /// The rules of every minute of the local week.
    week: Vec<Option<String>>,
    now: i64,
    limit: i64,
    stretches: OnceCell<Vec<(i64, String)>>,
}

impl Calendar {
    /// Reads the calendar of a quotas file; none when it has neither periods nor oneshots.
    pub fn read(quotas: &Value, zone: &str, now: i64, limit: i64) -> Option<Calendar> {
        let empty = Vec::new();
        let periods = quotas["periodical"].as_array().unwrap_or(&empty);
        let oneshots = quotas["oneshot"].as_array().unwrap_or(&empty);
        if periods.is_empty() && oneshots.is_empty() {
            return None;
        }
        let zone = TimeZone::get(zone).expect("a time zone");
        let mut oneshots: Vec<(i64, i64, String)> = oneshots
            .iter()
            .map(|oneshot| {
                (
                    local_second(&oneshot[0], &zone),
                    local_second(&oneshot[1], &zone),
                    oneshot[2].as_str().expect("rules").to_owned(),
                )
            })
            .collect();
        oneshots.sort_by_key(|(begin, _, _)| *begin);
        Some(Calendar { zone, oneshots, week: read_week(periods), now, limit, stretches: OnceCell::new() })
    }

    /// The last second that a window may have.
    pub fn limit(&self) -> i64 {
        self.limit
    }

    /// The rules in force at second `t`, by the definition.
    pub fn rules_at(&self, t: i64) -> &str {
        if let Some((_, _, rules)) = self.oneshots.iter().find(|(begin, end, _)| *begin <= t && t <= *end) {
            return rules;
        }
        let local = Timestamp::from_second(t).expect("a time").to_zoned(self.zone.clone());
        let day = local.weekday().to_monday_zero_offset() as usize;
        let minute = local.hour() as usize * 60 + local.minute() as usize;
        self.week[day * DAY_MINUTES + minute].as_deref().unwrap_or(DEFAULT_RULES)
    }

    /// The seconds after `now` at which other rules come into force.
    pub fn change_instants(&self) -> impl Iterator<Item = i64> {
        self.stretches().iter().skip(1).map(|(begin, _)| *begin)
    }

    /// The intervals of `[from, to]` in which the same rules are in force, each with these rules. The window ends by
    /// the limit.
    pub fn in_force(&self, from: i64, to: i64) -> Vec<(i64, i64, &str)> {
        let stretches = self.stretches();
        let ends = stretches.iter().skip(1).map(|(begin, _)| begin - 1).chain([self.limit]);
        let clipped =
            stretches.iter().zip(ends).map(|((begin, rules), end)| (from.max(*begin), to.min(end), rules.as_str()));
        clipped.filter(|(begin, end, _)| begin <= end).collect()
    }

    /// The begin and the rules of every stretch from `now` to the limit. Everything in a calendar begins with a minute,
    /// save what follows the last second of a oneshot, the first of its minute: these two seconds of every minute are
    /// looked at.
    fn stretches(&self) -> &[(i64, String)] {
        self.stretches.get_or_init(|| {
            let mut stretches = vec![(self.now, self.rules_at(self.now).to_owned())];
            let mut minute = self.now.div_euclid(60) * 60;
            while minute <= self.limit {
                for second in [minute, minute + 1] {
                    if (self.now..=self.limit).contains(&second) {
                        let rules = self.rules_at(second);
                        if stretches.last().is_some_and(|(_, last)| last != rules) {
                            stretches.push((second, rules.to_owned()));
                        }
                    }
                }
                minute += 60;
            }
            stretches
        })
    }
}

/// The week that the periods make: first those that say when, then the one that fills the gaps.
fn read_week(periods: &[Value]) -> Vec<Option<String>> {
    let mut week: Vec<Option<String>> = vec![None; 7 * DAY_MINUTES];
    let mut filling = None;
    for period in periods {
        let (when, rules) = (period[0].as_str().expect("a period").trim(), period[1].as_str().expect("rules"));
        let fields: Vec<&str> = when.split_whitespace().collect();
        if when == "default" || fields == ["*"; 4] {
            assert!(filling.is_none(), "two periods that fill the gaps");
            filling = Some(rules.to_owned());
            continue;
        }
        assert!(fields.len() == 4 && fields[2..] == ["*", "*"], "not a period: {when}");
        let (from, to) = minutes_of_day(fields[0]);
        for day in days(fields[1]) {
            for minute in from..to {
                let slot = (day * DAY_MINUTES + minute) % week.len();
                assert!(week[slot].is_none(), "overlapping periods: {when}");
                week[slot] = Some(rules.to_owned());
            }
        }
    }
    week.into_iter().map(|rules| rules.or_else(|| filling.clone())).collect()
}

/// First minute and the minute after the last one; beyond 24:00 for what runs into the next day.
fn minutes_of_day(hours: &str) -> (usize, usize) {
    if hours == "*" {
        return (0, DAY_MINUTES);
    }
    let minute = |text: &str| {
        let (hour, minute) = text.split_once(':').expect("HH:MM");
        hour.parse::<usize>().expect("an hour") * 60 + minute.parse::<usize>().expect("a minute")
    };
    let (from, to) = hours.split_once('-').expect("HH:MM-HH:MM");
    let (from, to) = (minute(from), minute(to));
    if to > from { (from, to) } else { (from, to + DAY_MINUTES) }
}

/// `*`, or days and ranges of days with commas between; a range may run over the end of the week.
fn days(text: &str) -> Vec<usize> {
    if text == "*" {
        return (0..7).collect();
    }
    let day = |name: &str| DAYS.iter().position(|day| *day == name).expect("a day");
    let mut days = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first), day(last));
        days.extend((0..=(last + 7 - first) % 7).map(|offset| (first + offset) % 7));
    }
    days
}

/// `YYYY-MM-DD hh:mm` in local time. A time that a transition skips is read with the offset before it; of one that
/// comes twice the first is meant.
fn local_second(text: &Value, zone: &TimeZone) -> i64 {
    let text = text.as_str().expect("a date");
    let numbers: Vec<i16> = text.split(['-', ' ', ':']).map(|number| number.parse().expect("a date")).collect();
    let [year, month, day, hour, minute] = numbers[..] else { panic!("not a date: {text}") };
    let local = date(year, month as i8, day as i8).at(hour as i8, minute as i8, 0, 0);
    local.to_zoned(zone.clone()).expect("a date").timestamp().as_second()
}
