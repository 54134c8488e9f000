//! Until when the quotas refuse a job.

use super::rules::{Counts, Limits};
use super::usage::Steps;
use crate::units::Time;

/// The limits of one job with what is used of them.
#[derive(Debug)]
pub(crate) struct Limiter<'a> {
    /// When which rule set comes into force.
    pub(super) periods: &'a [(Time, usize)],
    /// The limits of the job in each rule set, and the usage that they are compared with; `None`: it has none.
    pub(super) sets: Vec<Option<(Limits, Option<&'a Steps>)>>,
}

impl Limiter<'_> {
    /// If these counts over `[begin, end]` exceed a limit: the first start of a window as long that leaves behind the last instant at which they do.
    pub fn refused_until(&self, begin: Time, end: Time, counts: Counts) -> Option<Time> {
        let mut period_end = Time(i64::MAX);
        let behind = self.periods.partition_point(|(from, _)| *from <= end);
        let mut over = self.periods.get(behind).map(|(from, _)| *from);
        for &(from, set) in self.periods.get(..behind).unwrap_or_default().iter().rev() {
            period_end = over.map_or(period_end, Time::previous);
            if let Some(Some((limits, steps))) = self.sets.get(set) {
                let exceeds = |used: Counts| limits.exceeded(used, counts).next().is_some();
                let (first, last) = (from.max(begin), period_end.min(end));
                let until = match steps {
                    Some(steps) => steps.last(first, last, exceeds),
                    None => exceeds(Counts::default()).then_some(Time(i64::MAX)),
                };
                if let Some(until) = until {
                    return Some(over.map_or(until, |over| over.min(until)));
                }
            }
            if from <= begin {
                break;
            }
            over = Some(from);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use fastrand::Rng;
    use jiff::tz::TimeZone;
    use serde_json::json;

    use super::super::{Claim, Quotas, QuotasFile, QuotasSettings, Usage};
    use super::*;
    use crate::job::Job;
    use crate::units::{JobId, Seconds};

    /// 2024-01-01 00:00 UTC, a Monday.
    const NOW: i64 = 1_704_067_200;
    const HOUR: i64 = 3600;

    /// Limits of a few resources, jobs and resource-hours.
    fn rules(random: &mut Rng) -> serde_json::Value {
        let mut limit = |most: i64| if random.bool() { -1 } else { random.i64(0..most) };
        let mut rules = serde_json::Map::new();
        for rule in ["*,*,*,/", "*,*,*,*", "/,*,*,*", "*,*,night,*", "*,*,*,alice"] {
            let limits = [limit(12), limit(6), limit(40)];
            rules.insert(rule.to_owned(), json!(limits));
        }
        rules.retain(|_, _| random.bool());
        rules.into()
    }

    fn quotas(random: &mut Rng, has_calendar: bool) -> Quotas {
        let mut file = json!({ "quotas": rules(random), "job_types": ["night"] });
        if has_calendar {
            file["some"] = rules(random);
            file["others"] = rules(random);
            file["periodical"] = json!([["01:00-04:00 * * *", "some", ""], ["04:00-05:00 * * *", "others", ""]]);
            file["oneshot"] = json!([["2024-01-01 07:00", "2024-01-01 07:29:59", "others", ""]]);
        }
        let settings = QuotasSettings::default();
        let end = Time(NOW + 100 * HOUR);
        Quotas::new(&QuotasFile(file), &settings, &"1-20".parse().unwrap(), Time(NOW), end, &TimeZone::UTC).unwrap()
    }

    fn job(random: &mut Rng, id: i64) -> Job {
        let mut name = |names: &[&str]| (*random.choice(names).unwrap()).to_owned();
        let (user, queue) = (name(&["alice", "bob"]), name(&["default", "admin"]));
        let types = if random.bool() { [("night".to_owned(), String::new())].into() } else { BTreeMap::new() };
        Job { id: JobId(id), user, queue, types, ..Job::default() }
    }

    /// Everything changes at quarters of an hour.
    const STEP: i64 = 900;

    /// The quarters of an hour from one on until before another.
    fn quarters(from: i64, until: i64) -> Vec<i64> {
        (0..(until - from + STEP - 1) / STEP).map(|step| from + step * STEP).collect()
    }

    #[test]
    fn it_is_refused_as_long_as_the_limits_are_exceeded() {
        let mut random = Rng::with_seed(71);
        let (mut refused, mut sooner) = (0, 0);
        for round in 0..1000 {
            let quotas = quotas(&mut random, round % 2 == 0);
            let mut usage = Usage::default();
            for id in 1..random.i64(1..8) {
                let begin = NOW + STEP * random.i64(-4..40);
                let walltime = STEP * random.i64(1..20);
                let counts = Counts::of_job(random.u64(0..6), walltime);
                usage.count(&quotas, &job(&mut random, id), Time(begin), Time(begin + walltime - 1), counts);
            }
            let job = job(&mut random, 100);
            let limiter = quotas.limiter(&usage, &job);
            for _ in 0..20 {
                let walltime = STEP * random.i64(1..30);
                let counts = Counts::of_job(random.u64(0..6), walltime);
                let violates = |begin: i64, end: i64| {
                    let claim = Claim { job: &job, begin: Time(begin), end: Time(end), counts, takes_over: Vec::new() };
                    quotas.violations(&usage, claim).next().is_some()
                };
                let begin = NOW + STEP * random.i64(0..40);
                let end = begin + walltime - 1;
                let Some(Time(until)) = limiter.refused_until(Time(begin), Time(end), counts) else {
                    assert!(!violates(begin, end));
                    continue;
                };
                refused += 1;
                assert!(until > begin);
                // No start before then is allowed.
                let starts = quarters(begin, until.min(begin + 40 * HOUR));
                assert!(starts.into_iter().all(|start| violates(start, start + walltime - 1)));
                // It is behind the last instant at which they are, and only until nothing more is known of it.
                let mut instants = quarters(begin, end).into_iter().rev();
                let last = instants.find(|instant| violates(*instant, *instant)).unwrap();
                assert!(until > last);
                let behind = quarters(last, until.min(end + 1));
                assert!(behind.into_iter().all(|instant| violates(instant, instant)));
                sooner += u32::from(until <= end);
            }
        }
        assert!(refused > 1500 && sooner > 200, "{refused} {sooner}");
    }

    #[test]
    fn until_a_limit_ends_that_nothing_lifts() {
        let file = json!({ "quotas": { "*,*,*,alice": [4, -1, -1] } });
        let quotas = |file: &serde_json::Value| {
            let (file, settings) = (QuotasFile(file.clone()), QuotasSettings::default());
            let (now, end) = (Time(NOW), Time(NOW + 100 * HOUR));
            Quotas::new(&file, &settings, &"1-8".parse().unwrap(), now, end, &TimeZone::UTC).unwrap()
        };
        let job = Job { user: "alice".to_owned(), ..Job::default() };
        let hours = |hours: i64| Time(NOW + hours * HOUR);
        let until = |file: &serde_json::Value, usage: &[(i64, i64, u64)], resources: u64| {
            let (quotas, mut used) = (quotas(file), Usage::default());
            for &(begin, end, resources) in usage {
                let counts = Counts::of_job(resources, Seconds(1).0);
                used.count(&quotas, &job, hours(begin), hours(end).previous(), counts);
            }
            let limiter = quotas.limiter(&used, &job);
            limiter
                .refused_until(hours(0), hours(5).previous(), Counts::of_job(resources, 1))
                .map(|until| until.0 - NOW)
        };
        // What it asks for itself is too much for ever.
        assert_eq!(until(&file, &[], 5), Some(i64::MAX - NOW));
        assert_eq!(until(&file, &[], 4), None);
        // The last time in the window counts, and it may end behind the window.
        assert_eq!(until(&file, &[(0, 1, 1), (2, 3, 1), (4, 8, 0)], 4), Some(3 * HOUR));
        assert_eq!(until(&file, &[(4, 8, 1)], 4), Some(8 * HOUR));
        assert_eq!(until(&file, &[(5, 8, 1)], 4), None);
        // Other rules may lift it sooner.
        let mut calendar = file;
        calendar["night"] = json!({});
        calendar["periodical"] = json!([["06:00-24:00 * * *", "night", ""]]);
        assert_eq!(until(&calendar, &[(4, 8, 1)], 4), Some(6 * HOUR));
        assert_eq!(until(&calendar, &[], 5), Some(6 * HOUR));
    }
}
