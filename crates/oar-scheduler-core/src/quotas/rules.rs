//! Rules, their limits, and which rule applies to a job.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::job::Job;

/// The key of a rule, `queue,project,job_type,user`; each field a name, `*` (all together) or `/` (each by itself; not for the type).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RuleKey([String; 4]);

/// The name of a counter: like a rule's, but with names or `*` only.
pub(crate) type CounterKey = [String; 4];

impl RuleKey {
    pub(super) fn job_type(&self) -> &str {
        let [_, _, job_type, _] = &self.0;
        job_type
    }

    /// The counter that this rule looks at for a job.
    pub(super) fn counter(&self, job: &Job) -> CounterKey {
        let [queue, project, job_type, user] = &self.0;
        let own = |field: &String, value: &String| if field == "/" { value.clone() } else { field.clone() };
        [own(queue, &job.queue), own(project, &job.project), job_type.clone(), own(user, &job.user)]
    }

    /// Whether a hold of this job counts in the counter that the rule looks at for it.
    pub(super) fn concerns(&self, job: &Job) -> bool {
        let [queue, project, job_type, user] = &self.0;
        let fits = |field: &String, value: &String| field == "*" || field == "/" || field == value;
        fits(queue, &job.queue)
            && fits(project, &job.project)
            && fits(user, &job.user)
            && (job_type == "*" || job.has_type(job_type))
    }
}

impl TryFrom<String> for RuleKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let fields: Vec<String> = text.split(',').map(|field| field.trim().to_owned()).collect();
        let fields: [String; 4] =
            fields.try_into().map_err(|_| format!("expected a key `queue,project,job_type,user`, found {text:?}"))?;
        if fields.get(2).is_some_and(|job_type| job_type == "/") {
            return Err(format!("expected a job type or `*` in the third field, found `/` in {text:?}"));
        }
        Ok(Self(fields))
    }
}

impl From<RuleKey> for String {
    fn from(key: RuleKey) -> Self {
        key.to_string()
    }
}

impl fmt::Display for RuleKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join(","))
    }
}

/// What a hold counts for, or what is used: each figure on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Default resources.
    pub resources: i64,
    /// Jobs.
    pub jobs: i64,
    /// Default resources × walltime in seconds; in 128 bits, so that sums are exact whatever the walltimes.
    pub resource_seconds: i128,
}

impl Counts {
    /// What a job on `resources` default resources with this walltime counts for.
    #[must_use]
    pub fn of_job(resources: u64, walltime: i64) -> Self {
        let resources = i64::try_from(resources).unwrap_or(i64::MAX);
        Self { resources, jobs: 1, resource_seconds: resources.saturating_mul(walltime).into() }
    }

    pub(super) fn max(self, other: Self) -> Self {
        Self {
            resources: self.resources.max(other.resources),
            jobs: self.jobs.max(other.jobs),
            resource_seconds: self.resource_seconds.max(other.resource_seconds),
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            resources: self.resources.saturating_add(other.resources),
            jobs: self.jobs.saturating_add(other.jobs),
            resource_seconds: self.resource_seconds.saturating_add(other.resource_seconds),
        }
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self {
            resources: self.resources.saturating_sub(other.resources),
            jobs: self.jobs.saturating_sub(other.jobs),
            resource_seconds: self.resource_seconds.saturating_sub(other.resource_seconds),
        }
    }
}

/// The three figures that a rule can limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// The number of resources.
    Resources,
    /// The number of jobs.
    Jobs,
    /// Resources × walltime, in seconds (the file says hours).
    ResourceSeconds,
}

impl Figure {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Resources, Self::Jobs, Self::ResourceSeconds];

    /// This figure of some counts; a larger one than there are numbers for is the largest.
    #[must_use]
    pub fn of(self, counts: Counts) -> i64 {
        match self {
            Self::Resources => counts.resources,
            Self::Jobs => counts.jobs,
            Self::ResourceSeconds => i64::try_from(counts.resource_seconds).unwrap_or(i64::MAX),
        }
    }
}

/// The limits of a rule; `None`: no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    pub resources: Option<i64>,
    pub jobs: Option<i64>,
    pub resource_seconds: Option<i64>,
}

impl Limits {
    /// The limits that `used` and `asked` together exceed.
    pub fn exceeded(self, used: Counts, asked: Counts) -> impl Iterator<Item = (Figure, i64)> {
        let limits = [
            (Figure::Resources, self.resources),
            (Figure::Jobs, self.jobs),
            (Figure::ResourceSeconds, self.resource_seconds),
        ];
        let total = used.plus(asked);
        limits.into_iter().filter_map(move |(figure, limit)| {
            let limit = limit?;
            (limit < figure.of(total)).then_some((figure, limit))
        })
    }
}

/// Rules that are in force together.
#[derive(Debug, Clone, Default)]
pub(super) struct RuleSet {
    name: Option<String>,
    rules: BTreeMap<RuleKey, Limits>,
    tree: Tree,
}

/// queue → project → job type → users.
type Tree = BTreeMap<String, BTreeMap<String, BTreeMap<String, BTreeMap<String, RuleKey>>>>;

impl RuleSet {
    pub fn new(name: Option<String>, rules: BTreeMap<RuleKey, Limits>) -> Self {
        let mut tree = Tree::new();
        for key in rules.keys() {
            let [queue, project, job_type, user] = key.0.clone();
            let by_user = tree.entry(queue).or_default().entry(project).or_default().entry(job_type).or_default();
            by_user.insert(user, key.clone());
        }
        Self { name, rules, tree }
    }

    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub fn rules(&self) -> impl Iterator<Item = &RuleKey> {
        self.rules.keys()
    }

    /// The rule that applies to a job. At each field the job's own value goes before `/`, and `/` before `*`; there is no way back.
    pub fn rule_for(&self, job: &Job) -> Option<(&RuleKey, Limits)> {
        let projects = child(&self.tree, &job.queue)?;
        let job_types = child(projects, &job.project)?;
        let own_type = job.types.keys().find_map(|name| job_types.get(name));
        let users = own_type.or_else(|| job_types.get("*"))?;
        let key = child(users, &job.user)?;
        Some((key, *self.rules.get(key)?))
    }
}

fn child<'a, T>(branches: &'a BTreeMap<String, T>, value: &str) -> Option<&'a T> {
    branches.get(value).or_else(|| branches.get("/")).or_else(|| branches.get("*"))
}
