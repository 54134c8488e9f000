//! Who must be told of what has changed: the server's central process, and those who wait in front of a terminal.
//!
//! Nobody is waited for: who does not answer in time is not told, and the next round tries again.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use oar_scheduler_core::JobId;
use oar_scheduler_db::conf::{Address, Almighty};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

mod zmtp;

/// How long a peer may take for a connection and what is said on it.
const PEER_TIMEOUT: Duration = Duration::from_secs(2);

/// How long all notifications of a kind may take together.
const ALL_TIMEOUT: Duration = Duration::from_secs(10);

/// How many terminals are told at once.
const AT_ONCE: usize = 64;

/// Something that the server is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// States have changed, or will.
    ChangedState,
    /// Jobs are to be deleted.
    Deletion,
    /// A job is to be launched.
    Launch(JobId),
}

impl Notice {
    /// The line that says so.
    fn line(self) -> String {
        match self {
            Self::ChangedState => "ChState\n".to_owned(),
            Self::Deletion => "Qdel\n".to_owned(),
            Self::Launch(job) => format!("OARRUNJOB_{job}\n"),
        }
    }

    /// The message that says so.
    fn message(self) -> String {
        match self {
            Self::ChangedState => r#"{"cmd": "ChState"}"#.to_owned(),
            Self::Deletion => r#"{"cmd": "Qdel"}"#.to_owned(),
            Self::Launch(job) => format!(r#"{{"job_id": {job}, "cmd": "OARRUN", "args": []}}"#),
        }
    }
}

/// Tells the server. What goes wrong is logged: the server learns it in its next round, or by looking for itself.
pub async fn tell_server(almighty: &Almighty, notices: &[Notice]) {
    let told = timeout(ALL_TIMEOUT, async {
        match almighty {
            Almighty::Lines(address) => {
                for notice in notices {
                    send_line(&host_and_port(address), &notice.line()).await.map_err(|error| (address, error))?;
                }
            }
            Almighty::Messages { almighty, commander } => {
                let (launches, others): (Vec<&Notice>, Vec<&Notice>) =
                    notices.iter().partition(|notice| matches!(notice, Notice::Launch(_)));
                let mut all_told = Ok(());
                for (address, notices) in [(commander, launches), (almighty, others)] {
                    let messages: Vec<String> = notices.into_iter().map(|notice| notice.message()).collect();
                    if !messages.is_empty() {
                        // They are two processes: one that is gone does not keep the other from being told.
                        let sent = limited(zmtp::push(&host_and_port(address), &messages)).await;
                        all_told = all_told.and(sent.map_err(|error| (address, error)));
                    }
                }
                all_told?;
            }
        }
        Ok::<_, (&Address, io::Error)>(())
    });
    match told.await {
        Ok(Ok(())) => {}
        Ok(Err((address, error))) => {
            tracing::error!("the server at {}:{} was not told of everything: {error}", address.host, address.port);
        }
        Err(_) => {
            tracing::error!("the server was not told of everything: it took longer than {} s", ALL_TIMEOUT.as_secs())
        }
    }
}

/// Sends messages to a PULL socket of ZeroMQ, in order.
///
/// # Errors
/// When they were not taken in time.
pub async fn push_messages(address: &Address, messages: &[String]) -> io::Result<()> {
    limited(zmtp::push(&host_and_port(address), messages)).await
}

fn host_and_port(address: &Address) -> String {
    match address.host.contains(':') {
        true => format!("[{}]:{}", address.host, address.port),
        false => format!("{}:{}", address.host, address.port),
    }
}

/// Lines for somebody who waits in front of a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The job that they wait for.
    pub job: JobId,
    /// Where their `oarsub` listens, as `host:port`.
    pub address: String,
    /// Each on a connection of its own. After one that does not arrive the others are not sent.
    pub lines: Vec<String>,
}

/// What became of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It arrived.
    Delivered,
    /// Nobody took it: why.
    Failed(String),
    /// There was no time left to try.
    NotTried,
}

/// Delivers letters, many at once.
pub async fn deliver(letters: Vec<Letter>) -> BTreeMap<JobId, Delivery> {
    let mut deliveries: BTreeMap<JobId, Delivery> =
        letters.iter().map(|letter| (letter.job, Delivery::NotTried)).collect();
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    for letter in letters {
        let places = Arc::clone(&places);
        tasks.spawn(async move {
            let _place = places.acquire().await;
            for line in &letter.lines {
                if let Err(error) = send_line(&letter.address, line).await {
                    return (letter.job, Delivery::Failed(format!("{}: {error}", letter.address)));
                }
            }
            (letter.job, Delivery::Delivered)
        });
    }
    let all = async {
        while let Some(done) = tasks.join_next().await {
            if let Ok((job, delivery)) = done {
                deliveries.insert(job, delivery);
            }
        }
    };
    if timeout(ALL_TIMEOUT, all).await.is_err() {
        tracing::warn!("not everybody could be told of their jobs within {} s", ALL_TIMEOUT.as_secs());
    }
    deliveries
}

async fn send_line(address: &str, line: &str) -> io::Result<()> {
    limited(async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(line.as_bytes()).await?;
        stream.shutdown().await
    })
    .await
}

async fn limited<T>(sending: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(PEER_TIMEOUT, sending).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
