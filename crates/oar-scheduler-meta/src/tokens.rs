//! Tokens: how many are left is asked of the site's scripts (`SCHEDULER_TOKEN_SCRIPTS`).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use oar_scheduler_db::RoundInput;

use crate::commands;

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
            Err(problem) => input.remarks.push(remark(&token, script, &problem)),
        }
    }
}

/// How many tokens of each name are left, asked of all scripts, for those who do not know yet which jobs there are; and what is wrong with scripts.
#[must_use]
pub fn left(scripts: &BTreeMap<String, String>) -> (BTreeMap<String, i64>, Vec<String>) {
    let (mut tokens, mut remarks) = (BTreeMap::new(), Vec::new());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    for (token, script) in scripts {
        let answer = match &runtime {
            Ok(runtime) => runtime.block_on(ask(script)),
            Err(error) => Err(error.to_string()),
        };
        match answer {
            Ok(left) => drop(tokens.insert(token.clone(), left)),
            Err(problem) => remarks.push(remark(token, script, &problem)),
        }
    }
    (tokens, remarks)
}

fn remark(token: &str, script: &str, problem: &str) -> String {
    format!("SCHEDULER_TOKEN_SCRIPTS: {token}: {script}: {problem}")
}

/// The number that a script prints in its first line.
async fn ask(script: &str) -> Result<i64, String> {
    let ran = commands::run(commands::shell(script, &[]), Vec::new(), TIMEOUT).await?;
    let line = ran.output.lines().next().unwrap_or_default().trim();
    let number = line.parse().ok().filter(|number: &i64| *number >= 0);
    number.ok_or_else(|| format!("expected a line with a number, found {line:?} ({})", ran.status))
}
