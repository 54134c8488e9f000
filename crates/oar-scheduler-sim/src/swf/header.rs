//! The header of a log: what its comments tell.

use oar_scheduler_core::Time;

use super::faults::Faults;
use super::fields::{number, shown};
use crate::input::{Place, Problem};

/// What the comments of a log tell of the machine and its site. Of a key that comes twice, the first counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Header {
    /// `Computer`: the machine.
    pub computer: Option<String>,
    /// `Installation`: the site.
    pub installation: Option<String>,
    /// `UnixStartTime`: the instant from which submissions are counted.
    pub unix_start_time: Option<Time>,
    /// `TimeZoneString`: the IANA name of the site's time zone, as written.
    pub time_zone: Option<String>,
    /// `MaxProcs`: how many processors the machine has.
    pub max_procs: Option<u64>,
    /// `MaxNodes`: how many nodes.
    pub max_nodes: Option<u64>,
    /// `Queue` and `Queues`: what is said of the queues, in words.
    pub queues: Vec<String>,
}

impl Header {
    /// Takes in a comment, without its `;`. Case and blanks in keys do not matter; comments of other kinds are skipped.
    pub(super) fn read(&mut self, comment: &[u8], place: &Place, faults: &mut Faults) {
        let comment = String::from_utf8_lossy(comment);
        let Some((key, value)) = comment.split_once(':') else { return };
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        let mut key: String = key.chars().filter(|char| char.is_alphanumeric()).collect();
        key.make_ascii_lowercase();
        let text = || Some(value.to_owned());
        let mut count = || {
            // Some add words to the number: `430 (416 batch)`.
            let word = value.split_ascii_whitespace().next().unwrap_or_default();
            let number = number(word.as_bytes());
            if let Err(expected) = number {
                let found = shown(value.as_bytes());
                faults.add(Problem::new(place, format_args!("expected {expected} as {key}, found {found}")));
            }
            number.ok().map(|number| number.floor() as i64).filter(|&number| number >= 0)
        };
        match &*key {
            "computer" if self.computer.is_none() => self.computer = text(),
            "installation" if self.installation.is_none() => self.installation = text(),
            "timezonestring" if self.time_zone.is_none() => self.time_zone = text(),
            "unixstarttime" if self.unix_start_time.is_none() => self.unix_start_time = count().map(Time),
            "maxprocs" if self.max_procs.is_none() => self.max_procs = count().map(i64::unsigned_abs),
            "maxnodes" if self.max_nodes.is_none() => self.max_nodes = count().map(i64::unsigned_abs),
            "queue" | "queues" => self.queues.extend(text()),
            _ => {}
        }
    }
}
