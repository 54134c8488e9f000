//! What job types mean for sharing resources with other jobs.

use super::snapshot::Job;

/// The user and the name that sharing jobs must have in common, where they matter.
type Key = (Option<String>, Option<String>);

/// With which holds a job may overlap.
pub enum Sharing {
    /// With those of the job that it replaces.
    Superseding(i64),
    /// With those of timesharing jobs that have the same key.
    Timesharing(Key),
    /// With those of the placeholders of this name.
    Allowed(Vec<String>),
    /// With none.
    Exclusive,
}

impl Sharing {
    /// How the job shares, given whether a job is among the scheduled jobs that it sees.
    pub fn of(job: &Job, is_scheduled: impl Fn(i64) -> bool) -> Sharing {
        let superseded = job.value("supersed").and_then(|value| value.parse().ok()).filter(|id| is_scheduled(*id));
        if let Some(superseded) = superseded {
            Sharing::Superseding(superseded)
        } else if let Some(key) = timesharing_key(job) {
            Sharing::Timesharing(key)
        } else if job.has("allow") || job.has("allowed") {
            Sharing::Allowed(
                ["allow", "allowed"].iter().filter_map(|name| job.value(name)).map(str::to_owned).collect(),
            )
        } else {
            Sharing::Exclusive
        }
    }

    /// Whether the job may overlap with a hold of that holder.
    pub fn is_compatible_with(&self, holder: &Job) -> bool {
        match self {
            Sharing::Superseding(id) => holder.id == *id,
            Sharing::Timesharing(key) => timesharing_key(holder).as_ref() == Some(key),
            Sharing::Allowed(names) => {
                holder.value("placeholder").is_some_and(|name| names.iter().any(|allowed| allowed == name))
            }
            Sharing::Exclusive => false,
        }
    }
}

/// Whether the job's types go together.
pub fn types_are_valid(job: &Job) -> bool {
    let timesharing = timesharing_key(job).is_some();
    let placeholder = job.has("placeholder");
    let allowed = job.has("allow") || job.has("allowed");
    let kinds = [timesharing, placeholder, allowed].into_iter().filter(|has| *has).count();
    let inner = job.value("inner");
    let two_names = job.has("allow") && job.has("allowed") && job.value("allow") != job.value("allowed");
    !(tokens_of(job).any(|(_, asked)| asked.is_none())
        || two_names
        || kinds >= 2
        || kinds == 1 && job.has("container")
        || inner == Some("")
        || inner.is_some() && inner.map(str::to_owned) == job.container())
}

/// The tokens that a job asks for; none: not a number.
pub fn tokens_of(job: &Job) -> impl Iterator<Item = (&str, Option<i64>)> {
    job.types.iter().filter_map(|(name, value)| {
        let asked = value.trim().parse().ok().filter(|number| *number >= 0);
        Some((name.strip_prefix("token:")?, asked))
    })
}

/// The resolved key of a timesharing job; none when the job has no such type, or one that says nothing.
fn timesharing_key(job: &Job) -> Option<Key> {
    let (by_user, by_name) = match job.value("timesharing")? {
        "" | "*,*" => (false, false),
        "user,*" | "*,user" => (true, false),
        "name,*" | "*,name" => (false, true),
        "user,name" | "name,user" => (true, true),
        _ => return None,
    };
    Some((by_user.then(|| job.user.clone()), (by_name && !job.name.is_empty()).then(|| job.name.clone())))
}
