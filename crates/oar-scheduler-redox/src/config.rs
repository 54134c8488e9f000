//! OAR 3's configuration, a dict.

use std::path::Path;

use oar_scheduler_core::Multifactor;
use oar_scheduler_db::conf::{Conf, ConfError, Server, Settings};
use oar_scheduler_meta::files;
use pyo3::exceptions::{PyKeyError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString};

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
    /// `TypeError` or `ValueError` with the key: its value is none of those accepted, or names a file that cannot be used.
    pub fn read(config: &Bound<'_, PyAny>) -> PyResult<Self> {
        if !config.is_instance_of::<PyDict>() {
            return Err(PyTypeError::new_err(format!("config: expected a dict, found {}", config.get_type().name()?)));
        }
        let mut values = Vec::new();
        for key in KEYS {
            if let Some(text) = text_of(config, key)? {
                values.push((key.to_owned(), text));
            }
        }
        let is_limited = values.iter().any(|(key, _)| key == MAX_JOBS);
        let conf = Conf::from_values(Path::new("config"), values);
        let mut settings = Settings::of(&conf, Server::Oar3).map_err(wrong)?;
        let ordering = &mut settings.ordering;
        if !is_limited {
            ordering.max_jobs = None;
        }
        match ordering.policy.as_str() {
            // The platform gives the jobs in their order.
            "FIFO" => ordering.policy = "GIVEN".to_owned(),
            "MULTIFACTOR" => {
                ordering.multifactor = match &settings.priority_file {
                    Some(path) => files::multifactor(path).map_err(|error| PyValueError::new_err(error.to_string()))?,
                    None => Multifactor::default(),
                };
            }
            _ => {}
        }
        Ok(Self { settings })
    }

    /// Whether the order of the jobs depends on what was used before.
    pub fn needs_accounting(&self) -> bool {
        let ordering = &self.settings.ordering;
        ordering.needs_accounting() && (ordering.policy != "MULTIFACTOR" || ordering.multifactor.karma_weight != 0.0)
    }
}

/// The value of a key as `oar.conf` would have it; `None`: there is none.
fn text_of(config: &Bound<'_, PyAny>, key: &str) -> PyResult<Option<String>> {
    let value = match config.get_item(key) {
        Ok(value) => value,
        Err(error) if error.is_instance_of::<PyKeyError>(config.py()) => return Ok(None),
        Err(error) => return Err(error),
    };
    if value.is_none() {
        return Ok(None);
    }
    if let Ok(flag) = value.cast::<PyBool>() {
        return Ok(Some(if flag.is_true() { "yes" } else { "no" }.to_owned()));
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Some(text.to_cow()?.into_owned()));
    }
    if value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>() {
        return Ok(Some(value.str()?.to_cow()?.into_owned()));
    }
    let found = value.get_type().name()?;
    Err(PyTypeError::new_err(format!("config[{key:?}]: expected a text, a number, True or False, found {found}")))
}

fn wrong(error: ConfError) -> PyErr {
    PyValueError::new_err(match error {
        ConfError::Value { key, expected, found, .. } => {
            format!("config[{key:?}]: expected {expected}, found {found:?}")
        }
        other => other.to_string(),
    })
}
