//! Quotas: how much a queue, project, job type or user may hold at a time.
//!
//! One rule applies to a job in each rule set: the most specific one, found without backtracking. Which rule set is in force
//! depends on the time. See `docs/scheduling-rules.md`, section 6.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::job::Job;
use crate::procset::ProcSet;
use crate::units::{Seconds, Time};

mod calendar;
mod file;
mod limiter;
mod rules;
mod usage;

pub use file::QuotasError;
pub use rules::{Counts, Figure, RuleKey};
pub use usage::Usage;

pub(crate) use limiter::Limiter;

use calendar::Calendar;
use rules::{CounterKey, RuleSet};

/// Some counters, by name.
pub(crate) type Counters = BTreeSet<CounterKey>;

/// The content of an OAR quotas file, as read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QuotasFile(pub serde_json::Value);

/// How the quotas file is to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QuotasSettings {
    /// What `ALL` stands for (`QUOTAS_ALL_NB_RESOURCES_MODE`); `None`: the number of default resources.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<u64>,
    /// `QUOTAS_WINDOW_TIME_LIMIT`: with a calendar, how far ahead jobs are placed.
    pub window_time_limit: Seconds,
}

impl Default for QuotasSettings {
    fn default() -> Self {
        Self { all: None, window_time_limit: Seconds(4 * 1_296_000) }
    }
}

/// With a calendar, jobs are not placed further ahead than a hundred years: the calendar is written out so far.
const WINDOW_TIME_LIMIT_MAX: Seconds = Seconds(100 * 366 * 86_400);

/// The quotas of a round.
#[derive(Debug, Clone)]
pub struct Quotas {
    /// The first is the one called `quotas`, in force wherever the calendar says nothing.
    rule_sets: Vec<RuleSet>,
    job_types: Vec<String>,
    /// When which rule set comes into force up to the window's end, ascending; the first from the beginning of time.
    periods: Vec<(Time, usize)>,
    /// The calendar, with the last second that a job may hold.
    calendar: Option<(Calendar, Time)>,
    /// What the file says that will have no effect.
    warnings: Vec<String>,
}

/// A limit that a job would exceed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The name of the rule set; `None`: the `quotas` of the file.
    pub rules: Option<String>,
    /// The rule as written in the file.
    pub rule: RuleKey,
    /// Which of its limits.
    pub figure: Figure,
    /// What is used at the peak by others.
    pub used: i64,
    /// What the job would add.
    pub asked: i64,
    /// The limit.
    pub limit: i64,
}

impl Violation {
    /// Whether it is of this limit.
    #[must_use]
    pub fn is_of(&self, rules: &Option<String>, rule: &RuleKey, figure: Figure) -> bool {
        (&self.rules, &self.rule, self.figure) == (rules, rule, figure)
    }
}

/// A job's window with what it would use.
#[derive(Debug, Clone)]
pub struct Claim<'a> {
    /// Who asks.
    pub job: &'a Job,
    /// The first second.
    pub begin: Time,
    /// The last second.
    pub end: Time,
    /// What the job adds in each second.
    pub counts: Counts,
    /// What other holds count for that this job would take over.
    pub takes_over: Vec<TakenOver<'a>>,
}

/// The part of a superseded job's share that its successor takes over.
#[derive(Debug, Clone, Copy)]
pub struct TakenOver<'a> {
    /// The superseded job.
    pub job: &'a Job,
    /// The first second of its hold.
    pub begin: Time,
    /// The last second of its hold.
    pub end: Time,
    /// The share.
    pub counts: Counts,
}

impl Quotas {
    /// Reads the quotas of a round that begins at `now`.
    ///
    /// # Errors
    /// When the file is not a quotas file; the round must not go on without its quotas.
    pub fn new(
        file: &QuotasFile,
        settings: &QuotasSettings,
        default_resources: &ProcSet,
        now: Time,
        max_time: Time,
        zone: &jiff::tz::TimeZone,
    ) -> Result<Self, QuotasError> {
        let all = settings.all.unwrap_or_else(|| default_resources.len());
        let read = file::read(file, all)?;
        let calendar = Calendar::new(&read.periodical, &read.oneshot, &read.rule_sets, zone.clone())?;
        let limit = settings.window_time_limit.min(WINDOW_TIME_LIMIT_MAX);
        let calendar = calendar.map(|calendar| (calendar, (now + limit).min(max_time)));
        let periods = match &calendar {
            Some((calendar, window_end)) => calendar.periods(now, *window_end),
            None => Vec::new(),
        };
        let periods = if periods.is_empty() { vec![(Time(i64::MIN), 0)] } else { periods };
        Ok(Self { warnings: read.warnings(), rule_sets: read.rule_sets, job_types: read.job_types, periods, calendar })
    }

    /// Whether quotas limit this job at all.
    #[must_use]
    pub fn concern(&self, job: &Job) -> bool {
        !job.has_type("no_quotas")
    }

    /// The last second that a job under quotas may hold, if there is a limit.
    #[must_use]
    pub fn window_end(&self) -> Option<Time> {
        self.calendar.as_ref().map(|(_, window_end)| *window_end)
    }

    /// What the file says that will have no effect.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The instants at which another rule set comes into force.
    pub fn changes(&self) -> impl Iterator<Item = Time> + '_ {
        self.periods.iter().skip(1).map(|&(begin, _)| begin)
    }

    /// The limits of a job, to ask about many windows.
    pub(crate) fn limiter<'a>(&'a self, usage: &'a Usage, job: &Job) -> Limiter<'a> {
        let limits = |set: &RuleSet| {
            let (rule, limits) = set.rule_for(job)?;
            Some((limits, usage.steps(&self.counter(rule, job)?)))
        };
        Limiter { periods: &self.periods, sets: self.rule_sets.iter().map(limits).collect() }
    }

    /// The limits that a claim would exceed: none if the quotas allow it. The first one says why it is refused.
    pub fn violations<'a>(&'a self, usage: &'a Usage, mut claim: Claim<'a>) -> impl Iterator<Item = Violation> + 'a {
        claim.end = claim.end.min(self.nothing_new_after(usage, &claim));
        self.rule_sets_in(claim.begin, claim.end).into_iter().flat_map(move |index| {
            let set = self.rule_sets.get(index);
            set.and_then(|set| self.violations_in(set, index, usage, &claim)).into_iter().flatten()
        })
    }

    /// The rules that limit a job, each with the name of its rule set.
    pub fn rules_of<'a>(&'a self, job: &'a Job) -> impl Iterator<Item = (Option<String>, RuleKey)> + 'a {
        self.rule_sets.iter().filter_map(|set| {
            let (rule, _) = set.rule_for(job)?;
            Some((set.name().map(str::to_owned), rule.clone()))
        })
    }

    /// An instant after which a window meets no other rule set and no higher usage: the last counted hold and the last oneshot are over, and every part of the week
    /// has come (three times, as a change of clock may skip one).
    fn nothing_new_after(&self, usage: &Usage, claim: &Claim<'_>) -> Time {
        let last_oneshot = self.calendar.as_ref().and_then(|(calendar, _)| calendar.last_oneshot());
        let last_change = usage.changes().next_back();
        let latest = [Some(claim.begin), last_oneshot, last_change].into_iter().flatten().max();
        let settled = latest.unwrap_or(claim.begin) + Seconds(3 * 7 * 86_400);
        settled.min(claim.begin + WINDOW_TIME_LIMIT_MAX)
    }

    /// The rule sets in force somewhere in a window, in order of first appearance.
    fn rule_sets_in(&self, begin: Time, end: Time) -> Vec<usize> {
        let mut found = Vec::new();
        for (_, _, index) in self.periods_in(begin, end) {
            if !found.contains(&index) {
                found.push(index);
            }
        }
        found
    }

    /// The parts of a window with the rule set in force in each.
    fn periods_in(&self, begin: Time, end: Time) -> Vec<(Time, Time, usize)> {
        let periods = self.periods_until(end);
        let first = periods.partition_point(|&(start, _)| start <= begin).saturating_sub(1);
        let periods = periods.get(first..).unwrap_or_default();
        let ends = periods.iter().skip(1).map(|&(next, _)| next.previous()).chain([Time(i64::MAX)]);
        let overlapping = periods.iter().zip(ends).take_while(|((start, _), _)| *start <= end);
        overlapping.map(|(&(start, index), last)| (start.max(begin), last.min(end), index)).collect()
    }

    /// The periods up to an instant. Only the reasons ask for one beyond the window's end.
    fn periods_until(&self, end: Time) -> Cow<'_, [(Time, usize)]> {
        match &self.calendar {
            Some((calendar, window_end)) if end > *window_end => {
                let mut later = calendar.periods(window_end.next(), end);
                if let Some((begin, _)) = later.first_mut() {
                    *begin = window_end.next();
                }
                Cow::Owned([self.periods.as_slice(), &later].concat())
            }
            _ => Cow::Borrowed(&self.periods),
        }
    }

    fn violations_in(&self, set: &RuleSet, index: usize, usage: &Usage, claim: &Claim<'_>) -> Option<Vec<Violation>> {
        let (rule, limits) = set.rule_for(claim.job)?;
        let counter = self.counter(rule, claim.job)?;
        let taken_over = claim.takes_over.iter().filter(|taken| self.counters(taken.job).contains(&counter));
        let taken_over: Vec<&TakenOver<'_>> = taken_over.collect();
        let peak = self
            .periods_in(claim.begin, claim.end)
            .into_iter()
            .filter(|&(_, _, in_force)| in_force == index)
            .map(|(begin, end, _)| usage.peak(&counter, begin, end, &taken_over))
            .fold(Counts::default(), Counts::max);
        let exceeded = limits.exceeded(peak, claim.counts).map(|(figure, limit)| Violation {
            rules: set.name().map(str::to_owned),
            rule: rule.clone(),
            figure,
            used: figure.of(peak),
            asked: figure.of(claim.counts),
            limit,
        });
        Some(exceeded.collect())
    }

    /// The counter of a rule for a job; `None`: nobody keeps it, so the rule never limits.
    fn counter(&self, rule: &RuleKey, job: &Job) -> Option<CounterKey> {
        self.is_tracked(rule).then(|| rule.counter(job))
    }

    fn is_tracked(&self, rule: &RuleKey) -> bool {
        rule.job_type() == "*" || self.job_types.iter().any(|tracked| tracked == rule.job_type())
    }

    /// The counters that the rules of a job look at.
    pub(crate) fn counters_of_rules(&self, job: &Job) -> Counters {
        let rules = self.rule_sets.iter().filter_map(|set| set.rule_for(job));
        rules.filter_map(|(rule, _)| self.counter(rule, job)).collect()
    }

    /// The counters in which a job's hold counts, of those that some rule looks at.
    pub(crate) fn counters(&self, job: &Job) -> Counters {
        let rules = self.rule_sets.iter().flat_map(RuleSet::rules);
        rules.filter(|rule| rule.concerns(job)).filter_map(|rule| self.counter(rule, job)).collect()
    }
}
