//! Quotas: the rules of a job, what counts, and whether a placement is within the limits.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::calendar::{Calendar, DEFAULT_RULES};
use super::holds::{Hold, View};
use super::set::Set;
use super::sharing::Sharing;
use super::snapshot::{Job, Snapshot};

/// Resources, jobs, resource-seconds.
type Figures = [i64; 3];
/// Queue, project, type, user.
type Fields = [String; 4];
type Rules = BTreeMap<Fields, Figures>;

/// A quotas file with its calendar.
pub struct Quotas {
    rule_sets: BTreeMap<String, Rules>,
    job_types: BTreeSet<String>,
    calendar: Option<Calendar>,
}

impl Quotas {
    /// Reads the quotas of the snapshot, if it has any.
    pub fn read(snapshot: &Snapshot) -> Option<Quotas> {
        let file = snapshot.quotas.as_object()?;
        let all = snapshot.quotas_settings["all"].as_i64().unwrap_or(snapshot.default.len());
        let window = snapshot.quotas_settings["window_time_limit"].as_i64().unwrap_or(5_184_000);
        let entries = ["periodical", "oneshot"].into_iter().filter_map(|calendar| file.get(calendar)?.as_array());
        let entries: Vec<&Value> = entries.flatten().filter_map(Value::as_array).flatten().collect();
        let is_named = |name: &String| name == "quotas" || entries.iter().any(|text| text.as_str() == Some(name));
        let rule_sets = file.iter().filter(|(name, _)| is_named(name));
        let job_types = file.get("job_types").and_then(Value::as_array).into_iter().flatten();
        Some(Quotas {
            rule_sets: rule_sets.map(|(name, rules)| (name.clone(), read_rules(rules, all))).collect(),
            job_types: job_types.filter_map(Value::as_str).map(str::to_owned).collect(),
            calendar: Calendar::read(
                &snapshot.quotas,
                &snapshot.time_zone,
                snapshot.now,
                snapshot.now.saturating_add(window),
            ),
        })
    }

    /// The seconds that may matter to a job subject to quotas, besides those of its timeline.
    pub fn change_instants(&self, view: &View) -> Vec<i64> {
        let mut instants: Vec<i64> = counted(view).flat_map(|hold| [hold.start, hold.end.saturating_add(1)]).collect();
        instants.extend(self.calendar.iter().flat_map(Calendar::change_instants));
        instants
    }

    /// Whether the job may take these resources over `[from, to]`, with this walltime as its duration.
    pub fn allow(&self, view: &View, taken: &Set, from: i64, to: i64, walltime: i64) -> bool {
        let mut intervals: BTreeMap<&str, Vec<(i64, i64)>> = BTreeMap::new();
        match &self.calendar {
            None => intervals.entry(DEFAULT_RULES).or_default().push((from, to)),
            Some(calendar) if to > calendar.limit() => return false,
            Some(calendar) => {
                for (begin, end, rules) in calendar.in_force(from, to) {
                    intervals.entry(rules).or_default().push((begin, end));
                }
            }
        }
        let resources = taken.and(&view.snapshot.default).len();
        let own = [resources, 1, resources.saturating_mul(walltime)];
        intervals.into_iter().all(|(rules, intervals)| {
            let Some((counter, limits)) = self.rule_of(view.job, rules) else { return true };
            if counter[2] != "*" && !self.job_types.contains(&counter[2]) {
                return true;
            }
            let peak = peak(view, &counter, taken, &intervals);
            (0..3).all(|figure| limits[figure] < 0 || peak[figure].saturating_add(own[figure]) <= limits[figure])
        })
    }

    /// The counter and the limits of the job's rule in a rule set.
    fn rule_of(&self, job: &Job, rules: &str) -> Option<(Fields, Figures)> {
        let rules = self.rule_sets.get(rules)?;
        let general = |value: &str| vec![value.to_owned(), "/".to_owned(), "*".to_owned()];
        let types = job.types.keys().cloned().chain(["*".to_owned()]).collect();
        let mut key: Vec<String> = Vec::new();
        for values in [general(&job.queue), general(&job.project), types, general(&job.user)] {
            let continues =
                |value: &String| rules.keys().any(|rule| rule[..key.len()] == key[..] && rule[key.len()] == *value);
            let value = values.into_iter().find(continues)?;
            key.push(value);
        }
        let key: Fields = key.try_into().ok()?;
        let limits = rules[&key];
        let own = [&job.queue, &job.project, "", &job.user];
        let counter =
            std::array::from_fn(|field| if key[field] == "/" { own[field].to_owned() } else { key[field].clone() });
        Some((counter, limits))
    }
}

/// The holds that count, whatever their timeline.
fn counted<'a>(view: &'a View) -> impl Iterator<Item = &'a Hold> {
    view.all.iter().copied().filter(|hold| !hold.job.has("container"))
}

/// The highest value of each figure of the counter in these intervals, each on its own. It can only rise where an
/// interval begins or a hold starts.
fn peak(view: &View, counter: &Fields, taken: &Set, intervals: &[(i64, i64)]) -> Figures {
    let mut peak = [0; 3];
    for (begin, end) in intervals {
        let starts = counted(view).map(|hold| hold.start).filter(|start| begin < start && start <= end);
        for second in starts.chain([*begin]) {
            let figures = figures_at(view, counter, taken, second);
            peak = std::array::from_fn(|figure| peak[figure].max(figures[figure]));
        }
    }
    peak
}

/// The counter at one second, less what the job takes over from the one that it supersedes.
fn figures_at(view: &View, counter: &Fields, taken: &Set, second: i64) -> Figures {
    let mut figures: Figures = [0; 3];
    for hold in counted(view).filter(|hold| hold.start <= second && second <= hold.end && counts_in(&hold.job, counter))
    {
        let mut resources = hold.resources.and(&view.snapshot.default);
        if matches!(view.sharing, Sharing::Superseding(id) if id == hold.job.id) {
            resources = resources.minus(taken);
        }
        let resources = resources.len();
        let share = [resources, 1, resources.saturating_mul(hold.walltime)];
        figures = std::array::from_fn(|figure| figures[figure].saturating_add(share[figure]));
    }
    figures
}

/// Whether a hold of that job counts in the counter.
fn counts_in(job: &Job, counter: &Fields) -> bool {
    let is = |field: usize, own: &str| counter[field] == "*" || counter[field] == own;
    is(0, &job.queue) && is(1, &job.project) && (counter[2] == "*" || job.has(&counter[2])) && is(3, &job.user)
}

fn read_rules(json: &Value, all: i64) -> Rules {
    let rules = json.as_object().into_iter().flatten().map(|(key, limits)| {
        let fields: Vec<String> = key.split(',').map(|field| field.trim().to_owned()).collect();
        let limit = |figure: usize| amount(&limits[figure], all);
        let hours_to_seconds = |hours: f64| (3600.0 * hours) as i64;
        (fields.try_into().expect("four fields"), [limit(0) as i64, limit(1) as i64, hours_to_seconds(limit(2))])
    });
    rules.collect()
}

/// A number, or a text with a number, `ALL` or `0.5*ALL`.
fn amount(json: &Value, all: i64) -> f64 {
    let Some(text) = json.as_str() else { return json.as_f64().expect("a limit") };
    let number = |text: &str| text.trim().parse::<f64>().expect("a limit");
    match text.trim().strip_suffix("ALL") {
        None => number(text),
        Some(coefficient) if coefficient.trim().is_empty() => all as f64,
        Some(coefficient) => number(coefficient.trim().strip_suffix('*').expect("coef*ALL")) * all as f64,
    }
}
