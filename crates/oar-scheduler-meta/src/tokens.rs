//! Tokens: how many are left is asked of the site's scripts (`SCHEDULER_TOKEN_SCRIPTS`).

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::time::Duration;

use oar_scheduler_db::RoundInput;
use tokio::process::Command;

/// How long a script may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Counts the tokens that waiting jobs ask for. What is wrong with a script is remarked; nobody then gets tokens of that name.
pub(crate) async fn count(input: &mut RoundInput, scripts: &BTreeMap<String, String>) {
    let waiting = input.snapshot.groups.iter().flat_map(|group| &group.waiting_jobs);
    let types = waiting.flat_map(|waiting| waiting.job.types.keys());
    let asked: BTreeSet<String> = types.filter_map(|name| name.strip_prefix("token:")).map(str::to_owned).collect();
    for token in asked {
        let Some(script) = scripts.get(&token) else { continue };
        match ask(script).await {
            Ok(left) => {
                input.snapshot.tokens.insert(token, left);
            }
            Err(problem) => input.remarks.push(format!("SCHEDULER_TOKEN_SCRIPTS: {token}: {script}: {problem}")),
        }
    }
}

/// The number that a script prints in its first line.
async fn ask(script: &str) -> Result<i64, String> {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(script).stdin(Stdio::null()).stderr(Stdio::inherit()).kill_on_drop(true);
    let output = tokio::time::timeout(TIMEOUT, command.output()).await;
    let output = output.map_err(|_| format!("it took longer than {} s", TIMEOUT.as_secs()))?;
    let output = output.map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next().unwrap_or_default().trim();
    let number = line.parse().ok().filter(|number: &i64| *number >= 0);
    number.ok_or_else(|| format!("expected a line with a number, found {line:?} ({})", output.status))
}
