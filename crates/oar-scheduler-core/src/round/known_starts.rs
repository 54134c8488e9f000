//! Where jobs that ask for the same found their place: the next one need not look earlier.

use std::collections::HashMap;

use crate::job::{Moldable, Request};
use crate::units::{Seconds, Time};

/// The earliest starts found in a round on the machine's timeline, by what was asked for; `None`: there is none. During a round the machine only gets fuller.
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
}

impl Key {
    /// The key of an alternative with a single group.
    pub fn of(moldable: &Moldable, besteffort: bool) -> Option<Self> {
        match moldable.requests.as_slice() {
            [request] => Some(Self { request: request.clone(), walltime: moldable.walltime, besteffort }),
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
