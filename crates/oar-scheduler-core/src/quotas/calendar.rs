//! Which rule set is in force when.
//!
//! Periods are periods of the local wall clock. Between two changes of the zone's offset the wall clock runs evenly, so the next boundary
//! is either a fixed distance away or not before the next change of offset; no date is guessed.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::file::{Oneshot, Periodical, QuotasError, error};
use super::rules::RuleSet;
use crate::units::Time;

const DAY: i64 = 86_400;
const WEEK: i64 = 7 * DAY;
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The calendar of a quotas file.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    zone: TimeZone,
    /// Parts of the week, ascending and disjoint; seconds of the wall clock since Monday 00:00.
    week: Vec<Part>,
    /// By begin.
    oneshots: Vec<Span>,
}

/// The part `[begin, end)` of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    begin: i64,
    end: i64,
    rules: usize,
    place: String,
}

/// A oneshot, both ends included.
#[derive(Debug, Clone)]
struct Span {
    begin: Time,
    end: Time,
    rules: usize,
}

/// The rule set in force where the calendar says nothing.
const DEFAULT_RULES: usize = 0;

impl Calendar {
    /// `None` when the file has neither periods nor oneshots.
    pub fn new(
        periodical: &[Periodical],
        oneshot: &[Oneshot],
        rule_sets: &[RuleSet],
        zone: TimeZone,
    ) -> Result<Option<Self>, QuotasError> {
        if periodical.is_empty() && oneshot.is_empty() {
            return Ok(None);
        }
        let index = |name: &str| rule_sets.iter().position(|set| set.name() == Some(name)).unwrap_or(DEFAULT_RULES);
        let mut week: Vec<Part> = Vec::new();
        for entry in periodical.iter().filter(|entry| !fills_gaps(&entry.period)) {
            let parts = parts_of_week(&entry.period).map_err(|problem| error(&entry.place, problem))?;
            let rules = index(&entry.rules);
            week.extend(parts.into_iter().map(|(begin, end)| Part { begin, end, rules, place: entry.place.clone() }));
        }
        week.sort_by_key(|part| part.begin);
        if let Some((first, second)) =
            week.iter().zip(week.iter().skip(1)).find(|(first, second)| first.end > second.begin)
        {
            let at = wall_clock(second.begin);
            return Err(error(&second.place, format!("it overlaps with {} at {at}", first.place)));
        }
        if let Some(entry) = periodical.iter().find(|entry| fills_gaps(&entry.period)) {
            fill_gaps(&mut week, index(&entry.rules), &entry.place);
        }
        let spans = oneshot.iter().map(|entry| {
            let at = |text: &str| wall_clock_time(text).map_err(|problem| error(&entry.place, problem));
            let (begin, end) = (at(&entry.begin)?, at(&entry.end)?);
            if end < begin {
                return Err(error(&entry.place, format!("it ends ({}) before it begins ({})", entry.end, entry.begin)));
            }
            let instant = |local| instant(local, &zone).map_err(|problem| error(&entry.place, problem));
            // In the gap of a clock change the span may be empty.
            Ok(Span { begin: instant(begin)?, end: instant(end)?, rules: index(&entry.rules) })
        });
        let mut oneshots = spans.collect::<Result<Vec<_>, _>>()?;
        oneshots.sort_by_key(|span| span.begin);
        Ok(Some(Self { zone, week, oneshots }))
    }

    /// The changes of rule set over `[from, to]`: `(from, rules)`, then one entry for each change.
    pub fn periods(&self, from: Time, to: Time) -> Vec<(Time, usize)> {
        let mut periods = Vec::new();
        let mut at = from;
        while at <= to {
            let (rules, next) = self.rules_at(at);
            if periods.last().is_none_or(|&(_, before)| before != rules) {
                periods.push((at, rules));
            }
            if next <= at {
                break;
            }
            at = next;
        }
        if let Some((first, _)) = periods.first_mut() {
            *first = Time(i64::MIN);
        }
        periods
    }

    /// The last second of the last oneshot.
    pub fn last_oneshot(&self) -> Option<Time> {
        self.oneshots.iter().map(|span| span.end).max()
    }

    /// The rule set in force at an instant, and a later instant up to which that is certain.
    fn rules_at(&self, at: Time) -> (usize, Time) {
        let oneshot = self.oneshots.iter().find(|span| span.begin <= at && at <= span.end);
        if let Some(span) = oneshot {
            let earlier = self.oneshots.iter().map(|span| span.begin).filter(|&begin| begin > at);
            return (span.rules, earlier.chain([span.end.next()]).min().unwrap_or(at));
        }
        let (rules, until) = self.weekly_rules_at(at);
        let next_oneshot = self.oneshots.iter().map(|span| span.begin).filter(|&begin| begin > at).min();
        (rules, next_oneshot.map_or(until, |begin| begin.min(until)))
    }

    fn weekly_rules_at(&self, at: Time) -> (usize, Time) {
        let Ok(timestamp) = Timestamp::from_second(at.0) else { return (DEFAULT_RULES, Time(i64::MAX)) };
        let wall_clock = second_of_week(self.zone.to_datetime(timestamp));
        let part = self.week.iter().find(|part| part.begin <= wall_clock && wall_clock < part.end);
        let boundary = match part {
            Some(part) => part.end,
            None => self.week.iter().map(|part| part.begin).find(|&begin| begin > wall_clock).unwrap_or(WEEK),
        };
        let until = Time(at.0.saturating_add(boundary - wall_clock));
        let offset_change = self.zone.following(timestamp).next().map(|change| Time(change.timestamp().as_second()));
        let until = offset_change.filter(|&change| change > at).map_or(until, |change| change.min(until));
        (part.map_or(DEFAULT_RULES, |part| part.rules), until)
    }
}

fn second_of_week(local: DateTime) -> i64 {
    let day = i64::from(local.weekday().to_monday_zero_offset());
    day * DAY + i64::from(local.hour()) * 3600 + i64::from(local.minute()) * 60 + i64::from(local.second())
}

/// `tue 08:00`, for messages.
fn wall_clock(second_of_week: i64) -> String {
    let day = usize::try_from(second_of_week / DAY).ok().and_then(|day| WEEKDAYS.get(day)).copied().unwrap_or("mon");
    format!("{day} {:02}:{:02}", second_of_week % DAY / 3600, second_of_week % 3600 / 60)
}

fn fills_gaps(period: &str) -> bool {
    period == "default" || period.split_whitespace().eq(["*"; 4])
}

fn fill_gaps(week: &mut Vec<Part>, rules: usize, place: &str) {
    let mut gaps = Vec::new();
    let mut from = 0;
    for (begin, end) in week.iter().map(|part| (part.begin, part.end)).chain([(WEEK, WEEK)]) {
        if from < begin {
            gaps.push(Part { begin: from, end: begin, rules, place: place.to_owned() });
        }
        from = end;
    }
    week.append(&mut gaps);
    week.sort_by_key(|part| part.begin);
}

/// The parts `[begin, end)` of the week of a period `HM WDAY MDAY MONTH`.
fn parts_of_week(period: &str) -> Result<Vec<(i64, i64)>, String> {
    let fields: Vec<&str> = period.split_whitespace().collect();
    let [hours, days, day_of_month, month] = fields.as_slice() else {
        return Err(format!("expected a period `HM WDAY MDAY MONTH` or `default`, found {period:?}"));
    };
    if (*day_of_month, *month) != ("*", "*") {
        return Err(format!("expected `*` for the day of the month and the month, found {period:?}"));
    }
    let (begin, end) = hours_of_day(hours)?;
    let mut parts = Vec::new();
    for day in days_of_week(days)? {
        let (begin, end) = (day * DAY + begin, day * DAY + end);
        if end <= WEEK {
            parts.push((begin, end));
        } else {
            parts.extend([(begin, WEEK), (0, end - WEEK)]);
        }
    }
    Ok(parts)
}

/// Seconds since midnight; the end may lie in the next day.
fn hours_of_day(hours: &str) -> Result<(i64, i64), String> {
    if hours == "*" {
        return Ok((0, DAY));
    }
    let wrong = || format!("expected hours `*` or `HH:MM-HH:MM`, found {hours:?}");
    let (begin, end) = hours.split_once('-').ok_or_else(wrong)?;
    let second = |text: &str| -> Option<i64> {
        let (hour, minute) = text.split_once(':')?;
        let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour < 24 && minute < 60 || (hour, minute) == (24, 0)).then(|| i64::from(hour * 3600 + minute * 60))
    };
    let (begin, end) = (second(begin).ok_or_else(wrong)?, second(end).ok_or_else(wrong)?);
    match end {
        _ if begin == DAY || begin == end => Err(wrong()),
        end if end < begin => Ok((begin, end + DAY)),
        end => Ok((begin, end)),
    }
}

fn days_of_week(days: &str) -> Result<Vec<i64>, String> {
    let wrong = || format!("expected days `*`, `mon-fri` or `mon,wed`, found {days:?}");
    let day =
        |name: &str| WEEKDAYS.iter().zip(0..).find(|(known, _)| **known == name).map(|(_, day)| day).ok_or_else(wrong);
    if days == "*" {
        return Ok((0..7).collect());
    }
    let mut found = Vec::new();
    for part in days.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (i64, i64) = (day(first)?, day(last)?);
        found.extend((0..=(last - first).rem_euclid(7)).map(|step| (first + step) % 7));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// `YYYY-MM-DD hh:mm[:ss]`.
fn wall_clock_time(text: &str) -> Result<DateTime, String> {
    let civil = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).or_else(|_| DateTime::strptime("%Y-%m-%d %H:%M", text));
    civil.map_err(|_| format!("expected a local time `YYYY-MM-DD hh:mm`, found {text:?}"))
}

/// The instant of a local time. One that does not exist counts from after the gap, one that comes twice is the first.
fn instant(local: DateTime, zone: &TimeZone) -> Result<Time, String> {
    let timestamp = zone.to_timestamp(local).map_err(|_| format!("expected a date of the calendar, found {local}"))?;
    Ok(Time(timestamp.as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600;

    fn calendar(
        periodical: &[(&str, &str)],
        oneshot: &[(&str, &str, &str)],
        zone: &str,
    ) -> Result<Calendar, QuotasError> {
        let periodical: Vec<_> = periodical
            .iter()
            .map(|(period, rules)| Periodical {
                place: "here".into(),
                period: (*period).into(),
                rules: (*rules).into(),
            })
            .collect();
        let oneshot: Vec<_> = oneshot
            .iter()
            .map(|(begin, end, rules)| Oneshot {
                place: "there".into(),
                begin: (*begin).into(),
                end: (*end).into(),
                rules: (*rules).into(),
            })
            .collect();
        let sets: Vec<_> =
            [None, Some("a"), Some("b"), Some("c")].map(|name| RuleSet::new(name.map(str::to_owned), [].into())).into();
        Calendar::new(&periodical, &oneshot, &sets, TimeZone::get(zone).unwrap()).map(Option::unwrap)
    }

    fn instant(text: &str, zone: &str) -> Time {
        super::instant(wall_clock_time(text).unwrap(), &TimeZone::get(zone).unwrap()).unwrap()
    }

    /// Hours since `from` with the rule set in force from there on.
    fn hours(calendar: &Calendar, from: Time, hours: i64) -> Vec<(i64, usize)> {
        let mut periods = calendar.periods(from, Time(from.0 + hours * HOUR));
        periods[0].0 = from;
        periods.iter().map(|(begin, rules)| ((begin.0 - from.0) / HOUR, *rules)).collect()
    }

    #[test]
    fn the_standard_week_has_sixteen_contiguous_parts() {
        let calendar = calendar(
            &[
                ("08:00-19:00 mon-fri * *", "a"),
                ("19:00-00:00 mon-thu * *", "b"),
                ("00:00-08:00 tue-fri * *", "b"),
                ("19:00-00:00 fri * *", "c"),
                ("* sat-sun * *", "c"),
                ("00:00-08:00 mon * *", "c"),
            ],
            &[],
            "UTC",
        )
        .unwrap();
        let starts: Vec<_> = calendar.week.iter().map(|part| (part.begin, part.end - part.begin, part.rules)).collect();
        assert_eq!(
            &starts[..5],
            &[(0, 28_800, 3), (28_800, 39_600, 1), (68_400, 18_000, 2), (86_400, 28_800, 2), (115_200, 39_600, 1)]
        );
        assert!(starts.contains(&(374_400, 39_600, 1)) && starts.contains(&(414_000, 18_000, 3)));
        assert!(calendar.week.windows(2).all(|pair| pair[0].end == pair[1].begin));
        assert_eq!(calendar.week.last().unwrap().end, WEEK);
        // The instants at which OAR3 fails: 2024-01-01 is a Monday.
        for (at, rules, until) in [
            ("2024-01-01 01:00", 3, "2024-01-01 08:00"),
            ("2024-01-01 12:00", 1, "2024-01-01 19:00"),
            ("2024-01-07 05:00", 3, "2024-01-08 00:00"),
        ] {
            assert_eq!(calendar.rules_at(instant(at, "UTC")), (rules, instant(until, "UTC")), "{at}");
        }
    }

    #[test]
    fn a_oneshot_interrupts_and_the_period_goes_on_after_it() {
        let oneshot = [("2024-01-01 12:00", "2024-01-03 23:59:59", "c")];
        let calendar = calendar(&[("* mon-wed * *", "a"), ("* thu-sun * *", "b")], &oneshot, "UTC").unwrap();
        let from = instant("2024-01-01 00:00", "UTC");
        assert_eq!(hours(&calendar, from, 200), [(0, 1), (12, 3), (72, 2), (168, 1)]);
    }

    #[test]
    fn the_first_of_overlapping_oneshots_wins_while_it_lasts() {
        let oneshots = [("2024-01-01 02:00", "2024-01-01 08:00", "b"), ("2024-01-01 00:00", "2024-01-01 04:00", "a")];
        let calendar = calendar(&[], &oneshots, "UTC").unwrap();
        let periods = calendar.periods(instant("2024-01-01 00:00", "UTC"), instant("2024-01-02 00:00", "UTC"));
        let rules: Vec<_> = periods.iter().map(|&(_, rules)| rules).collect();
        assert_eq!(rules, [1, 2, 0]);
        assert_eq!(periods[1].0, Time(instant("2024-01-01 04:00", "UTC").0 + 1));
    }

    #[test]
    fn a_oneshot_in_the_gap_of_a_clock_change_is_empty() {
        let oneshots = [("2024-03-31 02:30", "2024-03-31 03:00", "a")];
        let calendar = calendar(&[], &oneshots, "Europe/Paris").unwrap();
        let from = instant("2024-03-31 00:00", "Europe/Paris");
        assert_eq!(hours(&calendar, from, 24), [(0, 0)]);
    }

    #[test]
    fn hours_that_pass_midnight_run_into_the_next_day() {
        assert_eq!(parts_of_week("22:00-06:00 mon * *").unwrap(), [(22 * HOUR, 30 * HOUR)]);
        assert_eq!(parts_of_week("22:00-06:00 sun * *").unwrap(), [(6 * DAY + 22 * HOUR, WEEK), (0, 6 * HOUR)]);
        assert_eq!(parts_of_week("08:00-09:00 sun-mon * *").unwrap().len(), 2);
    }

    #[test]
    fn clock_changes_move_boundaries_with_the_wall_clock() {
        let days = calendar(&[("08:00-20:00 * * *", "a"), ("default", "b")], &[], "Europe/Paris").unwrap();
        // The night to 2024-03-31 has eleven hours, the one to 2024-10-27 thirteen.
        for (day, night) in [("2024-03-30 08:00", 11), ("2024-10-26 08:00", 13), ("2024-06-01 08:00", 12)] {
            let from = instant(day, "Europe/Paris");
            assert_eq!(hours(&days, from, 30), [(0, 1), (12, 2), (12 + night, 1)], "{day}");
        }
        // 02:00-03:00 does not exist on 2024-03-31, and comes twice on 2024-10-27.
        let small = calendar(&[("02:00-03:00 * * *", "a")], &[], "Europe/Paris").unwrap();
        let from = instant("2024-03-31 00:00", "Europe/Paris");
        assert_eq!(hours(&small, from, 23), [(0, 0)]);
        let from = instant("2024-10-27 00:00", "Europe/Paris");
        assert_eq!(hours(&small, from, 20), [(0, 0), (2, 1), (4, 0)]);
    }

    #[test]
    fn a_wrong_calendar_says_where_and_what() {
        for (period, expected) in [
            ("08:00-19:00 mon-fri", "expected a period"),
            ("08:00 mon * *", "expected hours"),
            ("25:00-26:00 mon * *", "expected hours"),
            ("4000000000:00-19:00 mon * *", "expected hours"),
            ("08:00-08:00 mon * *", "expected hours"),
            ("* monday * *", "expected days"),
            ("* mon 1 *", "expected `*` for the day of the month"),
        ] {
            let error = calendar(&[(period, "a")], &[], "UTC").unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("here"), "{error}");
        }
        let error = calendar(&[("* mon * *", "a"), ("08:00-09:00 mon * *", "b")], &[], "UTC").unwrap_err().to_string();
        assert!(error.contains("overlaps") && error.contains("mon 08:00"), "{error}");
        for oneshot in [("2024-13-01 00:00", "2024-01-01 00:00", "a"), ("2024-01-02 00:00", "2024-01-01 00:00", "a")] {
            assert!(calendar(&[], &[oneshot], "UTC").is_err());
        }
    }

    #[test]
    fn instants_beyond_any_calendar_have_default_rules() {
        let calendar = calendar(&[("* * * *", "a")], &[], "UTC").unwrap();
        assert_eq!(calendar.rules_at(Time(i64::MAX)), (0, Time(i64::MAX)));
        assert_eq!(calendar.periods(Time(i64::MAX - 1), Time(i64::MAX)), [(Time(i64::MIN), 0)]);
    }
}
