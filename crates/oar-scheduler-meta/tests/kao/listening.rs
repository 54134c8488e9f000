//! Those whom `kao` tells: a server that reads lines, one on ZeroMQ, and terminals.

use std::io::Read;
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use zeromq::{PullSocket, Socket, SocketRecv};

use super::servers::run;
use super::site::{NOW, Ran, Site};

/// How long to wait for what must come, and for what must not.
const PATIENCE: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_millis(100);

/// Somebody who listens, and keeps what comes.
pub struct Ear {
    pub port: u16,
    heard: Receiver<String>,
}

impl Ear {
    /// Reads what comes on TCP, a text for each connection.
    pub fn of_lines() -> Self {
        let (sender, heard) = channel();
        Self { port: lines_to(sender), heard }
    }

    /// Reads what comes on ZeroMQ.
    pub fn of_messages() -> Self {
        let (sender, heard) = channel();
        Self { port: messages_to(sender), heard }
    }

    /// So many texts, in the order in which they came, and one more if there is one.
    pub fn hear(&self, count: usize) -> Vec<String> {
        hear(&self.heard, count)
    }
}

fn hear(heard: &Receiver<String>, count: usize) -> Vec<String> {
    let texts: Vec<String> = (0..count).map_while(|_| heard.recv_timeout(PATIENCE).ok()).collect();
    texts.into_iter().chain(heard.recv_timeout(SILENCE)).collect()
}

/// Sends on what comes on TCP to a port.
fn lines_to(sender: Sender<String>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut text = String::new();
            stream.unwrap().read_to_string(&mut text).unwrap();
            if sender.send(text).is_err() {
                return;
            }
        }
    });
    port
}

/// Sends on what comes to a PULL socket on a port.
fn messages_to(sender: Sender<String>) -> u16 {
    let (port_sender, port) = channel();
    std::thread::spawn(move || {
        run(async {
            let mut socket = PullSocket::new();
            let endpoint = socket.bind("tcp://127.0.0.1:0").await.unwrap().to_string();
            port_sender.send(endpoint.rsplit(':').next().unwrap().parse().unwrap()).unwrap();
            while let Ok(message) = socket.recv().await {
                let text = String::from_utf8(message.get(0).unwrap().to_vec()).unwrap();
                if sender.send(text).is_err() {
                    return;
                }
            }
        });
    });
    port.recv_timeout(PATIENCE).unwrap()
}

/// The server of a site, which listens.
pub struct Server {
    is_oar2: bool,
    /// What `oar.conf` says of it.
    ports: String,
    heard: Receiver<String>,
}

impl Server {
    /// Writes `oar.conf`, with something more.
    pub fn of(site: &Site, more: &str) -> Self {
        let (sender, heard) = channel();
        let ports = match site.is_oar2 {
            true => format!("SERVER_PORT={}", lines_to(sender)),
            false => {
                let (almighty, commander) = (messages_to(sender.clone()), messages_to(sender));
                format!("APPENDICE_SERVER_PORT={almighty}\nBIPBIP_COMMANDER_PORT={commander}")
            }
        };
        let server = Self { is_oar2: site.is_oar2, ports, heard };
        server.configure(site, more);
        server
    }

    /// Writes `oar.conf` anew, with something else.
    pub fn configure(&self, site: &Site, more: &str) {
        let ports = &self.ports;
        site.configure(&format!("SERVER_HOSTNAME=127.0.0.1\nBIPBIP_COMMANDER_SERVER=127.0.0.1\n{ports}\n{more}"));
    }

    /// What the server has heard, so many and one more if there is one, sorted: `ChState`, `Qdel`, or the number of a job to be launched.
    pub fn heard(&self, count: usize) -> Vec<String> {
        let texts = hear(&self.heard, count).into_iter();
        let mut heard: Vec<String> = match self.is_oar2 {
            true => texts.map(|line| line.trim_end().replace("OARRUNJOB_", "")).collect(),
            false => texts.map(|message| said(&message)).collect(),
        };
        heard.sort();
        heard
    }
}

fn said(message: &str) -> String {
    let message: serde_json::Value = serde_json::from_str(message).unwrap();
    match message["cmd"].as_str().unwrap() {
        "OARRUN" => {
            assert_eq!(message["args"], serde_json::json!([]));
            message["job_id"].to_string()
        }
        tag => tag.to_owned(),
    }
}

/// A round at [`NOW`].
pub fn round(site: &Site) -> Ran {
    round_at(site, 0)
}

/// A round some seconds after [`NOW`].
pub fn round_at(site: &Site, after: i64) -> Ran {
    site.kao(&["--now", &(NOW + after).to_string()])
}

/// The events of a job, in order.
pub fn events(site: &Site, job: i64) -> Vec<String> {
    site.rows(&format!("SELECT type FROM event_logs WHERE job_id = {job} ORDER BY event_id"))
}
