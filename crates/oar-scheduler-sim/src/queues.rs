//! The queues of a log as queues of OAR.

use std::str::FromStr;

use crate::template::Template;

/// A queue, as `NUMBER=NAME[,priority=P][,besteffort][,request=TEMPLATE]` describes it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Queue {
    /// Its number in the log; `None`: every queue that no other entry names.
    pub log: Option<i64>,
    /// Its name in OAR.
    pub name: String,
    /// Queues of higher priority are scheduled before the others.
    pub priority: i64,
    /// Whether normal jobs may take the resources of its jobs.
    pub besteffort: bool,
    /// What its jobs ask for, if not what all ask for.
    pub request: Option<Template>,
}

/// All queues.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Queues {
    queues: Vec<Queue>,
    others: Queue,
}

/// The priority of the queue `default` in OAR's database.
const PRIORITY: i64 = 2;

impl Queues {
    /// These queues, and the queue `default` for the rest unless an entry `*=…` is there.
    ///
    /// # Errors
    /// When two entries speak of one number of the log, or two of one name differ in their priority.
    pub fn new(queues: &[Queue]) -> Result<Self, String> {
        let (others, queues): (Vec<Queue>, Vec<Queue>) = queues.iter().cloned().partition(|queue| queue.log.is_none());
        let mut all: Vec<&Queue> = queues.iter().chain(&others).collect();
        all.sort_by_key(|queue| queue.log);
        if let Some((one, _)) = all.iter().zip(all.iter().skip(1)).find(|(one, next)| one.log == next.log) {
            let number = one.log.map_or("*".to_owned(), |log| log.to_string());
            return Err(format!("expected one description of queue {number}, found several"));
        }
        all.sort_by(|one, next| one.name.cmp(&next.name));
        if let Some((one, next)) = all
            .iter()
            .zip(all.iter().skip(1))
            .find(|(one, next)| one.name == next.name && one.priority != next.priority)
        {
            return Err(format!(
                "expected one priority of queue `{}`, found {} and {}",
                one.name, one.priority, next.priority
            ));
        }
        let others = others.into_iter().next().unwrap_or_else(|| Queue {
            log: None,
            name: "default".to_owned(),
            priority: PRIORITY,
            besteffort: false,
            request: None,
        });
        Ok(Self { queues, others })
    }

    /// The queue that a number of the log stands for.
    pub fn of(&self, log: i64) -> &Queue {
        self.queues.iter().find(|queue| queue.log == Some(log)).unwrap_or(&self.others)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Queue> {
        self.queues.iter().chain([&self.others])
    }
}

impl FromStr for Queue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = "expected NUMBER=NAME[,priority=P][,besteffort][,request=TEMPLATE]";
        let (number, rest) = text.split_once('=').ok_or_else(|| format!("{expected}, found `{text}`"))?;
        let log = match number.trim() {
            "*" => None,
            number => Some(number.parse().map_err(|_| {
                format!("{expected}: NUMBER is that of the log, or `*` for all others; found `{number}`")
            })?),
        };
        // A template may hold commas: it comes last.
        let (rest, request) = match rest.split_once(",request=") {
            Some((rest, request)) => (rest, Some(request.parse()?)),
            None => (rest, None),
        };
        let mut parts = rest.split(',').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty()).ok_or_else(|| format!("{expected}, found `{text}`"))?;
        let mut queue = Self { log, name: name.to_owned(), priority: PRIORITY, besteffort: false, request };
        for part in parts {
            match part.split_once('=') {
                None if part == "besteffort" => queue.besteffort = true,
                Some(("priority", priority)) => {
                    let problem = || format!("{expected}: expected a whole number as priority, found `{priority}`");
                    queue.priority = priority.parse().map_err(|_| problem())?;
                }
                _ => return Err(format!("{expected}, found `{part}`")),
            }
        }
        Ok(queue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queues(texts: &[&str]) -> Result<Queues, String> {
        Queues::new(&texts.iter().map(|text| text.parse()).collect::<Result<Vec<_>, _>>()?)
    }

    #[test]
    fn queues_of_the_log_get_names_priorities_and_requests() {
        let found =
            queues(&["2=besteffort,priority=0,besteffort", "0=interactive,request=/node=1/core=min(n, 4)"]).unwrap();
        let besteffort = found.of(2);
        assert_eq!((besteffort.name.as_str(), besteffort.priority, besteffort.besteffort), ("besteffort", 0, true));
        assert_eq!(found.of(0).request.as_ref().unwrap().to_string(), "/node=1/core=min(n, 4)");
        assert_eq!((found.of(1).name.as_str(), found.of(-1).priority), ("default", 2));
        assert_eq!(queues(&["*=all"]).unwrap().of(7).name, "all");
    }

    #[test]
    fn what_is_not_a_queue_is_told() {
        for (texts, part) in [
            (&["besteffort"][..], "found `besteffort`"),
            (&["x=besteffort"], "found `x`"),
            (&["2="], "found `2=`"),
            (&["2=b,priority=high"], "found `high`"),
            (&["2=b,cheap"], "found `cheap`"),
            (&["2=b,request=/core=x"], "`x`"),
            (&["2=b", "2=c"], "queue 2, found several"),
            (&["2=b", "1=b,priority=7"], "one priority of queue `b`, found 7 and 2"),
        ] {
            let problem = queues(texts).unwrap_err();
            assert!(problem.contains(part), "{texts:?}: {problem}");
        }
    }
}
