//! Where jobs found their place, or nothing: whoever asks for at least as much, for at least as long, need not look earlier.

use std::collections::BTreeMap;

use crate::job::Job;
use crate::units::{Seconds, Time};

/// Later than any start: nothing was found.
pub(super) const NEVER: Time = Time(i64::MAX);

/// The earliest starts that are known in a round. They stay true as it goes on: the machine only gets fuller, and more of the quotas is used.
#[derive(Debug, Default)]
pub(super) struct KnownStarts {
    tables: BTreeMap<Table, Stairs>,
    identities: BTreeMap<Identity, usize>,
}

/// Requests that differ in nothing but one count and the walltime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Table {
    /// The number of the kind of request.
    pub kind: u32,
    /// The number of the timeline.
    pub line: usize,
    /// Whom the quotas see; `None`: what is free, whatever the quotas say.
    pub identity: Option<usize>,
}

/// What is known of a request before it is looked for.
#[derive(Debug)]
pub(super) struct Known {
    table: Table,
    count: u32,
    walltime: Seconds,
    /// Before this, too little is free.
    free_from: Time,
    /// Before this, the quotas do not allow it or too little is free; [`NEVER`]: there is nothing to be found.
    pub allowed_from: Time,
}

/// What quotas look at of a job: its queue, project, user and types.
type Identity = (String, String, String, BTreeMap<String, String>);

impl KnownStarts {
    /// The number of the jobs that the quotas do not tell from this one.
    pub fn identity(&mut self, job: &Job) -> usize {
        let Job { queue, project, user, types, .. } = job;
        let number = self.identities.len();
        *self.identities.entry((queue.clone(), project.clone(), user.clone(), types.clone())).or_insert(number)
    }

    /// What is known of a request. `wider` is the kind of the same requests for more resources: what was not free for them is not free for this one.
    pub fn of(&self, table: Table, wider: Option<u32>, count: u32, walltime: Seconds, now: Time) -> Known {
        let from =
            |table: Table| self.tables.get(&table).and_then(|stairs| stairs.from(count, walltime)).unwrap_or(now);
        let free = |kind: u32| from(Table { identity: None, kind, ..table });
        let free_from = wider.map_or(now, free).max(free(table.kind));
        Known { table, count, walltime, free_from, allowed_from: free_from.max(from(table)) }
    }

    /// Notes what was found, looking from what was known on: the first start at which enough is free, and the first at which the quotas allow it too.
    pub fn note(&mut self, known: &Known, free_from: Option<Time>, allowed_from: Option<Time>) {
        let &Known { table, count, walltime, .. } = known;
        let allowed_from = allowed_from.unwrap_or(NEVER);
        self.tables.entry(table).or_default().note(count, walltime, allowed_from);
        // Jobs that the quotas do not limit may find something where they end.
        if let (Some(free_from), Some(_)) = (free_from, table.identity)
            && known.free_from == known.allowed_from
        {
            let free = Table { identity: None, ..table };
            self.tables.entry(free).or_default().note(count, walltime, free_from);
        }
    }

    /// Forgets everything: something may have become free.
    pub fn clear(&mut self) {
        self.tables.clear();
    }
}

/// For each count and walltime, the latest start noted for no more of both: a Fenwick tree over the counts, whose nodes are steps over the walltimes. Both
/// asking and noting take O(log counts · log jobs).
#[derive(Debug, Default)]
struct Stairs {
    nodes: BTreeMap<u64, Steps>,
    /// The highest number of a node.
    last: u64,
}

/// Walltimes, ascending, each with the latest start noted for no more than it; these ascend too.
type Steps = Vec<(Seconds, Time)>;

impl Stairs {
    fn from(&self, count: u32, walltime: Seconds) -> Option<Time> {
        let mut latest = None;
        let mut node = (u64::from(count) + 1).min(self.last);
        while node > 0 {
            if let Some(steps) = self.nodes.get(&node) {
                let behind = steps.partition_point(|(known, _)| *known <= walltime);
                let start = behind.checked_sub(1).and_then(|at| steps.get(at)).map(|(_, start)| *start);
                latest = latest.max(start);
            }
            node &= node - 1;
        }
        latest
    }

    fn note(&mut self, count: u32, walltime: Seconds, start: Time) {
        let mut node = u64::from(count) + 1;
        // Nodes beyond the largest count so far are made when a larger one comes.
        while node > self.last {
            self.grow();
        }
        while node <= self.last {
            raise(self.nodes.entry(node).or_default(), walltime, start);
            node += node & node.wrapping_neg();
        }
    }

    /// Doubles the counts that the nodes cover.
    fn grow(&mut self) {
        let wider = (self.last * 2).max(64);
        if self.last > 0
            && let Some(steps) = self.nodes.get(&self.last).cloned()
        {
            // The new topmost node covers what the old one did.
            self.nodes.insert(wider, steps);
        }
        self.last = wider;
    }
}

/// Notes a start in the steps.
fn raise(steps: &mut Steps, walltime: Seconds, start: Time) {
    let at = steps.partition_point(|(known, _)| *known < walltime);
    if at.checked_sub(1).and_then(|before| steps.get(before)).is_some_and(|(_, known)| *known >= start) {
        return;
    }
    let behind = steps.get(at..).unwrap_or_default();
    if behind.first().is_some_and(|(known, latest)| *known == walltime && *latest >= start) {
        return;
    }
    let passed = behind.iter().take_while(|(_, known)| *known <= start).count();
    steps.splice(at..at + passed, std::iter::once((walltime, start)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stairs_agree_with_a_list() {
        let mut random = fastrand::Rng::with_seed(13);
        for round in 0..200 {
            let (counts, walltimes) = ([3, 70, 100_000][round % 3], [2, 50][round % 2]);
            let mut stairs = Stairs::default();
            let mut list: Vec<(u32, i64, i64)> = Vec::new();
            for _ in 0..200 {
                let (count, walltime) = (random.u32(0..counts), random.i64(1..walltimes));
                let known = list.iter().filter(|(n, w, _)| *n <= count && *w <= walltime).map(|(_, _, start)| *start);
                assert_eq!(stairs.from(count, Seconds(walltime)).map(|start| start.0), known.max());
                let start = random.i64(0..1000);
                stairs.note(count, Seconds(walltime), Time(start));
                list.push((count, walltime, start));
            }
        }
    }
}
