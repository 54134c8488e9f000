//! Suspended jobs that go on: which of them can, and how their nodes are told.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use oar_scheduler_core::{Job, JobId, JobState};
use oar_scheduler_db::conf::{Resuming, Server, Settings};
use oar_scheduler_db::{Changes, Event, HostEvent, ResumingJob, StateChange};
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::checkpoint::pid_file;
use super::sharing;
use crate::commands;

/// How many jobs are resumed in a round; the others wait for the next one.
const AT_ONCE: usize = 32;

/// How many nodes of a job ssh reaches at once. All have the time of one.
const CONNECTIONS: usize = 32;

/// The jobs that can go on: nobody else is on what they have, unless they share it. Of two on the same resources the first.
pub(super) fn ready(jobs: &[ResumingJob]) -> Vec<&ResumingJob> {
    let mut ready: Vec<&ResumingJob> = Vec::new();
    for job in jobs {
        let is_free = job.others.iter().all(|other| share(other, &job.job));
        let mut before = ready.iter().filter(|before| !before.resources.is_disjoint(&job.resources));
        if is_free && before.all(|before| share(&before.job, &job.job)) {
            ready.push(job);
        }
    }
    // Those for which nothing can be done keep no others from being resumed.
    ready.sort_by_key(|job| (!job.job.has_type("noop"), job.is_noted));
    ready.truncate(AT_ONCE);
    ready
}

fn share(other: &Job, job: &Job) -> bool {
    sharing::admits(other, job) || sharing::admits(job, other)
}

/// What became of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    /// It goes on.
    Resumed,
    /// It stays as it is: nodes know nothing of jobs.
    Waits,
    /// The command that was to be run before it failed.
    Script(String),
    /// The nodes' script cannot be read.
    Manager(String),
    /// These nodes have not done it.
    Nodes(Vec<String>),
}

/// Resumes jobs, all at once.
pub(super) async fn resume(jobs: &[&ResumingJob], settings: &Settings) -> Changes {
    let mut tasks = JoinSet::new();
    for job in jobs {
        let (job, settings) = ((*job).clone(), settings.clone());
        tasks.spawn(async move {
            let outcome = outcome(&job, &settings).await;
            (job, outcome)
        });
    }
    let mut done: Vec<(ResumingJob, Outcome)> = Vec::new();
    while let Some(outcome) = tasks.join_next().await {
        done.extend(outcome);
    }
    done.sort_by_key(|(job, _)| job.job.id);
    conclude(&done)
}

/// What follows.
fn conclude(done: &[(ResumingJob, Outcome)]) -> Changes {
    let mut changes = Changes::default();
    for (resuming, outcome) in done {
        let job = resuming.job.id;
        match outcome {
            Outcome::Resumed => {
                changes.states.push(StateChange { job, from: JobState::Resuming, to: JobState::Running });
            }
            Outcome::Waits => {}
            Outcome::Script(problem) => {
                let description = format!("[MetaSched] [{job}] the script before resuming failed: {problem}");
                changes.events.push(Event { kind: "RESUME_SCRIPT_ERROR", job, description });
                changes.kills.push(job);
            }
            Outcome::Manager(_) if resuming.is_noted => {}
            Outcome::Manager(problem) => {
                let description = format!("[MetaSched] [SUSPEND_RESUME] [{job}] Bad suspend/resume file: {problem}");
                changes.events.push(Event { kind: ResumingJob::NO_MANAGER, job, description });
            }
            Outcome::Nodes(hosts) => {
                let description =
                    format!("[MetaSched] [SUSPEND_RESUME] [{job}] Error on several nodes: {}", hosts.join(" "));
                let event = Event { kind: "RESUME_ERROR", job, description };
                changes.host_events.push(HostEvent { event, hosts: hosts.clone() });
                changes.kills.push(job);
            }
        }
    }
    changes
}

async fn outcome(resuming: &ResumingJob, settings: &Settings) -> Outcome {
    if resuming.job.has_type("noop") {
        return Outcome::Resumed;
    }
    let id = resuming.job.id.to_string();
    let Resuming { script, script_timeout, manager, .. } = &settings.resuming;
    // Without what the nodes need the script would run again in each round.
    let Some(manager) = manager else { return Outcome::Waits };
    let file = located(manager);
    let text = match std::fs::read(&file) {
        Ok(text) => text,
        Err(error) => return Outcome::Manager(format!("{}: {error}", file.display())),
    };
    if let Some(script) = script {
        let arguments = match settings.server {
            Server::Oar2 => &["script", id.as_str()][..],
            Server::Oar3 => &[id.as_str()],
        };
        let command = commands::shell(script, arguments);
        if let Some(problem) = commands::problem(command, Vec::new(), *script_timeout).await {
            return Outcome::Script(problem);
        }
    }
    let input = [&text[..], b"__END__\n", described(&resuming.job, settings).as_bytes()].concat();
    match on_nodes(&resuming.hosts, &input, settings).await {
        bad if bad.is_empty() => Outcome::Resumed,
        bad => Outcome::Nodes(bad),
    }
}

/// A relative path is one in the server's own directory.
fn located(file: &Path) -> PathBuf {
    let directory = std::env::var_os("OARDIR").unwrap_or_default();
    Path::new(&directory).join(file)
}

/// The job as the nodes' script reads it: a hash of Perl.
fn described(job: &Job, settings: &Settings) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"));
    let JobId(id) = job.id;
    let pid_file = pid_file(job.id, &settings.checkpoints);
    let name = format!("{}_{id}", job.user);
    format!("{{'name' => {},'job_id' => {id},'oarexec_pid_file' => {}}}", quoted(&name), quoted(&pid_file))
}

/// Runs the script on all nodes, and returns those that have not done it.
async fn on_nodes(hosts: &[String], input: &[u8], settings: &Settings) -> Vec<String> {
    let Resuming { taktuk, ssh_timeout, .. } = &settings.resuming;
    let (words, ssh) = (["perl", "-", "resume"], &settings.checkpoints.ssh);
    // A name that looks like an option would be taken for one.
    let (mut bad, hosts): (Vec<String>, Vec<String>) = hosts.iter().cloned().partition(|host| host.starts_with('-'));
    if hosts.is_empty() {
        return bad;
    }
    if let Some(mut command) = taktuk.as_deref().and_then(commands::words) {
        command.args(["-c", ssh, "-o", r#"status="STATUS $host $line\n""#]);
        command.args(hosts.iter().flat_map(|host| ["-m", host]));
        command.args(["broadcast", "exec", "["]).args(words).arg("],");
        command.args("broadcast input file [ - ], broadcast input close".split(' '));
        let ran = commands::run(command, input.to_vec(), *ssh_timeout * 2).await;
        let problem = ran.as_ref().map_or_else(|problem| Some(problem.clone()), commands::Ran::problem);
        let output = ran.map(|ran| ran.output).unwrap_or_default();
        let good: BTreeSet<&str> =
            output.lines().filter_map(|line| line.strip_prefix("STATUS ")?.strip_suffix(" 0")).collect();
        let failed: Vec<String> = hosts.into_iter().filter(|host| !good.contains(host.as_str())).collect();
        if let Some(problem) = problem.filter(|_| !failed.is_empty()) {
            tracing::warn!("TAKTUK_CMD: {problem}");
        }
        bad.extend(failed);
        return bad;
    }
    let mut tasks = JoinSet::new();
    let (places, end) = (Arc::new(Semaphore::new(CONNECTIONS)), Instant::now() + *ssh_timeout);
    for host in hosts {
        let Some(mut command) = commands::on_host(ssh, &host) else { continue };
        command.arg(format!("TAKTUK_HOSTNAME={host}")).args(words);
        let (input, places) = (input.to_vec(), Arc::clone(&places));
        tasks.spawn(async move {
            let _place = places.acquire().await;
            failure(host, command, input, end.saturating_duration_since(Instant::now())).await
        });
    }
    while let Some(failed) = tasks.join_next().await {
        bad.extend(failed.ok().flatten());
    }
    bad.sort();
    bad
}

/// The node, if it has not done it.
async fn failure(host: String, command: Command, input: Vec<u8>, limit: Duration) -> Option<String> {
    let problem = commands::problem(command, input, limit).await?;
    tracing::warn!("{host}: {problem}");
    Some(host)
}

#[cfg(test)]
mod tests {
    use super::super::testing::settings;
    use super::*;

    fn job(id: i64, types: &[(&str, &str)]) -> Job {
        let types = types.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Job { id: JobId(id), user: "alice".to_owned(), types, ..Job::default() }
    }

    fn resuming(job: Job, resource: u32, others: &[Job]) -> ResumingJob {
        let resources = [oar_scheduler_core::ResourceId(resource)].into();
        ResumingJob { job, resources, others: others.to_vec(), ..ResumingJob::default() }
    }

    #[test]
    fn jobs_go_on_when_nobody_else_is_on_their_resources() {
        let shared = [("timesharing", "*,*")];
        let jobs = [
            resuming(job(1, &[]), 1, &[]),
            resuming(job(2, &[]), 1, &[]),
            resuming(job(3, &[]), 3, &[job(9, &[])]),
            resuming(job(4, &shared), 4, &[job(9, &shared)]),
            resuming(job(5, &[("inner", "9")]), 5, &[job(9, &[("container", "")])]),
            resuming(job(6, &[("container", "")]), 6, &[job(9, &[("inner", "6")])]),
        ];
        assert_eq!(ready(&jobs).iter().map(|job| job.job.id.0).collect::<Vec<_>>(), [1, 4, 5, 6]);
    }

    #[test]
    fn nodes_read_what_no_user_can_break() {
        let mut job = job(12, &[]);
        job.user = r"o'x\".to_owned();
        let described = described(&job, &settings(Server::Oar3));
        assert_eq!(
            described,
            r"{'name' => 'o\'x\\_12','job_id' => 12,'oarexec_pid_file' => '/var/lib/oar/pid_of_oarexec_for_jobId_12'}"
        );
    }

    #[test]
    fn what_keeps_happening_is_noted_once() {
        let mut waits = resuming(job(1, &[]), 1, &[]);
        let events = |job: &ResumingJob| {
            let changes = conclude(&[(job.clone(), Outcome::Manager("no".to_owned()))]);
            (changes.events.len(), changes.kills.len())
        };
        assert_eq!(events(&waits), (1, 0));
        waits.is_noted = true;
        assert_eq!(events(&waits), (0, 0));
    }
}
