//! Causes in words.

use jiff::Timestamp;

use super::{Cause, ContainerProblem, EnvelopeProblem, Impossible, Reason};
use crate::hierarchy::Shortage;
use crate::job::WaitingJob;
use crate::quotas::Figure;
use crate::round::{Outcome, Site};
use crate::units::Time;

/// The reason in one line.
pub(super) fn of(reason: &Reason, outcome: &Outcome, site: &Site) -> String {
    let words = Words { site, job: &outcome.job };
    let holders = reason.causes.iter().any(|cause| matches!(cause, Cause::Held { .. } | Cause::AvailableUpto { .. }));
    let shortage = reason.shortage.as_ref().filter(|_| holders).map(shortage);
    let causes = reason.causes.iter().map(|cause| words.cause(cause));
    let could_start = outcome.could_start_at.map(|at| format!("it could start at {}", words.date(at)));
    shortage.into_iter().chain(causes).chain(could_start).collect::<Vec<_>>().join("; ")
}

struct Words<'a> {
    site: &'a Site,
    job: &'a WaitingJob,
}

impl Words<'_> {
    /// A date on the site's wall clock; seconds since the epoch for one that no calendar has.
    fn date(&self, at: Time) -> String {
        match Timestamp::from_second(at.0) {
            Ok(timestamp) => self.site.zone.to_datetime(timestamp).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            Err(_) => at.to_string(),
        }
    }

    fn cause(&self, cause: &Cause) -> String {
        match cause {
            Cause::Held { job, resources, until } => {
                format!("job {job} holds {resources} until {}", self.date(*until))
            }
            Cause::AvailableUpto { until, resources } => format!("{resources} will be gone from {}", self.date(*until)),
            Cause::Container { container, problem } => match problem {
                ContainerProblem::NotScheduled => format!("container {container} has no place yet"),
                ContainerProblem::TooSmall => {
                    format!("container {container} does not give enough for the job's whole time from now")
                }
                ContainerProblem::Ended => format!("container {container} has ended, the job will never run"),
                ContainerProblem::Missing => format!("container {container} does not exist, the job will never run"),
            },
            Cause::Quota { rules, rule, figure, used, asked, limit } => {
                let rules = rules.as_ref().map(|name| format!(" of rules {name}")).unwrap_or_default();
                let (scale, unit) = match figure {
                    Figure::Resources => (1, "resources"),
                    Figure::Jobs => (1, "jobs"),
                    Figure::ResourceSeconds => (3600, "resource-hours"),
                };
                let shown = |number: i64| hours(number, scale);
                format!(
                    "quota {rule}{rules} allows {} {unit}: {} used, {} more asked",
                    shown(*limit),
                    shown(*used),
                    shown(*asked)
                )
            }
            Cause::WindowLimit { end } => {
                format!("jobs under quotas must end by {} (QUOTAS_WINDOW_TIME_LIMIT)", self.date(*end))
            }
            Cause::Dependency { job, state, exit_code, until } => match (until, exit_code) {
                (Some(until), _) => {
                    format!("it depends on job {job}, which is expected to end at {}", self.date(*until))
                }
                (None, Some(code)) => {
                    format!("it depends on job {job}, which ended with exit code {code}: the job will never run")
                }
                (None, None) => {
                    format!("it depends on job {job} ({}), whose end is not known yet", state.name())
                }
            },
            Cause::Postponed { until } => format!("it is postponed until {}", self.date(*until)),
            Cause::Deadline { end } => format!("it must be over by {}", self.date(*end)),
            Cause::Token { token, asked, left: Some(left) } => {
                format!("it asks for {asked} of token {token}, {left} left")
            }
            Cause::Token { token, asked, left: None } => {
                format!("it asks for {asked} of token {token}, and nobody knows how many are left")
            }
            Cause::Envelope { envelope, problem } => match problem {
                EnvelopeProblem::NotRunning => format!("its envelope, job {envelope}, is not running"),
                EnvelopeProblem::OtherUser => format!("its envelope, job {envelope}, belongs to somebody else"),
                EnvelopeProblem::Ended => format!("its envelope, job {envelope}, has ended: the job will never run"),
                EnvelopeProblem::Missing => {
                    format!("its envelope, job {envelope}, does not exist: the job will never run")
                }
            },
            Cause::Absent { resources } => format!("{resources} must wake up first"),
            Cause::RoundLimit { limit, rank } => {
                format!(
                    "it is number {rank} of its queues, a round places {limit} (MAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND)"
                )
            }
            Cause::NotSelected { plugin } => format!("the sorting plugin {plugin} left it out"),
            Cause::Plugin { plugin, problem } => format!("plugin {plugin}: {problem}"),
            Cause::ReservationTooOld { start } => format!("its requested time, from {}, is over", self.date(*start)),
            Cause::Impossible { moldable, problem } => {
                let moldables = &self.job.moldables;
                let place = moldables.iter().position(|known| Some(known.id) == *moldable);
                let which = match place.filter(|_| moldables.len() > 1) {
                    Some(place) => format!("alternative {}", place + 1),
                    None => "it".to_owned(),
                };
                let filters = place.and_then(|place| moldables.get(place)).map(|moldable| &moldable.requests);
                let is_filtered =
                    |group: usize| filters.and_then(|groups| groups.get(group)?.filter.as_ref()).is_some();
                let verdict = match problem {
                    Impossible::Missing { .. } => "cannot run while resources are missing",
                    _ => "can never run",
                };
                format!("{which} {verdict}: {}", self.impossible(problem, is_filtered))
            }
            Cause::Invalid { problem } => problem.clone(),
        }
    }

    fn impossible(&self, problem: &Impossible, is_filtered: impl Fn(usize) -> bool) -> String {
        match problem {
            Impossible::Empty => "it asks for nothing".to_owned(),
            Impossible::Walltime { walltime } => format!("its walltime of {walltime} s is not positive"),
            Impossible::TooManyLevels { levels } => format!("it goes through {levels} levels"),
            Impossible::NoSuchLevel { level } => format!("there is no level {level}"),
            Impossible::BadCount { level, count } => format!("it asks for {count} of level {level}"),
            Impossible::FilterMatchesNothing { group } => {
                format!("the properties of its group {} select no usable resource", group + 1)
            }
            Impossible::MoreThanExists { shortage } => {
                let with = if is_filtered(shortage.group) { " with these properties" } else { "" };
                format!("{}, and {} exist{with}", asked(shortage), shortage.available)
            }
            Impossible::Missing { shortage } => {
                let with = if is_filtered(shortage.group) { " with these properties" } else { "" };
                format!("{}, and {} are there{with}", asked(shortage), shortage.available)
            }
            Impossible::TooLong { end } => format!("it would end after {}", self.date(*end)),
        }
    }
}

fn shortage(shortage: &Shortage) -> String {
    format!("{}, {} free", asked(shortage), shortage.available)
}

fn asked(shortage: &Shortage) -> String {
    let Shortage { group, level, each_with, needed, .. } = shortage;
    let group = if *group == 0 { String::new() } else { format!("group {}: ", group + 1) };
    let each_with = if each_with.is_empty() { String::new() } else { format!(" with {each_with} in each") };
    format!("{group}it needs {needed} of {level}{each_with}")
}

fn hours(seconds: i64, scale: i64) -> String {
    if scale == 1 || seconds % scale == 0 {
        return (seconds / scale).to_string();
    }
    let hundredths = i128::from(seconds) * 100 / i128::from(scale);
    format!("{}.{:02}", hundredths / 100, (hundredths % 100).abs())
}
