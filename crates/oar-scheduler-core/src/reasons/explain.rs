//! Which jobs need a reason, and what kind.

use std::cell::OnceCell;

use super::in_order::InOrder;
use super::plain::PlainJobs;
use super::question::{Alternative, Question};
use super::{Cause, Impossible, Reason, line};
use crate::gantt::{Gantt, View};
use crate::hierarchy::{self, Group, Places, RequestError, Shortage};
use crate::job::{Moldable, WaitingJob};
use crate::machine::Machine;
use crate::round::{Outcome, Site, reservation_end};
use crate::units::{Seconds, Time};

/// Finds the causes for the jobs of a round, once it is over.
pub(crate) struct Explainer<'a> {
    site: &'a Site,
    gantt: &'a Gantt,
    /// A place for each resource of a machine that requests can ask for; the second is that of the jobs that accept missing resources.
    places: [OnceCell<Places>; 2],
    holds: InOrder,
    plain_jobs: PlainJobs<'a>,
}

impl<'a> Explainer<'a> {
    pub fn new(site: &'a Site, gantt: &'a Gantt) -> Self {
        Self {
            site,
            gantt,
            places: <[_; 2]>::default(),
            holds: InOrder::new(gantt.holds()),
            plain_jobs: PlainJobs::new(site, gantt),
        }
    }

    /// What holds a job back; `None` if it starts now, or is a reservation that got its time.
    pub fn reason(&mut self, outcome: &Outcome) -> Option<Reason> {
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
                let resources = assignment.resources.intersection(&self.site.absent);
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

    fn add_causes(&mut self, outcome: &Outcome, reason: &mut Reason) {
        let waiting = &*outcome.job;
        let at = waiting.reservation_start.unwrap_or(self.site.now).max(self.site.now);
        let considered = self.considered(waiting, at);
        if self.plain_jobs.explain(&self.holds, outcome, &considered, at, reason) {
            return;
        }
        let (alternatives, impossible) = self.alternatives(waiting, &considered);
        if alternatives.is_empty() {
            // Nothing else matters.
            reason.causes = impossible;
            return;
        }
        let question =
            Question::new(self.site, self.gantt, self.places(waiting), &self.holds, outcome, at, alternatives);
        match question.removal() {
            Some(removed) => question.answer(&removed, reason),
            None => reason.causes = impossible.into_iter().chain(question.too_much_together()).collect(),
        }
    }

    /// The alternatives that the job may be placed with, each with the last second of its window if it begins at `at`.
    fn considered<'b>(&self, waiting: &'b WaitingJob, at: Time) -> Vec<(&'b Moldable, Time)> {
        let end = |moldable: &Moldable| match waiting.reservation_start {
            Some(_) => reservation_end(at, moldable.walltime, self.gantt.security_time()),
            None => at.end_of(moldable.walltime),
        };
        let considered = if waiting.reservation_start.is_some() { 1 } else { usize::MAX };
        waiting.moldables.iter().take(considered).map(|moldable| (moldable, end(moldable))).collect()
    }

    /// The alternatives that can run on an empty machine, and why the others cannot.
    fn alternatives<'b>(
        &'b self,
        waiting: &WaitingJob,
        considered: &[(&'b Moldable, Time)],
    ) -> (Vec<Alternative<'b>>, Vec<Cause>) {
        let (mut alternatives, mut impossible) = (Vec::new(), Vec::new());
        for &(moldable, end) in considered {
            match self.possible(self.site.machine(waiting), moldable, end) {
                Ok(groups) => alternatives.push(Alternative { moldable, groups, end }),
                Err(problem) => {
                    let by_missing = self.shortage_by_missing(waiting, moldable, end);
                    let problem = by_missing.map_or(problem, |shortage| Impossible::Missing { shortage });
                    impossible.push(Cause::Impossible { moldable: Some(moldable.id), problem });
                }
            }
        }
        if considered.is_empty() {
            impossible.push(Cause::Impossible { moldable: None, problem: Impossible::Empty });
        }
        (alternatives, impossible)
    }

    /// A place for each resource of a job's machine that requests can ask for.
    fn places(&self, waiting: &WaitingJob) -> &Places {
        let [without_missing, whole] = &self.places;
        let view = View::of(waiting);
        let places = if view.missing { whole } else { without_missing };
        places.get_or_init(|| self.gantt.places_of_resources(view))
    }

    /// What an alternative asks for, if it can run on an empty machine.
    fn possible<'b>(
        &self,
        machine: &'b Machine,
        moldable: &'b Moldable,
        end: Time,
    ) -> Result<Vec<Group<'b>>, Impossible> {
        let groups = machine.resolve(moldable).map_err(Impossible::from)?;
        if let Some(group) = groups.iter().position(|group| !group.filter.intersects(&machine.usable)) {
            return Err(Impossible::FilterMatchesNothing { group });
        }
        if let Some(shortage) = shortage_alone(&groups, machine) {
            return Err(Impossible::MoreThanExists { shortage });
        }
        if end > self.site.max_time {
            return Err(Impossible::TooLong { end: self.site.max_time });
        }
        Ok(groups)
    }

    /// What an alternative lacks on an empty machine, if it can run on one on which nothing is missing.
    fn shortage_by_missing(&self, waiting: &WaitingJob, moldable: &Moldable, end: Time) -> Option<Shortage> {
        let (machines, machine) = (&self.site.machines, self.site.machine(waiting));
        if waiting.accepts_missing || !machines.differ() || self.possible(machines.whole(), moldable, end).is_err() {
            return None;
        }
        shortage_alone(&machine.resolve(moldable).ok()?, machine)
    }
}

/// What a group lacks on an empty machine, each by itself: groups that take each other's resources there may still fit on a fuller one.
fn shortage_alone(groups: &[Group<'_>], machine: &Machine) -> Option<Shortage> {
    groups.iter().enumerate().find_map(|(index, group)| {
        let shortage = hierarchy::shortage(std::slice::from_ref(group), &machine.usable)?;
        Some(Shortage { group: index, ..shortage })
    })
}

impl From<RequestError> for Impossible {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Empty => Self::Empty,
            RequestError::Walltime(walltime) => Self::Walltime { walltime: Seconds(walltime) },
            RequestError::TooManyLevels(levels) => Self::TooManyLevels { levels },
            RequestError::NoSuchLevel(level) => Self::NoSuchLevel { level },
            RequestError::BadCount { level, count } => Self::BadCount { level, count },
        }
    }
}
