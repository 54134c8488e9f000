//! Random changes of snapshots.

use fastrand::Rng;
use serde_json::{Value, json};

/// Job types, some with a value that means something.
const TYPES: [(&str, &str); 14] = [
    ("besteffort", ""),
    ("inner", "box"),
    ("container", "box"),
    ("container", ""),
    ("timesharing", "*,*"),
    ("placeholder", "x"),
    ("allowed", "x"),
    ("supersed", "1"),
    ("leaflet", "1"),
    ("find", "f:a=b"),
    ("assign", "a"),
    ("no_quotas", ""),
    ("inner", "101"),
    ("nice", "1e308"),
];

/// The snapshot with some random changes of its structure.
pub fn mutated(mut snapshot: Value, rng: &mut Rng) -> Value {
    for _ in 0..rng.usize(1..5) {
        let mut places = Vec::new();
        list(&snapshot, &mut Vec::new(), &mut places);
        let place = places[rng.usize(0..places.len())].clone();
        let other = snapshot_at(&mut snapshot, &places[rng.usize(0..places.len())]).clone();
        change(snapshot_at(&mut snapshot, &place), &other, rng);
    }
    snapshot
}

/// The text with a few bytes flipped, cut, put in, doubled or taken out.
pub fn garbled(text: String, rng: &mut Rng) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    for _ in 0..rng.usize(1..4) {
        let at = rng.usize(0..=bytes.len());
        let until = (at + rng.usize(0..20)).min(bytes.len());
        match rng.u8(0..7) {
            0 => bytes.truncate(at),
            1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << rng.u8(0..8)),
            2 => bytes.insert(at, rng.u8(..)),
            3 => bytes.insert(at, b"0123456789-,:{}[]\"ex."[rng.usize(0..21)]),
            4 => drop(bytes.drain(at..until)),
            5 => bytes.splice(at..at, bytes[at..until].to_vec()).for_each(drop),
            _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = rng.u8(b'0'..=b'9')),
        }
    }
    bytes
}

/// Steps from the root to a place.
type Path = Vec<Result<String, usize>>;

fn list(json: &Value, here: &mut Path, places: &mut Vec<Path>) {
    places.push(here.clone());
    let children: Vec<(Result<String, usize>, &Value)> = match json {
        Value::Object(keys) => keys.iter().map(|(key, value)| (Ok(key.clone()), value)).collect(),
        Value::Array(elements) => elements.iter().enumerate().map(|(rank, value)| (Err(rank), value)).collect(),
        _ => Vec::new(),
    };
    for (step, value) in children {
        here.push(step);
        list(value, here, places);
        here.pop();
    }
}

fn snapshot_at<'a>(snapshot: &'a mut Value, path: &Path) -> &'a mut Value {
    path.iter().fold(snapshot, |json, step| match step {
        Ok(key) => &mut json[key],
        Err(rank) => &mut json[*rank],
    })
}

/// Mostly changes that leave the snapshot readable.
fn change(json: &mut Value, other: &Value, rng: &mut Rng) {
    match json {
        _ if rng.u8(0..40) == 0 => *json = any(rng),
        _ if rng.u8(0..20) == 0 => *json = other.clone(),
        Value::Number(number) if rng.bool() => {
            let near = number.as_i64().unwrap_or(0).saturating_add([-60, -1, 1, 60, 3600][rng.usize(0..5)]);
            *json = json!(near);
        }
        Value::Number(_) => *json = extreme(rng),
        Value::String(text) if rng.bool() && text.chars().all(|letter| "0123456789- ".contains(letter)) => {
            let sets = ["", "0-4294967295", "1-8", "2 4 6", "4294967295", "9-1", "1-4 3-6"];
            *json = json!(sets[rng.usize(0..sets.len())]);
        }
        Value::String(_) if other.is_string() => *json = other.clone(),
        Value::Array(elements) if !elements.is_empty() => {
            let (one, two) = (rng.usize(0..elements.len()), rng.usize(0..elements.len()));
            match rng.u8(0..4) {
                0 => drop(elements.remove(one)),
                1 => elements.insert(two, elements[one].clone()),
                2 => elements.swap(one, two),
                _ => elements.clear(),
            }
        }
        Value::Object(keys) if rng.bool() && !keys.is_empty() => {
            let chosen = keys.keys().nth(rng.usize(0..keys.len())).cloned().unwrap_or_default();
            keys.remove(&chosen);
        }
        Value::Object(keys) => {
            let (name, value) = TYPES[rng.usize(0..TYPES.len())];
            if let Some(types) = keys.get_mut("types").and_then(Value::as_object_mut) {
                types.insert(name.to_owned(), json!(value));
            } else {
                keys.insert(
                    ["state", "max_time", "security_time", "walltime", "filter"][rng.usize(0..5)].to_owned(),
                    extreme(rng),
                );
            }
        }
        _ => *json = any(rng),
    }
}

fn extreme(rng: &mut Rng) -> Value {
    match rng.u8(0..12) {
        0 => json!(i64::MIN),
        1 => json!(i64::MAX),
        2 => json!(i64::MAX - 1),
        3 => json!(-1),
        4 | 5 => json!(0),
        6 => json!(1),
        7 => json!(1_i64 << 31),
        8 => json!(u64::MAX),
        9 => json!([1e308, -1e308, -0.0, 5e-324][rng.usize(0..4)]),
        _ => json!(rng.i64(-10..2_000_000_000)),
    }
}

fn any(rng: &mut Rng) -> Value {
    match rng.u8(0..7) {
        0 => Value::Null,
        1 => json!(rng.bool()),
        2 => json!(""),
        3 => json!([]),
        4 => json!({}),
        5 => json!("1-4"),
        _ => extreme(rng),
    }
}
