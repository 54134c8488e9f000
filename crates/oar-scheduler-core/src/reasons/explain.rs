//! Finding the causes.

use std::collections::{BTreeMap, BTreeSet};

use super::minimal::minimal_removal;
use super::{Cause, ContainerProblem, Impossible, Reason, line};
use crate::conditions::known_state;
use crate::gantt::{Gantt, Hold};
use crate::hierarchy::{self, Group, RequestError, Shortage};
use crate::job::{Moldable, WaitingJob};
use crate::procset::ProcSet;
use crate::quotas::{Figure, RuleKey, Usage, Violation};
use crate::round::{Outcome, Site, reservation_end};
use crate::search::Search;
use crate::units::{JobId, Time};

/// Finds the causes for the jobs of a round, once it is over.
pub(crate) struct Explainer<'a> {
    site: &'a Site,
    gantt: &'a Gantt,
}

/// An alternative that can run on this machine.
struct Alternative<'a> {
    moldable: &'a Moldable,
    groups: Vec<Group<'a>>,
    /// The last second of its window if it begins now.
    end: Time,
}

/// Something that takes resources away during some times.
struct Obstacle {
    what: What,
    pieces: Vec<(Time, Time, ProcSet)>,
}

#[derive(Clone, PartialEq)]
enum What {
    /// A limit of the job's rule in one rule set.
    Quota(Option<String>, RuleKey, Figure),
    WindowLimit(Time),
    Job(JobId),
    Upto(Time),
    Container(ContainerProblem),
}

impl<'a> Explainer<'a> {
    pub fn new(site: &'a Site, gantt: &'a Gantt) -> Self {
        Self { site, gantt }
    }

    /// What holds a job back; `None` if it starts now, or is a reservation that got its time.
    pub fn reason(&self, outcome: &Outcome) -> Option<Reason> {
        let mut reason = Reason {
            job: outcome.job.job.id,
            line: String::new(),
            moldable: None,
            shortage: None,
            causes: outcome.causes.clone(),
            placed_before: outcome.placed_before,
        };
        match &outcome.assignment {
            Some(assignment) if assignment.start <= self.site.now => {
                let resources = assignment.resources.intersection(&self.site.resources.absent);
                if resources.is_empty() {
                    return None;
                }
                reason.moldable = Some(assignment.moldable);
                reason.causes.push(Cause::Absent { resources });
            }
            Some(_) if outcome.job.reservation_start.is_some() => return None,
            _ if outcome.is_placeable => self.add_causes(outcome, &mut reason),
            _ => {}
        }
        reason.line = line::of(&reason, outcome, self.site);
        Some(reason)
    }

    fn add_causes(&self, outcome: &Outcome, reason: &mut Reason) {
        let waiting = &*outcome.job;
        let at = waiting.reservation_start.unwrap_or(self.site.now).max(self.site.now);
        let (alternatives, impossible) = self.alternatives(waiting, at);
        if alternatives.is_empty() {
            // Nothing else matters.
            reason.causes = impossible;
            return;
        }
        let question = Question::new(self, outcome, at, alternatives);
        match minimal_removal(question.obstacles.len(), |removed| question.starts(removed).is_some()) {
            Some(removed) => question.answer(&removed, reason),
            None => reason.causes = impossible.into_iter().chain(question.too_much_together()).collect(),
        }
    }

    /// The alternatives that can run on an empty machine, and why the others cannot.
    fn alternatives<'b>(&'b self, waiting: &'b WaitingJob, at: Time) -> (Vec<Alternative<'b>>, Vec<Cause>) {
        let (mut alternatives, mut impossible) = (Vec::new(), Vec::new());
        let is_reservation = waiting.reservation_start.is_some();
        let considered = if is_reservation { 1 } else { usize::MAX };
        for moldable in waiting.moldables.iter().take(considered) {
            let end = if is_reservation {
                reservation_end(at, moldable.walltime, self.gantt.security_time())
            } else {
                at.end_of(moldable.walltime)
            };
            match self.possible(moldable, end) {
                Ok(groups) => alternatives.push(Alternative { moldable, groups, end }),
                Err(problem) => impossible.push(Cause::Impossible { moldable: Some(moldable.id), problem }),
            }
        }
        if waiting.moldables.is_empty() {
            impossible.push(Cause::Impossible { moldable: None, problem: Impossible::Empty });
        }
        (alternatives, impossible)
    }

    fn possible<'b>(&'b self, moldable: &'b Moldable, end: Time) -> Result<Vec<Group<'b>>, Impossible> {
        let usable = &self.site.resources.usable;
        let groups = self.site.hierarchy.resolve(moldable, &self.site.resources.default).map_err(Impossible::from)?;
        if let Some(group) = groups.iter().position(|group| !group.filter.intersects(usable)) {
            return Err(Impossible::FilterMatchesNothing { group });
        }
        // Each group by itself: groups that take each other's resources on an empty machine may still fit on a fuller one.
        for (index, group) in groups.iter().enumerate() {
            if let Some(shortage) = hierarchy::shortage(std::slice::from_ref(group), usable) {
                return Err(Impossible::MoreThanExists { shortage: Shortage { group: index, ..shortage } });
            }
        }
        if end > self.site.max_time {
            return Err(Impossible::TooLong { end: self.site.max_time });
        }
        Ok(groups)
    }
}

impl From<RequestError> for Impossible {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Empty => Self::Empty,
            RequestError::Walltime(walltime) => Self::Walltime { walltime: crate::units::Seconds(walltime) },
            RequestError::NoSuchLevel(level) => Self::NoSuchLevel { level },
            RequestError::BadCount { level, count } => Self::BadCount { level, count },
        }
    }
}

/// Would the job start at `at`, if some obstacles were not there?
struct Question<'a> {
    explainer: &'a Explainer<'a>,
    waiting: &'a WaitingJob,
    search: Search<'a>,
    at: Time,
    alternatives: Vec<Alternative<'a>>,
    obstacles: Vec<Obstacle>,
    /// The holds before the job that count in its quotas, if it has any.
    counted: Vec<&'a Hold>,
    /// Each inner job before the job, with the jobs that are its container.
    inner_jobs: Vec<(JobId, BTreeSet<JobId>)>,
}

/// An alternative that starts, with the resources it takes.
struct Start {
    alternative: usize,
    resources: ProcSet,
}

impl<'a> Question<'a> {
    fn new(explainer: &'a Explainer<'a>, outcome: &'a Outcome, at: Time, alternatives: Vec<Alternative<'a>>) -> Self {
        let gantt = explainer.gantt;
        let search = Search::new(gantt, &outcome.job.job);
        let besteffort = search.view().besteffort;
        let horizon = alternatives.iter().map(|alternative| alternative.end).max().unwrap_or(at);
        let before = gantt.holds().get(..outcome.holds_before).unwrap_or_default();
        let seen: Vec<&Hold> = before.iter().filter(|hold| besteffort || !hold.hidden).collect();
        let mut question = Self {
            explainer,
            waiting: &outcome.job,
            at,
            alternatives,
            obstacles: Vec::new(),
            counted: Vec::new(),
            inner_jobs: inner_jobs(&seen, gantt, besteffort),
            search,
        };
        let during: Vec<&Hold> = seen.iter().copied().filter(|hold| hold.begin <= horizon && hold.end >= at).collect();
        question.add_quotas(&during);
        question.add_jobs(&during);
        match question.search.view().container {
            Some(name) => question.add_container(name, &seen, horizon),
            None => question.add_upto(horizon),
        }
        question
    }

    /// The alternatives whose groups find too little beside each other even on an empty machine.
    fn too_much_together(&self) -> impl Iterator<Item = Cause> {
        self.alternatives.iter().filter_map(|alternative| {
            let shortage = hierarchy::shortage(&alternative.groups, self.usable())?;
            let problem = Impossible::MoreThanExists { shortage };
            Some(Cause::Impossible { moldable: Some(alternative.moldable.id), problem })
        })
    }

    fn gantt(&self) -> &'a Gantt {
        self.explainer.gantt
    }

    fn usable(&self) -> &'a ProcSet {
        &self.explainer.site.resources.usable
    }

    fn add(&mut self, what: What, pieces: Vec<(Time, Time, ProcSet)>) {
        self.obstacles.push(Obstacle { what, pieces });
    }

    fn add_quotas(&mut self, during: &[&'a Hold]) {
        let Some(quotas) = self.search.quotas() else { return };
        for (rules, rule) in quotas.rules_of(&self.waiting.job) {
            for figure in [Figure::Resources, Figure::Jobs, Figure::ResourceSeconds] {
                self.add(What::Quota(rules.clone(), rule.clone(), figure), Vec::new());
            }
        }
        if let Some(end) = quotas.window_end() {
            self.add(What::WindowLimit(end), Vec::new());
        }
        self.counted = during.iter().copied().filter(|hold| hold.is_counted()).collect();
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
        let end = self.gantt().end();
        let mut leaving: BTreeMap<Time, ProcSet> = BTreeMap::new();
        for entry in &self.explainer.site.resources.available_upto {
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
    fn add_container(&mut self, name: &str, seen: &[&Hold], horizon: Time) {
        let pieces: Vec<_> = seen
            .iter()
            .filter(|hold| hold.job.container_name().as_deref() == Some(name))
            .map(|hold| (hold.begin, hold.piece_end(self.gantt().security_time()), &hold.resources))
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
        let known_jobs = &self.explainer.site.known_jobs;
        match container.parse().ok().and_then(|id| known_state(JobId(id), known_jobs)) {
            Some(None) => ContainerProblem::Missing,
            Some(Some(state)) if state.is_final() => ContainerProblem::Ended,
            _ => ContainerProblem::NotScheduled,
        }
    }

    /// The alternative with which the job starts at `at` when these obstacles are removed.
    fn starts(&self, removed: &[bool]) -> Option<Start> {
        let usage = self.usage(removed);
        let now = self.alternatives.iter().enumerate().filter_map(|(index, alternative)| {
            let resources = self.fits(index, self.at, alternative.end, removed, &usage)?;
            Some(Start { alternative: index, resources })
        });
        let best =
            now.min_by_key(|start| self.alternatives.get(start.alternative).map(|best| (best.end, start.alternative)))?;
        let best_end = self.alternatives.get(best.alternative)?.end;
        // Another one may start later and still end before.
        let is_beaten = self.alternatives.iter().enumerate().any(|(index, other)| {
            let latest_end = if index < best.alternative { best_end } else { best_end.previous() };
            let latest_start = latest_end - other.moldable.walltime + crate::units::Seconds(1);
            latest_start > self.at
                && self
                    .instants(removed, &usage)
                    .into_iter()
                    .filter(|&start| self.at < start && start <= latest_start)
                    .any(|start| {
                        let end = start.end_of(other.moldable.walltime);
                        self.fits(index, start, end, removed, &usage).is_some()
                    })
        });
        (!is_beaten).then_some(best)
    }

    fn kept<'b>(&'b self, removed: &'b [bool]) -> impl Iterator<Item = &'b Obstacle> {
        self.obstacles.iter().zip(removed).filter(|(_, removed)| !**removed).map(|(obstacle, _)| obstacle)
    }

    /// The resources that an alternative takes over `[begin, end]`, if it can.
    fn fits(&self, index: usize, begin: Time, end: Time, removed: &[bool], usage: &Usage) -> Option<ProcSet> {
        let alternative = self.alternatives.get(index)?;
        let available = self.available(begin, end, removed);
        let found = hierarchy::find(&alternative.groups, &available)?;
        if self.search.quotas().is_some() {
            let limited = |end_of_window: &Time| end > *end_of_window;
            let violations = self.violations(index, &found, begin, end, usage);
            let refused = self.kept(removed).any(|obstacle| match &obstacle.what {
                What::WindowLimit(end_of_window) => limited(end_of_window),
                What::Quota(rules, rule, figure) => violations
                    .iter()
                    .any(|violation| (&violation.rules, &violation.rule, &violation.figure) == (rules, rule, figure)),
                _ => false,
            });
            if refused {
                return None;
            }
        }
        Some(found)
    }

    fn violations(&self, index: usize, found: &ProcSet, begin: Time, end: Time, usage: &Usage) -> Vec<Violation> {
        let Some(alternative) = self.alternatives.get(index) else { return Vec::new() };
        self.search.violations(usage, found, begin, end, alternative.moldable.walltime)
    }

    fn available(&self, begin: Time, end: Time, removed: &[bool]) -> ProcSet {
        let pieces = self.kept(removed).flat_map(|obstacle| &obstacle.pieces);
        let in_the_way = pieces.filter(|(from, to, _)| *from <= end && *to >= begin);
        let taken = ProcSet::from_ranges(in_the_way.flat_map(|(_, _, resources)| resources.ranges()));
        self.usable().difference(&taken)
    }

    /// What the quotas count when these obstacles are removed. A container takes its inner jobs along.
    fn usage(&self, removed: &[bool]) -> Usage {
        let mut usage = Usage::default();
        let Some(quotas) = self.search.quotas() else { return usage };
        let mut gone: BTreeSet<JobId> = BTreeSet::new();
        for (obstacle, removed) in self.obstacles.iter().zip(removed) {
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
        for hold in self.counted.iter().filter(|hold| !gone.contains(&hold.job.id)) {
            usage.count(quotas, &hold.job, hold.begin, hold.end, self.gantt().counts(&hold.resources, hold.walltime));
        }
        usage
    }

    /// The instants at which something changes.
    fn instants(&self, removed: &[bool], usage: &Usage) -> BTreeSet<Time> {
        let pieces = self.kept(removed).flat_map(|obstacle| &obstacle.pieces);
        let mut instants: BTreeSet<Time> = pieces.flat_map(|(begin, end, _)| [*begin, end.next()]).collect();
        if let Some(quotas) = self.search.quotas() {
            instants.extend(usage.changes().chain(quotas.changes()));
        }
        instants
    }

    /// Writes down the causes, `removed` being the obstacles that must go.
    fn answer(&self, removed: &[usize], reason: &mut Reason) {
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
            let available = self.available(self.at, alternative.end, &without(&[]));
            reason.shortage = hierarchy::shortage(&alternative.groups, &available);
        }
        let usage = self.usage(&without(removed));
        let violations = self.violations(start.alternative, &start.resources, self.at, alternative.end, &usage);
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
                    until: obstacle.pieces.iter().map(|(_, end, _)| end.next()).max()?,
                },
                What::Upto(until) => {
                    Cause::AvailableUpto { until: *until, resources: taken_from(obstacle, &start.resources) }
                }
                What::Container(problem) => {
                    Cause::Container { container: self.search.view().container?.to_owned(), problem: *problem }
                }
                What::WindowLimit(end) => Cause::WindowLimit { end: *end },
                What::Quota(rules, rule, figure) => {
                    let wanted = |violation: &&Violation| {
                        (&violation.rules, &violation.rule, &violation.figure) == (rules, rule, figure)
                    };
                    let violation = violations.iter().find(wanted)?;
                    Cause::Quota {
                        rules: rules.clone(),
                        rule: rule.clone(),
                        figure: *figure,
                        used: violation.used,
                        asked: violation.asked,
                        limit: violation.limit,
                    }
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
    let pieces = obstacle.pieces.iter().map(|(_, _, held)| held.intersection(resources));
    pieces.fold(ProcSet::new(), |all, piece| all.union(&piece))
}
