//! A plan in words.

use std::io;

use oar_scheduler_core::Words;

use super::Replayed;
use crate::output::Output;

/// Writes a heading, then a line for each job in the order of the plan: the placed ones, then the others.
pub(super) fn write(replayed: &Replayed, output: &mut Output) -> io::Result<()> {
    let words = Words::new(&replayed.round.snapshot, &replayed.plan);
    output.line(format_args!("{}: {}", replayed.title(), words.time()))?;
    words.lines().iter().try_for_each(|line| output.line(format_args!("  {line}")))
}
