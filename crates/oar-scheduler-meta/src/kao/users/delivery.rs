//! Telling users, many at once. Nobody is waited for: who cannot be told in time is not told, and that is noted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lettre::message::Mailbox;
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use oar_scheduler_db::conf::{Mail, Server, Settings};
use oar_scheduler_db::{Changes, Contact, Event};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout_at;

use super::{News, Way};
use crate::commands;

/// How long one may take.
const ONE_TIMEOUT: Duration = Duration::from_secs(8);

/// How long all may take together.
const ALL_TIMEOUT: Duration = Duration::from_secs(10);

/// How many are told at once.
const AT_ONCE: usize = 16;

/// Tells users, and returns what is to be noted.
pub(crate) async fn deliver(news: Vec<News>, settings: &Settings) -> Changes {
    let (places, settings) = (Arc::new(Semaphore::new(AT_ONCE)), Arc::new(settings.clone()));
    let end = Instant::now() + ALL_TIMEOUT;
    let mut tasks = JoinSet::new();
    for news in news {
        let (places, settings) = (Arc::clone(&places), Arc::clone(&settings));
        tasks.spawn(async move {
            let telling = async {
                let _place = places.acquire().await;
                tell(&news, &settings).await
            };
            let told = timeout_at(end.into(), telling).await;
            let told = told.unwrap_or_else(|_| Err(format!("it took longer than {} s", ALL_TIMEOUT.as_secs())));
            event(&news, told, settings.server)
        });
    }
    let mut changes = Changes::default();
    while let Some(done) = tasks.join_next().await {
        changes.events.extend(done);
    }
    changes.events.sort_by_key(|event| event.job);
    changes
}

/// Tells a user; `Err`: why not.
async fn tell(news: &News, settings: &Settings) -> Result<(), String> {
    match news.way.as_ref().map_err(Clone::clone)? {
        Way::Mail(addresses) => {
            let mail = settings.mail.as_ref().ok_or("MAIL_SMTP_SERVER and MAIL_SENDER are not set")?;
            send(news, addresses, mail).await
        }
        Way::Command { host, line } => {
            let mut command = commands::on_host(&settings.checkpoints.ssh, host).ok_or("OPENSSH_CMD is empty")?;
            command.arg(line);
            commands::problem(command, Vec::new(), ONE_TIMEOUT).await.map_or(Ok(()), Err)
        }
    }
}

async fn send(news: &News, addresses: &[String], mail: &Mail) -> Result<(), String> {
    let mailbox = |text: &str| {
        let expected = "expected an address such as alice@example.org, found";
        text.parse::<Mailbox>().map_err(|_| format!("{expected} {text:?}"))
    };
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let mut message = Message::builder().from(mailbox(&mail.sender)?).subject(subject(news, &host));
    for address in addresses {
        message = message.to(mailbox(address)?);
    }
    let message = message.body(format!("{}\n", news.text)).map_err(|error| error.to_string())?;
    let server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&mail.server.host).port(mail.server.port);
    let server = server.hello_name(ClientId::Domain(host)).timeout(Some(ONE_TIMEOUT)).build();
    server.send(message).await.map(drop).map_err(|error| error.to_string())
}

/// One line, whatever the name of the job.
fn subject(News { contact: Contact { job, name, .. }, tag, .. }: &News, host: &str) -> String {
    let name = name.replace(char::is_control, " ");
    format!("*OAR* [{tag}]: {job} ({name}) on {host}")
}

/// What is noted.
fn event(news: &News, told: Result<(), String>, server: Server) -> Event {
    let (job, tag) = (news.contact.job, news.tag);
    let (kind, description) = match (&news.way, told) {
        (Ok(Way::Mail(addresses)), Ok(())) => {
            let addresses = addresses.join(",");
            let description = match server {
                Server::Oar2 => format!("[MetaSched] Send a mail to {addresses} --> {tag}"),
                Server::Oar3 => format!("Send a mail to {addresses}: state: {tag}"),
            };
            ("USER_MAIL_NOTIFICATION", description)
        }
        (Ok(Way::Command { host, line }), Ok(())) => {
            ("USER_EXEC_NOTIFICATION", format!("[MetaSched] Launched user notification command on {host}: {line}"))
        }
        (Ok(Way::Command { host, .. }), Err(problem)) => {
            let description = format!("[MetaSched] User notification {tag} failed on {host}: {problem}");
            ("USER_EXEC_NOTIFICATION_ERROR", description)
        }
        (way, told) => {
            let problem = told.err().or(way.as_ref().err().cloned()).unwrap_or_default();
            ("USER_MAIL_NOTIFICATION_ERROR", format!("[MetaSched] User notification {tag} failed: {problem}"))
        }
    };
    Event { kind, job, description }
}
