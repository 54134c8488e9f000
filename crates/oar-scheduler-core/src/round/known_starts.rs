//! Where jobs that ask for the same found their place: the next one need not look earlier.

use std::collections::{BTreeMap, HashMap};

use crate::hierarchy::Size;
use crate::job::{Job, Moldable, Request};
use crate::search::Search;
use crate::units::{Seconds, Time};

/// The earliest starts found in a round on the machine's timeline, by what was asked for; `None`: there is none. During a round the machine only gets fuller, and more of the quotas is used.
#[derive(Debug, Default)]
pub(super) struct KnownStarts {
    starts: HashMap<Key, Option<Time>>,
}

/// Of one group only: with several, more free resources may be worse.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    request: Request,
    walltime: Seconds,
    besteffort: bool,
    /// Where quotas limit the job: what they look at.
    limited: Option<Identity>,
}

/// What quotas look at of a job: its queue, project, user and types.
type Identity = (String, String, String, BTreeMap<String, String>);

impl Key {
    /// The key of an alternative with a single group; under quotas, of one whose size is known beforehand.
    pub fn of(job: &Job, moldable: &Moldable, size: Size, search: &Search<'_>) -> Option<Self> {
        let limited = search.quotas().map(|_| {
            let Job { queue, project, user, types, .. } = job.clone();
            (queue, project, user, types)
        });
        let is_known = search.is_plain() && (limited.is_none() || size.is_exact);
        match moldable.requests.as_slice() {
            [request] if is_known => Some(Self {
                request: request.clone(),
                walltime: moldable.walltime,
                besteffort: job.is_besteffort(),
                limited,
            }),
            _ => None,
        }
    }
}

impl KnownStarts {
    /// From when on to look; `None`: there is nothing to be found.
    pub fn from(&self, key: &Key, earliest: Time) -> Option<Time> {
        match self.starts.get(key) {
            Some(Some(start)) => Some(earliest.max(*start)),
            Some(None) => None,
            None => Some(earliest),
        }
    }

    /// Notes what was found, looking from the first second of the round on.
    pub fn note(&mut self, key: Key, start: Option<Time>) {
        self.starts.insert(key, start);
    }

    /// Forgets everything: something may have become free.
    pub fn clear(&mut self) {
        self.starts.clear();
    }
}
