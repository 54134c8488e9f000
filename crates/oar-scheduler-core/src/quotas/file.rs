//! The quotas file.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::QuotasFile;
use super::rules::{Limits, RuleKey, RuleSet};
use crate::text::shortened;

/// A quotas file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("quotas file: {place}: {problem}")]
pub struct QuotasError {
    place: String,
    problem: String,
}

pub(super) fn error(place: impl Into<String>, problem: impl Into<String>) -> QuotasError {
    QuotasError { place: shortened(&place.into(), 100), problem: shortened(&problem.into(), 250) }
}

/// What the file says.
pub(super) struct Read {
    /// The first is `quotas`; then those that the calendar names, in order of first appearance.
    pub rule_sets: Vec<RuleSet>,
    pub job_types: Vec<String>,
    pub periodical: Vec<Periodical>,
    pub oneshot: Vec<Oneshot>,
}

pub(super) struct Periodical {
    pub place: String,
    pub period: String,
    pub rules: String,
}

pub(super) struct Oneshot {
    pub place: String,
    pub begin: String,
    pub end: String,
    pub rules: String,
}

impl Read {
    /// Rules that will never limit anybody.
    pub fn warnings(&self) -> Vec<String> {
        let untracked =
            |rule: &&RuleKey| rule.job_type() != "*" && !self.job_types.iter().any(|name| name == rule.job_type());
        let rules = self.rule_sets.iter().flat_map(RuleSet::rules).filter(untracked);
        rules
            .map(|rule| {
                format!(
                    "quotas rule `{}` never limits: its job type is not in `job_types`",
                    shortened(&rule.to_string(), 100)
                )
            })
            .collect()
    }
}

pub(super) fn read(file: &QuotasFile, all: u64) -> Result<Read, QuotasError> {
    let Value::Object(root) = &file.0 else {
        return Err(error("the whole file", format!("expected an object, found {}", kind(&file.0))));
    };
    let default_rules =
        root.get("quotas").map_or(Ok(RuleSet::default()), |rules| rule_set(None, "quotas", rules, all))?;
    let periodical = list(root, "periodical")?.map(periodical).collect::<Result<Vec<_>, _>>()?;
    let oneshot = list(root, "oneshot")?.map(oneshot).collect::<Result<Vec<_>, _>>()?;
    let mut rule_sets = vec![default_rules];
    let named = periodical.iter().map(|entry| (&entry.place, &entry.rules));
    for (place, name) in named.chain(oneshot.iter().map(|entry| (&entry.place, &entry.rules))) {
        if rule_sets.iter().any(|set| set.name() == Some(name)) {
            continue;
        }
        let rules = root.get(name).ok_or_else(|| error(place, format!("there are no rules named {name:?}")))?;
        rule_sets.push(rule_set(Some(name.clone()), name, rules, all)?);
    }
    let job_types = list(root, "job_types")?.map(|(place, entry)| text(&place, entry)).collect::<Result<_, _>>()?;
    Ok(Read { rule_sets, job_types, periodical, oneshot })
}

fn rule_set(name: Option<String>, place: &str, rules: &Value, all: u64) -> Result<RuleSet, QuotasError> {
    let Value::Object(rules) = rules else {
        return Err(error(place, format!("expected an object of rules, found {}", kind(rules))));
    };
    let mut read = BTreeMap::new();
    for (key, value) in rules {
        let place = format!("{place}, rule {key:?}");
        let rule = RuleKey::try_from(key.clone()).map_err(|problem| error(&place, problem))?;
        let limits = limits(value, all).map_err(|problem| error(&place, problem))?;
        if read.insert(rule, limits).is_some() {
            return Err(error(place, "the same rule is already there, written otherwise"));
        }
    }
    Ok(RuleSet::new(name, read))
}

fn limits(value: &Value, all: u64) -> Result<Limits, String> {
    let Some([resources, jobs, hours]) = value.as_array().map(Vec::as_slice) else {
        return Err(format!("expected limits `[resources, jobs, resource hours]`, found {value}"));
    };
    Ok(Limits {
        resources: limit(resources, all, 1.0)?,
        jobs: limit(jobs, all, 1.0)?,
        resource_seconds: limit(hours, all, 3600.0)?,
    })
}

/// A limit: a number, a number as text, or a share of all resources (`"0.5*ALL"`), in its unit and truncated; negative: none.
fn limit(value: &Value, all: u64, unit: f64) -> Result<Option<i64>, String> {
    let wrong = || format!("expected a number, `\"ALL\"` or a share such as `\"0.5*ALL\"`, found {value}");
    #[allow(clippy::cast_precision_loss)]
    let number = match value {
        Value::Number(number) => number.as_f64().ok_or_else(wrong)?,
        Value::String(text) => {
            let text = text.trim();
            match text.strip_suffix("ALL").map(str::trim_end) {
                Some("") => all as f64,
                Some(share) => {
                    let share = share.strip_suffix('*').ok_or_else(wrong)?;
                    share.trim().parse::<f64>().map_err(|_| wrong())? * all as f64
                }
                None => text.parse().map_err(|_| wrong())?,
            }
        }
        _ => return Err(wrong()),
    };
    if !number.is_finite() {
        return Err(wrong());
    }
    #[allow(clippy::cast_possible_truncation)]
    let limit = (number * unit) as i64;
    Ok((limit >= 0).then_some(limit))
}

fn periodical((place, entry): (String, &Value)) -> Result<Periodical, QuotasError> {
    let fields = texts(&place, entry, "[\"HM WDAY MDAY MONTH\", \"rules\", \"description\"]")?;
    match fields.as_slice() {
        [period, rules] | [period, rules, _] => Ok(Periodical { place, period: period.clone(), rules: rules.clone() }),
        _ => Err(error(place, format!("expected 2 or 3 texts, found {}", fields.len()))),
    }
}

fn oneshot((place, entry): (String, &Value)) -> Result<Oneshot, QuotasError> {
    let fields = texts(&place, entry, "[\"begin\", \"end\", \"rules\", \"description\"]")?;
    match fields.as_slice() {
        [begin, end, rules] | [begin, end, rules, _] => {
            Ok(Oneshot { place, begin: begin.clone(), end: end.clone(), rules: rules.clone() })
        }
        _ => Err(error(place, format!("expected 3 or 4 texts, found {}", fields.len()))),
    }
}

/// The entries of an optional list, each with its place.
fn list<'a>(
    root: &'a Map<String, Value>,
    key: &'a str,
) -> Result<impl Iterator<Item = (String, &'a Value)>, QuotasError> {
    let entries = match root.get(key) {
        None | Some(Value::Null) => &[],
        Some(Value::Array(entries)) => entries.as_slice(),
        Some(other) => return Err(error(key, format!("expected a list, found {}", kind(other)))),
    };
    Ok(entries.iter().enumerate().map(move |(index, entry)| (format!("{key}[{index}]"), entry)))
}

fn texts(place: &str, entry: &Value, expected: &str) -> Result<Vec<String>, QuotasError> {
    let entries =
        entry.as_array().ok_or_else(|| error(place, format!("expected {expected}, found {}", kind(entry))))?;
    entries.iter().map(|entry| text(place, entry)).collect()
}

fn text(place: &str, entry: &Value) -> Result<String, QuotasError> {
    let text = entry.as_str().ok_or_else(|| error(place, format!("expected a text, found {}", kind(entry))))?;
    Ok(text.trim().to_owned())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_limits(value: &Value) -> (Option<i64>, Option<i64>, Option<i64>) {
        let limits = limits(value, 10).unwrap();
        (limits.resources, limits.jobs, limits.resource_seconds)
    }

    #[test]
    fn limits_are_numbers_texts_or_shares_truncated() {
        assert_eq!(read_limits(&json!([12, -1, 2])), (Some(12), None, Some(7200)));
        assert_eq!(read_limits(&json!(["3.7", "12", 0.5])), (Some(3), Some(12), Some(1800)));
        assert_eq!(read_limits(&json!(["ALL", "2*ALL", "0.5*ALL"])), (Some(10), Some(20), Some(18000)));
        assert_eq!(read_limits(&json!(["0.25 * ALL", -0.5, "-0.5"])), (Some(2), Some(0), None));
        for wrong in [
            json!([1, 2]),
            json!([1, 2, null]),
            json!(["x", 1, 1]),
            json!(["nan", 1, 1]),
            json!(["ALL*2", 1, 1]),
            json!(5),
        ] {
            assert!(limits(&wrong, 10).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_wrong_file_says_where_and_what() {
        for (file, expected) in [
            (json!([]), "the whole file: expected an object"),
            (json!({"quotas": {"a,b,c": [1, 1, 1]}}), "rule \"a,b,c\": expected a key"),
            (json!({"quotas": {"*,*,/,*": [1, 1, 1]}}), "found `/`"),
            (json!({"quotas": {"*,*,*,*": [1, 1, 1], "*, *,*,*": [1, 1, 1]}}), "already there"),
            (
                json!({"periodical": [["* * * *", "nowhere", ""]]}),
                "periodical[0]: there are no rules named \"nowhere\"",
            ),
            (json!({"job_types": [1]}), "job_types[0]: expected a text, found a number"),
            (json!({"oneshot": [["2024-01-01 00:00"]]}), "oneshot[0]: expected 3 or 4 texts, found 1"),
        ] {
            let error = read(&QuotasFile(file), 1).err().unwrap().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
