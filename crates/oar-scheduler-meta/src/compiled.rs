//! The plugins of a program that has no Python in it.

use oar_scheduler_core::{
    AssignRequest, BeforeGroup, FindRequest, HookError, Hooks, JobId, Placement, PluginCall, Preparation, ProcSet,
    SortRequest,
};
use oar_scheduler_hooks::Plugins;

/// What is compiled into a program. Of a plugin that is not, it says where to look.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// The program's name.
    pub program: &'static str,
    pub plugins: Plugins,
}

impl Compiled {
    fn told<T>(&self, answer: Result<T, HookError>) -> Result<T, HookError> {
        answer.map_err(|error| match error {
            HookError::Unknown => HookError::failed(format!(
                "there is no such plugin in this {} (those in Python need oar-scheduler-kao)",
                self.program
            )),
            HookError::Failed(_) => error,
        })
    }
}

impl Hooks for Compiled {
    fn sort(&self, request: &SortRequest<'_>) -> Result<Vec<JobId>, HookError> {
        self.told(self.plugins.sort(request))
    }

    fn find(&self, call: &PluginCall, request: &FindRequest<'_>) -> Result<ProcSet, HookError> {
        self.told(self.plugins.find(call, request))
    }

    fn assign(&self, call: &PluginCall, request: &mut AssignRequest<'_>) -> Result<Option<Placement>, HookError> {
        self.told(self.plugins.assign(call, request))
    }

    fn before_group(&self, request: &BeforeGroup<'_>) -> Result<Preparation, HookError> {
        self.told(self.plugins.before_group(request))
    }
}
