//! Telling a job to write a checkpoint: a signal to its first process, on the host on which that was started.

use std::time::Duration;

use oar_scheduler_core::JobId;
use oar_scheduler_db::conf::Checkpoints;
use oar_scheduler_db::{Changes, Event, PlacedJob};
use tokio::task::JoinSet;

use crate::commands;

/// How long a signal may take. All are sent at once.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends the signals, and returns what is to be noted.
pub(super) async fn send(jobs: &[&PlacedJob], settings: &Checkpoints) -> Changes {
    let mut tasks = JoinSet::new();
    for placed in jobs {
        let (id, host) = (placed.job.id, host(placed, settings));
        let Some(mut command) = commands::on_host(&settings.ssh, &host) else { continue };
        command.arg(script(id, settings));
        tasks.spawn(async move {
            let problem = commands::problem(command, Vec::new(), TIMEOUT).await;
            event(id, &host, problem)
        });
    }
    let mut changes = Changes::default();
    while let Some(done) = tasks.join_next().await {
        changes.events.extend(done);
    }
    changes.events.sort_by_key(|event| event.job);
    changes
}

fn event(job: JobId, host: &str, problem: Option<String>) -> Event {
    match problem {
        None => Event {
            kind: "CHECKPOINT_SUCCESSFULL",
            job,
            description: format!("[MetaSched] the job {job} was told on {host} to write a checkpoint"),
        },
        Some(problem) => Event {
            kind: "CHECKPOINT_ERROR",
            job,
            description: format!(
                "[MetaSched] the job {job} could not be told on {host} to write a checkpoint: {problem}"
            ),
        },
    }
}

/// Where a job was started.
fn host(placed: &PlacedJob, settings: &Checkpoints) -> String {
    let first = placed.resources.iter().map(|resource| &resource.host).find(|host| !host.is_empty());
    match first {
        _ if placed.job.has_type("deploy") => settings.deploy_host.clone(),
        Some(host) if !placed.job.has_type("cosystem") => host.clone(),
        _ => settings.cosystem_host.clone(),
    }
}

/// Where the process of a job notes its number.
pub(super) fn pid_file(job: JobId, settings: &Checkpoints) -> String {
    format!("{}/pid_of_oarexec_for_jobId_{job}", settings.directory.trim_end_matches('/'))
}

/// What is run there. The process of the job passes the signal on.
fn script(job: JobId, settings: &Checkpoints) -> String {
    let file = commands::quoted(&pid_file(job, settings));
    format!("test -e {file} && kill -s USR2 $(cat {file})")
}
