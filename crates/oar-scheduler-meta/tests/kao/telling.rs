//! Who is told what, and that nobody is waited for.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::listening::{Ear, Server, events, round, round_at};
use super::site::{Job, sites};

#[test]
fn terminals_are_told_when_their_jobs_will_start() {
    for site in sites() {
        let _server = Server::of(&site, "");
        let ear = Ear::of_lines();
        let address = format!("'127.0.0.1:{}'", ear.port);
        site.submit(&Job::nodes(1, 4, 50));
        site.submit(&Job::nodes(2, 1, 50).with("job_type", "'INTERACTIVE'").with("info_type", &address));
        assert_eq!(round(&site).code, Some(0));
        let message = site.message(2);
        assert!(message.starts_with("R=4,W=0:0:50,J=I: starts at "), "{message}");
        assert_eq!(ear.hear(1), [format!("[2023-11-14 22:13:20] Start prediction: 2023-11-14 22:14:20 ({message})\n")]);
        // A terminal that is gone: for OAR 3 the job with it.
        site.sql("UPDATE jobs SET info_type = '127.0.0.1:1' WHERE job_id = 2");
        let ran = round_at(&site, 5);
        match site.is_oar2 {
            true => assert_eq!((ran.code, events(&site, 2).len()), (Some(0), 0)),
            false => {
                assert_eq!(ran.code, Some(2), "{}", ran.log);
                assert_eq!(events(&site, 2), ["FRAG_JOB_REQUEST", "LOST_SESSION"]);
            }
        }
    }
}

#[test]
fn jobs_that_are_given_up_end_and_their_users_know_why() {
    for site in sites() {
        let server = Server::of(&site, "");
        let ear = Ear::of_lines();
        let address = format!("'127.0.0.1:{}'", ear.port);
        for (id, kind, address) in
            [(1, "'INTERACTIVE'", address.as_str()), (2, "'PASSIVE'", &address), (3, "'INTERACTIVE'", "'127.0.0.1:1'")]
        {
            let job = Job::nodes(id, 1, 50).in_state("toError").with("message", "'no'");
            site.submit(&job.with("job_type", kind).with("info_type", address));
        }
        assert_eq!(round(&site).code, Some(0));
        assert_eq!([1, 2, 3].map(|job| site.state(job)), ["Error", "Error", "Error"]);
        assert_eq!(ear.hear(2), ["no\n", "BAD JOB\n"]);
        assert_eq!(server.heard(1), ["ChState"]);
    }
}

#[test]
fn nobody_who_is_silent_holds_a_round_up() {
    for site in sites() {
        // It takes connections, says nothing and reads nothing.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = silent.local_addr().unwrap().port();
        site.configure(&format!(
            "SERVER_HOSTNAME=127.0.0.1\nSERVER_PORT={port}\nAPPENDICE_SERVER_PORT={port}\nBIPBIP_COMMANDER_PORT={port}\n\
             BIPBIP_COMMANDER_SERVER=127.0.0.1"
        ));
        site.submit(&Job::nodes(1, 1, 50));
        for id in 2..100 {
            // Addresses from which no answer comes.
            let job = Job::nodes(id, 1, 50).in_state("toError").with("job_type", "'INTERACTIVE'");
            site.submit(&job.with("info_type", "'192.0.2.1:9'"));
        }
        let begun = Instant::now();
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
        assert_eq!(site.state(1), "toLaunch");
    }
}

#[test]
fn a_server_that_is_not_there_is_told_again() {
    for site in sites() {
        site.configure("SERVER_PORT=1\nAPPENDICE_SERVER_PORT=1\nBIPBIP_COMMANDER_PORT=1");
        site.submit(&Job::nodes(1, 1, 50));
        let ran = round(&site);
        assert_eq!((ran.code, site.state(1).as_str()), (Some(0), "toLaunch"), "{}", ran.log);
        assert!(
            ran.log.contains("the server at localhost:1 was not told of everything: Connection refused"),
            "{}",
            ran.log
        );
        let server = Server::of(&site, "");
        assert_eq!(round_at(&site, 5).code, Some(0));
        assert_eq!(server.heard(1), ["1"]);
    }
}

#[test]
fn oar_3_with_the_server_of_oar_2() {
    for site in sites().into_iter().filter(|site| !site.is_oar2) {
        let ear = Ear::of_lines();
        let port = ear.port;
        site.configure(&format!("METASCHEDULER_OAR3_WITH_OAR2=yes\nSERVER_HOSTNAME=127.0.0.1\nSERVER_PORT={port}"));
        site.submit(&Job::nodes(1, 1, 50));
        assert_eq!(round(&site).code, Some(0));
        assert_eq!(ear.hear(1), ["OARRUNJOB_1\n"]);
    }
}
