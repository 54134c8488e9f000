//! Where results and problems go.

use std::fmt::Display;
use std::io::{self, BufWriter, StdoutLock, Write};
use std::process::ExitCode;

/// What a command has found, when nothing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Exit status 0.
    Success,
    /// Exit status 1: something is not as expected, or two plans differ.
    Different,
}

/// Standard output for results, standard error for problems.
#[derive(Debug)]
pub struct Output {
    /// The name of the binary, which begins each problem.
    binary: &'static str,
    stdout: BufWriter<StdoutLock<'static>>,
    problems: usize,
}

impl Output {
    /// The output of a binary of this name.
    #[must_use]
    pub fn new(binary: &'static str) -> Self {
        Self { binary, stdout: BufWriter::new(io::stdout().lock()), problems: 0 }
    }

    /// Writes a line of results.
    ///
    /// # Errors
    /// When standard output cannot be written; a broken pipe among others.
    pub fn line(&mut self, line: impl Display) -> io::Result<()> {
        writeln!(self.stdout, "{line}")
    }

    /// Writes a document as one line of JSON.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub fn json(&mut self, document: &impl serde::Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.stdout, document)?;
        writeln!(self.stdout)
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stdout.write_all(bytes)
    }

    /// Reports a problem, and remembers that there was one: the exit status will be 2.
    pub fn problem(&mut self, problem: impl Display) {
        self.problems += 1;
        self.tell(problem);
    }

    /// Reports something that the command puts up with: the exit status stays as it is.
    pub fn warning(&mut self, warning: impl Display) {
        self.tell(format_args!("warning: {warning}"));
    }

    fn tell(&mut self, line: impl Display) {
        // Where both go to a terminal, they appear in order.
        let _ = self.stdout.flush();
        // There is nobody left to tell.
        let _ = writeln!(io::stderr().lock(), "{}: {line}", self.binary);
    }

    /// Writes what is still buffered.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub fn flush(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }

    /// The exit status: 2 when there was a problem, else as the command found.
    #[must_use]
    pub fn exit_code(&self, status: Status) -> ExitCode {
        match status {
            _ if self.problems > 0 => ExitCode::from(2),
            Status::Success => ExitCode::SUCCESS,
            Status::Different => ExitCode::from(1),
        }
    }
}
