//! Who holds what, when: the state of a round.
//!
//! The truth is the list of holds, in the order of arrival. Everything else is made from it: the timelines on which jobs are placed (`gantt/lines.rs`), and the
//! reasons once the round is over. As normal jobs do not see the scheduled besteffort jobs, containers and quota counters exist twice, as two [`Plane`]s, when
//! there are any.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::job::{Job, JobState, ScheduledJob, WaitingJob};
use crate::machine::{Machine, Machines};
use crate::procset::ProcSet;
use crate::quotas::{Counts, Quotas, Usage};
use crate::sharing::{Access, Offer, Sharing};
use crate::snapshot::Snapshot;
use crate::units::{JobId, Seconds, Time};

mod lines;

pub(crate) use lines::{Grain, LINES_MAX, Line, LineKey};

use lines::Lines;

/// The state of a round.
#[derive(Debug, Clone)]
pub struct Gantt {
    now: Time,
    end: Time,
    security_time: Seconds,
    default_resources: ProcSet,
    machines: Machines,
    suspendable: ProcSet,
    quotas: Option<Arc<Quotas>>,
    /// What there is at all, missing resources included, from each instant on; the first from the beginning.
    base: Vec<(Time, ProcSet)>,
    holds: Vec<Hold>,
    /// The numbers of those that are not in the usage of the quotas: of containers, and those that last no time.
    silent: Vec<usize>,
    /// What the holds offer.
    offers: BTreeSet<Offer>,
    scheduled: BTreeMap<JobId, Vec<Scheduled>>,
    ends: BTreeMap<JobId, Time>,
    /// What jobs without type besteffort see.
    normal: Plane,
    /// What besteffort jobs see; `None` while it is the same.
    besteffort: Option<Plane>,
    lines: Lines,
}

/// Resources held over a time.
#[derive(Debug, Clone)]
pub struct Hold {
    /// Who holds.
    pub job: Arc<Job>,
    /// The first second.
    pub begin: Time,
    /// The last second.
    pub end: Time,
    /// For how long the job holds by its walltime.
    pub walltime: Seconds,
    /// What.
    pub resources: ProcSet,
    /// What others may still do with the resources.
    pub offers: Vec<Offer>,
    /// Only besteffort jobs see this hold.
    pub hidden: bool,
    /// The container in which normal jobs, and besteffort jobs, see the hold; `None`: on the default timeline. A job placed inside a besteffort container
    /// holds nothing that normal jobs see.
    inside: [Option<String>; 2],
}

impl Hold {
    /// A hold for tests.
    #[cfg(test)]
    pub(crate) fn of_nothing(job: Job, begin: Time, end: Time) -> Self {
        let (walltime, resources, offers) = (Seconds(0), ProcSet::new(), Vec::new());
        Self { job: Arc::new(job), begin, end, walltime, resources, offers, hidden: false, inside: [None, None] }
    }

    /// The container in which jobs of a view see the hold.
    #[must_use]
    pub fn container(&self, besteffort: bool) -> Option<&str> {
        let [normal, with_besteffort] = &self.inside;
        if besteffort { with_besteffort.as_deref() } else { normal.as_deref() }
    }

    /// Whether a view shows the hold.
    fn is_seen(&self, view: View<'_>) -> bool {
        (view.besteffort || !self.hidden) && self.container(view.besteffort) == view.container
    }

    /// Whether the hold counts in the quotas.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        !self.job.has_type("container")
    }

    /// The last second that a container gives to its inner jobs. One that overruns has nothing more to give.
    #[must_use]
    pub fn piece_end(&self, security_time: Seconds) -> Time {
        self.begin.end_of(self.walltime) - security_time
    }
}

/// What is known of a scheduled job besides its hold.
#[derive(Debug, Clone)]
pub struct Scheduled {
    /// Who it belongs to.
    pub job: Arc<Job>,
    /// When it began, or will.
    pub start: Time,
    /// Its state, if known.
    pub state: Option<JobState>,
}

/// What one kind of job sees.
#[derive(Debug, Clone, Default)]
struct Plane {
    /// What container jobs give to the containers of their names.
    containers: BTreeMap<String, Vec<Piece>>,
    usage: Usage,
}

/// What one container job gives to the container of its name.
#[derive(Debug, Clone)]
struct Piece {
    begin: Time,
    end: Time,
    /// Missing ones included.
    resources: ProcSet,
}

/// Which timeline a job is placed on: seen by besteffort jobs or by others, the machine's or a container's, with what is missing or without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View<'a> {
    /// Whether scheduled besteffort jobs are seen.
    pub besteffort: bool,
    /// The container, or the machine.
    pub container: Option<&'a str>,
    /// Whether missing resources are there.
    pub missing: bool,
}

impl<'a> View<'a> {
    /// What a job to be placed sees.
    #[must_use]
    pub fn of(waiting: &'a WaitingJob) -> Self {
        let WaitingJob { job, accepts_missing, .. } = waiting;
        Self { besteffort: job.is_besteffort(), container: job.inner_of(), missing: *accepts_missing }
    }
}

impl Gantt {
    /// The machine with its scheduled jobs.
    #[must_use]
    pub fn new(snapshot: &Snapshot, quotas: Option<Arc<Quotas>>) -> Self {
        let (now, end) = (snapshot.now, snapshot.max_time);
        let resources = &snapshot.resources;
        let mut leaving: BTreeMap<Time, ProcSet> = BTreeMap::new();
        for entry in &resources.available_upto {
            let resources = leaving.entry(entry.until.max(now)).or_default();
            *resources = resources.union(&entry.resources);
        }
        let machines = Machines::new(resources);
        let mut base = vec![(now, machines.whole().usable.clone())];
        for (until, resources) in leaving.into_iter().filter(|(until, _)| *until <= end) {
            let left = base.last().map_or_else(ProcSet::new, |(_, base)| base.difference(&resources));
            match base.last_mut() {
                Some((from, base)) if *from == until => *base = left,
                _ => base.push((until, left)),
            }
        }
        let mut gantt = Self {
            now,
            end,
            security_time: snapshot.security_time,
            default_resources: resources.default.clone(),
            machines,
            suspendable: resources.suspendable.clone(),
            quotas,
            base,
            holds: Vec::new(),
            silent: Vec::new(),
            offers: BTreeSet::new(),
            scheduled: BTreeMap::new(),
            ends: BTreeMap::new(),
            normal: Plane::default(),
            besteffort: None,
            lines: Lines::default(),
        };
        gantt.hold_scheduled(&snapshot.scheduled_jobs);
        gantt
    }

    /// The first second of the round.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now
    }

    /// The last second of the round.
    #[must_use]
    pub fn end(&self) -> Time {
        self.end
    }

    /// `SCHEDULER_JOB_SECURITY_TIME`.
    #[must_use]
    pub fn security_time(&self) -> Seconds {
        self.security_time
    }

    /// All holds, in order of arrival.
    #[must_use]
    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// The scheduled jobs of this number: one or none, unless the snapshot repeats it.
    #[must_use]
    pub fn scheduled(&self, job: JobId) -> &[Scheduled] {
        self.scheduled.get(&job).map(Vec::as_slice).unwrap_or_default()
    }

    /// The last second that a job holds resources, if it does.
    #[must_use]
    pub fn end_of(&self, job: JobId) -> Option<Time> {
        self.ends.get(&job).copied()
    }

    /// The numbers of the jobs that hold resources.
    pub(crate) fn holders(&self) -> impl Iterator<Item = JobId> {
        self.ends.keys().copied()
    }

    /// Whether a view shows anything: the machine, or a container that exists in this round.
    #[must_use]
    pub fn shows(&self, view: View<'_>) -> bool {
        view.container.is_none_or(|name| self.plane(view.besteffort).containers.contains_key(name))
    }

    /// The machines of the site.
    pub(crate) fn machines(&self) -> &Machines {
        &self.machines
    }

    /// The machine that a view shows.
    pub(crate) fn machine(&self, view: View<'_>) -> &Machine {
        self.machines.of(view.missing)
    }

    /// How many slots all timelines have together.
    pub(crate) fn slots(&self) -> usize {
        self.lines.slots()
    }

    /// The names of the containers that a view shows.
    pub fn containers(&self, besteffort: bool) -> impl Iterator<Item = &str> {
        self.plane(besteffort).containers.keys().map(String::as_str)
    }

    /// What is used of the quotas, as a view shows it.
    #[must_use]
    pub fn usage(&self, besteffort: bool) -> &Usage {
        &self.plane(besteffort).usage
    }

    /// The quotas of the round.
    #[must_use]
    pub fn quotas(&self) -> Option<&Quotas> {
        self.quotas.as_deref()
    }

    /// What these resources count for in the quotas.
    #[must_use]
    pub fn counts(&self, resources: &ProcSet, walltime: Seconds) -> Counts {
        Counts::of_job(resources.intersection_len(&self.default_resources), walltime.0)
    }

    fn plane(&self, besteffort: bool) -> &Plane {
        self.besteffort.as_ref().filter(|_| besteffort).unwrap_or(&self.normal)
    }

    /// What is available over `[begin, end]` to a job with this access; `None`: there is no such container.
    #[must_use]
    pub fn available(&self, view: View<'_>, access: &Access, begin: Time, end: Time) -> Option<ProcSet> {
        let base = self.base_of(view)?;
        let first = base.partition_point(|(from, _)| *from <= begin).saturating_sub(1);
        let mut steps = base.get(first..).unwrap_or_default().iter().take_while(|(from, _)| *from <= end);
        let there = steps.next().map(|(_, there)| there.clone()).unwrap_or_default();
        let there = steps.fold(there, |all, (_, there)| all.intersection(there));
        let in_the_way = self.in_the_way(view, access).filter(|hold| hold.begin <= end && hold.end >= begin);
        Some(in_the_way.fold(there, |left, hold| left.difference(&hold.resources)))
    }

    /// What is available to a job with this access, from each instant on at which something begins or has ended, of the resources that requests can ask for;
    /// `None`: there is no such container.
    #[must_use]
    pub fn availability(&self, view: View<'_>, access: &Access) -> Option<Vec<(Time, ProcSet)>> {
        let key = LineKey::new(self, view, access, Grain::Resource);
        Line::new(self, &key, 0, self.holds.len()).map(|line| line.free())
    }

    /// The instants at which something begins or has ended, ascending, from the first second of the round on; `None`: there is no such container.
    #[must_use]
    pub fn instants(&self, view: View<'_>) -> Option<Vec<Time>> {
        let mut instants: Vec<Time> = self.base_of(view)?.iter().map(|(from, _)| *from).collect();
        for hold in self.seen(view).filter(|hold| hold.begin <= hold.end && hold.end >= self.now) {
            instants.extend([hold.begin, hold.end.next()]);
        }
        instants.retain(|instant| (self.now..=self.end).contains(instant));
        instants.sort_unstable();
        instants.dedup();
        Some(instants)
    }

    /// What a view shows at all, in steps.
    fn base_of(&self, view: View<'_>) -> Option<Vec<(Time, ProcSet)>> {
        let mut base = match view.container {
            None => self.base.clone(),
            Some(name) => base_of(self.plane(view.besteffort).containers.get(name)?, self.now, self.end),
        };
        if self.machines.differ() && !view.missing {
            let usable = &self.machine(view).usable;
            base.iter_mut().for_each(|(_, there)| *there = there.intersection(usable));
        }
        Some(base)
    }

    /// The holds that a view shows.
    fn seen<'g>(&'g self, view: View<'g>) -> impl Iterator<Item = &'g Hold> {
        self.holds.iter().filter(move |hold| hold.is_seen(view))
    }

    /// The holds that a view shows and that leave their resources to nobody with this access.
    fn in_the_way<'g>(&'g self, view: View<'g>, access: &'g Access) -> impl Iterator<Item = &'g Hold> {
        self.seen(view).filter(|hold| !access.admits(hold.job.id, &hold.offers))
    }

    /// The first seconds of the holds that a view shows, or that count in its quotas, and the first seconds after them, as far as neither the usage of the quotas
    /// nor, perhaps, a timeline shows them: those of containers, and of holds that last no time.
    pub(crate) fn silent_bounds(&self, view: View<'_>) -> BTreeSet<Time> {
        let holds = self.silent.iter().filter_map(|number| self.holds.get(*number));
        let holds = holds.filter(|hold| match hold.is_counted() {
            true => view.besteffort || !hold.hidden,
            false => hold.is_seen(view),
        });
        holds.flat_map(|hold| [hold.begin, hold.end.next()]).collect()
    }

    /// Adds jobs that hold resources already. Containers first: an inner job holds inside its container if there is one, else on the machine.
    pub fn hold_scheduled(&mut self, jobs: &[ScheduledJob]) {
        let holds: Vec<Hold> = jobs.iter().map(|scheduled| self.hold_of(scheduled)).collect();
        for (hold, scheduled) in holds.iter().zip(jobs) {
            let known = Scheduled { job: Arc::clone(&hold.job), start: scheduled.start, state: scheduled.state };
            self.scheduled.entry(hold.job.id).or_default().push(known);
            if hold.hidden && self.besteffort.is_none() {
                self.besteffort = Some(self.normal.clone());
            }
        }
        for hold in &holds {
            self.open_container(hold);
        }
        let mut added = Vec::with_capacity(holds.len());
        for mut hold in holds {
            let inner = hold.job.inner_of().filter(|_| !self.is_inside_itself(&hold.job));
            let inside = |plane: &Plane| inner.filter(|name| plane.containers.contains_key(*name)).map(str::to_owned);
            hold.inside = [inside(&self.normal), inside(self.besteffort.as_ref().unwrap_or(&self.normal))];
            added.push(hold);
        }
        for hold in added {
            self.add(hold);
        }
    }

    /// Whether a scheduled container lies, through the containers it lies in, inside itself: there it would hold nothing of the machine.
    fn is_inside_itself(&self, job: &Job) -> bool {
        let (Some(itself), Some(inner)) = (job.container_name(), job.inner_of()) else { return false };
        let containers = || self.scheduled.values().flatten().map(|scheduled| &scheduled.job);
        let mut outer = vec![inner];
        let mut seen = BTreeSet::new();
        while let Some(name) = outer.pop() {
            if name == itself {
                return true;
            }
            if seen.insert(name) {
                let named = containers().filter(|job| job.container_name().as_deref() == Some(name));
                outer.extend(named.filter_map(|job| job.inner_of()));
            }
        }
        false
    }

    fn hold_of(&self, scheduled: &ScheduledJob) -> Hold {
        let is_current = scheduled.state.is_some_and(JobState::is_current);
        let begin = if is_current && scheduled.start == Time(0) { self.now } else { scheduled.start };
        let mut end = begin.end_of(scheduled.walltime);
        if is_current {
            // A job that overruns goes on holding.
            end = end.max(self.now).max(self.now.end_of(self.security_time));
        }
        let resources = match scheduled.state {
            Some(JobState::Suspended) => scheduled.resources.difference(&self.suspendable),
            _ => scheduled.resources.clone(),
        };
        Hold {
            begin,
            end,
            walltime: scheduled.walltime,
            resources,
            offers: Sharing::of(&scheduled.job).offers,
            hidden: scheduled.job.is_besteffort(),
            inside: [None, None],
            job: Arc::new(scheduled.job.clone()),
        }
    }

    /// Adds a job that was just placed. Everybody sees it, besteffort or not.
    pub fn hold_placed(&mut self, job: &Arc<Job>, start: Time, walltime: Seconds, resources: ProcSet) {
        let hold = Hold {
            begin: start,
            end: start.end_of(walltime),
            walltime,
            resources,
            offers: Sharing::of(job).offers,
            hidden: false,
            inside: std::array::from_fn(|_| job.inner_of().map(str::to_owned)),
            job: Arc::clone(job),
        };
        self.open_container(&hold);
        self.add(hold);
    }

    fn add(&mut self, hold: Hold) {
        let end = self.ends.entry(hold.job.id).or_insert(hold.end);
        *end = hold.end.max(*end);
        self.offers.extend(hold.offers.iter().cloned());
        let is_silent = !hold.is_counted() || hold.begin > hold.end;
        if is_silent {
            self.silent.push(self.holds.len());
        }
        if let Some(quotas) = self.quotas.as_deref().filter(|_| !is_silent) {
            let count = hold.resources.intersection_len(&self.default_resources);
            let counts = Counts::of_job(count, hold.walltime.0);
            let normal = Some(&mut self.normal).filter(|_| !hold.hidden);
            for plane in normal.into_iter().chain(&mut self.besteffort) {
                plane.usage.count(quotas, &hold.job, hold.begin, hold.end, counts);
            }
        }
        self.holds.push(hold);
    }

    fn open_container(&mut self, hold: &Hold) {
        let Some(name) = hold.job.container_name() else { return };
        let piece = Piece {
            begin: hold.begin.max(self.now),
            end: hold.piece_end(self.security_time).min(self.end),
            resources: hold.resources.intersection(&self.machines.whole().usable),
        };
        let normal = Some(&mut self.normal).filter(|_| !hold.hidden);
        for plane in normal.into_iter().chain(&mut self.besteffort) {
            let pieces = plane.containers.entry(name.clone()).or_default();
            pieces.extend(Some(piece.clone()).filter(|piece| piece.begin <= piece.end));
        }
        self.lines.forget(&name);
    }
}

/// What the pieces of a container give together, from each instant on.
fn base_of(pieces: &[Piece], now: Time, end: Time) -> Vec<(Time, ProcSet)> {
    let mut instants: Vec<Time> = pieces.iter().flat_map(|piece| [piece.begin, piece.end.next()]).collect();
    instants.push(now);
    instants.retain(|&instant| instant <= end);
    instants.sort_unstable();
    instants.dedup();
    let at = |instant: Time| {
        let there = pieces.iter().filter(|piece| piece.begin <= instant && instant <= piece.end);
        there.fold(ProcSet::new(), |all, piece| all.union(&piece.resources))
    };
    instants.into_iter().map(|instant| (instant, at(instant))).collect()
}
