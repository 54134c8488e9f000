//! OAR 3's configuration, a dict.

use std::collections::BTreeMap;
use std::path::Path;

use oar_scheduler_core::Multifactor;
use oar_scheduler_db::conf::{Conf, ConfError, Server, Settings};
use oar_scheduler_meta::files;
use pyo3::exceptions::{PyKeyError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyString};

use crate::error::{at, shown, written};
use crate::log;

/// The keys that are read, each once.
const KEYS: [&str; 22] = [
    "JOB_PRIORITY",
    "PRIORITY_CONF_FILE",
    "CUSTOM_JOB_SORTING",
    "CUSTOM_JOB_SORTING_CONFIG",
    MAX_JOBS,
    "EXTRA_METASCHED",
    "EXTRA_METASCHED_CONFIG",
    "SCHEDULER_JOB_SECURITY_TIME",
    "SCHEDULER_TOKEN_SCRIPTS",
    "QUOTAS",
    "QUOTAS_CONF_FILE",
    "QUOTAS_WINDOW_TIME_LIMIT",
    "QUOTAS_ALL_NB_RESOURCES_MODE",
    "SCHEDULER_FAIRSHARING_WINDOW_SIZE",
    "SCHEDULER_FAIRSHARING_PROJECT_TARGETS",
    "SCHEDULER_FAIRSHARING_USER_TARGETS",
    "SCHEDULER_FAIRSHARING_COEF_PROJECT",
    "SCHEDULER_FAIRSHARING_COEF_USER",
    "SCHEDULER_FAIRSHARING_COEF_USER_ASK",
    "ENERGY_SAVING_INTERNAL",
    "ENERGY_SAVING_NODE_MANAGER_WAKE_UP_CMD",
    "SCHEDULER_NODE_MANAGER_WAKE_UP_CMD",
];

const MAX_JOBS: &str = "MAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND";

/// What of the configuration matters to a round.
pub(crate) struct Config {
    /// What the keys say, with OAR 3's defaults for those that are not there.
    pub settings: Settings,
}

impl Config {
    /// Reads the keys, and the file of MULTIFACTOR.
    ///
    /// # Errors
    /// `TypeError` or `ValueError` with the key: its value is none of those accepted, or names a file that cannot be used. Of keys that do not matter to this
    /// round that is a warning.
    pub fn read(config: &Bound<'_, PyAny>) -> PyResult<Self> {
        if !config.is_instance_of::<PyDict>() {
            return Err(PyTypeError::new_err(format!("config: expected a dict, found {}", shown(config))));
        }
        let (mut found, mut problems) = (BTreeMap::new(), Vec::new());
        for key in KEYS {
            match value_of(config, key)?.as_ref().map(Found::of).transpose() {
                Ok(value) => found.extend(value.map(|value| (key, value))),
                Err(error) => problems.push((key, at(config.py(), &format!("config[{key:?}]"), error))),
            }
        }
        let needs = Needs::of(&conf(&found))?;
        let give_up = |key: &str, error: PyErr| match needs.key(key) {
            true => Err(error),
            false => log::warn(config.py(), &format!("{}; it is as if it were not there", error.value(config.py()))),
        };
        for (key, error) in problems {
            give_up(key, error)?;
        }
        let mut settings = loop {
            match Settings::of(&conf(&found), Server::Oar3) {
                Ok(settings) => break settings,
                Err(error) => {
                    let key = match &error {
                        ConfError::Value { key, .. } => key.as_str(),
                        _ => "",
                    };
                    let value = found.remove(key);
                    give_up(key, wrong(&error, value))?;
                }
            }
        };
        let ordering = &mut settings.ordering;
        if !found.contains_key(MAX_JOBS) {
            ordering.max_jobs = None;
        }
        ordering.multifactor = needs.multifactor;
        if ordering.policy == "FIFO" {
            // The platform gives the jobs in their order.
            ordering.policy = "GIVEN".to_owned();
        }
        Ok(Self { settings })
    }

    /// Whether the order of the jobs depends on what was used before.
    pub fn needs_accounting(&self) -> bool {
        let ordering = &self.settings.ordering;
        ordering.needs_accounting() && (ordering.policy != "MULTIFACTOR" || ordering.multifactor.karma_weight != 0.0)
    }
}

/// Which of the keys decide what a round is.
struct Needs {
    policy: String,
    /// The weights of MULTIFACTOR, if they order the jobs.
    multifactor: Multifactor,
    has_quotas: bool,
}

impl Needs {
    /// # Errors
    /// `ValueError` when the file of MULTIFACTOR cannot be used.
    fn of(conf: &Conf) -> PyResult<Self> {
        let policy = conf.get("JOB_PRIORITY").unwrap_or_default().to_owned();
        let multifactor = match conf.get("PRIORITY_CONF_FILE").filter(|_| policy == "MULTIFACTOR") {
            Some(path) => {
                files::multifactor(Path::new(path)).map_err(|error| PyValueError::new_err(error.to_string()))?
            }
            None => Multifactor::default(),
        };
        Ok(Self { policy, multifactor, has_quotas: !matches!(conf.flag("QUOTAS"), Ok(None | Some(false))) })
    }

    /// Whether a round without what this key says would be another one: then a value that cannot be read ends it.
    fn key(&self, key: &str) -> bool {
        match key {
            MAX_JOBS | "ENERGY_SAVING_INTERNAL" | "SCHEDULER_TOKEN_SCRIPTS" => false,
            "PRIORITY_CONF_FILE" => self.policy == "MULTIFACTOR",
            _ if key.starts_with("CUSTOM_JOB_SORTING") => self.policy == "CUSTOM",
            _ if key.starts_with("QUOTAS_") => self.has_quotas,
            _ if key.starts_with("SCHEDULER_FAIRSHARING_") => match self.policy.as_str() {
                "MULTIFACTOR" => self.multifactor.karma_weight != 0.0,
                policy => policy == "FAIRSHARE",
            },
            _ => true,
        }
    }
}

/// A value of the configuration.
struct Found {
    /// As `oar.conf` would have it.
    text: String,
    /// As messages show it, unless it is a text.
    shown: Option<String>,
}

impl Found {
    fn of(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(flag) = value.cast::<PyBool>() {
            return Ok(Self { text: if flag.is_true() { "yes" } else { "no" }.to_owned(), shown: Some(shown(value)) });
        }
        if let Ok(text) = value.cast::<PyString>() {
            return Ok(Self { text: text.to_cow()?.into_owned(), shown: None });
        }
        let py = value.py();
        if value.is_instance(&py.import("numbers")?.getattr("Number")?)? {
            // OAR 3 makes floats of what looks like one.
            let whole = py.get_type::<PyInt>().call1((value,)).ok();
            let number = whole.filter(|whole| whole.eq(value).unwrap_or(false));
            let text = number.as_ref().unwrap_or(value).str()?.to_cow()?.into_owned();
            return Ok(Self { text, shown: Some(written(value)) });
        }
        Err(PyTypeError::new_err(format!("expected a text, a number, True or False, found {}", shown(value))))
    }
}

fn conf(found: &BTreeMap<&'static str, Found>) -> Conf {
    Conf::from_values(Path::new("config"), found.iter().map(|(key, found)| ((*key).to_owned(), found.text.clone())))
}

/// The value of a key; `None`: there is none.
fn value_of<'py>(config: &Bound<'py, PyAny>, key: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    match config.get_item(key) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_none())),
        Err(error) if error.is_instance_of::<PyKeyError>(config.py()) => Ok(None),
        Err(error) => Err(error),
    }
}

fn wrong(error: &ConfError, value: Option<Found>) -> PyErr {
    PyValueError::new_err(match error {
        ConfError::Value { key, expected, found, .. } => {
            let found = value.and_then(|value| value.shown).unwrap_or_else(|| format!("{found:?}"));
            format!("config[{key:?}]: expected {expected}, found {found}")
        }
        other => other.to_string(),
    })
}
