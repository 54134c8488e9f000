//! OAR's scheduling engine inside Python: the functions that OAR 3's meta-scheduler calls, and plugins written in Python.

use pyo3::prelude::*;

/// The native part of the package `oar_scheduler_redox`.
#[pymodule]
mod oar_scheduler_redox {
    use super::*;

    /// The version of the engine.
    #[pyfunction]
    fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}
