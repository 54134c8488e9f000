//! Plugins: what the engine asks of them.

use oar_scheduler_core::{
    AssignRequest, BeforeGroup, FindRequest, HookError, Hooks, JobId, Placement, PluginCall, Preparation, ProcSet,
    SortRequest,
};
use oar_scheduler_hooks::Plugins;
use pyo3::prelude::*;

use crate::handles::Objects;

/// The plugins of a round: those published in Rust.
pub(crate) struct PythonHooks {
    published: Plugins,
    /// What Python plugins get; `None`: a round without a platform.
    objects: Option<Py<Objects>>,
}

impl PythonHooks {
    /// The plugins of a round with a platform, or of one without.
    pub fn new(objects: Option<Py<Objects>>) -> Self {
        Self { published: Plugins::published(), objects }
    }

    /// The Python objects of the round.
    pub fn objects(&self) -> Option<&Py<Objects>> {
        self.objects.as_ref()
    }
}

impl Hooks for PythonHooks {
    fn sort(&self, request: &SortRequest<'_>) -> Result<Vec<JobId>, HookError> {
        self.published.sort(request)
    }

    fn find(&self, call: &PluginCall, request: &FindRequest<'_>) -> Result<ProcSet, HookError> {
        self.published.find(call, request)
    }

    fn assign(&self, call: &PluginCall, request: &mut AssignRequest<'_>) -> Result<Option<Placement>, HookError> {
        self.published.assign(call, request)
    }

    fn before_group(&self, request: &BeforeGroup<'_>) -> Result<Preparation, HookError> {
        self.published.before_group(request)
    }
}
