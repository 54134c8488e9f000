//! Tokens: what is counted elsewhere, such as licences of a software. A job of type `token:NAME=N` starts only where N are left.

use std::collections::BTreeMap;

use crate::job::Job;
use crate::reasons::Cause;
use crate::text::shortened;

/// How many tokens of each name are left.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tokens {
    left: BTreeMap<String, i64>,
}

impl Tokens {
    pub fn new(left: &BTreeMap<String, i64>) -> Self {
        Self { left: left.clone() }
    }

    /// The tokens that are too few for a job. Those that nobody could count are none.
    pub fn lacking(&self, job: &Job) -> impl Iterator<Item = Cause> {
        asked_by(job).filter_map(|(token, asked)| {
            let (asked, left) = (asked.unwrap_or(i64::MAX), self.left.get(token).copied());
            let is_lacking = left.is_none_or(|left| left < asked);
            is_lacking.then(|| Cause::Token { token: token.to_owned(), asked, left })
        })
    }

    /// A job starts now.
    pub fn take(&mut self, job: &Job) {
        for (token, asked) in asked_by(job) {
            if let (Some(left), Some(asked)) = (self.left.get_mut(token), asked) {
                *left = left.saturating_sub(asked);
            }
        }
    }
}

/// The tokens that a job asks for; `None`: the number is none.
fn asked_by(job: &Job) -> impl Iterator<Item = (&str, Option<i64>)> {
    let number = |text: &str| text.trim().parse().ok().filter(|number: &i64| *number >= 0);
    job.types.iter().filter_map(move |(name, value)| Some((name.strip_prefix("token:")?, number(value))))
}

/// What is wrong with the tokens that a job asks for, in words.
pub(crate) fn problem(job: &Job) -> Option<String> {
    let (token, _) = asked_by(job).find(|(_, asked)| asked.is_none())?;
    let found = job.type_value(&format!("token:{token}")).unwrap_or_default();
    Some(format!("type token:{}: expected a number of tokens, found {:?}", shortened(token, 60), shortened(found, 60)))
}
