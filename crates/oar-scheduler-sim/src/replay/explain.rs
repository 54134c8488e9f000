//! A plan in words.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use oar_scheduler_core::{Assignment, JobId, Plan, Priority, PropertyChange, Reason, WaitingJob};

use super::Replayed;
use crate::output::Output;
use crate::text::{Clock, counted, printable};

/// Looks up what a plan says of a job, however many there are.
struct Words<'a> {
    clock: Clock,
    plan: &'a Plan,
    waiting: BTreeMap<JobId, &'a WaitingJob>,
    reasons: BTreeMap<JobId, &'a Reason>,
    priorities: BTreeMap<JobId, &'a Priority>,
    switched_off: BTreeSet<JobId>,
}

/// Writes a heading, then a line for each job in the order of the plan: the placed ones, then the others.
pub(super) fn write(replayed: &Replayed, output: &mut Output) -> io::Result<()> {
    let Replayed { round, plan, .. } = replayed;
    let words = Words::new(replayed);
    let now = words.clock.date(plan.now);
    let starts = plan.assignments.iter().filter(|assignment| words.starts_now(assignment)).count();
    let jobs = counted(plan.assignments.len() + plan.unscheduled.len(), "waiting job");
    let (later, without) = (plan.assignments.len() - starts, plan.unscheduled.len());
    output.line(format_args!("{}: {now} {}", replayed.title(), printable(&round.snapshot.time_zone)))?;
    output.line(format_args!("  {jobs}: {starts} start now, {later} later, {without} without a place"))?;
    for assignment in &plan.assignments {
        output.line(format_args!("  {}: {}", words.who(assignment.job), words.place(assignment)))?;
    }
    for unscheduled in &plan.unscheduled {
        let why = words.why(unscheduled.job).unwrap_or_else(|| "no reason is known".into());
        output.line(format_args!("  {}: not scheduled because {why}", words.who(unscheduled.job)))?;
    }
    for PropertyChange { resources, property, value } in &plan.property_changes {
        output.line(format_args!("  of resources {resources}, {} becomes {:?}", printable(property), value))?;
    }
    for warning in &plan.warnings {
        output.line(format_args!("  warning: {}", printable(warning)))?;
    }
    Ok(())
}

impl<'a> Words<'a> {
    fn new(replayed: &'a Replayed) -> Self {
        let Replayed { round, plan, .. } = replayed;
        let absent = &round.snapshot.resources.absent;
        let is_off = |assignment: &&Assignment| assignment.start <= plan.now && assignment.resources.intersects(absent);
        let waiting = round.snapshot.groups.iter().flat_map(|group| &group.waiting_jobs).rev();
        Self {
            clock: Clock::of(&round.snapshot),
            plan,
            // Of two with the same number the first is the one that was handled.
            waiting: waiting.map(|waiting| (waiting.job.id, waiting)).collect(),
            reasons: plan.reasons.iter().map(|reason| (reason.job, reason)).collect(),
            priorities: plan.priorities.iter().map(|priority| (priority.job, priority)).collect(),
            switched_off: plan.assignments.iter().filter(is_off).map(|assignment| assignment.job).collect(),
        }
    }

    fn starts_now(&self, assignment: &Assignment) -> bool {
        assignment.start <= self.plan.now && !self.switched_off.contains(&assignment.job)
    }

    /// The job, its owner, and what gave it its place in the order.
    fn who(&self, job: JobId) -> String {
        let user = self.waiting.get(&job).map(|waiting| waiting.job.user.as_str()).filter(|user| !user.is_empty());
        let user = user.map(|user| format!("of {}", printable(user)));
        let priority = self.priorities.get(&job).and_then(|priority| match (priority.priority, priority.karma) {
            (Some(figure), _) => Some(format!("priority {figure:.4}")),
            (None, Some(karma)) => Some(format!("karma {karma:.4}")),
            (None, None) => None,
        });
        let more: Vec<String> = user.into_iter().chain(priority).collect();
        if more.is_empty() { format!("job {job}") } else { format!("job {job} ({})", more.join(", ")) }
    }

    fn why(&self, job: JobId) -> Option<String> {
        self.reasons.get(&job).map(|reason| printable(&reason.line).into_owned()).filter(|line| !line.is_empty())
    }

    fn place(&self, assignment: &Assignment) -> String {
        let Assignment { job, moldable, start, walltime, resources } = assignment;
        let waiting = self.waiting.get(job);
        let alternatives = waiting.map_or(0, |waiting| waiting.moldables.len());
        let alternative = if alternatives > 1 { format!(" (alternative {moldable})") } else { String::new() };
        let until = self.clock.date(*start + *walltime);
        let place = format!("on {resources}{alternative}, until {until}");
        if self.starts_now(assignment) {
            return format!("starts now {place}");
        }
        if *start <= self.plan.now {
            let why = self.why(*job).unwrap_or_default();
            return format!("is given its place now {place}, and starts once it can: {why}");
        }
        let start = self.clock.date(*start);
        match self.why(*job) {
            Some(why) => format!("starts at {start} {place}, because {why}"),
            None if waiting.is_some_and(|waiting| waiting.reservation_start.is_some()) => {
                format!("starts at {start} {place}, as reserved")
            }
            None => format!("starts at {start} {place}"),
        }
    }
}
