//! The sending half of ZeroMQ's protocol (ZMTP 3.0, rfc.zeromq.org/spec/23), as far as a PUSH socket needs it that says something and leaves.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How a greeting begins: signature, version 3.0, mechanism NULL. Zeros follow.
const GREETING: &[u8] = b"\xff\0\0\0\0\0\0\0\0\x7f\x03\0NULL";
const GREETING_SIZE: usize = 64;

/// Who we are: the command that ends the handshake.
const READY: &[u8] = b"\x04\x1a\x05READY\x0bSocket-Type\0\0\0\x04PUSH";

/// The longest command that a peer may begin with.
const COMMAND_MAX: u64 = 4096;

/// How long to wait for a peer to have read everything.
const LINGER: Duration = Duration::from_millis(500);

/// Frames of these kinds have a size of eight bytes; others of one.
const LONG: u8 = 0x02;
const COMMAND: u8 = 0x04;

/// Connects to a PULL socket, sends messages, and waits a little until it has read them.
pub async fn push(address: &str, messages: &[String]) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut greeting = GREETING.to_vec();
    greeting.resize(GREETING_SIZE, 0);
    stream.write_all(&greeting).await?;
    let mut greeting = [0; GREETING_SIZE];
    stream.read_exact(&mut greeting).await?;
    match greeting {
        [0xff, _, _, _, _, _, _, _, _, 0x7f, major, ..] if major >= 3 => {}
        _ => return Err(unexpected("expected a ZeroMQ socket of version 3 or later, found something else")),
    }
    stream.write_all(READY).await?;
    let command = read_command(&mut stream).await?;
    if !command.starts_with(b"\x05READY") {
        let found = String::from_utf8_lossy(&command).into_owned();
        return Err(unexpected(&format!("expected the ZeroMQ command READY, found {found:?}")));
    }
    let mut frames = Vec::new();
    for message in messages {
        match u8::try_from(message.len()) {
            Ok(size) => frames.extend([0, size]),
            Err(_) => {
                frames.push(LONG);
                frames.extend((message.len() as u64).to_be_bytes());
            }
        }
        frames.extend(message.as_bytes());
    }
    stream.write_all(&frames).await?;
    stream.shutdown().await?;
    // A peer that has read everything sees the end, and closes its side. One that takes its time finds everything later.
    let _ = timeout(LINGER, tokio::io::copy(&mut stream, &mut tokio::io::sink())).await;
    Ok(())
}

async fn read_command(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let kind = stream.read_u8().await?;
    let size = match kind {
        kind if kind == COMMAND => u64::from(stream.read_u8().await?),
        kind if kind == COMMAND | LONG => stream.read_u64().await?,
        _ => return Err(unexpected("expected a ZeroMQ command, found another frame")),
    };
    if size > COMMAND_MAX {
        return Err(unexpected("expected a short ZeroMQ command, found a very long one"));
    }
    let mut command = Vec::new();
    stream.take(size).read_to_end(&mut command).await?;
    Ok(command)
}

fn unexpected(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;
    use zeromq::{PullSocket, Socket, SocketRecv};

    use super::*;

    fn run<T>(test: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), test).await.unwrap() })
    }

    #[test]
    fn messages_of_any_length_arrive_in_order() {
        run(async {
            let mut socket = PullSocket::new();
            let endpoint = socket.bind("tcp://127.0.0.1:0").await.unwrap().to_string();
            let address = endpoint.strip_prefix("tcp://").unwrap().to_owned();
            let messages = [0, 1, 255, 256, 70_000].map(|length| "x".repeat(length));
            let sent = messages.to_vec();
            let sending = tokio::spawn(async move { push(&address, &sent).await });
            for message in messages {
                let heard = socket.recv().await.unwrap();
                assert_eq!(heard.get(0).unwrap().as_ref(), message.as_bytes());
            }
            sending.await.unwrap().unwrap();
        });
    }

    /// What is said of a peer that says this.
    fn refusal(says: &'static [u8]) -> String {
        run(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap().to_string();
            tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                stream.write_all(says).await.unwrap();
                // Until we have heard enough.
                let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
            });
            push(&address, &["x".to_owned()]).await.unwrap_err().to_string()
        })
    }

    #[test]
    fn other_peers_are_refused() {
        const OTHER: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n";
        assert_eq!(refusal(OTHER), "expected a ZeroMQ socket of version 3 or later, found something else");
        const GREETING_AND: [u8; 64] = {
            let mut greeting = [0; 64];
            greeting[0] = 0xff;
            greeting[9] = 0x7f;
            greeting[10] = 3;
            greeting
        };
        let with = |rest: &[u8]| -> &'static [u8] { Vec::leak([&GREETING_AND[..], rest].concat()) };
        assert_eq!(
            refusal(with(b"\x04\x08\x05ERROR\x01?")),
            "expected the ZeroMQ command READY, found \"\\u{5}ERROR\\u{1}?\""
        );
        assert_eq!(refusal(with(b"\0\x01x")), "expected a ZeroMQ command, found another frame");
        let endless = with(b"\x06\x7f\0\0\0\0\0\0\0");
        assert_eq!(refusal(endless), "expected a short ZeroMQ command, found a very long one");
    }
}
