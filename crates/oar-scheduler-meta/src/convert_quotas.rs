//! OAR2's quotas file, translated to OAR3's.
//!
//! OAR2 keeps its quotas in a Perl file, `/etc/oar/scheduler_quotas.conf`:
//!
//! ```perl
//! $Gantt_quotas->{'*'}->{'proj1'}->{'*'}->{'/'} = [25, 100, 2000];   # queue, project, type, user
//! ```
//!
//! OAR3 and `kamelot` read JSON: `"*,proj1,*,/": [25, 100, 2000]`. The Perl file is read, never evaluated: of Perl it may use
//! assignments such as this one, comments, and calculations with numbers. Anything else is an error that names the line. What means
//! something else afterwards is told in remarks.

use std::collections::BTreeSet;

use oar_scheduler_db::conf::{Conf, Server, Settings};
use serde_json::{Number, Value};

mod meaning;
mod statements;
#[cfg(test)]
mod tests;
mod tokens;

/// The quotas file of OAR 2's own scheduler, beside oar.conf.
const PERL_QUOTAS: &str = "scheduler_quotas.conf";

/// Tells of quotas that OAR 2's own scheduler would heed, where no others are configured. Debian ships the file without any.
pub(crate) fn warn_of_perl_quotas(conf: &Conf, settings: &Settings) {
    if settings.server != Server::Oar2 || settings.quotas.is_some() {
        return;
    }
    let path = conf.path().with_file_name(PERL_QUOTAS);
    let Ok(bytes) = std::fs::read(&path) else { return };
    let converted = convert(&String::from_utf8_lossy(&bytes));
    if !converted.is_ok_and(|converted| converted.has_no_rules()) {
        let path = path.display();
        tracing::warn!("the quotas in {path} are not heeded: translate them (kamelot --convert-quotas) and set QUOTAS");
    }
}

/// A quotas file of OAR3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The file, a rule a line in the order of the Perl file.
    pub json: String,
    /// What could not be translated, and what means something else now; by line.
    pub remarks: Vec<Remark>,
    has_rules: bool,
}

impl Converted {
    /// Whether there is no rule in it, and nothing to remark.
    #[must_use]
    pub fn has_no_rules(&self) -> bool {
        !self.has_rules && self.remarks.is_empty()
    }
}

/// Something that the administrator should know of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The line of the statement in the Perl file, from 1.
    pub line: usize,
    /// What is to be known.
    pub text: String,
}

impl std::fmt::Display for Remark {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.text)
    }
}

/// A statement that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: expected {expected}, found {found}")]
pub struct ConvertError {
    line: usize,
    expected: String,
    found: String,
}

/// A statement of the Perl file.
#[derive(Debug, Clone, PartialEq)]
struct Rule {
    line: usize,
    /// Queue, project, type, user.
    key: [String; 4],
    /// Resources, jobs, resource hours; negative: no limit.
    limits: [f64; 3],
}

impl Rule {
    fn names(&self) -> [&str; 4] {
        self.key.each_ref().map(String::as_str)
    }

    fn job_type(&self) -> &str {
        let [_, _, job_type, _] = self.names();
        job_type
    }

    fn json_key(&self) -> String {
        self.key.join(",")
    }

    fn limits_something(&self) -> bool {
        self.limits.iter().any(|limit| *limit >= 0.0)
    }

    fn limits_hours(&self) -> bool {
        let [_, _, hours] = self.limits;
        hours >= 0.0
    }

    /// Why this rule has no place in the JSON file.
    fn cannot_be_written(&self) -> Option<String> {
        let names = self.names();
        if let Some(name) = names.into_iter().find(|name| name.contains(',') || name.trim() != *name || name.is_empty())
        {
            return Some(format!("left out: the JSON file has no way to write the name {name:?}"));
        }
        let job_type = self.job_type();
        if job_type == "/" {
            return Some("left out: `/` is no type, so the rule never limited anybody".to_owned());
        }
        if job_type.contains('=') {
            return Some(format!(
                "left out: quotas know a type by what stands before `=`, so `{job_type}` never limited anybody"
            ));
        }
        None
    }
}

/// Translates OAR2's quotas file.
///
/// # Errors
/// When a statement is not understood: nothing is guessed, as a rule that is lost is a limit that is lost.
pub fn convert(perl: &str) -> Result<Converted, ConvertError> {
    let (mut rules, mut remarks) = statements::read(perl)?;
    rules.retain(|rule| match rule.cannot_be_written() {
        Some(text) => {
            remarks.push(Remark { line: rule.line, text });
            false
        }
        None => true,
    });
    remarks.extend(meaning::remarks(&rules));
    if let Some(rule) = rules.iter().find(|rule| rule.limits_hours()) {
        let text = "resource hours are counted otherwise: each job with its whole walltime, and with the seconds of \
                    SCHEDULER_JOB_SECURITY_TIME; OAR2 counts what is left of a running job, without those seconds. A job that uses a \
                    limit up to the last second no longer fits";
        remarks.push(Remark { line: rule.line, text: text.to_owned() });
    }
    remarks.sort_by_key(|remark| remark.line);
    Ok(Converted { json: json(&rules), remarks, has_rules: !rules.is_empty() })
}

fn json(rules: &[Rule]) -> String {
    let lines: Vec<String> =
        rules.iter().map(|rule| format!("    {}: {}", text(&rule.json_key()), limits(rule))).collect();
    let quotas = if lines.is_empty() { "{}".to_owned() } else { format!("{{\n{}\n  }}", lines.join(",\n")) };
    // In OAR2 every type is counted; here those that are listed.
    let job_types: BTreeSet<&str> = rules.iter().map(Rule::job_type).filter(|name| *name != "*").collect();
    let job_types: Vec<String> = job_types.into_iter().map(text).collect();
    format!("{{\n  \"quotas\": {quotas},\n  \"job_types\": [{}]\n}}\n", job_types.join(", "))
}

fn limits(rule: &Rule) -> String {
    let [resources, jobs, hours] = rule.limits;
    let limits = [resources.floor(), jobs.floor(), hours]
        .map(|limit| number(if limit < 0.0 { -1.0 } else { limit }).to_string());
    format!("[{}]", limits.join(", "))
}

/// Without a point where it is whole.
fn number(number: f64) -> Value {
    const EXACT_MAX: f64 = 9e15;
    #[allow(clippy::cast_possible_truncation)]
    if number.fract() == 0.0 && number.abs() <= EXACT_MAX {
        return Value::from(number as i64);
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

fn text(text: &str) -> String {
    Value::from(text).to_string()
}
