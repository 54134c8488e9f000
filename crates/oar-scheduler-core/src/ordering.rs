//! In which order the waiting jobs of a group are placed.
//!
//! See `docs/scheduling-rules.md`, section 10.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::job::{Count, Moldable, WaitingJob};
use crate::text::shortened;
use crate::units::{JobId, Time};

/// The ordering policy and its figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ordering {
    /// `JOB_PRIORITY`: `GIVEN`, `FIFO`, `FAIRSHARE`, `MULTIFACTOR` or `CUSTOM`.
    pub policy: String,
    /// `MAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND`; `None`, 0 or less: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_jobs: Option<i64>,
    /// Figures of FAIRSHARE, and of the karma of MULTIFACTOR.
    pub fairshare: Fairshare,
    /// Figures of MULTIFACTOR.
    pub multifactor: Multifactor,
    /// The plugin of CUSTOM.
    pub custom: ConfiguredPlugin,
}

impl Default for Ordering {
    fn default() -> Self {
        Self {
            policy: "GIVEN".to_owned(),
            max_jobs: None,
            fairshare: Fairshare::default(),
            multifactor: Multifactor::default(),
            custom: ConfiguredPlugin::default(),
        }
    }
}

/// The ordering policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// As listed.
    Given,
    /// By job number.
    Fifo,
    /// Who has used less than his share comes first.
    Fairshare,
    /// By a weighted sum of factors.
    Multifactor,
    /// As a plugin says.
    Custom,
}

impl Ordering {
    /// The policy that `policy` names; an unknown one is FIFO, with a warning.
    ///
    /// # Errors
    /// The warning, when the name is unknown.
    pub fn policy(&self) -> Result<Policy, String> {
        match self.policy.as_str() {
            "GIVEN" => Ok(Policy::Given),
            "FIFO" => Ok(Policy::Fifo),
            "FAIRSHARE" | "FAIRSHARING" => Ok(Policy::Fairshare),
            "MULTIFACTOR" => Ok(Policy::Multifactor),
            "CUSTOM" => Ok(Policy::Custom),
            other => Err(format!(
                "JOB_PRIORITY: expected FIFO, FAIRSHARE, MULTIFACTOR or CUSTOM, found {:?}; FIFO is used",
                shortened(other, 60)
            )),
        }
    }

    /// Whether the order depends on what was used before.
    #[must_use]
    pub fn needs_accounting(&self) -> bool {
        matches!(self.policy(), Ok(Policy::Fairshare | Policy::Multifactor))
    }

    /// The limit on the jobs of a group, if there is one.
    #[must_use]
    pub fn limit(&self) -> Option<usize> {
        self.max_jobs.filter(|&limit| limit > 0).and_then(|limit| usize::try_from(limit).ok())
    }
}

/// `SCHEDULER_FAIRSHARING_*`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fairshare {
    /// Percent of the machine that each project should get; none for a project that is not listed.
    pub project_targets: BTreeMap<String, f64>,
    /// Percent of the machine that each user should get; none for a user that is not listed.
    pub user_targets: BTreeMap<String, f64>,
    /// The weight of what the project has used.
    pub coef_project: f64,
    /// The weight of what the user has used.
    pub coef_user: f64,
    /// The weight of what the user has asked for.
    pub coef_user_ask: f64,
}

impl Default for Fairshare {
    fn default() -> Self {
        Self {
            project_targets: BTreeMap::new(),
            user_targets: BTreeMap::new(),
            coef_project: 0.0,
            coef_user: 1.0,
            coef_user_ask: 1.0,
        }
    }
}

/// The content of `PRIORITY_CONF_FILE`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Multifactor {
    pub age_weight: f64,
    /// What a second of waiting is worth; the factor is 1 after `1 / age_coef` seconds.
    pub age_coef: f64,
    pub queue_weight: f64,
    pub queue_coefs: BTreeMap<String, f64>,
    pub work_weight: f64,
    /// 0: little work first; else much work first.
    pub work_mode: i64,
    pub size_weight: f64,
    /// 0: small jobs first; else big jobs first.
    pub size_mode: i64,
    pub karma_weight: f64,
    pub qos_weight: f64,
    pub nice_weight: f64,
}

impl Default for Multifactor {
    fn default() -> Self {
        Self {
            age_weight: 0.0,
            age_coef: 1.65e-6,
            queue_weight: 0.0,
            queue_coefs: BTreeMap::new(),
            work_weight: 0.0,
            work_mode: 0,
            size_weight: 0.0,
            size_mode: 0,
            karma_weight: 0.0,
            qos_weight: 0.0,
            nice_weight: 0.0,
        }
    }
}

/// A plugin that the configuration names: `CUSTOM_JOB_SORTING` or `EXTRA_METASCHED`, and `…_CONFIG`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConfiguredPlugin {
    /// The plugin's name.
    pub name: String,
    /// Its configuration, as text.
    pub config: String,
}

/// What was used and asked for lately by the jobs of the group's queues (resource × seconds).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Accounting {
    /// What was used.
    pub used: Sums,
    /// What was asked for.
    pub asked: Sums,
}

/// Sums of accounting.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sums {
    /// Of everybody.
    pub total: f64,
    /// By project.
    pub projects: BTreeMap<String, f64>,
    /// By user.
    pub users: BTreeMap<String, f64>,
}

/// How a job came to its place in the order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Priority {
    /// The job.
    pub job: JobId,
    /// Its karma, where it matters: the lower, the earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub karma: Option<f64>,
    /// Its priority, under MULTIFACTOR: the higher, the earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<f64>,
    /// What the priority is the sum of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<Factor>,
}

/// One term of a priority: `weight × value`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Factor {
    /// `age`, `queue`, `work`, `size`, `karma`, `qos` or `nice`.
    pub name: String,
    /// Its weight in the configuration.
    pub weight: f64,
    /// Its value for this job.
    pub value: f64,
}

/// What the built-in orderings look at.
#[derive(Debug, Clone, Copy)]
pub struct OrderingContext<'a> {
    /// The policy's figures.
    pub ordering: &'a Ordering,
    /// What was used lately.
    pub accounting: &'a Accounting,
    /// The time of the round.
    pub now: Time,
    /// The number of default resources.
    pub cluster_size: u64,
}

impl OrderingContext<'_> {
    /// Sorts jobs by karma, then number. Returns how they came to their places, in that order.
    pub fn sort_by_karma(&self, jobs: &mut [&WaitingJob]) -> Vec<Priority> {
        sort_by(jobs, |job| self.karma(job), f64::total_cmp);
        jobs.iter()
            .map(|job| Priority { job: job.job.id, karma: Some(self.karma(job)), priority: None, factors: vec![] })
            .collect()
    }

    /// Sorts jobs by priority, highest first, then number. Returns how they came to their places, in that order.
    pub fn sort_by_priority(&self, jobs: &mut [&WaitingJob]) -> Vec<Priority> {
        sort_by(jobs, |job| priority_of(&self.factors(job)), |a, b| b.total_cmp(a));
        let explained = jobs.iter().map(|job| {
            let factors = self.factors(job);
            let karma = Some(self.karma(job)).filter(|_| self.ordering.multifactor.karma_weight != 0.0);
            Priority { job: job.job.id, karma, priority: Some(priority_of(&factors)), factors }
        });
        explained.collect()
    }

    /// How much more than his share the job's owner has had; see the module's rules.
    fn karma(&self, job: &WaitingJob) -> f64 {
        let figures = &self.ordering.fairshare;
        let share = |sums: &Sums, part: &BTreeMap<String, f64>, name: &str| {
            let total = if sums.total == 0.0 { 1.0 } else { sums.total };
            part.get(name).copied().unwrap_or(0.0) / total
        };
        let Accounting { used, asked } = self.accounting;
        let project_target = figures.project_targets.get(&job.job.project).copied().unwrap_or(0.0) / 100.0;
        let user_target = figures.user_targets.get(&job.job.user).copied().unwrap_or(0.0) / 100.0;
        finite(
            figures.coef_project * (share(used, &used.projects, &job.job.project) - project_target)
                + figures.coef_user * (share(used, &used.users, &job.job.user) - user_target)
                + figures.coef_user_ask * (share(asked, &asked.users, &job.job.user) - user_target),
        )
    }

    #[allow(clippy::cast_precision_loss)]
    fn factors(&self, job: &WaitingJob) -> Vec<Factor> {
        let figures = &self.ordering.multifactor;
        let cluster = self.cluster_size.max(1) as f64;
        let first = job.moldables.first();
        let size = first.map_or(0.0, |moldable| size(moldable, cluster));
        let mut factors = Vec::new();
        let mut add = |name: &str, weight: f64, counts: bool, value: &dyn Fn() -> f64| {
            if counts {
                factors.push(Factor { name: name.to_owned(), weight, value: finite(value()) });
            }
        };
        add("age", figures.age_weight, figures.age_weight != 0.0, &|| {
            let age = (self.now - job.submission_time).0.max(0);
            (figures.age_coef * age as f64).min(1.0)
        });
        add("queue", figures.queue_weight, figures.queue_weight > 0.0, &|| {
            figures.queue_coefs.get(&job.job.queue).copied().unwrap_or(0.0)
        });
        add("work", figures.work_weight, figures.work_weight > 0.0, &|| {
            let work = size * first.map_or(0.0, |moldable| moldable.walltime.0 as f64);
            let small = 1.0 / work.max(1.0);
            if figures.work_mode == 0 { small } else { 1.0 - small }
        });
        add("size", figures.size_weight, figures.size_weight > 0.0, &|| {
            let big = size / cluster;
            if figures.size_mode == 0 { 1.0 - big } else { big }
        });
        add("karma", figures.karma_weight, figures.karma_weight != 0.0, &|| {
            1.0 / (1.0 + self.karma(job)).max(0.000_001)
        });
        add("qos", figures.qos_weight, figures.qos_weight > 0.0, &|| number(job, "qos").unwrap_or(0.0).clamp(0.0, 1.0));
        add("nice", figures.nice_weight, figures.nice_weight > 0.0, &|| number(job, "nice").unwrap_or(1.0).max(1.0));
        factors
    }
}

fn priority_of(factors: &[Factor]) -> f64 {
    finite(factors.iter().fold(0.0, |sum, factor| sum + factor.weight * factor.value))
}

/// A figure that compares and is written down alike everywhere: what overflows becomes the nearest finite number, what is undefined 0.
fn finite(figure: f64) -> f64 {
    if figure.is_nan() { 0.0 } else { figure.clamp(f64::MIN, f64::MAX) }
}

fn sort_by(jobs: &mut [&WaitingJob], key: impl Fn(&WaitingJob) -> f64, compare: fn(&f64, &f64) -> std::cmp::Ordering) {
    // Adding 0 makes -0 and 0 the same.
    jobs.sort_by_cached_key(|job| Key { value: key(job) + 0.0, compare, id: job.job.id });
}

/// A sorting key of a figure and, among equals, the job's number.
struct Key {
    value: f64,
    compare: fn(&f64, &f64) -> std::cmp::Ordering,
    id: JobId,
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.compare)(&self.value, &other.value).then(self.id.cmp(&other.id))
    }
}

/// The number of resources or blocks that an alternative asks for.
#[allow(clippy::cast_precision_loss)]
fn size(moldable: &Moldable, cluster: f64) -> f64 {
    let groups = moldable.requests.iter().map(|request| {
        if request.levels.iter().any(|(_, Count(count))| *count <= 0) {
            return cluster;
        }
        request.levels.iter().map(|(_, Count(count))| *count as f64).product()
    });
    groups.sum()
}

/// The value of a job type as a finite number.
fn number(job: &WaitingJob, job_type: &str) -> Option<f64> {
    job.job.type_value(job_type)?.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{Job, Request};
    use crate::units::{MoldableId, Seconds};

    fn job(id: i64, user: &str) -> WaitingJob {
        let job = Job { id: JobId(id), user: user.to_owned(), project: "p".to_owned(), ..Job::default() };
        WaitingJob { job, ..WaitingJob::default() }
    }

    fn ids(jobs: &[&WaitingJob]) -> Vec<i64> {
        jobs.iter().map(|job| job.job.id.0).collect()
    }

    fn sums(total: f64, users: &[(&str, f64)]) -> Sums {
        Sums {
            total,
            projects: BTreeMap::new(),
            users: users.iter().map(|(name, sum)| ((*name).to_owned(), *sum)).collect(),
        }
    }

    #[test]
    fn karma_of_the_specification() {
        let mut ordering = Ordering::default();
        ordering.fairshare.user_targets.insert("alice".to_owned(), 50.0);
        let accounting = Accounting {
            used: sums(800.0, &[("alice", 600.0), ("bob", 200.0)]),
            asked: sums(2000.0, &[("alice", 1000.0), ("bob", 1000.0)]),
        };
        let context = OrderingContext { ordering: &ordering, accounting: &accounting, now: Time(0), cluster_size: 10 };
        let jobs = [job(1, "bob"), job(2, "alice"), job(4, "carol"), job(3, "carol")];
        let mut jobs: Vec<&WaitingJob> = jobs.iter().collect();
        let explained = context.sort_by_karma(&mut jobs);
        assert_eq!(ids(&jobs), [3, 4, 2, 1]);
        let karma: Vec<_> = explained.iter().map(|priority| priority.karma.unwrap()).collect();
        assert_eq!(karma, [0.0, 0.0, 0.25, 0.75]);
    }

    #[test]
    fn without_accounting_karma_is_finite() {
        let (ordering, accounting) = (Ordering::default(), Accounting::default());
        let context = OrderingContext { ordering: &ordering, accounting: &accounting, now: Time(0), cluster_size: 0 };
        assert_eq!(context.karma(&job(1, "bob")), 0.0);
    }

    fn factor(name: &str, change: impl Fn(&mut Multifactor, &mut WaitingJob)) -> f64 {
        let mut ordering = Ordering::default();
        let mut job = job(1, "bob");
        job.moldables = vec![Moldable {
            id: MoldableId(1),
            walltime: Seconds(100),
            requests: vec![Request {
                filter: None,
                levels: vec![("node".to_owned(), Count(2)), ("core".to_owned(), Count(4))],
            }],
        }];
        change(&mut ordering.multifactor, &mut job);
        let accounting = Accounting { used: sums(1.0, &[("bob", 1.0)]), ..Accounting::default() };
        let context =
            OrderingContext { ordering: &ordering, accounting: &accounting, now: Time(1_000_000), cluster_size: 32 };
        let factors = context.factors(&job);
        assert_eq!(factors.len(), 1);
        assert_eq!(factors[0].name, name);
        priority_of(&factors)
    }

    #[test]
    fn every_factor_works() {
        assert_eq!(
            factor("age", |figures, job| (figures.age_weight, job.submission_time) = (2.0, Time(900_000))),
            2.0 * (1.65e-6 * 100_000.0)
        );
        assert_eq!(factor("age", |figures, _| figures.age_weight = 2.0), 2.0);
        assert_eq!(
            factor("age", |figures, job| (figures.age_weight, job.submission_time) = (2.0, Time(2_000_000))),
            0.0
        );
        assert_eq!(
            factor("queue", |figures, job| {
                figures.queue_weight = 3.0;
                figures.queue_coefs.insert("q".to_owned(), 2.0);
                job.job.queue = "q".to_owned();
            }),
            6.0
        );
        assert_eq!(factor("queue", |figures, _| figures.queue_weight = 3.0), 0.0);
        assert_eq!(factor("work", |figures, _| figures.work_weight = 1.0), 1.0 / 800.0);
        assert_eq!(factor("work", |figures, _| (figures.work_weight, figures.work_mode) = (1.0, 1)), 1.0 - 1.0 / 800.0);
        assert_eq!(factor("size", |figures, _| figures.size_weight = 1.0), 0.75);
        assert_eq!(factor("size", |figures, _| (figures.size_weight, figures.size_mode) = (1.0, 1)), 0.25);
        assert_eq!(
            factor("size", |figures, job| {
                (figures.size_weight, figures.size_mode) = (1.0, 1);
                job.moldables[0].requests[0].levels[0].1 = Count::ALL;
            }),
            1.0
        );
        assert_eq!(factor("karma", |figures, _| figures.karma_weight = 1.0), 0.5);
        let with_type = |name: &'static str, value: &'static str| {
            move |figures: &mut Multifactor, job: &mut WaitingJob| {
                (figures.qos_weight, figures.nice_weight) = if name == "qos" { (1.0, 0.0) } else { (0.0, 1.0) };
                job.job.types.insert(name.to_owned(), value.to_owned());
            }
        };
        for (value, expected) in [("0.25", 0.25), ("7", 1.0), ("-1", 0.0), ("nan", 0.0), ("", 0.0)] {
            assert_eq!(factor("qos", with_type("qos", value)), expected, "{value}");
        }
        for (value, expected) in [("3", 3.0), ("0", 1.0), ("inf", 1.0)] {
            assert_eq!(factor("nice", with_type("nice", value)), expected, "{value}");
        }
    }

    #[test]
    fn equal_priorities_keep_the_order_of_numbers() {
        let (ordering, accounting) = (Ordering::default(), Accounting::default());
        let context = OrderingContext { ordering: &ordering, accounting: &accounting, now: Time(0), cluster_size: 1 };
        let jobs = [job(3, "a"), job(1, "b"), job(2, "c")];
        let mut jobs: Vec<&WaitingJob> = jobs.iter().collect();
        context.sort_by_priority(&mut jobs);
        assert_eq!(ids(&jobs), [1, 2, 3]);
    }
}
