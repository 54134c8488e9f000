//! Reading files line by line, plain or gzipped: one JSON document a line, or one job of a log.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

mod document;

pub(crate) use document::{NamedPlan, Round, is_named, read_plan, read_round};

/// A file of rounds or plans, one a line.
const ROUNDS: Content = Content {
    line_bytes_max: 1 << 30,
    when_empty: Some("no round: expected a line of JSON for each round, found an empty file"),
};

/// What a file is to hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Content {
    /// The longest line that is read.
    pub line_bytes_max: usize,
    /// The problem with a file of blank lines only; `None`: that is no problem.
    pub when_empty: Option<&'static str>,
}

/// Something wrong with the input, and where.
#[derive(Debug)]
pub(crate) struct Problem {
    place: Place,
    problem: String,
}

/// A file, or a line of it.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub file: Arc<str>,
    /// From 1; `None`: the whole file.
    pub line: Option<u64>,
}

/// A line that is not blank.
#[derive(Debug)]
pub(crate) struct Line {
    pub place: Place,
    pub number: u64,
    pub text: Vec<u8>,
}

/// The lines of a file that are not blank, read one at a time.
pub(crate) struct Lines {
    file: Arc<str>,
    reader: Box<dyn BufRead>,
    is_gzip: bool,
    content: Content,
    number: u64,
    found: bool,
    ended: bool,
}

/// How reading a line ended.
enum Ending {
    Complete,
    TooLong,
    EndOfFile,
}

impl Problem {
    pub fn new(place: &Place, problem: impl fmt::Display) -> Self {
        Self { place: place.clone(), problem: problem.to_string() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.problem)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}", self.file),
            None => self.file.fmt(formatter),
        }
    }
}

impl Lines {
    /// Opens a file of rounds or plans; `-` is standard input. A file without any line is a problem.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        Self::open_as(path, ROUNDS)
    }

    /// Opens a file; `-` is standard input. Whether it is gzipped shows in its first byte, which no text begins with.
    pub fn open_as(path: &Path, content: Content) -> Result<Self, Problem> {
        let is_stdin = path.as_os_str() == "-";
        let file: Arc<str> = if is_stdin { "standard input".into() } else { path.to_string_lossy().into() };
        let place = Place { file: Arc::clone(&file), line: None };
        let unreadable = |error: io::Error| Problem::new(&place, format_args!("cannot read it: {error}"));
        let mut plain: Box<dyn BufRead> = if is_stdin {
            Box::new(BufReader::new(io::stdin()))
        } else {
            Box::new(BufReader::new(File::open(path).map_err(unreadable)?))
        };
        let is_gzip = plain.fill_buf().map_err(unreadable)?.first() == Some(&0x1f);
        let reader = if is_gzip { Box::new(BufReader::new(MultiGzDecoder::new(plain))) } else { plain };
        Ok(Self::new(file, reader, is_gzip, content))
    }

    fn new(file: Arc<str>, reader: Box<dyn BufRead>, is_gzip: bool, content: Content) -> Self {
        Self { file, reader, is_gzip, content, number: 0, found: false, ended: false }
    }

    /// Reads up to the end of a line, without it.
    fn read_line(&mut self, text: &mut Vec<u8>) -> io::Result<Ending> {
        let mut ending = Ending::EndOfFile;
        loop {
            let available = match self.reader.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available.is_empty() {
                return Ok(ending);
            }
            let line_end = available.iter().position(|&byte| byte == b'\n');
            let part = available.get(..line_end.unwrap_or(available.len())).unwrap_or_default();
            if matches!(ending, Ending::TooLong) || text.len() + part.len() > self.content.line_bytes_max {
                ending = Ending::TooLong;
                *text = Vec::new();
            } else {
                ending = Ending::Complete;
                text.extend_from_slice(part);
            }
            let used = line_end.map_or(available.len(), |end| end + 1);
            self.reader.consume(used);
            if line_end.is_some() {
                return Ok(ending);
            }
        }
    }

    /// The file, or a line of it.
    pub fn place(&self, line: Option<u64>) -> Place {
        Place { file: Arc::clone(&self.file), line }
    }

    fn end(&mut self) -> Option<Problem> {
        self.ended = true;
        let problem = self.content.when_empty.filter(|_| !self.found)?;
        Some(Problem::new(&self.place(None), problem))
    }
}

impl Iterator for Lines {
    type Item = Result<Line, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let mut text = Vec::new();
            let ending = self.read_line(&mut text);
            self.number = self.number.saturating_add(1);
            let place = self.place(Some(self.number));
            match ending {
                Ok(Ending::EndOfFile) => return self.end().map(Err),
                Ok(Ending::Complete) if text.trim_ascii().is_empty() => {}
                Ok(Ending::Complete) => {
                    self.found = true;
                    return Some(Ok(Line { place, number: self.number, text }));
                }
                Ok(Ending::TooLong) => {
                    self.found = true;
                    let expected = self.content.line_bytes_max;
                    let problem = format!("expected a line of at most {expected} bytes, found a longer one");
                    return Some(Err(Problem::new(&place, problem)));
                }
                Err(error) => {
                    self.ended = true;
                    let what = if self.is_gzip { "the gzip data is damaged or cut off" } else { "cannot read it" };
                    return Some(Err(Problem::new(&place, format_args!("{what}: {error}"))));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &'static str, limit: usize) -> Vec<String> {
        let reader = BufReader::with_capacity(3, text.as_bytes());
        let shown = |line: Result<Line, Problem>| match line {
            Ok(line) => format!("{} {}", line.number, String::from_utf8(line.text).unwrap()),
            Err(problem) => problem.to_string(),
        };
        let content = Content { line_bytes_max: limit, ..ROUNDS };
        Lines::new("f".into(), Box::new(reader), false, content).map(shown).collect()
    }

    #[test]
    fn blank_lines_are_skipped_but_counted() {
        assert_eq!(lines("\n \r\nabc\n\t\ndefgh", 9), ["3 abc", "5 defgh"]);
    }

    #[test]
    fn a_file_without_a_round_is_a_problem() {
        for text in ["", "\n", " \n\n"] {
            assert!(lines(text, 9).concat().starts_with("f: no round"), "{text:?}");
        }
    }

    #[test]
    fn a_line_beyond_the_limit_is_a_problem_and_the_next_is_read() {
        let found = lines("12345\n123456789\n1\n123456", 5);
        let problem = "expected a line of at most 5 bytes, found a longer one";
        assert_eq!(found, ["1 12345", &format!("f:2: {problem}"), "3 1", &format!("f:4: {problem}")]);
    }
}
