//! The queues of a log as queues of OAR.

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Queue {
    /// Its number in the log; `None`: every queue that no other entry names.
    pub log: Option<i64>,
    /// Its name in OAR.
    pub name: String,
    /// Queues of higher priority are scheduled before the others.
    pub priority: i64,
    /// Whether normal jobs may take the resources of its jobs.
    pub besteffort: bool,
}

/// All queues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Queues {
    queues: Vec<Queue>,
}

impl Queues {
    /// These queues; where two name the same number of the log, the first counts.
    pub fn new(queues: Vec<Queue>) -> Self {
        Self { queues }
    }

    /// The queue that a number of the log stands for.
    pub fn of(&self, log: i64) -> &Queue {
        let named = self.queues.iter().find(|queue| queue.log == Some(log));
        named.or_else(|| self.queues.iter().find(|queue| queue.log.is_none())).unwrap_or(&DEFAULT)
    }
}

static DEFAULT: Queue = Queue { log: None, name: String::new(), priority: 0, besteffort: false };
