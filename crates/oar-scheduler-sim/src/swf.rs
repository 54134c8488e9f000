//! Logs in the Standard Workload Format.
//!
//! A line is a job: 18 numbers, -1 for what is unknown. `;` begins a comment; those of the form `; Key: value` are the
//! header. See Feitelson, "Standard Workload Format" 2.2, and Chapin et al., JSSPP 1999.

use std::collections::HashSet;
use std::path::Path;

use oar_scheduler_core::Seconds;

use crate::input::{Content, Lines, Problem};
use crate::output::Output;

mod faults;
mod fields;
mod header;

use faults::Faults;
pub(crate) use header::Header;

/// What a log is, line by line: no job needs more than a few hundred bytes, no comment more than some thousand.
const CONTENT: Content = Content { line_bytes_max: 1 << 20, when_empty: None };

/// A log as it was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    /// The file's name without its folders.
    pub name: String,
    /// What the comments tell of the machine and its site.
    pub header: Header,
    /// In the order of the file, which is not always that of submission.
    pub records: Vec<Record>,
    /// How many lines were left out because they cannot be read or repeat the number of another job.
    pub unusable: u64,
}

/// What a line says of a job, as far as it is used. Unknown is -1 everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// Its number.
    pub number: i64,
    /// When it was submitted, in seconds since the log begins.
    pub submit: Seconds,
    /// How long it ran.
    pub run: Seconds,
    /// How many processors it got.
    pub allocated: i64,
    /// How many processors it asked for.
    pub requested: i64,
    /// The walltime that it asked for.
    pub walltime: Seconds,
    /// Whose job it is.
    pub user: i64,
    /// The group of that user.
    pub group: i64,
    /// The number of its queue.
    pub queue: i64,
}

impl Log {
    /// Reads a log, plain or gzipped; `-` is standard input. Faults are reported: at most 20 one by one.
    ///
    /// # Errors
    /// When the file cannot be opened, or has no job that can be used; when `strict`, for any fault. Not reported yet.
    pub fn read(path: &Path, strict: bool, output: &mut Output) -> Result<Self, Problem> {
        let lines = Lines::open_as(path, CONTENT)?;
        let file = lines.place(None);
        let (mut log, faults) = Self::of(lines);
        for fault in faults.messages(&file) {
            if strict {
                output.problem(fault);
            } else {
                output.warning(fault);
            }
        }
        if log.records.is_empty() {
            return Err(Problem::new(&file, "expected jobs, one a line of 18 numbers, found none"));
        }
        if strict && faults.count() > 0 {
            return Err(Problem::new(&file, format_args!("expected a log without faults, found {}", faults.count())));
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        log.name = name.filter(|name| name != "-").unwrap_or_else(|| file.to_string());
        Ok(log)
    }

    /// All that can be read of the lines, and what is wrong with the others.
    fn of(lines: Lines) -> (Self, Faults) {
        let (mut log, mut faults) = (Self::default(), Faults::default());
        let mut numbers = HashSet::new();
        let mut latest = Seconds(-1);
        for line in lines {
            let line = match line {
                Ok(line) => line,
                Err(problem) => {
                    log.unusable += 1;
                    faults.add(problem);
                    continue;
                }
            };
            let text = if line.number == 1 { without_mark(&line.text) } else { &line.text };
            let (data, comment) = parts(text);
            if let Some(comment) = comment {
                log.header.read(comment, &line.place, &mut faults);
            }
            if data.trim_ascii().is_empty() {
                continue;
            }
            let Some(record) = fields::record(data, &line.place, &mut faults) else {
                log.unusable += 1;
                continue;
            };
            if !numbers.insert(record.number) {
                log.unusable += 1;
                let number = record.number;
                let fault = format!("expected a job number of its own, found {number} again: the first one counts");
                faults.add(Problem::new(&line.place, fault));
                continue;
            }
            if record.submit >= Seconds(0) {
                if record.submit < latest {
                    let found = record.submit;
                    let fault = format!("expected a submission at {latest} or later, found {found}: it is sorted in");
                    faults.add(Problem::new(&line.place, fault));
                }
                latest = record.submit;
            }
            log.records.push(record);
        }
        (log, faults)
    }
}

/// The text without the byte order mark that some editors put first.
fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text)
}

/// What comes before the first `;`, and what comes after it.
fn parts(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&byte| byte == b';') {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use tests::read_text;
