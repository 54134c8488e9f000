//! Nodes that are switched off because nobody needs them, and on again in time.

use std::io;
use std::path::Path;
use std::time::Duration;

use oar_scheduler_db::Nodes;
use oar_scheduler_db::conf::NodeManager;
use serde_json::json;
use tokio::net::unix::pipe;
use tokio::time::timeout;

use crate::{commands, notify};

/// So much is written to a pipe at once, or not at all, whoever else writes.
const PIPE_BUFFER: usize = 4096;

/// How long Hulot may take to make room for what it is told.
const PIPE_TIMEOUT: Duration = Duration::from_secs(2);

/// Who is to be told what: the words that Hulot and Greta know, and the nodes. Without nodes they are to look after those that they have.
fn orders(nodes: &Nodes) -> Vec<(&'static str, &[String])> {
    let orders = [("HALT", &nodes.idle[..]), ("WAKEUP", &nodes.needed[..])];
    let orders: Vec<_> = orders.into_iter().filter(|(_, nodes)| !nodes.is_empty()).collect();
    if orders.is_empty() { vec![("CHECK", &[])] } else { orders }
}

/// What is done, in lines.
pub(super) fn told(nodes: &Nodes) -> Vec<String> {
    let parts = [("nodes are switched off", &nodes.idle), ("nodes are woken up", &nodes.needed)];
    let parts = parts.into_iter().filter(|(_, nodes)| !nodes.is_empty());
    parts.map(|(what, nodes)| format!("{what}: {}", nodes.join(" "))).collect()
}

/// Has it done. What goes wrong is logged: the next round asks again.
pub(super) async fn act(nodes: &Nodes, manager: &NodeManager) {
    match manager {
        NodeManager::Commands { sleep, wake_up, timeout } => {
            // Both at once, as they may take their time.
            let tasks =
                [("SLEEP", sleep, &nodes.idle), ("WAKE_UP", wake_up, &nodes.needed)].map(|(name, line, nodes)| {
                    let (line, nodes, limit) = (line.clone(), nodes.clone(), *timeout);
                    tokio::spawn(async move {
                        if let Some(line) = line.filter(|_| !nodes.is_empty()) {
                            feed(name, &line, &nodes, limit).await;
                        }
                    })
                });
            for task in tasks {
                // A task that failed has nothing to give back.
                let _ = task.await;
            }
        }
        NodeManager::Hulot(pipe) => {
            if let Err(error) = write(pipe, &lines(&orders(nodes))).await {
                tracing::error!("Hulot was not told about nodes: {}: {error}", pipe.display());
            }
        }
        NodeManager::Greta(address) => {
            let message = |(word, nodes): &(&str, &[String])| match *word {
                "CHECK" => json!({"cmd": word}).to_string(),
                _ => json!({"cmd": word, "nodes": nodes}).to_string(),
            };
            let messages: Vec<String> = orders(nodes).iter().map(message).collect();
            if let Err(error) = notify::push_messages(address, &messages).await {
                tracing::error!("Greta at {}:{} was not told about nodes: {error}", address.host, address.port);
            }
        }
    }
}

/// Runs a command that reads the names of nodes.
async fn feed(name: &str, line: &str, nodes: &[String], limit: Duration) {
    let input = nodes.iter().map(|node| format!("{node}\n")).collect::<String>();
    if let Some(problem) = commands::problem(commands::shell(line, &[]), input.into_bytes(), limit).await {
        tracing::error!("SCHEDULER_NODE_MANAGER_{name}_CMD: {line}: {problem}");
    }
}

/// The lines that say so to Hulot, none longer than a pipe takes at once.
fn lines(commands: &[(&str, &[String])]) -> Vec<String> {
    let mut lines = Vec::new();
    for (word, nodes) in commands {
        let mut line = String::new();
        for node in *nodes {
            if !line.is_empty() && word.len() + line.len() + node.len() + 3 > PIPE_BUFFER {
                lines.push(format!("{word}:{line}\n"));
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(node);
        }
        lines.push(format!("{word}:{line}\n"));
    }
    lines
}

/// Writes lines into a named pipe. One that nobody reads, or that is none, is an error at once.
async fn write(pipe: &Path, lines: &[String]) -> io::Result<()> {
    let sender = pipe::OpenOptions::new().open_sender(pipe)?;
    for line in lines {
        let written = timeout(PIPE_TIMEOUT, async {
            loop {
                sender.writable().await?;
                match sender.try_write(line.as_bytes()) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    written => return written.map(drop),
                }
            }
        });
        written.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_never_longer_than_a_pipe_takes_at_once() {
        let nodes: Vec<String> = (0..1000).map(|number| format!("node-{number}.example.org")).collect();
        let written = lines(&[("HALT", &nodes), ("CHECK", &[])]);
        assert!(written.len() > 5 && written.iter().all(|line| line.len() <= PIPE_BUFFER && line.ends_with('\n')));
        let names = written.iter().flat_map(|line| line.trim_end().split_once(':').map(|(_, nodes)| nodes.split(' ')));
        let names: Vec<&str> = names.flatten().filter(|name| !name.is_empty()).collect();
        assert_eq!(names, nodes);
        assert_eq!(written.last().map(String::as_str), Some("CHECK:\n"));
    }
}
