//! A PostgreSQL server that vanishes: nothing comes from it any more, not even the end of the connection.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use oar_scheduler_db::{Database, conf};

use super::servers::{postgres, run};

/// A way to a server on this machine, by its port; once it is silent nothing gets through, and nobody is told.
fn way_to(server: u16) -> (u16, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, is_silent) = (listener.local_addr().unwrap().port(), Arc::new(AtomicBool::new(false)));
    let silent = Arc::clone(&is_silent);
    std::thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
        let ends = [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)];
        for (mut from, mut to) in ends {
            let silent = Arc::clone(&silent);
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(count @ 1..) = from.read(&mut buffer) {
                    if !silent.load(Ordering::SeqCst) && to.write_all(&buffer[..count]).is_err() {
                        return;
                    }
                }
            });
        }
    });
    (port, is_silent)
}

#[test]
fn nobody_waits_for_it() {
    run(async {
        let Some(server) = postgres().await else { return };
        let conf::Database::Postgres(mut postgres) = server.conf.clone() else { panic!("PostgreSQL") };
        let (port, is_silent) = way_to(postgres.port);
        postgres.port = port;
        postgres.statement_timeout = Duration::from_millis(200);
        postgres.lock_timeout = Duration::from_millis(100);
        let mut database = Database::connect(&conf::Database::Postgres(postgres)).await.unwrap();
        database.now().await.unwrap();
        is_silent.store(true, Ordering::SeqCst);
        let begun = Instant::now();
        let error = database.now().await.unwrap_err().to_string();
        assert!(error.contains("timed out"), "{error}");
        assert!(begun.elapsed() >= Duration::from_millis(300));
        // Its answer may come yet: who goes on with the connection would take it for another one.
        is_silent.store(false, Ordering::SeqCst);
        let error = database.now().await.unwrap_err().to_string();
        assert!(error.contains("not connected"), "{error}");
    });
}
