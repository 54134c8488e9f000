//! The external mode: the scheduler of each queue is a program of its own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use jiff::tz::TimeZone;
use oar_scheduler_core::{JobId, Time};
use oar_scheduler_db::conf::Server;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{ChildStdout, Command};

use crate::{commands, dates};

/// How long a scheduler may take before it counts as failed. OAR 3's needs minutes for large sites.
const TIMEOUT: Duration = Duration::from_secs(3600);

/// The longest line that is looked at as a whole, in bytes.
const LINE_MAX: u64 = 1 << 20;

/// Where a server has its schedulers if nothing is configured.
pub(super) fn folder(server: Server) -> PathBuf {
    let default = match server {
        Server::Oar2 => "/usr/lib/oar",
        Server::Oar3 => "/usr/local/lib/oar",
    };
    std::env::var_os("OARDIR").map_or(default.into(), PathBuf::from).join("schedulers")
}

/// What became of a queue's scheduler.
#[derive(Debug, Default)]
pub(super) struct Ended {
    /// The jobs of which it said that they start at once.
    pub announced: BTreeSet<JobId>,
    /// Why the queue is taken out of use.
    pub failure: Option<String>,
}

/// Runs the scheduler of a queue to its end.
pub(super) async fn run(program: &Path, queue: &str, now: Time, zone: &TimeZone, server: Server) -> Ended {
    let mut command = Command::new(program);
    command.args([queue, &now.to_string(), &dates::shown(now, zone)]);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut ended = Ended::default();
    let ran = tokio::time::timeout(TIMEOUT, async {
        let (mut child, group) = commands::start(command)?;
        if let Some(output) = child.stdout.take() {
            listen(output, &mut ended.announced).await?;
        }
        let status = child.wait().await;
        group.let_go();
        status
    });
    ended.failure = match ran.await {
        Ok(Ok(status)) => problem(status, server),
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("it took longer than {} s", TIMEOUT.as_secs())),
    };
    ended
}

/// Reads what a scheduler says until it closes its output.
async fn listen(output: ChildStdout, announced: &mut BTreeSet<JobId>) -> std::io::Result<()> {
    let (mut reader, mut line) = (BufReader::new(output), Vec::new());
    while (&mut reader).take(LINE_MAX).read_until(b'\n', &mut line).await? > 0 {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches('\n');
        match announcement(text) {
            Some(job) => {
                announced.insert(job);
            }
            None => tracing::debug!("the scheduler says: {text}"),
        }
        line.clear();
    }
    Ok(())
}

/// The job that a line says to start at once: `SCHEDRUN JOB_ID=1 MOLDABLE_JOB_ID=2 RESOURCES=3,4`, to the letter.
fn announcement(line: &str) -> Option<JobId> {
    let rest = line.strip_prefix("SCHEDRUN JOB_ID=")?;
    let (job, rest) = rest.split_once(" MOLDABLE_JOB_ID=")?;
    let (moldable, resources) = rest.split_once(" RESOURCES=")?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_whole = is_number(moldable) && resources.split(',').all(is_number);
    job.parse().ok().filter(|_| is_number(job) && is_whole).map(JobId)
}

/// Why a scheduler that ended so has failed, if it has. OAR 2 takes 1 for an end like others.
fn problem(status: ExitStatus, server: Server) -> Option<String> {
    let is_fine = status.success() || server == Server::Oar2 && status.code() == Some(1);
    (!is_fine).then(|| status.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedulers_announce_jobs_to_the_letter() {
        assert_eq!(announcement("SCHEDRUN JOB_ID=12 MOLDABLE_JOB_ID=3 RESOURCES=4"), Some(JobId(12)));
        assert_eq!(announcement("SCHEDRUN JOB_ID=12 MOLDABLE_JOB_ID=3 RESOURCES=4,5,6"), Some(JobId(12)));
        for line in [
            "SCHEDRUN JOB_ID=12 MOLDABLE_JOB_ID=3 RESOURCES=4 ",
            " SCHEDRUN JOB_ID=12 MOLDABLE_JOB_ID=3 RESOURCES=4",
            "SCHEDRUN JOB_ID=+12 MOLDABLE_JOB_ID=3 RESOURCES=4",
            "SCHEDRUN JOB_ID=12 MOLDABLE_JOB_ID= RESOURCES=4",
            "SCHEDRUN JOB_ID=12 MOLDABLE_JOB_ID=3 RESOURCES=",
            "SCHEDRUN JOB_ID=12 MOLDABLE_JOB_ID=3 RESOURCES=4,,5",
            "SCHEDRUN JOB_ID=99999999999999999999 MOLDABLE_JOB_ID=3 RESOURCES=4",
            "12",
        ] {
            assert_eq!(announcement(line), None, "{line:?}");
        }
    }
}
