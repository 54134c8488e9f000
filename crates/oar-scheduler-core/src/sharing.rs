//! How jobs share resources: timesharing, placeholders and superseding.

use crate::job::Job;
use crate::units::JobId;

/// What a hold offers to others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Offer {
    /// The job's resources are open to timesharing jobs with an equal key.
    Timesharing(TimesharingKey),
    /// The job keeps its resources for the jobs that are allowed on this placeholder.
    Placeholder(String),
}

/// The resolved `timesharing=A,B`: two jobs share iff their keys are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TimesharingKey {
    /// The owner, when the job shares only among its owner's jobs.
    pub user: Option<String>,
    /// The name, when the job shares only among jobs of its name.
    pub name: Option<String>,
}

/// Which held resources a job may use besides the free ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// None.
    Free,
    /// Those whose every hold makes this offer.
    Offered(Offer),
    /// Those that only this job holds (`supersed=JOB`).
    HeldBy(JobId),
}

impl Access {
    /// Whether a hold of `holder` leaves the resource to a job with this access.
    #[must_use]
    pub fn admits(&self, holder: JobId, offers: &[Offer]) -> bool {
        match self {
            Self::Free => false,
            Self::Offered(wanted) => offers.contains(wanted),
            Self::HeldBy(job) => *job == holder,
        }
    }
}

/// The sharing side of a job's types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sharing {
    /// What its hold offers; at most one thing, unless its types contradict each other.
    pub offers: Vec<Offer>,
    /// What it may use, `supersed` left aside.
    pub access: Access,
    /// The job that it replaces.
    pub supersedes: Option<JobId>,
}

impl Sharing {
    /// Reads a job's types. A malformed `timesharing` or `supersed` counts as absent.
    #[must_use]
    pub fn of(job: &Job) -> Self {
        let supersedes = job.type_value("supersed").and_then(|id| id.trim().parse().ok()).map(JobId);
        let timesharing = timesharing_key(job).map(Offer::Timesharing);
        let placeholder = job.type_value("placeholder").map(|name| Offer::Placeholder(name.to_owned()));
        let allowed = allowed(job).map(|name| Offer::Placeholder(name.to_owned()));
        let access = timesharing.clone().or(allowed).map_or(Access::Free, Access::Offered);
        Self { offers: timesharing.into_iter().chain(placeholder).collect(), access, supersedes }
    }

    /// What contradicts itself in a job's types, in words.
    #[must_use]
    pub fn contradiction(job: &Job) -> Option<String> {
        let mut sharing = Vec::new();
        if timesharing_key(job).is_some() {
            sharing.push("timesharing");
        }
        if job.has_type("placeholder") {
            sharing.push("placeholder");
        }
        if let (Some(one), Some(other)) = (job.type_value("allow"), job.type_value("allowed"))
            && one != other
        {
            return Some(format!("types allow={one} and allowed={other} exclude each other"));
        }
        if allowed(job).is_some() {
            sharing.push("allowed");
        }
        match sharing.as_slice() {
            [one, other, ..] => Some(format!("types {one} and {other} exclude each other")),
            [one] if job.has_type("container") => Some(format!("a container cannot have type {one}")),
            _ => None,
        }
    }
}

fn allowed(job: &Job) -> Option<&str> {
    job.type_value("allowed").or_else(|| job.type_value("allow"))
}

fn timesharing_key(job: &Job) -> Option<TimesharingKey> {
    let value = job.type_value("timesharing")?;
    let (by_user, by_name) = match value.split_once(',').map(|(one, other)| (one.trim(), other.trim())) {
        None if value.trim().is_empty() => (false, false),
        Some(("*", "*")) => (false, false),
        Some(("user", "*") | ("*", "user")) => (true, false),
        Some(("name", "*") | ("*", "name")) => (false, true),
        Some(("user", "name") | ("name", "user")) => (true, true),
        _ => return None,
    };
    Some(TimesharingKey {
        user: by_user.then(|| job.user.clone()),
        name: Some(job.name.clone()).filter(|name| by_name && !name.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(types: &[(&str, &str)]) -> Job {
        Job {
            user: "alice".to_owned(),
            name: "run".to_owned(),
            types: types.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            ..Job::default()
        }
    }

    fn key(value: &str) -> Option<(Option<String>, Option<String>)> {
        timesharing_key(&job(&[("timesharing", value)])).map(|key| (key.user, key.name))
    }

    #[test]
    fn timesharing_resolves_user_and_name_in_any_order() {
        let (user, name) = (Some("alice".to_owned()), Some("run".to_owned()));
        for (value, expected) in [
            ("", (None, None)),
            ("*,*", (None, None)),
            ("user,*", (user.clone(), None)),
            ("*,user", (user.clone(), None)),
            ("*,name", (None, name.clone())),
            ("name,*", (None, name.clone())),
            ("user,name", (user.clone(), name.clone())),
            ("name, user", (user.clone(), name.clone())),
        ] {
            assert_eq!(key(value), Some(expected), "{value}");
        }
        for value in ["user", "user,user", "name,name", "foo,*", "*,*,*"] {
            assert_eq!(key(value), None, "{value}");
        }
    }

    #[test]
    fn a_job_without_name_shares_with_any_nameless_job() {
        let mut nameless = job(&[("timesharing", "*,name")]);
        nameless.name.clear();
        assert_eq!(timesharing_key(&nameless), Some(TimesharingKey::default()));
    }

    #[test]
    fn contradicting_types_are_named() {
        assert_eq!(Sharing::contradiction(&job(&[("allow", "x"), ("allowed", "x")])), None);
        assert_eq!(Sharing::contradiction(&job(&[("timesharing", "nonsense"), ("container", "")])), None);
        for types in [
            [("timesharing", "*,*"), ("container", "")],
            [("placeholder", "x"), ("allow", "x")],
            [("allow", "x"), ("allowed", "y")],
            [("allowed", "x"), ("container", "c")],
        ] {
            assert!(Sharing::contradiction(&job(&types)).is_some(), "{types:?}");
        }
    }
}
