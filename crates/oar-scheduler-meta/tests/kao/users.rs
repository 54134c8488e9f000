//! Users who are told what becomes of their jobs.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::listening::{Server, events, round, round_at};
use super::running::start;
use super::scripts::{lines, script, ssh};
use super::site::{Job, Site, sites};

/// A server that takes mail, but not for nobody@example.org. What it hears of a mail is one text.
fn smtp() -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, heard) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let sender = sender.clone();
            std::thread::spawn(move || take(stream.unwrap(), &sender));
        }
    });
    (port, heard)
}

fn take(stream: TcpStream, sender: &Sender<String>) {
    let mut answers = stream.try_clone().unwrap();
    let mut say = move |text: &str| write!(answers, "{text}\r\n").unwrap();
    say("220 here");
    let (mut text, mut is_data) = (String::new(), false);
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        text.push_str(&line);
        text.push('\n');
        let word = line.split([' ', ':']).next().unwrap_or_default();
        match word {
            "." if is_data => {
                is_data = false;
                sender.send(std::mem::take(&mut text)).unwrap();
                say("250 taken");
            }
            _ if is_data => {}
            "DATA" => {
                is_data = true;
                say("354 go on");
            }
            "RCPT" if line.contains("nobody") => say("550 who"),
            "QUIT" => return,
            _ => say("250 yes"),
        }
    }
}

/// Submits a job that is about to end in Error.
fn ending(site: &Site, id: i64, notify: &str, address: &str) {
    let job = Job::nodes(id, 1, 60).in_state("toError");
    site.submit(&job.with("notify", &format!("'{notify}'")).with("info_type", &format!("'{address}'")));
}

fn notes(site: &Site, job: i64) -> Vec<String> {
    site.rows(&format!("SELECT type || ': ' || description FROM event_logs WHERE job_id = {job} ORDER BY event_id"))
}

const HEARD: Duration = Duration::from_secs(10);

#[test]
fn users_get_mail_about_what_they_have_chosen() {
    for site in sites() {
        let (port, heard) = smtp();
        let _server = Server::of(&site, &format!("MAIL_SMTP_SERVER=127.0.0.1:{port}\nMAIL_SENDER=oar@example.org"));
        ending(&site, 1, "[END, ERROR] mail:alice@example.org,bob@example.org", "");
        site.sql(
            "UPDATE jobs SET job_name = 'one' || CHR(10) || 'Bcc: all@example.org' WHERE job_id = 1"
                .replace("CHR", if site.is_postgres() { "CHR" } else { "CHAR" })
                .as_str(),
        );
        ending(&site, 2, "[END] mail:alice@example.org", "");
        ending(&site, 3, "mail:nobody@example.org", "");
        ending(&site, 4, "mail:alice", "");
        ending(&site, 5, "", "");
        let noop = Job::nodes(6, 1, 600).with_type("noop").with("notify", "'mail:carol@example.org'");
        start(&site, noop, "Resuming", -50, 1..=4);
        let dry = site.kao(&["--dry-run", "--now", "1700000000"]);
        assert!(dry.output.contains("job 1: its user would be told: Job stopped abnormally"), "{}", dry.output);
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        let mut mails = [heard.recv_timeout(HEARD).unwrap(), heard.recv_timeout(HEARD).unwrap()];
        mails.sort_by_key(|mail| mail.contains("carol"));
        for part in [
            "MAIL FROM:<oar@example.org>\nRCPT TO:<alice@example.org>\nRCPT TO:<bob@example.org>\n",
            "From: oar@example.org\n",
            "\nSubject: *OAR* [ERROR]: 1 (one Bcc: all@example.org) on ",
            "\n\nJob stopped abnormally or an OAR error occured.\n",
        ] {
            assert!(mails[0].contains(part), "{part}: {}", mails[0]);
        }
        assert!(!mails[0].contains("RCPT TO:<all@") && !mails[0].contains("\nBcc:"), "{}", mails[0]);
        assert!(mails[1].contains("*OAR* [RUNNING]: 6 () on ") && mails[1].contains("\nJob is running.\n"));
        assert!(heard.recv_timeout(Duration::from_millis(100)).is_err());
        let told = match site.is_oar2 {
            true => "[MetaSched] Send a mail to alice@example.org,bob@example.org --> ERROR",
            false => "Send a mail to alice@example.org,bob@example.org: state: ERROR",
        };
        assert_eq!(notes(&site, 1), [format!("USER_MAIL_NOTIFICATION: {told}")]);
        assert_eq!((notes(&site, 2).len(), notes(&site, 5).len()), (0, 0));
        let failed = "USER_MAIL_NOTIFICATION_ERROR: [MetaSched] User notification ERROR failed: ";
        assert!(notes(&site, 3)[0].starts_with(failed) && notes(&site, 3)[0].contains("550"), "{:?}", notes(&site, 3));
        let expected = "expected an address such as alice@example.org, found \"alice\"";
        assert_eq!(notes(&site, 4), [format!("{failed}{expected}")]);
        assert_eq!([1, 3, 4].map(|job| site.state(job)), ["Error", "Error", "Error"]);
        assert_eq!(round_at(&site, 5).code, Some(0));
        assert!(heard.recv_timeout(Duration::from_millis(100)).is_err(), "each is told once");
    }
}

#[test]
fn commands_of_users_are_run_where_the_job_was_submitted() {
    for site in sites() {
        let ssh = ssh(&site);
        let _server = Server::of(&site, &format!("OPENSSH_CMD={}", ssh.display()));
        ending(&site, 1, "exec:/bin/tell me", "front:4000");
        ending(&site, 2, "exec:true", "gone:4000");
        ending(&site, 3, "exec:true; false", "front:4000");
        ending(&site, 4, "exec:true", "-oProxyCommand=false:4000");
        site.sql("UPDATE jobs SET job_name = 'a''; b' WHERE job_id = 1");
        script(&site, "oardodo", "log oardodo.log $OARDO_BECOME_USER: \"$1 $2 $3 <$4> $5 <$6>\"");
        let ran = round(&site);
        assert_eq!(ran.code, Some(0), "{}", ran.log);
        let mut asked = lines(&site, "ssh.log");
        asked.sort();
        let text = "'Job stopped abnormally or an OAR error occured.'";
        assert_eq!(
            asked,
            [
                format!(r"-x -T front OARDO_BECOME_USER='alice' oardodo /bin/tell me 1 'a'\''; b' ERROR {text}"),
                format!("-x -T gone OARDO_BECOME_USER='alice' oardodo true 2 '' ERROR {text}"),
            ]
        );
        let text = "Job stopped abnormally or an OAR error occured.";
        assert_eq!(lines(&site, "oardodo.log"), [format!("alice: /bin/tell me 1 <a'; b> ERROR <{text}>")]);
        assert_eq!(events(&site, 1), ["USER_EXEC_NOTIFICATION"]);
        let failed = "[MetaSched] User notification ERROR failed";
        assert_eq!(
            notes(&site, 2),
            [format!("USER_EXEC_NOTIFICATION_ERROR: {failed} on gone: exit status: 255: no route")]
        );
        assert!(notes(&site, 3)[0].contains("exec: expected a command of letters"), "{:?}", notes(&site, 3));
        assert!(
            notes(&site, 4)[0].contains("expected the host on which the job was submitted"),
            "{:?}",
            notes(&site, 4)
        );
    }
}

#[test]
fn nobody_waits_for_a_mail_server_that_says_nothing() {
    for site in sites().into_iter().take(1) {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = silent.local_addr().unwrap().port();
        let _server = Server::of(&site, &format!("MAIL_SMTP_SERVER=127.0.0.1:{port}\nMAIL_SENDER=oar@example.org"));
        for job in 1..=40 {
            ending(&site, job, "mail:alice@example.org", "");
        }
        let begin = Instant::now();
        assert_eq!(round(&site).code, Some(0));
        assert!(begin.elapsed() < Duration::from_secs(20));
        for job in [1, 40] {
            assert_eq!(events(&site, job), ["USER_MAIL_NOTIFICATION_ERROR"]);
        }
        let _server = Server::of(&site, "");
        ending(&site, 50, "mail:alice@example.org", "");
        assert_eq!(round(&site).code, Some(0));
        assert!(notes(&site, 50)[0].ends_with("MAIL_SMTP_SERVER and MAIL_SENDER are not set"));
    }
}
