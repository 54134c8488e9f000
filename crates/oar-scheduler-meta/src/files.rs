//! What of a round is not in the database: the quotas, the weights of MULTIFACTOR, the time zone.

use std::path::{Path, PathBuf};

use oar_scheduler_core::{Multifactor, QuotasFile, QuotasSettings, Resources, read_json};
use oar_scheduler_db::RoundInput;
use oar_scheduler_db::conf::{Quotas, Settings};

/// A file that is part of the configuration, and cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {}: {problem}", path.display())]
pub struct FileError {
    /// The key of `oar.conf` that names it.
    key: &'static str,
    path: PathBuf,
    problem: String,
}

/// Completes what was read from the database.
///
/// # Errors
/// When a file that the configuration names cannot be used. To go on without it would be to decide by other rules.
pub(crate) fn complete(input: &mut RoundInput, settings: &Settings) -> Result<(), FileError> {
    let not_dead = input.default_not_dead;
    let snapshot = &mut input.snapshot;
    snapshot.time_zone = time_zone();
    if let Some(quotas) = &settings.quotas {
        let (file, settings) = self::quotas(quotas, &snapshot.resources, Some(not_dead))?;
        (snapshot.quotas, snapshot.quotas_settings) = (Some(file), settings);
    }
    if settings.ordering.policy == "MULTIFACTOR" {
        snapshot.ordering.multifactor = match &settings.priority_file {
            Some(path) => multifactor(path)?,
            None => Multifactor::default(),
        };
    }
    Ok(())
}

/// The quotas file, and how it is to be read. `not_dead`: how many default resources are not dead, if that is known.
///
/// # Errors
/// When the file cannot be used.
pub fn quotas(
    quotas: &Quotas,
    resources: &Resources,
    not_dead: Option<u64>,
) -> Result<(QuotasFile, QuotasSettings), FileError> {
    let failed = |problem: String| FileError { key: "QUOTAS_CONF_FILE", path: quotas.file.clone(), problem };
    let text = std::fs::read(&quotas.file).map_err(|error| failed(error.to_string()))?;
    let file = read_json(&text).map_err(|error| failed(error.to_string()))?;
    // Without being told, the quotas count the missing ones too.
    let usable = (!resources.missing.is_empty()).then(|| resources.default.intersection(&resources.usable).len());
    let all = if quotas.all_counts_not_dead { not_dead } else { usable };
    Ok((QuotasFile(file), QuotasSettings { all, window_time_limit: quotas.window_time_limit }))
}

/// The weights of MULTIFACTOR, as `PRIORITY_CONF_FILE` gives them.
///
/// # Errors
/// When the file cannot be used.
pub fn multifactor(path: &Path) -> Result<Multifactor, FileError> {
    let failed = |problem: String| FileError { key: "PRIORITY_CONF_FILE", path: path.to_owned(), problem };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    if text.trim().is_empty() {
        return Ok(Multifactor::default());
    }
    serde_saphyr::from_str(&text).map_err(|error| failed(error.to_string()))
}

/// The name of the machine's time zone. UTC where it has none: a machine without one shows times in UTC too.
#[must_use]
pub fn time_zone() -> String {
    jiff::tz::TimeZone::system().iana_name().unwrap_or("UTC").to_owned()
}
