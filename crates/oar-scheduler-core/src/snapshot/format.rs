//! The JSON form of a snapshot, `oar-scheduler-snapshot/1`.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{AvailableUpto, KnownJob, MAX_TIME, QueueGroup, Resources, Snapshot};
use crate::hierarchy::Hierarchy;
use crate::job::{ScheduledJob, WaitingJob, null_as_default};
use crate::ordering::{Accounting, ConfiguredPlugin, Ordering};
use crate::procset::ProcSet;
use crate::quotas::{QuotasFile, QuotasSettings};
use crate::text::shortened;
use crate::units::{Seconds, Time};

/// The name of the format, the value of the key `format`.
pub const FORMAT: &str = "oar-scheduler-snapshot/1";

/// A text that is not a document of the expected format.
#[derive(Debug, thiserror::Error)]
#[error("at `{path}`, column {column}: {problem}")]
pub struct FormatError {
    path: String,
    column: usize,
    problem: String,
}

impl Snapshot {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// When the text is not JSON, or not a snapshot.
    pub fn from_json(text: &[u8]) -> Result<Self, FormatError> {
        read_json(text)
    }
}

/// Reads a JSON document of any kind, such as one of which a snapshot is a part.
///
/// # Errors
/// When the text is not JSON, or not what `T` expects: where, what was expected and what was found.
pub fn read_json<'de, T: Deserialize<'de>>(text: &'de [u8]) -> Result<T, FormatError> {
    let error = |path: String, error: &serde_json::Error| {
        let problem = error.to_string();
        // The line is always the first.
        let problem = problem.rsplit_once(" at line ").map_or(problem.as_str(), |(problem, _)| problem);
        FormatError { path: shortened(&path, 100), column: error.column(), problem: shortened(problem, 200) }
    };
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|found| error(found.path().to_string(), found.inner()))?;
    deserializer.end().map_err(|found| error(".".to_owned(), &found))?;
    Ok(value)
}

/// Reads an object as if its keys with value `null`, at any depth, were absent.
fn ignoring_nulls<'de, T: Default + DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let Some(mut value) = Option::<Value>::deserialize(deserializer)? else { return Ok(T::default()) };
    remove_nulls(&mut value);
    serde_path_to_error::deserialize(value)
        .map_err(|error| serde::de::Error::custom(format!("`{}`: {}", error.path(), error.inner())))
}

fn remove_nulls(value: &mut Value) {
    if let Value::Object(keys) = value {
        keys.retain(|_, value| !value.is_null());
        keys.values_mut().for_each(remove_nulls);
    }
}

#[derive(Serialize, Deserialize)]
struct SnapshotForm {
    format: String,
    now: Time,
    #[serde(default, deserialize_with = "null_as_default")]
    security_time: Seconds,
    #[serde(default)]
    max_time: Option<Time>,
    #[serde(default)]
    time_zone: Option<String>,
    resources: ResourcesForm,
    #[serde(default)]
    quotas: Option<QuotasFile>,
    #[serde(default, deserialize_with = "ignoring_nulls")]
    quotas_settings: QuotasSettings,
    #[serde(default, deserialize_with = "ignoring_nulls")]
    ordering: Ordering,
    #[serde(default, deserialize_with = "ignoring_nulls", skip_serializing_if = "Option::is_none")]
    extra_metasched: Option<ConfiguredPlugin>,
    #[serde(default, deserialize_with = "null_as_default")]
    scheduled_jobs: Vec<ScheduledJob>,
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "Vec::is_empty")]
    known_jobs: Vec<KnownJob>,
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "BTreeMap::is_empty")]
    tokens: BTreeMap<String, i64>,
    #[serde(default, deserialize_with = "null_as_default")]
    queues: Vec<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    waiting_jobs: Vec<WaitingJob>,
    #[serde(default, deserialize_with = "ignoring_nulls", skip_serializing_if = "Option::is_none")]
    accounting: Option<Accounting>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    queue_groups: Option<Vec<QueueGroupForm>>,
}

#[derive(Serialize, Deserialize)]
struct QueueGroupForm {
    #[serde(default, deserialize_with = "null_as_default")]
    queues: Vec<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    waiting_jobs: Vec<WaitingJob>,
    #[serde(default, deserialize_with = "ignoring_nulls", skip_serializing_if = "Option::is_none")]
    accounting: Option<Accounting>,
}

#[derive(Serialize, Deserialize)]
struct ResourcesForm {
    default: ProcSet,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usable: Option<ProcSet>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    suspendable: Option<ProcSet>,
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "ProcSet::is_empty")]
    absent: ProcSet,
    #[serde(default, deserialize_with = "null_as_default", skip_serializing_if = "ProcSet::is_empty")]
    missing: ProcSet,
    #[serde(default, deserialize_with = "null_as_default")]
    hierarchy: Hierarchy,
    #[serde(default, deserialize_with = "null_as_default")]
    available_upto: Vec<AvailableUpto>,
}

fn group(queues: Vec<String>, waiting_jobs: Vec<WaitingJob>, accounting: Option<Accounting>) -> QueueGroup {
    QueueGroup { queues, waiting_jobs, accounting: accounting.unwrap_or_default() }
}

fn group_form(group: QueueGroup) -> QueueGroupForm {
    QueueGroupForm {
        queues: group.queues,
        waiting_jobs: group.waiting_jobs,
        accounting: Some(group.accounting).filter(|accounting| *accounting != Accounting::default()),
    }
}

impl<'de> Deserialize<'de> for Snapshot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let form = SnapshotForm::deserialize(deserializer)?;
        if form.format != FORMAT {
            return Err(serde::de::Error::custom(format!("expected format {FORMAT:?}, found {:?}", form.format)));
        }
        let max_time = form.max_time.unwrap_or(MAX_TIME);
        if max_time < form.now {
            return Err(serde::de::Error::custom(format!(
                "expected a max_time not before now ({}), found {}",
                form.now, max_time
            )));
        }
        let groups = match form.queue_groups {
            Some(_) if !form.waiting_jobs.is_empty() => {
                return Err(serde::de::Error::custom("expected either `waiting_jobs` or `queue_groups`, found both"));
            }
            Some(groups) => {
                groups.into_iter().map(|form| group(form.queues, form.waiting_jobs, form.accounting)).collect()
            }
            None => vec![group(form.queues, form.waiting_jobs, form.accounting)],
        };
        let ResourcesForm { default, usable, suspendable, absent, missing, hierarchy, available_upto } = form.resources;
        Ok(Self {
            now: form.now,
            max_time,
            security_time: form.security_time,
            time_zone: form.time_zone.unwrap_or_else(|| "UTC".to_owned()),
            resources: Resources {
                usable: usable.unwrap_or_else(|| default.clone()),
                suspendable: suspendable.unwrap_or_else(|| default.clone()),
                default,
                absent,
                missing,
                hierarchy,
                available_upto,
            },
            quotas: form.quotas,
            quotas_settings: form.quotas_settings,
            ordering: form.ordering,
            extra_metasched: form.extra_metasched,
            scheduled_jobs: form.scheduled_jobs,
            known_jobs: form.known_jobs,
            tokens: form.tokens,
            groups,
        })
    }
}

impl Serialize for Snapshot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let snapshot = self.clone();
        let resources = snapshot.resources;
        let mut groups: Vec<QueueGroupForm> = snapshot.groups.into_iter().map(group_form).collect();
        let only = if groups.len() == 1 { groups.pop() } else { None };
        let (first, queue_groups) = match only {
            Some(only) => (only, None),
            None => (group_form(QueueGroup::default()), Some(groups)),
        };
        SnapshotForm {
            format: FORMAT.to_owned(),
            now: snapshot.now,
            security_time: snapshot.security_time,
            max_time: Some(snapshot.max_time),
            time_zone: Some(snapshot.time_zone),
            resources: ResourcesForm {
                usable: Some(resources.usable).filter(|usable| *usable != resources.default),
                suspendable: Some(resources.suspendable).filter(|suspendable| *suspendable != resources.default),
                default: resources.default,
                absent: resources.absent,
                missing: resources.missing,
                hierarchy: resources.hierarchy,
                available_upto: resources.available_upto,
            },
            quotas: snapshot.quotas,
            quotas_settings: snapshot.quotas_settings,
            ordering: snapshot.ordering,
            extra_metasched: snapshot.extra_metasched,
            scheduled_jobs: snapshot.scheduled_jobs,
            known_jobs: snapshot.known_jobs,
            tokens: snapshot.tokens,
            queues: first.queues,
            waiting_jobs: first.waiting_jobs,
            accounting: first.accounting,
            queue_groups,
        }
        .serialize(serializer)
    }
}
