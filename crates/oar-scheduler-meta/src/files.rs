//! What of a round is not in the database: the quotas, the weights of MULTIFACTOR, the time zone.

use std::path::{Path, PathBuf};

use oar_scheduler_core::{Multifactor, QuotasFile, QuotasSettings, Snapshot, read_json};
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
        read_quotas(snapshot, quotas, not_dead)?;
    }
    if settings.ordering.policy == "MULTIFACTOR" {
        snapshot.ordering.multifactor = match &settings.priority_file {
            Some(path) => read_multifactor(path)?,
            None => Multifactor::default(),
        };
    }
    Ok(())
}

fn read_quotas(snapshot: &mut Snapshot, quotas: &Quotas, not_dead: u64) -> Result<(), FileError> {
    let failed = |problem: String| FileError { key: "QUOTAS_CONF_FILE", path: quotas.file.clone(), problem };
    let text = std::fs::read(&quotas.file).map_err(|error| failed(error.to_string()))?;
    let file = read_json(&text).map_err(|error| failed(error.to_string()))?;
    snapshot.quotas = Some(QuotasFile(file));
    let resources = &snapshot.resources;
    // Without being told, the quotas count the missing ones too.
    let usable = (!resources.missing.is_empty()).then(|| resources.default.intersection(&resources.usable).len());
    snapshot.quotas_settings = QuotasSettings {
        all: if quotas.all_counts_not_dead { Some(not_dead) } else { usable },
        window_time_limit: quotas.window_time_limit,
    };
    Ok(())
}

fn read_multifactor(path: &Path) -> Result<Multifactor, FileError> {
    let failed = |problem: String| FileError { key: "PRIORITY_CONF_FILE", path: path.to_owned(), problem };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    if text.trim().is_empty() {
        return Ok(Multifactor::default());
    }
    serde_saphyr::from_str(&text).map_err(|error| failed(error.to_string()))
}

/// The name of the machine's time zone. UTC where it has none: a machine without one shows times in UTC too.
pub(crate) fn time_zone() -> String {
    jiff::tz::TimeZone::system().iana_name().unwrap_or("UTC").to_owned()
}
