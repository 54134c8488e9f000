//! The file: assignments as the shell writes them, a line each.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::{ConfError, hash};

/// Where the file is unless `OARCONFFILE` says otherwise.
const DEFAULT_PATH: &str = "/etc/oar/oar.conf";
/// Values are shortened to so many characters in messages.
const SHOWN_MAX: usize = 100;

/// What an `oar.conf` says, key by key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conf {
    path: PathBuf,
    entries: BTreeMap<String, Entry>,
    remarks: Vec<Remark>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    value: String,
    line: usize,
}

/// Something in the file that has no effect, or perhaps not the one that was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The line, from 1.
    pub line: usize,
    /// What is odd about it.
    pub problem: &'static str,
}

impl Conf {
    /// The file that `OARCONFFILE` names, or else `/etc/oar/oar.conf`, which need not exist.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn from_environment() -> Result<Self, ConfError> {
        Self::from_variable(std::env::var_os("OARCONFFILE"), Path::new(DEFAULT_PATH))
    }

    fn from_variable(named: Option<OsString>, default: &Path) -> Result<Self, ConfError> {
        match named.filter(|path| !path.is_empty()) {
            Some(path) => Self::read(Path::new(&path)),
            None => match Self::read(default) {
                Err(ConfError::Read { source, .. }) if source.kind() == ErrorKind::NotFound => {
                    Ok(Self { path: default.to_owned(), ..Self::default() })
                }
                read => read,
            },
        }
    }

    /// Reads a file. Bytes that are not UTF-8 are replaced.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(path: &Path) -> Result<Self, ConfError> {
        let bytes = std::fs::read(path).map_err(|source| ConfError::Read { path: path.to_owned(), source })?;
        Ok(Self::parse(path, &String::from_utf8_lossy(&bytes)))
    }

    /// What a text says; the path is for messages. Of several assignments to a key the last one counts.
    #[must_use]
    pub fn parse(path: &Path, text: &str) -> Self {
        let mut conf = Self { path: path.to_owned(), ..Self::default() };
        for (line, text) in (1..).zip(text.lines()) {
            match assignment(text) {
                Line::Nothing => {}
                Line::Odd(problem) => conf.remarks.push(Remark { line, problem }),
                Line::Assignment { key, value, problem } => {
                    conf.entries.insert(key.to_owned(), Entry { value, line });
                    conf.remarks.extend(problem.map(|problem| Remark { line, problem }));
                }
            }
        }
        conf
    }

    /// What a program says in the place of a file, key by key; the path is for messages.
    #[must_use]
    pub fn from_values(path: &Path, values: impl IntoIterator<Item = (String, String)>) -> Self {
        let entries = values.into_iter().map(|(key, value)| (key, Entry { value, line: 0 }));
        Self { path: path.to_owned(), entries: entries.collect(), remarks: Vec::new() }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is odd in the file, line by line.
    #[must_use]
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// All keys that are there, with or without a value.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The value of a key, if it has one.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.entries.get(key).map(|entry| entry.value.as_str()).filter(|value| !value.is_empty())
    }

    /// The value of a key as an integer that is at least `least`.
    ///
    /// # Errors
    /// When it is something else.
    pub fn integer(&self, key: &str, least: i64) -> Result<Option<i64>, ConfError> {
        let read = |value: &str| value.parse().ok().filter(|number| *number >= least);
        self.typed(key, &format!("an integer from {least} on"), read)
    }

    /// The value of a key as a finite number.
    ///
    /// # Errors
    /// When it is something else.
    pub fn number(&self, key: &str) -> Result<Option<f64>, ConfError> {
        self.typed(key, "a number", number)
    }

    /// The value of a key as a yes or no.
    ///
    /// # Errors
    /// When it is something else.
    pub fn flag(&self, key: &str) -> Result<Option<bool>, ConfError> {
        self.typed(key, "yes or no", |value| match value.to_ascii_lowercase().as_str() {
            "yes" | "true" | "1" => Some(true),
            "no" | "false" | "0" => Some(false),
            _ => None,
        })
    }

    /// The value of a key as a list: what commas separate, without blanks around it.
    #[must_use]
    pub fn list(&self, key: &str) -> Option<Vec<String>> {
        let parts = self.get(key)?.split(',').map(str::trim).filter(|part| !part.is_empty());
        Some(parts.map(str::to_owned).collect())
    }

    /// The value of a key as a hash of numbers, written as Perl, Python or JSON write it.
    ///
    /// # Errors
    /// When it is something else.
    pub fn numbers(&self, key: &str) -> Result<Option<BTreeMap<String, f64>>, ConfError> {
        self.typed(key, "a hash of numbers such as {alice => 12.5, bob => 30}", |value| {
            let pairs = hash::read(value)?.into_iter();
            pairs.map(|(name, value)| Some((name, number(&value)?))).collect()
        })
    }

    /// The value of a key as a hash of texts.
    ///
    /// # Errors
    /// When it is something else.
    pub fn texts(&self, key: &str) -> Result<Option<BTreeMap<String, String>>, ConfError> {
        self.typed(key, "a hash of texts such as {fluent => '/usr/local/bin/licences fluent'}", |value| {
            Some(hash::read(value)?.into_iter().collect())
        })
    }

    /// The value of a key, read by `read`.
    ///
    /// # Errors
    /// When that gives nothing: it is not what is `expected`.
    pub fn typed<T>(
        &self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        match read(value.trim()) {
            Some(value) => Ok(Some(value)),
            None => Err(self.wrong(key, expected)),
        }
    }

    /// That the value of a key is not what is expected.
    #[must_use]
    pub fn wrong(&self, key: &str, expected: &str) -> ConfError {
        let Some(entry) = self.entries.get(key) else { return self.missing(key, expected) };
        let found = if key.contains("PASSWD") { "…".to_owned() } else { shortened(&entry.value) };
        let (path, key, expected) = (self.path.clone(), key.to_owned(), expected.to_owned());
        ConfError::Value { path, line: entry.line, key, expected, found }
    }

    /// That a key is not set without which nothing goes.
    #[must_use]
    pub fn missing(&self, key: &str, expected: &str) -> ConfError {
        ConfError::Missing { path: self.path.clone(), key: key.to_owned(), expected: expected.to_owned() }
    }
}

fn number(text: &str) -> Option<f64> {
    f64::from_str(text).ok().filter(|number| number.is_finite())
}

fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// What a line is.
enum Line<'t> {
    /// Blank, or a comment.
    Nothing,
    Odd(&'static str),
    Assignment {
        key: &'t str,
        value: String,
        problem: Option<&'static str>,
    },
}

fn assignment(line: &str) -> Line<'_> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Line::Nothing;
    }
    let Some((key, value)) = line.split_once('=') else { return Line::Odd("it is not an assignment") };
    let key = key.trim_end();
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if key.is_empty() || !is_name(key) {
        return Line::Odd("what is before `=` is not a key");
    }
    let (value, problem) = value_of(value.trim_start());
    Line::Assignment { key, value, problem }
}

/// The value that is written there, and what is odd about it.
fn value_of(text: &str) -> (String, Option<&'static str>) {
    let Some(quote) = text.chars().next().filter(|first| ['"', '\''].contains(first)) else {
        return (unquoted(text).to_owned(), None);
    };
    let mut value = String::new();
    let mut rest = text.chars().skip(1).peekable();
    while let Some(next) = rest.next() {
        match next {
            _ if next == quote => {
                let behind: String = rest.collect();
                let is_odd = !unquoted(&behind).is_empty();
                return (value, is_odd.then_some("what is behind the closing quote has no effect"));
            }
            // As in the shell: only in double quotes, and only before these.
            '\\' if quote == '"' => {
                let escaped = rest.next_if(|next| ['"', '\\', '$', '`'].contains(next));
                value.push(escaped.unwrap_or('\\'));
            }
            _ => value.push(next),
        }
    }
    (value, Some("the quote is not closed"))
}

/// What is before a comment, which begins with a `#` at the beginning or behind a blank.
fn unquoted(text: &str) -> &str {
    let mut before = ' ';
    let end = text.char_indices().find(|&(_, c)| {
        let is_comment = c == '#' && before.is_whitespace();
        before = c;
        is_comment
    });
    end.and_then(|(end, _)| text.get(..end)).unwrap_or(text).trim()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn conf(text: &str) -> Conf {
        Conf::parse(Path::new("oar.conf"), text)
    }

    /// The value that a line gives to `A`.
    fn value(line: &str) -> Option<String> {
        conf(line).get("A").map(str::to_owned)
    }

    #[test]
    fn values_are_written_as_in_the_shell() {
        for (line, expected) in [
            ("A=1", "1"),
            ("A = 1 ", "1"),
            ("\t A=\"a b\"  # said so", "a b"),
            ("A='a \"b\" # c' # d", "a \"b\" # c"),
            ("A=\"{a => 'x'}\"", "{a => 'x'}"),
            ("A=a#b", "a#b"),
            ("A=a b #c", "a b"),
            ("A=ssh -p 6667 -e none", "ssh -p 6667 -e none"),
            (r#"A="a \"b\" \\ \$c \d""#, r#"a "b" \ $c \d"#),
            (r"A='a \' # b", r"a \"),
            ("A=b=c", "b=c"),
            ("A=\"p#1\"", "p#1"),
            ("A=01", "01"),
            ("A=\"déjà\"", "déjà"),
        ] {
            assert_eq!(value(line).as_deref(), Some(expected), "{line}");
            assert!(conf(line).remarks().is_empty(), "{line}");
        }
    }

    #[test]
    fn what_is_not_there_has_no_value() {
        for line in ["", "#A=1", "  # A=1", "B=1", "A=", "A=\"\"", "A= # nothing", "A=''"] {
            assert_eq!(value(line), None, "{line}");
            assert!(conf(line).remarks().is_empty(), "{line}");
        }
        assert!(conf("A=\nB=1").keys().eq(["A", "B"]));
    }

    #[test]
    fn the_last_assignment_counts() {
        assert_eq!(value("A=1\nA=2\n#A=3\r\n"), Some("2".to_owned()));
        assert_eq!(value("A=1\nA=\n"), None);
    }

    #[test]
    fn odd_lines_are_told() {
        let conf = conf("A=1\nexport B=2\nwhat\n\nC=\"x\nD='y' z\n=3\n");
        let remarks: Vec<(usize, &str)> = conf.remarks().iter().map(|remark| (remark.line, remark.problem)).collect();
        let expected = [
            (2, "what is before `=` is not a key"),
            (3, "it is not an assignment"),
            (5, "the quote is not closed"),
            (6, "what is behind the closing quote has no effect"),
            (7, "what is before `=` is not a key"),
        ];
        assert_eq!(remarks, expected);
        assert_eq!((conf.get("C"), conf.get("D")), (Some("x"), Some("y")));
    }

    #[test]
    fn wrong_values_name_key_line_and_what_is_accepted() {
        let conf = conf("X=1\nN=\"6e\"\nF=maybe\nH=\"{a => b}\"\nDB_BASE_PASSWD=\"secret\"");
        let message = |error: ConfError| error.to_string();
        assert_eq!(
            message(conf.integer("N", 0).unwrap_err()),
            "oar.conf, line 2: N: expected an integer from 0 on, found \"6e\""
        );
        assert_eq!(message(conf.flag("F").unwrap_err()), "oar.conf, line 3: F: expected yes or no, found \"maybe\"");
        assert!(message(conf.numbers("H").unwrap_err()).contains("line 4: H: expected a hash of numbers"));
        assert!(message(conf.integer("X", 2).unwrap_err()).contains("from 2 on"));
        assert!(!message(conf.integer("DB_BASE_PASSWD", 0).unwrap_err()).contains("secret"));
        let long = Conf::parse(Path::new("oar.conf"), &format!("N={}", "é".repeat(500)));
        assert!(message(long.number("N").unwrap_err()).len() < 400);
    }

    #[test]
    fn typed_values() {
        let conf = conf("I=\"60\"\nY=YES\nZ=0\nL=\" a, b ,,c\"\nH={'a': 1, \"b\" => 2.5,}\nD=-2.5");
        assert_eq!(conf.integer("I", 0).unwrap(), Some(60));
        assert_eq!((conf.flag("Y").unwrap(), conf.flag("Z").unwrap()), (Some(true), Some(false)));
        assert_eq!(conf.list("L").unwrap(), ["a", "b", "c"]);
        assert_eq!(conf.number("D").unwrap(), Some(-2.5));
        let numbers = conf.numbers("H").unwrap().unwrap();
        assert_eq!(numbers, [("a".to_owned(), 1.0), ("b".to_owned(), 2.5)].into());
        assert_eq!(conf.integer("NONE", 0).unwrap(), None);
    }

    #[test]
    fn the_file_that_the_variable_names_must_exist_the_default_one_need_not() {
        let folder = tempfile::tempdir().unwrap();
        let (there, absent) = (folder.path().join("oar.conf"), folder.path().join("other.conf"));
        std::fs::write(&there, b"A=\"caf\xe9\"\n").unwrap();
        let conf = |named: Option<&Path>, default: &Path| {
            Conf::from_variable(named.map(|path| path.as_os_str().to_owned()), default)
        };
        assert_eq!(conf(Some(&there), &absent).unwrap().get("A"), Some("caf\u{fffd}"));
        assert_eq!(conf(None, &there).unwrap().path(), there);
        assert_eq!(conf(None, &absent).unwrap().keys().count(), 0);
        assert_eq!(conf(Some(Path::new("")), &absent).unwrap().path(), absent);
        let error = conf(Some(&absent), &there).unwrap_err().to_string();
        assert!(error.contains("other.conf: No such file"), "{error}");
    }
}
