//! A plan in words.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::job::WaitingJob;
use crate::ordering::Priority;
use crate::plan::{Assignment, Plan};
use crate::reasons::Reason;
use crate::snapshot::Snapshot;
use crate::text::printable;
use crate::units::{JobId, Time};

/// What becomes of the jobs of a round, and why, in lines for people. Looks things up, however many jobs there are.
#[derive(Debug)]
pub struct Words<'a> {
    zone: TimeZone,
    zone_name: &'a str,
    plan: &'a Plan,
    waiting: BTreeMap<JobId, &'a WaitingJob>,
    assignments: BTreeMap<JobId, &'a Assignment>,
    reasons: BTreeMap<JobId, &'a Reason>,
    priorities: BTreeMap<JobId, &'a Priority>,
    switched_off: BTreeSet<JobId>,
}

impl<'a> Words<'a> {
    /// The words for a plan of this snapshot.
    #[must_use]
    pub fn new(snapshot: &'a Snapshot, plan: &'a Plan) -> Self {
        let absent = &snapshot.resources.absent;
        let is_off = |assignment: &&Assignment| assignment.start <= plan.now && assignment.resources.intersects(absent);
        let waiting = snapshot.groups.iter().flat_map(|group| &group.waiting_jobs).rev();
        // The database that is compiled in, as for the plan. In a zone that is unknown no round takes place.
        let zone = jiff::tz::TimeZoneDatabase::bundled().get(&snapshot.time_zone).unwrap_or(TimeZone::UTC);
        Self {
            zone,
            zone_name: &snapshot.time_zone,
            plan,
            // Of two with the same number the first is the one that was handled.
            waiting: waiting.map(|waiting| (waiting.job.id, waiting)).collect(),
            assignments: plan.assignments.iter().map(|assignment| (assignment.job, assignment)).collect(),
            reasons: plan.reasons.iter().map(|reason| (reason.job, reason)).collect(),
            priorities: plan.priorities.iter().map(|priority| (priority.job, priority)).collect(),
            switched_off: plan.assignments.iter().filter(is_off).map(|assignment| assignment.job).collect(),
        }
    }

    /// The time of the round, on the site's wall clock.
    #[must_use]
    pub fn time(&self) -> String {
        format!("{} {}", self.date(self.plan.now), printable(self.zone_name))
    }

    /// How many jobs there are, then a line for each in the order of the plan: the placed ones, then the others. Then what else there is to tell.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let plan = self.plan;
        let starts = plan.assignments.iter().filter(|assignment| self.starts_now(assignment)).count();
        let number = plan.assignments.len() + plan.unscheduled.len();
        let jobs = format!("{number} waiting job{}", if number == 1 { "" } else { "s" });
        let (later, without) = (plan.assignments.len() - starts, plan.unscheduled.len());
        let mut lines = vec![format!("{jobs}: {starts} start now, {later} later, {without} without a place")];
        lines.extend(plan.assignments.iter().map(|assignment| self.placed(assignment)));
        lines.extend(plan.unscheduled.iter().map(|unscheduled| self.unscheduled(unscheduled.job)));
        lines.extend(plan.property_changes.iter().map(|change| {
            let (resources, value) = (&change.resources, &change.value);
            format!("of resources {resources}, {} becomes {value:?}", printable(&change.property))
        }));
        lines.extend(plan.warnings.iter().map(|warning| format!("warning: {}", printable(warning))));
        lines
    }

    /// The line of one job; `None`: the plan does not speak of it.
    #[must_use]
    pub fn job(&self, job: JobId) -> Option<String> {
        if let Some(assignment) = self.assignments.get(&job) {
            return Some(self.placed(assignment));
        }
        self.plan.unscheduled.iter().find(|unscheduled| unscheduled.job == job).map(|_| self.unscheduled(job))
    }

    fn placed(&self, assignment: &Assignment) -> String {
        format!("{}: {}", self.who(assignment.job), self.place(assignment))
    }

    fn unscheduled(&self, job: JobId) -> String {
        let why = self.why(job).unwrap_or_else(|| "no reason is known".into());
        format!("{}: not scheduled because {why}", self.who(job))
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

    fn why(&self, job: JobId) -> Option<Cow<'a, str>> {
        self.reasons.get(&job).map(|reason| printable(&reason.line)).filter(|line| !line.is_empty())
    }

    fn place(&self, assignment: &Assignment) -> String {
        let Assignment { job, moldable, start, walltime, resources } = assignment;
        let waiting = self.waiting.get(job);
        let alternatives = waiting.map_or(0, |waiting| waiting.moldables.len());
        let alternative = if alternatives > 1 { format!(" (alternative {moldable})") } else { String::new() };
        let until = self.date(*start + *walltime);
        let place = format!("on {resources}{alternative}, until {until}");
        if self.starts_now(assignment) {
            return format!("starts now {place}");
        }
        if *start <= self.plan.now {
            let why = self.why(*job).unwrap_or_default();
            return format!("is given its place now {place}, and starts once it can: {why}");
        }
        let start = self.date(*start);
        match self.why(*job) {
            Some(why) => format!("starts at {start} {place}, because {why}"),
            None if waiting.is_some_and(|waiting| waiting.reservation_start.is_some()) => {
                format!("starts at {start} {place}, as reserved")
            }
            None => format!("starts at {start} {place}"),
        }
    }

    /// The date as the site sees it; seconds since the epoch for one that no calendar has.
    fn date(&self, at: Time) -> String {
        match Timestamp::from_second(at.0) {
            Ok(timestamp) => self.zone.to_datetime(timestamp).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            Err(_) => format!("second {at}"),
        }
    }
}
