//! Who holds what, when: the state of a round.
//!
//! A round has one default timeline and one timeline for each container. As normal jobs do not see the scheduled besteffort jobs, all
//! of this exists twice, as two [`Plane`]s, when there are any. Every hold is also kept in a list, in the order of arrival: the reasons are
//! worked out from it once the round is over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::job::{Job, JobState, ScheduledJob};
use crate::procset::ProcSet;
use crate::quotas::{Counts, Quotas, Usage};
use crate::sharing::{Access, Offer, Sharing};
use crate::snapshot::Snapshot;
use crate::timeline::Timeline;
use crate::units::{JobId, Seconds, Time};

/// The state of a round.
#[derive(Debug, Clone)]
pub struct Gantt {
    now: Time,
    end: Time,
    security_time: Seconds,
    default_resources: ProcSet,
    usable: ProcSet,
    suspendable: ProcSet,
    quotas: Option<Arc<Quotas>>,
    holds: Vec<Hold>,
    scheduled: BTreeMap<JobId, Vec<Scheduled>>,
    ends: BTreeMap<JobId, Time>,
    /// What jobs without type besteffort see.
    normal: Plane,
    /// What besteffort jobs see; `None` while it is the same.
    besteffort: Option<Plane>,
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
    /// The container in which jobs of a view see the hold.
    #[must_use]
    pub fn container(&self, besteffort: bool) -> Option<&str> {
        let [normal, with_besteffort] = &self.inside;
        if besteffort { with_besteffort.as_deref() } else { normal.as_deref() }
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

/// The timelines as one kind of job sees them.
#[derive(Debug, Clone)]
struct Plane {
    default: Timeline,
    containers: BTreeMap<String, Container>,
    usage: Usage,
}

#[derive(Debug, Clone)]
struct Container {
    pieces: Vec<Piece>,
    timeline: Timeline,
}

/// What one container job gives to the container of its name.
#[derive(Debug, Clone)]
struct Piece {
    begin: Time,
    end: Time,
    resources: ProcSet,
}

/// Which timeline a job is placed on: seen by besteffort jobs or by others, the machine's or a container's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View<'a> {
    /// Whether scheduled besteffort jobs are seen.
    pub besteffort: bool,
    /// The container, or the machine.
    pub container: Option<&'a str>,
}

impl<'a> View<'a> {
    /// What a job to be placed sees.
    #[must_use]
    pub fn of(job: &'a Job) -> Self {
        Self { besteffort: job.is_besteffort(), container: job.inner_of() }
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
        let mut base = vec![(now, resources.usable.clone())];
        for (until, resources) in leaving.into_iter().filter(|(until, _)| *until <= end) {
            let left = base.last().map_or_else(ProcSet::new, |(_, base)| base.difference(&resources));
            match base.last_mut() {
                Some((from, base)) if *from == until => *base = left,
                _ => base.push((until, left)),
            }
        }
        let default = Timeline::new(base, end);
        let mut gantt = Self {
            now,
            end,
            security_time: snapshot.security_time,
            default_resources: resources.default.clone(),
            usable: resources.usable.clone(),
            suspendable: resources.suspendable.clone(),
            quotas,
            holds: Vec::new(),
            scheduled: BTreeMap::new(),
            ends: BTreeMap::new(),
            normal: Plane { default, containers: BTreeMap::new(), usage: Usage::default() },
            besteffort: None,
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

    /// The timeline of a view; `None`: there is no such container in this round.
    #[must_use]
    pub fn timeline(&self, view: View<'_>) -> Option<&Timeline> {
        self.plane(view.besteffort).timeline(view.container)
    }

    /// How many slots all timelines have together.
    pub(crate) fn slots(&self) -> usize {
        let planes = std::iter::once(&self.normal).chain(&self.besteffort);
        let slots = |plane: &Plane| {
            let containers = plane.containers.values().map(|container| container.timeline.slots().len());
            plane.default.slots().len() + containers.sum::<usize>()
        };
        planes.map(slots).sum()
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
        let timeline = self.timeline(view)?;
        let Access::HeldBy(_) = access else { return Some(timeline.available(begin, end, access)) };
        let in_the_way = self.holds.iter().filter(|hold| {
            hold.begin <= end
                && hold.end >= begin
                && (view.besteffort || !hold.hidden)
                && hold.container(view.besteffort) == view.container
                && !access.admits(hold.job.id, &hold.offers)
        });
        Some(in_the_way.fold(timeline.base(begin, end), |left, hold| left.difference(&hold.resources)))
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
        // On the machine, what only holds on is held at once.
        let now = self.now;
        let is_simple = |hold: &Hold, besteffort: bool| {
            hold.offers.is_empty() && hold.begin <= now && hold.container(besteffort).is_none()
        };
        for (plane, besteffort) in [(Some(&mut self.normal), false), (self.besteffort.as_mut(), true)] {
            let Some(plane) = plane else { continue };
            let simple = added.iter().filter(|hold| is_simple(hold, besteffort) && (besteffort || !hold.hidden));
            plane.default.hold_from_beginning(simple.map(|hold| (hold.end, &hold.resources)).collect());
        }
        for hold in added {
            let on_timelines = [false, true].map(|besteffort| !is_simple(&hold, besteffort));
            self.add(hold, on_timelines);
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
        self.add(hold, [true, true]);
    }

    /// Adds a hold to all but, where the timelines of normal or of besteffort jobs have it already, to these.
    fn add(&mut self, hold: Hold, on_timelines: [bool; 2]) {
        let end = self.ends.entry(hold.job.id).or_insert(hold.end);
        *end = hold.end.max(*end);
        let counts = self.counts(&hold.resources, hold.walltime);
        let quotas = self.quotas.as_deref().filter(|_| hold.is_counted() && hold.begin <= hold.end);
        let normal = Some(&mut self.normal).filter(|_| !hold.hidden);
        let [on_normal, on_besteffort] = on_timelines;
        let planes = [(normal, false, on_normal), (self.besteffort.as_mut(), true, on_besteffort)];
        for (plane, besteffort, on_timeline) in planes {
            let Some(plane) = plane else { continue };
            if on_timeline && let Some(timeline) = plane.timeline_mut(hold.container(besteffort)) {
                timeline.hold(hold.begin, hold.end, &hold.resources, &hold.offers);
            }
            if let Some(quotas) = quotas {
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
            resources: hold.resources.intersection(&self.usable),
        };
        let normal = Some(&mut self.normal).filter(|_| !hold.hidden);
        for (plane, besteffort) in [(normal, false), (self.besteffort.as_mut(), true)] {
            let Some(plane) = plane else { continue };
            plane.open_container(&name, piece.clone(), self.now, self.end);
            let container = View { besteffort, container: Some(name.as_str()) };
            let held = self.holds.iter().filter(|held| besteffort || !held.hidden);
            for held in held.filter(|held| held.container(besteffort) == container.container) {
                if let Some(timeline) = plane.timeline_mut(container.container) {
                    timeline.hold(held.begin, held.end, &held.resources, &held.offers);
                }
            }
        }
    }
}

impl Plane {
    fn timeline(&self, container: Option<&str>) -> Option<&Timeline> {
        match container {
            None => Some(&self.default),
            Some(name) => self.containers.get(name).map(|container| &container.timeline),
        }
    }

    fn timeline_mut(&mut self, container: Option<&str>) -> Option<&mut Timeline> {
        match container {
            None => Some(&mut self.default),
            Some(name) => self.containers.get_mut(name).map(|container| &mut container.timeline),
        }
    }

    /// Adds a piece to a container and makes its timeline anew, without holds.
    fn open_container(&mut self, name: &str, piece: Piece, now: Time, end: Time) {
        let mut pieces = self.containers.remove(name).map(|container| container.pieces).unwrap_or_default();
        if piece.begin <= piece.end {
            pieces.push(piece);
        }
        let timeline = Timeline::new(base_of(&pieces, now, end), end);
        self.containers.insert(name.to_owned(), Container { pieces, timeline });
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
