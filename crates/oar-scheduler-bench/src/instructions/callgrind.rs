//! Counting with valgrind's callgrind.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{output_of, own_program, title};
use crate::case::Case;
use crate::error::{Error, cannot_read, cannot_write};

/// The function that instructions are counted in, `crate::measure::place_all_groups`.
const FUNCTION: &str = "place_all_groups";

/// The instructions of the placement of a case.
pub(super) fn count(case: &Case) -> Result<u64, Error> {
    let folder = tempfile::tempdir().map_err(cannot_write(&std::env::temp_dir()))?;
    let result = folder.path().join("callgrind.out");
    if let Err(error) = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status() {
        let program = "valgrind".to_owned();
        let is_missing = error.kind() == std::io::ErrorKind::NotFound;
        return Err(if is_missing { Error::NoValgrind } else { Error::Start { program, error } });
    }
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", &format!("--toggle-collect=*{FUNCTION}*")]);
    command.arg(format!("--callgrind-out-file={}", result.display())).arg(own_program()?);
    command.args(["place", case.workload.name()]);
    for (option, number) in [("--jobs", case.jobs), ("--cores", case.cores.into()), ("--seed", case.seed)] {
        command.args([option, &number.to_string()]);
    }
    command.args(case.feature.iter().flat_map(|feature| ["--with", feature.name()]));
    output_of(&mut command, "valgrind --tool=callgrind oar-bench place")?;
    match read(&result)? {
        Some(instructions @ 1..) => Ok(instructions),
        _ => Err(Error::NothingCounted { case: title(case), function: FUNCTION }),
    }
}

fn read(file: &Path) -> Result<Option<u64>, Error> {
    let text = std::fs::read_to_string(file).map_err(cannot_read(file))?;
    Ok(total(&text))
}

/// The total of callgrind's file.
pub(super) fn total(text: &str) -> Option<u64> {
    let total = text.lines().find_map(|line| line.strip_prefix("totals:").or_else(|| line.strip_prefix("summary:")));
    total?.split_whitespace().next()?.parse().ok()
}
