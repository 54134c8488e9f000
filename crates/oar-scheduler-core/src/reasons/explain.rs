//! Which jobs need a reason, and what kind.

use super::in_order::InOrder;
use super::plain::PlainJobs;
use super::question::{Alternative, Question};
use super::{Cause, Impossible, Reason, line};
use crate::gantt::Gantt;
use crate::hierarchy::{self, Group, Places, RequestError, Shortage};
use crate::job::{Moldable, WaitingJob};
use crate::round::{Outcome, Site, reservation_end};
use crate::units::{Seconds, Time};

/// Finds the causes for the jobs of a round, once it is over.
pub(crate) struct Explainer<'a> {
    site: &'a Site,
    gantt: &'a Gantt,
    /// A place for each usable resource that requests can ask for.
    places: Places,
    holds: InOrder,
    plain_jobs: PlainJobs<'a>,
}

impl<'a> Explainer<'a> {
    pub fn new(site: &'a Site, gantt: &'a Gantt) -> Self {
        let places = gantt.places_of_resources();
        Self { site, gantt, places, holds: InOrder::new(gantt.holds()), plain_jobs: PlainJobs::new(site, gantt) }
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

    fn add_causes(&mut self, outcome: &Outcome, reason: &mut Reason) {
        let waiting = &*outcome.job;
        let at = waiting.reservation_start.unwrap_or(self.site.now).max(self.site.now);
        let considered = self.considered(waiting, at);
        if self.plain_jobs.explain(&self.holds, outcome, &considered, at, reason) {
            return;
        }
        let (alternatives, impossible) = self.alternatives(&considered);
        if alternatives.is_empty() {
            // Nothing else matters.
            reason.causes = impossible;
            return;
        }
        let question = Question::new(self.site, self.gantt, &self.places, &self.holds, outcome, at, alternatives);
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
    fn alternatives<'b>(&'b self, considered: &[(&'b Moldable, Time)]) -> (Vec<Alternative<'b>>, Vec<Cause>) {
        let (mut alternatives, mut impossible) = (Vec::new(), Vec::new());
        for &(moldable, end) in considered {
            match self.possible(moldable, end) {
                Ok(groups) => alternatives.push(Alternative { moldable, groups, end }),
                Err(problem) => impossible.push(Cause::Impossible { moldable: Some(moldable.id), problem }),
            }
        }
        if considered.is_empty() {
            impossible.push(Cause::Impossible { moldable: None, problem: Impossible::Empty });
        }
        (alternatives, impossible)
    }

    fn possible<'b>(&'b self, moldable: &'b Moldable, end: Time) -> Result<Vec<Group<'b>>, Impossible> {
        let usable = &self.site.resources.usable;
        let groups =
            self.site.resources.hierarchy.resolve(moldable, &self.site.resources.default).map_err(Impossible::from)?;
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
            RequestError::Walltime(walltime) => Self::Walltime { walltime: Seconds(walltime) },
            RequestError::TooManyLevels(levels) => Self::TooManyLevels { levels },
            RequestError::NoSuchLevel(level) => Self::NoSuchLevel { level },
            RequestError::BadCount { level, count } => Self::BadCount { level, count },
        }
    }
}
