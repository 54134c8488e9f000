//! Who holds what and when: the plain list of holds, and what one job sees of it.

use super::set::Set;
use super::sharing::Sharing;
use super::snapshot::{Job, Machine, Scheduled, Snapshot};

const CURRENT_STATES: [&str; 6] = ["toLaunch", "Launching", "Running", "Finishing", "Suspended", "Resuming"];

/// A job that holds resources over `[start, end]`.
pub struct Hold {
    pub job: Job,
    pub start: i64,
    pub end: i64,
    /// What quotas count as its duration: a job that overruns holds for longer.
    pub walltime: i64,
    pub resources: Set,
    /// It was there when the round began.
    pub is_scheduled: bool,
}

/// Resources that a container gives to its inner jobs over `[start, end]`; nothing when it ends before it starts.
pub struct Piece {
    pub container: String,
    pub start: i64,
    pub end: i64,
    pub resources: Set,
    /// Its container is a besteffort job that was there when the round began.
    is_hidden: bool,
    is_scheduled: bool,
}

/// All holds and all container pieces of the round so far.
pub struct Holds<'a> {
    pub snapshot: &'a Snapshot,
    holds: Vec<Hold>,
    pieces: Vec<Piece>,
}

/// What one job sees: the others' holds, and the timeline that it is placed on.
pub struct View<'a> {
    pub snapshot: &'a Snapshot,
    pub job: &'a Job,
    pub machine: &'a Machine,
    pub sharing: Sharing,
    /// All holds, also those that the job does not see: what it names by number.
    pub known: Vec<&'a Hold>,
    /// The holds on every timeline that the job sees.
    pub all: Vec<&'a Hold>,
    /// The holds on the job's timeline.
    pub here: Vec<&'a Hold>,
    /// The pieces of the job's container; none: the job is on the default timeline.
    pub pieces: Option<Vec<&'a Piece>>,
}

impl<'a> Holds<'a> {
    /// The holds of the scheduled jobs.
    pub fn new(snapshot: &'a Snapshot) -> Holds<'a> {
        let mut holds = Holds { snapshot, holds: Vec::new(), pieces: Vec::new() };
        for scheduled in &snapshot.scheduled {
            holds.add_scheduled(scheduled);
        }
        holds
    }

    fn add_scheduled(&mut self, scheduled: &Scheduled) {
        let (now, security_time) = (self.snapshot.now, self.snapshot.security_time);
        let job = &scheduled.job;
        let state = scheduled.state.as_deref().unwrap_or_default();
        let is_current = CURRENT_STATES.contains(&state);
        let start = if is_current && scheduled.start == 0 { now } else { scheduled.start };
        let end_by_walltime = start.saturating_add(scheduled.walltime).saturating_sub(1);
        let end = if is_current {
            end_by_walltime.max(now).max(now.saturating_add(security_time).saturating_sub(1))
        } else {
            end_by_walltime
        };
        let resources = if state == "Suspended" {
            scheduled.resources.minus(&self.snapshot.suspendable)
        } else {
            scheduled.resources.clone()
        };
        if let Some(container) = job.container() {
            self.pieces.push(Piece {
                container,
                start: start.max(now),
                end: end_by_walltime.saturating_sub(security_time),
                resources: resources.clone(),
                is_hidden: job.has("besteffort"),
                is_scheduled: true,
            });
        }
        self.holds.push(Hold {
            job: job.clone(),
            start,
            end,
            walltime: scheduled.walltime,
            resources,
            is_scheduled: true,
        });
    }

    /// A job was placed in this round.
    pub fn add_placed(&mut self, job: &Job, start: i64, walltime: i64, resources: &Set) {
        let end = start.saturating_add(walltime).saturating_sub(1);
        if let Some(container) = job.container() {
            let end = end.saturating_sub(self.snapshot.security_time);
            self.pieces.push(Piece {
                container,
                start,
                end,
                resources: resources.clone(),
                is_hidden: false,
                is_scheduled: false,
            });
        }
        self.holds.push(Hold {
            job: job.clone(),
            start,
            end,
            walltime,
            resources: resources.clone(),
            is_scheduled: false,
        });
    }

    /// Whether the container that an inner job names has a timeline, as far as the job sees; true for jobs that are not
    /// inner.
    pub fn has_timeline(&self, job: &Job) -> bool {
        job.value("inner").is_none_or(|name| {
            self.pieces.iter().any(|piece| piece.container == name && (!piece.is_hidden || job.has("besteffort")))
        })
    }

    /// Whether one gets from a container to another by going from scheduled containers to those that they are in.
    fn leads_to(&self, from: &str, to: &str) -> bool {
        let mut reached = vec![from.to_owned()];
        let mut next = 0;
        while next < reached.len() {
            let name = reached[next].clone();
            for hold in self.holds.iter().filter(|hold| hold.is_scheduled && hold.job.container() == Some(name.clone()))
            {
                if let Some(outer) = hold.job.value("inner").filter(|outer| !reached.iter().any(|known| known == outer))
                {
                    reached.push(outer.to_owned());
                }
            }
            next += 1;
        }
        reached.iter().any(|name| name == to)
    }

    /// What the job sees. An inner job must have its timeline.
    pub fn seen_by<'b>(&'b self, job: &'b Job) -> View<'b> {
        let sees_all = job.has("besteffort");
        let all: Vec<&Hold> =
            self.holds.iter().filter(|hold| sees_all || !hold.is_scheduled || !hold.job.has("besteffort")).collect();
        let pieces: Vec<&Piece> = self.pieces.iter().filter(|piece| sees_all || !piece.is_hidden).collect();
        // A scheduled inner job whose container was not there when the round began holds on the default timeline.
        let timeline_of = |hold: &Hold| {
            let name = hold.job.value("inner")?;
            if hold.is_scheduled && hold.job.container().is_some_and(|itself| self.leads_to(name, &itself)) {
                return None;
            }
            let has_timeline =
                !hold.is_scheduled || pieces.iter().any(|piece| piece.is_scheduled && piece.container == name);
            has_timeline.then(|| name.to_owned())
        };
        let timeline = job.value("inner").map(str::to_owned);
        let here = all.iter().copied().filter(|hold| timeline_of(hold) == timeline).collect();
        let known: Vec<&Hold> = self.holds.iter().collect();
        let is_scheduled = |id| known.iter().any(|hold| hold.is_scheduled && hold.job.id == id);
        let sharing = Sharing::of(job, is_scheduled);
        let pieces = timeline.map(|name| pieces.into_iter().filter(|piece| piece.container == name).collect());
        let machine = job.machine(self.snapshot);
        View { snapshot: self.snapshot, job, machine, sharing, known, all, here, pieces }
    }
}

impl View<'_> {
    /// The resources that are in the base in every second of `[from, to]`, where every hold on them in that window is
    /// compatible with the job.
    pub fn available(&self, from: i64, to: i64) -> Set {
        let mut available = match &self.pieces {
            None => self.default_base(to),
            Some(pieces) => container_base(pieces, from, to).and(&self.machine.usable),
        };
        for hold in &self.here {
            let is_in_window = hold.start <= hold.end && hold.start <= to && hold.end >= from;
            if is_in_window && !self.sharing.is_compatible_with(&hold.job) {
                available = available.minus(&hold.resources);
            }
        }
        available
    }

    /// A limited resource is there until the second before its limit.
    fn default_base(&self, to: i64) -> Set {
        let mut base = self.machine.usable.clone();
        for (until, resources) in &self.snapshot.available_upto {
            if to >= *until {
                base = base.minus(resources);
            }
        }
        base
    }

    /// The seconds at which what is available may change on the job's timeline.
    pub fn change_instants(&self) -> Vec<i64> {
        let mut instants: Vec<i64> =
            self.here.iter().flat_map(|hold| [hold.start, hold.end.saturating_add(1)]).collect();
        match &self.pieces {
            None => instants.extend(self.snapshot.available_upto.iter().map(|(until, _)| *until)),
            Some(pieces) => {
                let pieces = pieces.iter().filter(|piece| piece.start <= piece.end);
                instants.extend(pieces.flat_map(|piece| [piece.start, piece.end.saturating_add(1)]));
            }
        }
        instants
    }
}

/// What the pieces together give in every second of the window: their union changes only where one starts or has ended.
fn container_base(pieces: &[&Piece], from: i64, to: i64) -> Set {
    let mut instants = vec![from];
    instants.extend(
        pieces
            .iter()
            .flat_map(|piece| [piece.start, piece.end.saturating_add(1)])
            .filter(|instant| (from..=to).contains(instant)),
    );
    let given_at = |instant: i64| {
        let there = pieces.iter().filter(|piece| piece.start <= instant && instant <= piece.end);
        there.fold(Set::default(), |union, piece| union.or(&piece.resources))
    };
    let first = given_at(from);
    instants.into_iter().fold(first, |base, instant| base.and(&given_at(instant)))
}
