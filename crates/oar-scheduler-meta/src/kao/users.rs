//! Users who want to be told what becomes of their jobs (`oarsub --notify`): what they are told, and how they want it.

use oar_scheduler_core::JobState;
use oar_scheduler_db::Contact;

use crate::commands::quoted;

mod delivery;

pub(super) use delivery::deliver;

/// What a user is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct News {
    /// Who.
    pub contact: Contact,
    /// What happened, in a word.
    pub tag: &'static str,
    /// What happened.
    pub text: &'static str,
    /// How; or what is wrong with what they wrote.
    pub way: Result<Way, String>,
}

/// How a user is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// By mail to these addresses.
    Mail(Vec<String>),
    /// By a command on the host on which the job was submitted.
    Command {
        /// The host.
        host: String,
        /// What is run there.
        line: String,
    },
}

/// What a user is told of a job that has got this state, if they want to know.
pub(super) fn news(contact: Contact, state: JobState) -> Option<News> {
    let (tag, text) = match state {
        JobState::Running => ("RUNNING", "Job is running."),
        JobState::Suspended => ("SUSPENDED", "Job is suspended."),
        JobState::Resuming => ("RESUMING", "Job is resuming."),
        JobState::Terminated => ("END", "Job stopped normally."),
        JobState::Error => ("ERROR", "Job stopped abnormally or an OAR error occured."),
        _ => return None,
    };
    let (wanted, method) = split(&contact.method);
    if wanted.is_some_and(|wanted| !wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(tag))) {
        return None;
    }
    let way = way(method, &contact, tag, text);
    Some(News { contact, tag, text, way })
}

/// The words of which a user wants to be told (`None`: of all), and the rest.
fn split(method: &str) -> (Option<Vec<&str>>, &str) {
    let inside = method.trim().strip_prefix('[').and_then(|rest| rest.split_once(']'));
    match inside {
        Some((words, rest)) => (Some(words.split(',').map(str::trim).collect()), rest.trim()),
        None => (None, method.trim()),
    }
}

/// How a user wants to be told.
fn way(method: &str, contact: &Contact, tag: &str, text: &str) -> Result<Way, String> {
    let expected = "expected mail:ADDRESS or exec:COMMAND";
    let (kind, rest) = method.split_once(':').ok_or_else(|| format!("{expected}, found {method:?}"))?;
    match kind.trim() {
        "mail" => Ok(Way::Mail(rest.split(',').map(|address| address.trim().to_owned()).collect())),
        "exec" => {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "_./ -".contains(c);
            let command = rest.trim();
            if command.is_empty() || !command.chars().all(is_plain) {
                return Err(format!(
                    "exec: expected a command of letters, digits, blanks and `_./-`, found {command:?}"
                ));
            }
            let line = [
                format!("OARDO_BECOME_USER={} oardodo {command} {}", quoted(&contact.user), contact.job),
                format!("{} {tag} {}", quoted(&contact.name), quoted(text)),
            ];
            Ok(Way::Command { host: host(&contact.address)?, line: line.join(" ") })
        }
        _ => Err(format!("{expected}, found {method:?}")),
    }
}

/// The host of `host:port`, fit to be an argument.
fn host(address: &str) -> Result<String, String> {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.:-".contains(c);
    match host {
        "" => Err("it is not known where the job was submitted".to_owned()),
        _ if host.starts_with('-') || !host.chars().all(is_plain) => {
            Err(format!("expected the host on which the job was submitted, found {host:?}"))
        }
        _ => Ok(host.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use oar_scheduler_core::JobId;

    use super::*;

    fn told(method: &str, state: JobState) -> Option<Result<Way, String>> {
        let contact = Contact {
            job: JobId(12),
            name: "it's; rm".to_owned(),
            user: "alice".to_owned(),
            method: method.to_owned(),
            address: "front.example.org:4321".to_owned(),
        };
        news(contact, state).map(|news| news.way)
    }

    fn mail(addresses: &[&str]) -> Option<Result<Way, String>> {
        Some(Ok(Way::Mail(addresses.iter().map(|address| (*address).to_owned()).collect())))
    }

    #[test]
    fn users_are_told_of_what_they_have_chosen() {
        assert_eq!(told("mail:a@x.org", JobState::Running), mail(&["a@x.org"]));
        assert_eq!(told(" [ END , error ] mail : a@x.org, b@x.org", JobState::Error), mail(&["a@x.org", "b@x.org"]));
        assert_eq!(told("[END,ERROR]mail:a@x.org", JobState::Running), None);
        assert_eq!(told("mail:a@x.org", JobState::ToLaunch), None);
        assert_eq!(told("mail:a@x.org", JobState::Waiting), None);
    }

    #[test]
    fn commands_run_where_the_job_was_submitted_and_no_name_is_more_than_a_name() {
        let line =
            r"OARDO_BECOME_USER='alice' oardodo /home/alice/tell me 12 'it'\''s; rm' END 'Job stopped normally.'";
        let command = Way::Command { host: "front.example.org".to_owned(), line: line.to_owned() };
        assert_eq!(told("exec:/home/alice/tell me", JobState::Terminated), Some(Ok(command)));
        for odd in ["exec:a;b", "exec:$(a)", "exec:", "exec:a\nb", "exec:'a'"] {
            assert!(told(odd, JobState::Error).unwrap().unwrap_err().starts_with("exec: expected a command"), "{odd}");
        }
        for (address, host) in
            [("a:", Some("a")), ("::1:5", Some("::1")), ("", None), ("-oProxy=x:5", None), ("a b:5", None)]
        {
            assert_eq!(super::host(address).ok().as_deref(), host, "{address}");
        }
    }

    #[test]
    fn what_is_no_way_is_told() {
        for odd in ["", "fax:1", "a@x.org", "[END] "] {
            let told = told(odd, JobState::Terminated).unwrap().unwrap_err();
            assert!(told.starts_with("expected mail:ADDRESS or exec:COMMAND, found"), "{told}");
        }
    }
}
