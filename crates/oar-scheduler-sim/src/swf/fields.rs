//! A line of a log: 18 numbers.

use std::fmt::Display;

use oar_scheduler_core::Seconds;

use super::Record;
use super::faults::Faults;
use crate::input::{Place, Problem};
use crate::text::{printable, shortened};

/// Beyond this, a double no longer tells one whole number from the next.
const NUMBER_MAX: f64 = 9_007_199_254_740_992.0;

/// The fields of a line, in order: their names, and what they may hold.
const FIELDS: [(&str, Kind); 18] = [
    ("job number", Kind::Whole),
    ("submission", Kind::Time),
    ("wait time", Kind::Time),
    ("run time", Kind::Time),
    ("allocated processors", Kind::Whole),
    ("average CPU time", Kind::Amount),
    ("memory", Kind::Amount),
    ("requested processors", Kind::Whole),
    ("requested time", Kind::Time),
    ("requested memory", Kind::Amount),
    ("status", Kind::Whole),
    ("user", Kind::Whole),
    ("group", Kind::Whole),
    ("executable", Kind::Whole),
    ("queue", Kind::Whole),
    ("partition", Kind::Whole),
    ("preceding job", Kind::Whole),
    ("think time", Kind::Amount),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A number or a count, perhaps with zeros after the point.
    Whole,
    /// Seconds, rounded down; -1 is unknown, and nothing else is negative.
    Time,
    /// Anything.
    Amount,
}

/// The job of a line; none when a field cannot be understood. A negative time is a fault, too, but only taken as unknown.
pub(super) fn record(line: &[u8], place: &Place, faults: &mut Faults) -> Option<Record> {
    let words: Vec<&[u8]> = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    if words.len() != FIELDS.len() {
        let problem = format!("expected {} fields, found {}", FIELDS.len(), words.len());
        faults.add(Problem::new(place, problem));
        return None;
    }
    let mut values = [0_i64; FIELDS.len()];
    for (field, (value, word)) in values.iter_mut().zip(words).enumerate() {
        let (name, kind) = FIELDS.get(field)?;
        let mut fault = |expected: &str, found: &dyn Display| {
            let field = field + 1;
            faults
                .add(Problem::new(place, format_args!("expected {expected} as {name} (field {field}), found {found}")));
        };
        let number = match number(word) {
            Ok(number) => number,
            Err(expected) => {
                fault(expected, &shown(word));
                return None;
            }
        };
        // Exact: whole and small enough.
        *value = number.floor() as i64;
        if *kind == Kind::Whole && number.fract() != 0.0 {
            fault("a whole number", &shown(word));
            return None;
        }
        if *kind == Kind::Time && number < 0.0 && number != -1.0 {
            fault("0 or more seconds, or -1 for unknown,", &format_args!("{}: it is taken as unknown", shown(word)));
            *value = -1;
        }
    }
    let [number, submit, _, run, allocated, _, _, requested, walltime, _, _, user, group, _, queue, ..] = values;
    let (submit, run, walltime) = (Seconds(submit), Seconds(run), Seconds(walltime));
    Some(Record { number, submit, run, allocated, requested, walltime, user, group, queue })
}

/// The number that a word stands for, or what it should have been.
pub(super) fn number(word: &[u8]) -> Result<f64, &'static str> {
    let number = std::str::from_utf8(word).ok().and_then(|word| word.parse::<f64>().ok());
    match number {
        Some(number) if number.abs() < NUMBER_MAX => Ok(number),
        Some(_) => Err("a number below 2^53"),
        None => Err("a number"),
    }
}

/// A word of the file, fit for a message.
pub(super) fn shown(word: &[u8]) -> String {
    let text = String::from_utf8_lossy(word);
    format!("`{}`", shortened(&printable(&text), 40))
}
