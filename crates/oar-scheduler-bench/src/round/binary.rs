//! The real programs: a process for a round.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::error::{Error, cannot_write};
use crate::process::output_with;
use crate::run::Times;

/// What a process cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Process {
    /// From its start to its end.
    pub wall_seconds: Times,
    /// Of all its threads, in steps of the system's clock (mostly 10 ms).
    pub cpu_seconds: Times,
}

/// Runs one with this text of `oar.conf`, and tells how much CPU time and time on the clock it took. `code_max`: up to which exit code all is well.
pub(super) fn run(
    program: &Path,
    arguments: &[&str],
    conf: &str,
    code_max: i32,
) -> Result<(Duration, Duration), Error> {
    let mut file = tempfile::NamedTempFile::new().map_err(cannot_write(Path::new("oar.conf")))?;
    file.write_all(conf.as_bytes()).map_err(cannot_write(file.path()))?;
    let mut command = Command::new(program);
    command.args(arguments).env("OARCONFFILE", file.path());
    let (begin, before) = (Instant::now(), cpu_time_of_children());
    output_with(&mut command, &program.display().to_string(), code_max)?;
    Ok((cpu_time_of_children().saturating_sub(before), begin.elapsed()))
}

/// The CPU time of the processes that this one has started and that have ended; nothing where the system does not tell.
fn cpu_time_of_children() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks_per_second = rustix::param::clock_ticks_per_second().max(1);
    Duration::from_secs_f64(ticks_of_children(&stat) as f64 / ticks_per_second as f64)
}

/// Of a line of `/proc/self/stat`, the 16th and 17th field. The second, a name, is in parentheses, and may have anything in it.
fn ticks_of_children(stat: &str) -> u64 {
    let behind_name = stat.rsplit_once(')').map_or("", |(_, behind)| behind);
    behind_name.split_whitespace().skip(13).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_are_counted_in_the_status_of_the_process() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194304 100 200 0 0 11 12 30 4 20 0 1 0 5";
        assert_eq!(ticks_of_children(stat), 34);
        assert_eq!(ticks_of_children(""), 0);
        assert!(std::fs::read_to_string("/proc/self/stat").is_ok_and(|stat| stat.contains(')')));
    }
}
