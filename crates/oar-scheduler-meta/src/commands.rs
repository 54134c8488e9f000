//! Commands that a site configures: run for a limited time, with all that they start.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

/// So much of what a command says is kept.
const OUTPUT_MAX: usize = 1 << 16;

/// How long to wait for the rest of what a command has said when it is over: what it leaves running may hold its output open.
const REST: Duration = Duration::from_millis(200);

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    /// How it ended.
    pub status: ExitStatus,
    /// The beginning of its standard output.
    pub output: String,
    /// The beginning of its standard error.
    pub errors: String,
}

impl Ran {
    /// What went wrong, if it ended badly: how it ended, and the last thing that it said about it.
    pub fn problem(&self) -> Option<String> {
        let last = self.errors.lines().rev().map(str::trim).find(|line| !line.is_empty());
        let last = last.map(|line| format!(": {line}")).unwrap_or_default();
        (!self.status.success()).then(|| format!("{}{last}", self.status))
    }
}

/// A line of a shell, with arguments behind it.
pub(crate) fn shell(line: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("/bin/sh");
    let behind = if arguments.is_empty() { "" } else { " \"$@\"" };
    command.arg("-c").arg(format!("{line}{behind}")).arg("sh").args(arguments);
    command
}

/// A text as one word of the shell.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What is run on a host by ssh (`OPENSSH_CMD`), to be completed; `None`: no ssh is configured.
pub(crate) fn on_host(ssh: &str, host: &str) -> Option<Command> {
    let mut command = words(ssh)?;
    command.args(["-x", "-T", host]);
    Some(command)
}

/// The program and the first arguments that a key of the configuration names, separated by blanks; `None`: it names nothing.
pub(crate) fn words(line: &str) -> Option<Command> {
    let mut words = line.split_whitespace();
    let mut command = Command::new(words.next()?);
    command.args(words);
    Some(command)
}

/// Starts a command in a group of its own, which ends with the second value unless that is let go.
///
/// # Errors
/// When it cannot be started.
pub(crate) fn start(mut command: Command) -> io::Result<(Child, Group)> {
    with_default_signals();
    let child = command.process_group(0).kill_on_drop(true).spawn()?;
    let group = Group(child.id().and_then(|id| Pid::from_raw(id.cast_signed())));
    Ok((child, group))
}

/// Runs a command. When its time is over it is killed, with all processes of its group.
///
/// # Errors
/// When it cannot be started, or was killed.
pub(crate) async fn run(mut command: Command, input: Vec<u8>, limit: Duration) -> Result<Ran, String> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let (mut child, group) = start(command).map_err(|error| format!("{program} cannot be started: {error}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not want to know is no failure.
        tokio::spawn(async move { drop(stdin.write_all(&input).await) });
    }
    let output = tokio::spawn(beginning(child.stdout.take()));
    let errors = tokio::spawn(beginning(child.stderr.take()));
    let status = timeout(limit, child.wait()).await;
    let status = match status {
        Ok(Ok(status)) => status,
        Ok(Err(error)) => return Err(error.to_string()),
        Err(_) => return Err(format!("it took longer than {} s", limit.as_secs())),
    };
    group.let_go();
    let output = timeout(REST, output).await.ok().and_then(Result::ok);
    let errors = timeout(REST, errors).await.ok().and_then(Result::ok);
    Ok(Ran { status, output: output.unwrap_or_default(), errors: errors.unwrap_or_default() })
}

/// Runs a command of which matters only whether it goes well: what went wrong, if it did not.
pub(crate) async fn problem(command: Command, input: Vec<u8>, limit: Duration) -> Option<String> {
    run(command, input, limit).await.map_or_else(Some, |ran| ran.problem())
}

/// The beginning of what is said; the rest is read all the same, as a writer would wait.
async fn beginning(stream: Option<impl AsyncRead + Unpin>) -> String {
    let (mut kept, mut block) = (Vec::new(), [0; 4096]);
    if let Some(mut stream) = stream {
        while let Ok(count @ 1..) = stream.read(&mut block).await {
            let room = OUTPUT_MAX.saturating_sub(kept.len()).min(count);
            kept.extend_from_slice(block.get(..room).unwrap_or_default());
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// A group of processes that ends with this value, unless it is taken out.
#[derive(Debug)]
pub(crate) struct Group(Option<Pid>);

impl Group {
    /// What is left of it may live.
    pub fn let_go(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // Those that are gone already need no signal.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// OAR 2 starts us with signals ignored, and what we start would ignore them as well: `timeout`, for one, could stop nothing. Signals that are
/// caught are not passed on.
fn with_default_signals() {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::user_defined1()] {
        if mask >> (kind.as_raw_value() - 1) & 1 == 1 {
            // It stays caught when the stream is gone: for us as good as ignored.
            let _ = signal(kind);
        }
    }
}
