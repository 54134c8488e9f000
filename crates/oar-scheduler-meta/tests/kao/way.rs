//! A way to a PostgreSQL server on which something happens at one of the client's statements.

use std::io::{Read, Result, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The connection breaks before the server gets the statement.
    CutBefore,
    /// The server runs the statement; then the connection breaks, and nobody hears the answer.
    CutAfter,
    /// The client is killed, while the server runs the statement.
    Kill,
}

/// The way. Once something has happened nobody gets through any more.
pub struct Way {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    trouble: Trouble,
    /// How many statements there are before it happens.
    left: usize,
    has_happened: bool,
    /// Whether answers get through.
    is_mute: bool,
    client: Option<Child>,
    streams: Vec<TcpStream>,
}

impl State {
    fn close(&mut self) {
        for stream in self.streams.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

type Shared = Arc<Mutex<State>>;

impl Way {
    /// To a server on this machine; something happens at the statement of this number, from 1, if there are so many.
    pub fn new(server: u16, trouble: Trouble, at: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (client, streams) = (None, Vec::new());
        let state = State { trouble, left: at - 1, has_happened: false, is_mute: false, client, streams };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(("127.0.0.1", server)).unwrap());
                // Else each message would wait for the last one to be acknowledged.
                for stream in [&client, &server] {
                    stream.set_nodelay(true).unwrap();
                }
                let mut state = shared.lock().unwrap();
                state.streams.extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
                if state.has_happened {
                    state.close();
                    continue;
                }
                drop(state);
                let ends = [client.try_clone().unwrap(), server.try_clone().unwrap()];
                let of_server = Arc::clone(&shared);
                std::thread::spawn(move || answers(server, client, &of_server));
                let of_client = Arc::clone(&shared);
                std::thread::spawn(move || {
                    let [client, server] = ends;
                    let _ = statements(&client, &server, &of_client);
                    let _ = server.shutdown(Shutdown::Both);
                });
            }
        });
        Self { port, state }
    }

    /// Waits until the client has ended: its exit code, if it has one.
    pub fn exit_code_of(&self, client: Child) -> Option<i32> {
        self.state.lock().unwrap().client = Some(client);
        loop {
            if let Some(status) = self.state.lock().unwrap().client.as_mut().unwrap().try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub fn has_happened(&self) -> bool {
        self.state.lock().unwrap().has_happened
    }
}

/// Passes on what the client says, message by message.
fn statements(client: &TcpStream, mut server: &TcpStream, shared: &Shared) -> Result<()> {
    // What begins a connection has no letter, and may come twice: first as a question for TLS.
    for _ in 0..2 {
        let message = message(client, false)?;
        server.write_all(&message)?;
        if message.len() > 8 {
            break;
        }
    }
    loop {
        let message = message(client, true)?;
        // A simple query, or the end of what belongs together. A connection that ends says nothing of weight.
        if matches!(message.first(), Some(b'Q' | b'S')) {
            let mut state = shared.lock().unwrap();
            while state.client.is_none() {
                drop(state);
                std::thread::sleep(Duration::from_millis(1));
                state = shared.lock().unwrap();
            }
            match state.left.checked_sub(1) {
                Some(left) => state.left = left,
                None if !state.has_happened => {
                    state.has_happened = true;
                    match state.trouble {
                        Trouble::CutBefore => state.close(),
                        Trouble::CutAfter => state.is_mute = true,
                        Trouble::Kill => {
                            server.write_all(&message)?;
                            state.client.as_mut().unwrap().kill()?;
                            continue;
                        }
                    }
                }
                None => {}
            }
        }
        server.write_all(&message)?;
    }
}

fn message(mut client: &TcpStream, has_letter: bool) -> Result<Vec<u8>> {
    let mut message = vec![0; if has_letter { 5 } else { 4 }];
    client.read_exact(&mut message)?;
    let length = u32::from_be_bytes(message[message.len() - 4..].try_into().unwrap()) as usize;
    let head = message.len();
    message.resize(head + length - 4, 0);
    client.read_exact(&mut message[head..])?;
    Ok(message)
}

/// Passes on what the server answers.
fn answers(mut server: TcpStream, mut client: TcpStream, shared: &Shared) {
    let mut buffer = [0; 65536];
    let mut last = Vec::new();
    while let Ok(count @ 1..) = server.read(&mut buffer) {
        let mut state = shared.lock().unwrap();
        if !state.is_mute {
            drop(state);
            if client.write_all(&buffer[..count]).is_err() {
                break;
            }
            continue;
        }
        last.extend_from_slice(&buffer[..count]);
        // The server is ready for the next statement.
        if last.len() >= 6 && last[last.len() - 6..].starts_with(b"Z\0\0\0\x05") {
            state.close();
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}
