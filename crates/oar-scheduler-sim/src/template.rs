//! From the processors of a log to a request of OAR.
//!
//! A template is a request such as `/core=n` or `/node=ceil(n/16)/core=16` in which `n` stands for the processors of the job. Groups are joined by `+`.

use std::fmt;
use std::str::FromStr;

use oar_scheduler_core::{Count, Request};

mod expression;

use expression::Expression;

/// What jobs ask for, by their number of processors.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Template {
    text: String,
    groups: Vec<Vec<(String, Amount)>>,
}

/// How many blocks of a level.
#[derive(Debug, Clone, PartialEq)]
enum Amount {
    /// `ALL`, `BEST` or `BESTHALF`.
    Special(Count),
    Computed(Expression),
}

impl Template {
    /// The levels that the template names.
    pub fn levels(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().flatten().map(|(level, _)| level.as_str())
    }

    /// What a job of so many processors asks for.
    ///
    /// # Errors
    /// When a number of blocks is not a whole positive one.
    pub fn requests(&self, processors: u32) -> Result<Vec<Request>, String> {
        let amount = |(level, amount): &(String, Amount)| {
            let count = match amount {
                Amount::Special(count) => *count,
                Amount::Computed(expression) => {
                    Count(whole(expression.value(f64::from(processors))).map_err(|found| {
                        format!(
                            "`{}` with n={processors}: expected a whole number of `{level}`, at least 1, found {found}",
                            self.text
                        )
                    })?)
                }
            };
            Ok((level.clone(), count))
        };
        let group = |levels: &Vec<(String, Amount)>| {
            Ok(Request { filter: None, levels: levels.iter().map(amount).collect::<Result<_, String>>()? })
        };
        self.groups.iter().map(group).collect()
    }
}

/// A positive whole number that is exact in floating point, or else the number itself.
fn whole(value: f64) -> Result<i64, f64> {
    if value.fract() == 0.0 && (1.0..=1e15).contains(&value) { Ok(value as i64) } else { Err(value) }
}

impl fmt::Display for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromStr for Template {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let groups = split_groups(text).map(|group| levels(group, text)).collect::<Result<_, String>>()?;
        Ok(Self { text: text.to_owned(), groups })
    }
}

/// The groups of a request: what stands between a `+` and the next that begins a group, as in `/node=1+/core=n+1`.
fn split_groups(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let current = rest?;
        let end = current
            .match_indices('+')
            .find(|(at, _)| current.get(at + 1..).is_some_and(|next| next.trim_start().starts_with('/')));
        rest = end.and_then(|(at, _)| current.get(at + 1..));
        Some(end.and_then(|(at, _)| current.get(..at)).unwrap_or(current).trim())
    })
}

fn levels(group: &str, text: &str) -> Result<Vec<(String, Amount)>, String> {
    let expected = |found: &str| format!("expected a request such as `/node=1/core=n`, found `{found}` in `{text}`");
    let mut levels = Vec::new();
    for part in split_levels(group) {
        let (name, amount) = part.split_once('=').ok_or_else(|| expected(part))?;
        let (name, amount) = (name.trim(), amount.trim());
        if name.is_empty() || !name.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '-')) {
            return Err(expected(part));
        }
        let amount = match amount {
            "ALL" => Amount::Special(Count::ALL),
            "BEST" => Amount::Special(Count::BEST),
            "BESTHALF" => Amount::Special(Count::HALF_BEST),
            _ => Amount::Computed(amount.parse().map_err(|problem| format!("{problem} in `{text}`"))?),
        };
        levels.push((name.to_owned(), amount));
    }
    if levels.is_empty() { Err(expected(group)) } else { Ok(levels) }
}

/// The levels of a group: a `/` begins one when a name and `=` follow, else it divides.
fn split_levels(group: &str) -> Vec<&str> {
    let begins_level = |at: &usize| {
        let name = group.get(at + 1..).and_then(|rest| rest.split_once('=')).map(|(name, _)| name.trim());
        name.is_some_and(|name| name.starts_with(char::is_alphabetic) && !name.contains(['/', '(', ')', '*', '+', ' ']))
    };
    let mut starts: Vec<usize> = group.match_indices('/').map(|(at, _)| at).filter(begins_level).collect();
    starts.push(group.len());
    let mut parts = Vec::new();
    if let Some(before) =
        starts.first().and_then(|&first| group.get(..first)).filter(|before| !before.trim().is_empty())
    {
        parts.push(before);
    }
    for (from, to) in starts.iter().zip(starts.iter().skip(1)) {
        parts.extend(group.get(from + 1..*to));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(template: &str, processors: u32) -> String {
        let template: Template = template.parse().unwrap();
        let level = |(name, count): &(String, Count)| format!("/{name}={count}");
        let group = |request: Request| request.levels.iter().map(level).collect::<String>();
        template.requests(processors).unwrap().into_iter().map(group).collect::<Vec<_>>().join("+")
    }

    #[test]
    fn a_template_is_a_request_in_which_n_is_the_number_of_processors() {
        for (template, processors, expected) in [
            ("/core=n", 7, "/core=7"),
            ("core=n", 7, "/core=7"),
            ("/node=ceil(n/16)/core=16", 33, "/node=3/core=16"),
            ("/node=ceil(n/16)/core=min(n, 16)", 5, "/node=1/core=5"),
            ("/switch=1/cpu=n/64", 128, "/switch=1/cpu=2"),
            (" /switch = 1 / node = max(1, floor(n / 4)) ", 3, "/switch=1/node=1"),
            ("/node=1/core=1+/core=n+1", 4, "/node=1/core=1+/core=5"),
            ("/node=ALL/core=2*(n-1)", 4, "/node=ALL/core=6"),
            ("/node=BEST", 1, "/node=BEST"),
        ] {
            assert_eq!(asked(template, processors), expected, "{template}");
        }
    }

    #[test]
    fn what_is_not_a_template_is_told() {
        for (template, part) in [
            ("", "expected a request such as `/node=1/core=n`, found ``"),
            ("/core", "found `/core`"),
            ("/core=", "expected a number"),
            ("/core=m", "`m`"),
            ("/core=n)", "`)`"),
            ("/core=ceil(n", "`)`"),
            ("/co re=n", "expected a request"),
            ("/core=n 3", "`3`"),
            ("/core=n+", "expected a number"),
        ] {
            let problem = template.parse::<Template>().unwrap_err();
            assert!(problem.contains(part), "{template}: {problem}");
        }
    }

    #[test]
    fn numbers_of_blocks_are_whole_and_positive() {
        for (template, part) in [("/cpu=n/2", "found 1.5"), ("/cpu=n-3", "found 0"), ("/cpu=n/0", "found inf")] {
            let problem = template.parse::<Template>().unwrap().requests(3).unwrap_err();
            assert!(problem.contains(part), "{template}: {problem}");
        }
    }
}
