//! What a simulation is told, by options or by a file of the same keys.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, ValueEnum};
use oar_scheduler_core::{Ordering, QuotasFile};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::platform::Platform;
use crate::queues::Queue;
use crate::simulation::BackfillOrder;
use crate::template::Template;

/// Who decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PolicyName {
    /// OAR's engine, which plans all waiting jobs anew at each event
    #[default]
    Oar,
    /// EASY backfilling: only the first waiting job has a reservation
    Easy,
    /// Conservative backfilling: every waiting job has a reservation; processors are only counted
    Conservative,
    /// First come, first served, without backfilling
    Fcfs,
}

/// What the scheduler knows of run times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Estimates {
    /// The walltimes that users asked for
    #[default]
    Requested,
    /// How long jobs really run, as if users knew
    Actual,
}

/// The options of a simulation. A file of settings (YAML or JSON) has the same names as keys; an option goes before the file.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// In a file: the log, if the command line does not name it.
    #[arg(skip)]
    pub log: Option<PathBuf>,
    /// In a file: what `compare` calls these settings, if not by the name of the file.
    #[arg(skip)]
    pub name: Option<String>,
    /// Who decides [default: oar]
    #[arg(long, value_enum)]
    pub policy: Option<PolicyName>,
    /// With `easy`: in which order the jobs behind the first are tried [default: fcfs]
    #[arg(long, value_enum)]
    pub backfill_order: Option<BackfillOrder>,
    /// What the scheduler knows of run times [default: requested]
    #[arg(long, value_enum)]
    pub estimates: Option<Estimates>,
    /// A machine of so many resources of level `core` [default: what the log says]
    #[arg(long, value_name = "N", conflicts_with = "platform")]
    pub cores: Option<u64>,
    /// A machine described in a file, YAML or JSON: `{switch: 2, node: 24, core: 16}`
    #[arg(long, value_name = "FILE")]
    pub platform: Option<Source<Platform>>,
    /// What a job of `n` processors asks for, as in `/node=ceil(n/16)/core=16`; several are alternatives [default: /core=n]
    #[arg(long, value_name = "TEMPLATE")]
    #[serde(deserialize_with = "texts")]
    pub request: Vec<Template>,
    /// A queue of the log: `NUMBER=NAME[,priority=P][,besteffort][,request=TEMPLATE]`; `*` is the number of all others
    #[arg(long, value_name = "QUEUE")]
    #[serde(deserialize_with = "texts")]
    pub queue: Vec<Queue>,
    /// `JOB_PRIORITY`: FIFO, FAIRSHARE or MULTIFACTOR [default: FIFO]
    #[arg(long, value_name = "NAME")]
    pub job_priority: Option<String>,
    /// A file with the figures of the priority, as `ordering` of a snapshot
    #[arg(long, value_name = "FILE")]
    pub ordering: Option<Source<Ordering>>,
    /// `SCHEDULER_FAIRSHARING_WINDOW_SIZE`, in seconds [default: 2592000]
    #[arg(long, value_name = "SECONDS")]
    pub fairshare_window: Option<u32>,
    /// `MAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND`; 0: no limit [default: 1000]
    #[arg(long, value_name = "N")]
    pub max_jobs: Option<u32>,
    /// A quotas file of OAR
    #[arg(long, value_name = "FILE")]
    pub quotas: Option<Source<QuotasFile>>,
    /// `QUOTAS_WINDOW_TIME_LIMIT`, in seconds: with a calendar, how far ahead jobs are placed [default: 5184000]
    #[arg(long, value_name = "SECONDS")]
    pub quotas_window: Option<u32>,
    /// `SCHEDULER_JOB_SECURITY_TIME`, in seconds, which the engine adds to every walltime [default: 0]
    #[arg(long, value_name = "SECONDS")]
    pub security_time: Option<u32>,
    /// The IANA name of the site's time zone [default: what the log says, or UTC]
    #[arg(long, value_name = "NAME")]
    pub time_zone: Option<String>,
    /// Divides the times between submissions
    #[arg(long, value_name = "K")]
    pub speed_up: Option<f64>,
    /// Place every waiting job in each round, even when nobody else can start; the same jobs start, and the planning times are those of whole rounds
    #[arg(long)]
    pub whole_rounds: bool,
    /// Refuse a log with faults instead of using the rest of it
    #[arg(long)]
    pub strict: bool,
}

impl Settings {
    /// Reads a file of settings. Files that it names are looked for beside it.
    ///
    /// # Errors
    /// When it cannot be read or understood: where, and why.
    pub fn read(path: &Path) -> Result<Self, String> {
        let mut settings: Self = read_document(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for file in [
            settings.log.as_mut(),
            settings.platform.as_mut().and_then(Source::file),
            settings.ordering.as_mut().and_then(Source::file),
            settings.quotas.as_mut().and_then(Source::file),
        ]
        .into_iter()
        .flatten()
        {
            *file = folder.join(&*file);
        }
        Ok(settings)
    }

    /// These settings, and where they say nothing, others.
    pub fn or(self, other: Self) -> Self {
        let machine_is_given = self.cores.is_some() || self.platform.is_some();
        let (cores, platform) =
            if machine_is_given { (self.cores, self.platform) } else { (other.cores, other.platform) };
        Self {
            log: self.log.or(other.log),
            name: self.name.or(other.name),
            policy: self.policy.or(other.policy),
            backfill_order: self.backfill_order.or(other.backfill_order),
            estimates: self.estimates.or(other.estimates),
            cores,
            platform,
            request: if self.request.is_empty() { other.request } else { self.request },
            queue: if self.queue.is_empty() { other.queue } else { self.queue },
            job_priority: self.job_priority.or(other.job_priority),
            ordering: self.ordering.or(other.ordering),
            fairshare_window: self.fairshare_window.or(other.fairshare_window),
            max_jobs: self.max_jobs.or(other.max_jobs),
            quotas: self.quotas.or(other.quotas),
            quotas_window: self.quotas_window.or(other.quotas_window),
            security_time: self.security_time.or(other.security_time),
            time_zone: self.time_zone.or(other.time_zone),
            speed_up: self.speed_up.or(other.speed_up),
            whole_rounds: self.whole_rounds || other.whole_rounds,
            strict: self.strict || other.strict,
        }
    }
}

/// Something described in a file, or inline in a file of settings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Source<T> {
    File(PathBuf),
    Inline(T),
}

impl<T: DeserializeOwned + Clone> Source<T> {
    /// Reads it.
    ///
    /// # Errors
    /// When the file cannot be read or understood.
    pub fn get(&self) -> Result<T, String> {
        match self {
            Self::File(path) => read_document(path),
            Self::Inline(value) => Ok(value.clone()),
        }
    }

    fn file(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::File(path) => Some(path),
            Self::Inline(_) => None,
        }
    }
}

impl<T> Source<T> {
    /// What to call it.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Inline(_) => "as in the settings".to_owned(),
        }
    }
}

impl<T> FromStr for Source<T> {
    type Err = std::convert::Infallible;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        Ok(Self::File(path.into()))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Source<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SourceVisitor(std::marker::PhantomData))
    }
}

struct SourceVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for SourceVisitor<T> {
    type Value = Source<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a file, or its content")
    }

    fn visit_str<E: Error>(self, path: &str) -> Result<Source<T>, E> {
        Ok(Source::File(path.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Source<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Source::Inline)
    }
}

/// Reads a text, or a list of texts.
fn texts<'de, T: FromStr<Err = String>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a text, or a list of texts")]
    enum Texts {
        One(String),
        Several(Vec<String>),
    }
    let texts = match Texts::deserialize(deserializer)? {
        Texts::One(text) => vec![text],
        Texts::Several(texts) => texts,
    };
    texts.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
}

/// Reads a file of JSON (`.json`) or YAML.
fn read_document<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = std::fs::read(path).map_err(|error| format!("{}: cannot read it: {error}", path.display()))?;
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let found = if is_json {
        serde_json::from_slice(&text).map_err(|error| error.to_string())
    } else {
        let problem = |error: serde_saphyr::Error| error.to_string().replace("<input>", &path.display().to_string());
        serde_saphyr::from_slice(&text).map_err(problem)
    };
    found.map_err(|problem| format!("{}: {problem}", path.display()))
}
