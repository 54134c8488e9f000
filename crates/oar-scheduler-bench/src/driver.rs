//! Python of ours that is run in a virtual environment of somebody else.

use std::path::Path;
use std::process::{Command, Stdio};

use oar_scheduler_core::Snapshot;
use serde::de::DeserializeOwned;

use crate::error::{Error, cannot_read, cannot_write};

/// Its exit status when what it is to call is not installed.
const NOT_INSTALLED: i32 = 3;

/// A script that is called with the file of a snapshot, the file for its answer, and further arguments.
pub(crate) struct Driver {
    /// The script.
    pub script: &'static str,
    /// What it answers.
    pub answer: &'static str,
}

impl Driver {
    /// Asks a Python what it makes of a snapshot. `not_installed`: the error when it lacks what is to be called, of what it said.
    ///
    /// # Errors
    /// That; or when it cannot be started, fails, or answers with something else.
    pub fn ask<A: DeserializeOwned>(
        &self,
        python: &Path,
        snapshot: &Snapshot,
        arguments: &[String],
        not_installed: impl FnOnce(String) -> Error,
    ) -> Result<A, Error> {
        // It works in another folder.
        let python = std::path::absolute(python).map_err(cannot_read(python))?;
        let folder = tempfile::tempdir().map_err(cannot_write(&std::env::temp_dir()))?;
        let [driver, question, answer] =
            ["driver.py", "snapshot.json", "result.json"].map(|name| folder.path().join(name));
        let write = |path: &Path, content: &[u8]| std::fs::write(path, content).map_err(cannot_write(path));
        let text = serde_json::to_vec(snapshot).map_err(std::io::Error::from).map_err(cannot_write(&question))?;
        write(&driver, self.script.as_bytes())?;
        write(&question, &text)?;
        let program = format!("{} driver.py", python.display());
        // It may print as it decides; nobody reads it, but it may not fill a pipe. An `oar.conf` of this machine does not matter.
        let mut command = Command::new(&python);
        command.args([&driver, &question, &answer]).args(arguments);
        command.env_remove("OARCONFFILE").current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
        let ended = command.output().map_err(|error| Error::Start { program: program.clone(), error })?;
        let stderr = String::from_utf8_lossy(&ended.stderr).into_owned();
        match ended.status.code() {
            Some(0) => {}
            Some(NOT_INSTALLED) => return Err(not_installed(stderr)),
            _ => return Err(Error::Failed { program, status: ended.status, stderr }),
        }
        let text = std::fs::read(&answer).map_err(cannot_read(&answer))?;
        serde_json::from_slice(&text).map_err(|error| Error::Format {
            path: answer,
            expected: self.answer,
            problem: error.to_string(),
        })
    }
}
