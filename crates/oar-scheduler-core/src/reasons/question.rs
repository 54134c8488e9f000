//! What must go for a job to start.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::in_order::InOrder;
use super::minimal::minimal_removal;
use super::{Cause, ContainerProblem, Impossible, Reason};
use crate::bits::{self, Part};
use crate::conditions::known_state;
use crate::gantt::{Gantt, Hold};
use crate::hierarchy::{self, Group, Places};
use crate::job::{Moldable, WaitingJob};
use crate::procset::ProcSet;
use crate::quotas::{Counters, Counts, Figure, Quotas, RuleKey, Usage, Violation};
use crate::round::{Outcome, Site};
use crate::search::Search;
use crate::units::{JobId, Seconds, Time};

/// An alternative that can run on this machine.
pub(super) struct Alternative<'a> {
    pub moldable: &'a Moldable,
    pub groups: Vec<Group<'a>>,
    /// The last second of its window if it begins now.
    pub end: Time,
}

/// Something that takes resources away during some times.
struct Obstacle {
    what: What,
    pieces: Vec<Piece>,
}

/// Resources that are taken over `[begin, end]`.
struct Piece {
    begin: Time,
    end: Time,
    resources: ProcSet,
    /// The places that they take.
    part: Part,
}

#[derive(Clone, PartialEq)]
enum What {
    /// A limit of the job's rule in one rule set.
    Quota(Option<String>, RuleKey, Figure),
    WindowLimit(Time),
    /// The last second that the job may hold, and the deadline that says so.
    Deadline(Time, Time),
    Job(JobId),
    Upto(Time),
    Container(ContainerProblem),
}

impl What {
    /// Whether this is the limit that is exceeded.
    fn is_limit(&self, violation: &Violation) -> bool {
        matches!(self, Self::Quota(rules, rule, figure) if violation.is_of(rules, rule, *figure))
    }
}

/// Would the job start at `at`, if some obstacles were not there?
pub(super) struct Question<'a> {
    site: &'a Site,
    gantt: &'a Gantt,
    /// A place for each resource of the job's machine that requests can ask for.
    places: &'a Places,
    waiting: &'a WaitingJob,
    search: Search<'a>,
    at: Time,
    alternatives: Vec<Alternative<'a>>,
    obstacles: Vec<Obstacle>,
    /// The holds before the job that count in the counters of its quotas, if it has any.
    counted: Vec<(&'a Hold, Counters, Counts)>,
    /// When the holds begin and are over that give the job candidate starts, whether or not they are in its way.
    boundaries: Vec<(JobId, Time, Time)>,
    /// Each inner job before the job, with the jobs that are its container.
    inner_jobs: Vec<(JobId, BTreeSet<JobId>)>,
}

/// The round without some obstacles.
struct World<'r> {
    /// For each obstacle, whether it is gone.
    removed: &'r [bool],
    /// The jobs that are gone, worked out when they matter.
    gone: OnceCell<BTreeSet<JobId>>,
    /// What the quotas count, worked out when they matter.
    usage: OnceCell<Usage>,
}

impl<'r> World<'r> {
    fn without(removed: &'r [bool]) -> Self {
        Self { removed, gone: OnceCell::new(), usage: OnceCell::new() }
    }
}

/// An alternative that starts, with the resources it takes.
struct Start {
    alternative: usize,
    resources: ProcSet,
}

impl<'a> Question<'a> {
    pub fn new(
        site: &'a Site,
        gantt: &'a Gantt,
        places: &'a Places,
        holds: &InOrder,
        outcome: &'a Outcome,
        at: Time,
        alternatives: Vec<Alternative<'a>>,
    ) -> Self {
        let search = Search::new(gantt, &outcome.job);
        let besteffort = search.view().besteffort;
        let horizon = alternatives.iter().map(|alternative| alternative.end).max().unwrap_or(at);
        let before = gantt.holds().get(..outcome.holds_before).unwrap_or_default();
        let is_seen = |hold: &&Hold| besteffort || !hold.hidden;
        let mut question = Self {
            site,
            gantt,
            places,
            waiting: &outcome.job,
            at,
            alternatives,
            obstacles: Vec::new(),
            counted: Vec::new(),
            boundaries: Vec::new(),
            inner_jobs: match search.quotas() {
                Some(_) => inner_jobs(&before.iter().filter(is_seen).collect::<Vec<_>>(), gantt, besteffort),
                None => Vec::new(),
            },
            search,
        };
        let during = holds.ranks(holds.all(), &holds.meant(at, Time(i64::MAX), horizon));
        let mut during: Vec<usize> = during.filter_map(|rank| holds.number(rank)).collect();
        during.sort_unstable();
        let during = during.into_iter().filter_map(|number| before.get(number)).filter(is_seen);
        let during: Vec<&Hold> = during.collect();
        let (view, quotas) = (question.search.view(), question.search.quotas().is_some());
        let gives_starts = |hold: &&&Hold| hold.container(besteffort) == view.container || quotas && hold.is_counted();
        let boundaries = during.iter().filter(gives_starts).map(|hold| (hold.job.id, hold.begin, hold.end.next()));
        question.boundaries = boundaries.collect();
        question.add_quotas(&during);
        question.add_deadline();
        question.add_jobs(&during);
        match question.search.view().container {
            Some(name) => {
                let containers = holds.containers().iter().filter_map(|number| before.get(*number));
                question.add_container(name, containers.filter(is_seen), horizon);
            }
            None => question.add_upto(horizon),
        }
        question
    }

    /// The alternatives whose groups find too little beside each other even on an empty machine.
    pub fn too_much_together(&self) -> impl Iterator<Item = Cause> {
        self.alternatives.iter().filter_map(|alternative| {
            let shortage = hierarchy::shortage(&alternative.groups, self.usable())?;
            let is_missing = self.would_fit_on_the_whole_machine(alternative.moldable);
            let problem =
                if is_missing { Impossible::Missing { shortage } } else { Impossible::MoreThanExists { shortage } };
            Some(Cause::Impossible { moldable: Some(alternative.moldable.id), problem })
        })
    }

    fn would_fit_on_the_whole_machine(&self, moldable: &Moldable) -> bool {
        let (machines, whole) = (&self.site.machines, self.site.machines.whole());
        let fits = |groups: Vec<Group<'_>>| hierarchy::find(&groups, &whole.usable).is_some();
        machines.differ() && whole.resolve(moldable).is_ok_and(fits)
    }

    fn usable(&self) -> &'a ProcSet {
        &self.site.machine(self.waiting).usable
    }

    fn add(&mut self, what: What, pieces: Vec<(Time, Time, ProcSet)>) {
        let piece = |(begin, end, resources)| Piece { begin, end, part: self.places.touched(&resources), resources };
        let pieces = pieces.into_iter().map(piece).collect();
        self.obstacles.push(Obstacle { what, pieces });
    }

    fn add_quotas(&mut self, during: &[&'a Hold]) {
        let Some(quotas) = self.search.quotas() else { return };
        for (rules, rule) in quotas.rules_of(&self.waiting.job) {
            for figure in Figure::ALL {
                self.add(What::Quota(rules.clone(), rule.clone(), figure), Vec::new());
            }
        }
        if let Some(end) = quotas.window_end() {
            self.add(What::WindowLimit(end), Vec::new());
        }
        let counters = quotas.counters_of_rules(&self.waiting.job);
        let counted = during.iter().copied().filter(|hold| hold.is_counted()).map(|hold| {
            let shared: Counters = quotas.counters(&hold.job).intersection(&counters).cloned().collect();
            (hold, shared, self.gantt.counts(&hold.resources, hold.walltime))
        });
        self.counted = counted.filter(|(_, shared, _)| !shared.is_empty()).collect();
    }

    fn add_deadline(&mut self) {
        if let Some(end) = self.waiting.latest_end.filter(|_| self.waiting.reservation_start.is_none()) {
            let last = self.waiting.last_second(self.gantt.security_time(), Time(i64::MAX));
            self.add(What::Deadline(last, end), Vec::new());
        }
    }

    /// The jobs in the way, those that end first first.
    fn add_jobs(&mut self, during: &[&'a Hold]) {
        let view = self.search.view();
        let mut jobs: BTreeMap<JobId, Vec<(Time, Time, ProcSet)>> = BTreeMap::new();
        for hold in during {
            let in_the_way = hold.container(view.besteffort) == view.container
                && !self.search.access().admits(hold.job.id, &hold.offers)
                && hold.resources.intersects(self.usable());
            if in_the_way {
                jobs.entry(hold.job.id).or_default().push((hold.begin, hold.end, hold.resources.clone()));
            }
        }
        let mut jobs: Vec<_> = jobs.into_iter().collect();
        jobs.sort_by_key(|(id, pieces)| (pieces.iter().map(|(_, end, _)| *end).max(), *id));
        for (id, pieces) in jobs {
            self.add(What::Job(id), pieces);
        }
    }

    fn add_upto(&mut self, horizon: Time) {
        let end = self.gantt.end();
        let mut leaving: BTreeMap<Time, ProcSet> = BTreeMap::new();
        for entry in &self.site.available_upto {
            if entry.until <= horizon && entry.resources.intersects(self.usable()) {
                let resources = leaving.entry(entry.until).or_default();
                *resources = resources.union(&entry.resources);
            }
        }
        for (until, resources) in leaving.into_iter().rev() {
            self.add(What::Upto(until), vec![(until, end, resources)]);
        }
    }

    /// What lies outside the container that the job runs in.
    fn add_container<'h>(&mut self, name: &str, containers: impl Iterator<Item = &'h Hold>, horizon: Time) {
        let pieces: Vec<_> = containers
            .filter(|hold| hold.job.container_name().as_deref() == Some(name))
            .map(|hold| (hold.begin, hold.piece_end(self.gantt.security_time()), &hold.resources))
            .collect();
        let mut instants = BTreeSet::from([self.at]);
        instants.extend(pieces.iter().flat_map(|(begin, end, _)| [*begin, end.next()]));
        let instants: Vec<Time> = instants.into_iter().filter(|at| (self.at..=horizon).contains(at)).collect();
        let ends = instants.iter().skip(1).map(|next| next.previous()).chain([horizon]);
        let outside = instants.iter().zip(ends).map(|(&from, to)| {
            let inside = pieces.iter().filter(|(begin, end, _)| *begin <= from && from <= *end);
            (from, to, inside.fold(self.usable().clone(), |outside, (_, _, resources)| outside.difference(resources)))
        });
        let outside: Vec<_> = outside.filter(|(_, _, resources)| !resources.is_empty()).collect();
        let problem = if pieces.is_empty() { self.absence_of(name) } else { ContainerProblem::TooSmall };
        if !outside.is_empty() || pieces.is_empty() {
            self.add(What::Container(problem), outside);
        }
    }

    fn absence_of(&self, container: &str) -> ContainerProblem {
        let known_jobs = &self.site.known_jobs;
        match container.parse().ok().and_then(|id| known_state(JobId(id), known_jobs)) {
            Some(None) => ContainerProblem::Missing,
            Some(Some(state)) if state.is_final() => ContainerProblem::Ended,
            _ => ContainerProblem::NotScheduled,
        }
    }

    /// The obstacles that must go: a minimal set, or `None` when the job does not even start without all.
    pub fn removal(&self) -> Option<Vec<usize>> {
        let mut by_end: Vec<usize> = (0..self.alternatives.len()).collect();
        by_end.sort_by_key(|&index| self.alternatives.get(index).map(|alternative| alternative.end));
        // The shortest alternative cannot be beaten by another: the likeliest answer.
        let guesses = by_end.iter().map(|&index| {
            move |removed: &[bool]| {
                let end = self.alternatives.get(index).map_or(self.at, |alternative| alternative.end);
                self.fits(index, self.at, end, &World::without(removed)).is_some()
            }
        });
        minimal_removal(self.obstacles.len(), guesses, |removed| self.starts(removed).is_some())
    }

    /// The alternative with which the job starts at `at` when these obstacles are removed.
    fn starts(&self, removed: &[bool]) -> Option<Start> {
        let world = World::without(removed);
        let now = self.alternatives.iter().enumerate().filter_map(|(index, alternative)| {
            let resources = self.fits(index, self.at, alternative.end, &world)?;
            Some(Start { alternative: index, resources })
        });
        let best =
            now.min_by_key(|start| self.alternatives.get(start.alternative).map(|best| (best.end, start.alternative)))?;
        (!self.is_beaten(best.alternative, &world)).then_some(best)
    }

    /// Whether an alternative that starts later ends before this one that starts at once.
    fn is_beaten(&self, best: usize, world: &World<'_>) -> bool {
        let is_reservation = self.waiting.reservation_start.is_some();
        let Some(best_end) = self.alternatives.get(best).map(|best| best.end).filter(|_| !is_reservation) else {
            return false;
        };
        let latest_start = |index: usize, other: &Alternative<'_>| {
            let latest_end = if index < best { best_end } else { best_end.previous() };
            latest_end - other.moldable.walltime + Seconds(1)
        };
        let rivals =
            self.alternatives.iter().enumerate().map(|(index, other)| (index, other, latest_start(index, other)));
        let rivals: Vec<_> = rivals.filter(|(_, _, latest)| *latest > self.at).collect();
        let Some(latest) = rivals.iter().map(|(_, _, latest)| *latest).max() else { return false };
        let instants: Vec<Time> = self.instants(world).range(self.at.next()..=latest).copied().collect();
        rivals.into_iter().any(|(index, other, latest)| {
            let starts = instants.get(..instants.partition_point(|start| *start <= latest)).unwrap_or_default();
            self.starts_at_one_of(index, other, starts, world)
        })
    }

    /// Whether an alternative would start at one of these instants, which ascend.
    fn starts_at_one_of(&self, index: usize, other: &Alternative<'_>, starts: &[Time], world: &World<'_>) -> bool {
        let end = |start: Time| start.end_of(other.moldable.walltime);
        let (first, last) = match starts {
            [] => return false,
            [start] => return self.fits(index, *start, end(*start), world).is_some(),
            [first, .., last] => (*first, *last),
        };
        // What begins by the first end and ends from the last begin on is in the way in each of the windows.
        let is_hopeless = || hierarchy::find(&other.groups, &self.available(last, end(first), world)).is_none();
        // Several groups may fit into a part of a set into which they do not fit.
        if other.groups.len() == 1 && is_hopeless() {
            return false;
        }
        let (earlier, later) = starts.split_at(starts.len() / 2);
        self.starts_at_one_of(index, other, earlier, world) || self.starts_at_one_of(index, other, later, world)
    }

    fn kept<'b>(&'b self, world: &'b World<'_>) -> impl Iterator<Item = &'b Obstacle> {
        self.obstacles.iter().zip(world.removed).filter(|(_, removed)| !**removed).map(|(obstacle, _)| obstacle)
    }

    /// The resources that an alternative takes over `[begin, end]`, if it can.
    fn fits(&self, index: usize, begin: Time, end: Time, world: &World<'_>) -> Option<ProcSet> {
        let alternative = self.alternatives.get(index)?;
        let found = hierarchy::find(&alternative.groups, &self.available(begin, end, world))?;
        let mut limits = self.kept(world).filter(|obstacle| matches!(obstacle.what, What::Quota(..))).peekable();
        let is_too_late = |obstacle: &Obstacle| matches!(obstacle.what, What::WindowLimit(last) | What::Deadline(last, _) if end > last);
        if self.kept(world).any(is_too_late) {
            return None;
        }
        if limits.peek().is_some() {
            let violations = self.violations(index, &found, begin, end, world);
            if limits.any(|limit| violations.iter().any(|violation| limit.what.is_limit(violation))) {
                return None;
            }
        }
        Some(found)
    }

    fn violations(&self, index: usize, found: &ProcSet, begin: Time, end: Time, world: &World<'_>) -> Vec<Violation> {
        let Some(alternative) = self.alternatives.get(index) else { return Vec::new() };
        self.search.violations(self.usage(world), found, begin, end, alternative.moldable.walltime)
    }

    /// What is available of the resources that requests can ask for.
    fn available(&self, begin: Time, end: Time, world: &World<'_>) -> ProcSet {
        let count = self.places.count();
        let mut free = bits::set(std::iter::once(0..count), bits::words(count));
        for obstacle in self.kept(world) {
            for piece in obstacle.pieces.iter().filter(|piece| piece.begin <= end && piece.end >= begin) {
                bits::take_away(&mut free, piece.part.pieces());
            }
        }
        self.places.resources(&bits::ranges(&free))
    }

    /// What the quotas count in the counters that matter. A container takes its inner jobs along.
    fn usage<'w>(&self, world: &'w World<'_>) -> &'w Usage {
        world.usage.get_or_init(|| {
            let gone = self.gone(world);
            let mut usage = Usage::default();
            for (hold, counters, counts) in self.counted.iter().filter(|(hold, ..)| !gone.contains(&hold.job.id)) {
                usage.count_in(counters, hold.job.id, hold.begin, hold.end, *counts);
            }
            usage
        })
    }

    /// The jobs that are not there: those removed and, with quotas, the inner jobs that they take along.
    fn gone<'w>(&self, world: &'w World<'_>) -> &'w BTreeSet<JobId> {
        world.gone.get_or_init(|| {
            let mut gone: BTreeSet<JobId> = BTreeSet::new();
            for (obstacle, removed) in self.obstacles.iter().zip(world.removed) {
                if let (What::Job(id), true) = (&obstacle.what, *removed) {
                    gone.insert(*id);
                }
            }
            let mut is_complete = gone.is_empty();
            while !is_complete {
                is_complete = true;
                for (inner, containers) in &self.inner_jobs {
                    if containers.is_subset(&gone) && gone.insert(*inner) {
                        is_complete = false;
                    }
                }
            }
            gone
        })
    }

    /// The instants at which something changes.
    fn instants(&self, world: &World<'_>) -> BTreeSet<Time> {
        let pieces = self.kept(world).flat_map(|obstacle| &obstacle.pieces);
        let mut instants: BTreeSet<Time> = pieces.flat_map(|piece| [piece.begin, piece.end.next()]).collect();
        let gone = self.gone(world);
        let there = self.boundaries.iter().filter(|(job, ..)| !gone.contains(job));
        instants.extend(there.flat_map(|(_, begin, over)| [*begin, *over]));
        instants.extend(self.search.quotas().into_iter().flat_map(Quotas::changes));
        instants
    }

    /// Writes down the causes, `removed` being the obstacles that must go.
    pub fn answer(&self, removed: &[usize], reason: &mut Reason) {
        let without =
            |gone: &[usize]| -> Vec<bool> { (0..self.obstacles.len()).map(|index| gone.contains(&index)).collect() };
        let Some(start) = self.starts(&without(removed)) else { return };
        let Some(alternative) = self.alternatives.get(start.alternative) else { return };
        reason.moldable = Some(alternative.moldable.id);
        let container_is_missing = removed
            .iter()
            .filter_map(|&index| self.obstacles.get(index))
            .any(|obstacle| matches!(obstacle.what, What::Container(problem) if problem != ContainerProblem::TooSmall));
        if !container_is_missing {
            let available = self.available(self.at, alternative.end, &World::without(&without(&[])));
            reason.shortage = hierarchy::shortage(&alternative.groups, &available);
        }
        let gone = without(removed);
        let violations =
            self.violations(start.alternative, &start.resources, self.at, alternative.end, &World::without(&gone));
        let mut removed = removed.to_vec();
        // Jobs first, by end; then the rest.
        removed.sort_unstable_by_key(|&index| {
            let is_job = self.obstacles.get(index).is_some_and(|obstacle| matches!(obstacle.what, What::Job(_)));
            (!is_job, index)
        });
        let causes = removed.iter().filter_map(|&index| {
            let obstacle = self.obstacles.get(index)?;
            Some(match &obstacle.what {
                What::Job(job) => Cause::Held {
                    job: *job,
                    resources: taken_from(obstacle, &start.resources),
                    until: obstacle.pieces.iter().map(|piece| piece.end.next()).max()?,
                },
                What::Upto(until) => {
                    Cause::AvailableUpto { until: *until, resources: taken_from(obstacle, &start.resources) }
                }
                What::Container(problem) => {
                    Cause::Container { container: self.search.view().container?.to_owned(), problem: *problem }
                }
                What::WindowLimit(end) => Cause::WindowLimit { end: *end },
                What::Deadline(_, end) => Cause::Deadline { end: *end },
                What::Quota(..) => {
                    Cause::from(violations.iter().find(|violation| obstacle.what.is_limit(violation))?.clone())
                }
            })
        });
        reason.causes.extend(causes);
    }
}

/// The inner jobs among holds, each with the jobs that are its container.
fn inner_jobs(holds: &[&Hold], gantt: &Gantt, besteffort: bool) -> Vec<(JobId, BTreeSet<JobId>)> {
    let is_scheduled = |hold: &Hold| !gantt.scheduled(hold.job.id).is_empty();
    let inner = holds.iter().filter_map(|inner| Some((inner, inner.container(besteffort)?)));
    let with_containers = inner.map(|(inner, name)| {
        // A scheduled inner job lives in scheduled containers only.
        let containers = holds.iter().filter(|hold| {
            hold.job.container_name().as_deref() == Some(name) && (is_scheduled(hold) || !is_scheduled(inner))
        });
        (inner.job.id, containers.map(|hold| hold.job.id).collect::<BTreeSet<_>>())
    });
    with_containers.filter(|(_, containers)| !containers.is_empty()).collect()
}

fn taken_from(obstacle: &Obstacle, resources: &ProcSet) -> ProcSet {
    let pieces = obstacle.pieces.iter().map(|piece| piece.resources.intersection(resources));
    pieces.fold(ProcSet::new(), |all, piece| all.union(&piece))
}
