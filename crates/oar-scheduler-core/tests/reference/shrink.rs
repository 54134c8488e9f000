//! Makes a snapshot on which a test fails as small as it can.

use serde_json::{Value, json};

/// A shrinking asks at most so often.
const TRIES_MAX: usize = 20_000;
/// Changing these says nothing.
const KEPT_KEYS: [&str; 2] = ["format", "now"];

/// A step from the root of a document to a place in it.
#[derive(Clone)]
enum Step {
    Key(String),
    Rank(usize),
}

/// One way to make a document simpler, at one place.
enum Edit {
    /// Takes elements `from..to` out of an array.
    RemoveElements(usize, usize),
    RemoveKey(String),
    Replace(Value),
}

/// The smallest snapshot found, by taking things out and making numbers and sets simpler one at a time, on which
/// `fails` is still true. Some of what it tries cannot be read: `fails` must find out (the reference scheduler does
/// not) and say false.
pub fn shrink(snapshot: Value, fails: &mut dyn FnMut(&Value) -> bool) -> Value {
    let mut smallest = snapshot;
    let mut rank = 0;
    let mut has_changed = false;
    for _ in 0..TRIES_MAX {
        let edits = edits(&smallest);
        match edits.get(rank) {
            Some((place, edit)) => {
                let candidate = edited(&smallest, place, edit);
                if fails(&candidate) {
                    // What comes at this rank now was not tried on this snapshot yet.
                    smallest = candidate;
                    has_changed = true;
                } else {
                    rank += 1;
                }
            }
            None if has_changed => {
                rank = 0;
                has_changed = false;
            }
            None => break,
        }
    }
    smallest
}

/// All ways to make the document simpler: those near its root first, as they take most away.
fn edits(snapshot: &Value) -> Vec<(Vec<Step>, Edit)> {
    let now = snapshot["now"].as_i64().unwrap_or(0);
    let mut found = Vec::new();
    let mut places: Vec<(Vec<Step>, &Value)> = vec![(Vec::new(), snapshot)];
    while !places.is_empty() {
        let mut below = Vec::new();
        for (place, value) in places {
            found.extend(simpler(value, now).into_iter().map(|edit| (place.clone(), edit)));
            let child = |step: Step| place.iter().cloned().chain([step]).collect::<Vec<Step>>();
            match value {
                Value::Array(elements) => {
                    below.extend(elements.iter().enumerate().map(|(rank, element)| (child(Step::Rank(rank)), element)));
                }
                Value::Object(keys) => {
                    let kept = keys.iter().filter(|(key, _)| !KEPT_KEYS.contains(&key.as_str()));
                    below.extend(kept.map(|(key, element)| (child(Step::Key(key.clone())), element)));
                }
                _ => {}
            }
        }
        places = below;
    }
    found
}

/// The ways to make one value simpler, at its own place.
fn simpler(value: &Value, now: i64) -> Vec<Edit> {
    match value {
        Value::Array(elements) => {
            let half = elements.len() / 2;
            let halves = [(0, half), (half, elements.len())].into_iter().filter(|_| elements.len() > 2);
            let single = (0..elements.len()).map(|rank| (rank, rank + 1));
            halves.chain(single).map(|(from, to)| Edit::RemoveElements(from, to)).collect()
        }
        Value::Object(keys) => {
            keys.keys().filter(|key| !KEPT_KEYS.contains(&key.as_str())).cloned().map(Edit::RemoveKey).collect()
        }
        Value::Number(number) => match number.as_i64() {
            Some(number) => {
                simpler_integers(number, now).into_iter().map(|number| Edit::Replace(json!(number))).collect()
            }
            None => {
                number.as_f64().map(f64::trunc).into_iter().map(|number| Edit::Replace(json!(number as i64))).collect()
            }
        },
        Value::String(text) => smaller_sets(text).into_iter().map(|text| Edit::Replace(json!(text))).collect(),
        _ => Vec::new(),
    }
}

/// Numbers that are nearer to 0 or, for a time, to now.
fn simpler_integers(number: i64, now: i64) -> Vec<i64> {
    let from = if number.abs() <= (number - now).abs() { 0 } else { now };
    let distance = number - from;
    let mut simpler = vec![0, from, from + distance / 2, from + distance - distance.signum()];
    simpler.retain(|other| other.abs().min((other - now).abs()) < distance.abs());
    simpler.dedup();
    simpler
}

/// A resource set without one of its ranges, or with a shorter one. Nothing for other texts.
fn smaller_sets(text: &str) -> Vec<String> {
    let read = |range: &str| -> Option<(u32, u32)> {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        Some((first.parse().ok()?, last.parse().ok()?))
    };
    let Some(ranges) = text.split(' ').map(read).collect::<Option<Vec<(u32, u32)>>>() else { return Vec::new() };
    let mut smaller = Vec::new();
    for (rank, (first, last)) in ranges.iter().enumerate() {
        let mut others = ranges.clone();
        others.remove(rank);
        smaller.push(others.clone());
        let shorter =
            [(*first, first + last.saturating_sub(*first) / 2), (first + 1, *last), (*first, last.saturating_sub(1))];
        for range in shorter.into_iter().filter(|range| last > first && *range != (*first, *last)) {
            let mut ranges = ranges.clone();
            ranges[rank] = range;
            smaller.push(ranges);
        }
    }
    smaller.iter().map(|ranges| set_text(ranges)).collect()
}

fn set_text(ranges: &[(u32, u32)]) -> String {
    let texts: Vec<String> = ranges
        .iter()
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") })
        .collect();
    texts.join(" ")
}

/// The document with one edit made.
fn edited(snapshot: &Value, place: &[Step], edit: &Edit) -> Value {
    let mut copy = snapshot.clone();
    let mut value = &mut copy;
    for step in place {
        value = match step {
            Step::Key(key) => &mut value[key],
            Step::Rank(rank) => &mut value[*rank],
        };
    }
    match (edit, &mut *value) {
        (Edit::RemoveElements(from, to), Value::Array(elements)) => drop(elements.drain(*from..*to)),
        (Edit::RemoveKey(key), Value::Object(keys)) => drop(keys.remove(key)),
        (Edit::Replace(simpler), value) => *value = simpler.clone(),
        _ => {}
    }
    copy
}
