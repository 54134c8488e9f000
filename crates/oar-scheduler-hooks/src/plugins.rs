//! The plugins of a site, by name.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use oar_scheduler_core::{
    AssignRequest, BeforeGroup, FindRequest, HookError, Hooks, JobId, Placement, PluginCall, Preparation, ProcSet,
    SortRequest,
};

use crate::published;

type Find = dyn Fn(&PluginCall, &FindRequest<'_>) -> Result<ProcSet, HookError> + Send + Sync;
type Assign = dyn Fn(&PluginCall, &mut AssignRequest<'_>) -> Result<Option<Placement>, HookError> + Send + Sync;
type Sort = dyn Fn(&SortRequest<'_>) -> Result<Vec<JobId>, HookError> + Send + Sync;
type Prepare = dyn Fn(&BeforeGroup<'_>) -> Result<Preparation, HookError> + Send + Sync;

/// The plugins of a site, by kind and name.
///
/// As [`Hooks`] of a round it calls the plugin that is named. One that panics has failed; the round goes on.
#[derive(Default)]
pub struct Plugins {
    find: BTreeMap<String, Box<Find>>,
    assign: BTreeMap<String, Box<Assign>>,
    sort: BTreeMap<String, Box<Sort>>,
    before_group: BTreeMap<String, Box<Prepare>>,
}

/// What a plugin stands in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The choice of the resources in a window: job type `find=NAME`.
    Find,
    /// The choice of the place: job type `assign=NAME`.
    Assign,
    /// The order of the jobs: `JOB_PRIORITY=CUSTOM`, `CUSTOM_JOB_SORTING=NAME`.
    Sort,
    /// Nothing; it is called before each queue group: `EXTRA_METASCHED=NAME`.
    BeforeGroup,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Find => "find",
            Self::Assign => "assign",
            Self::Sort => "sorting",
            Self::BeforeGroup => "EXTRA_METASCHED",
        })
    }
}

/// Why a plugin cannot be registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PluginsError {
    /// The name is taken.
    #[error("there are two {kind} plugins of the name {name:?}")]
    Taken {
        /// The kind of both.
        kind: Kind,
        /// The name of both.
        name: String,
    },
    /// Nobody could ever select it.
    #[error("expected a name for a {kind} plugin, without `:` and not `default`; found {name:?}")]
    Name {
        /// The kind.
        kind: Kind,
        /// The name.
        name: String,
    },
}

impl Plugins {
    /// No plugins.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The [published](crate::published) plugins.
    #[must_use]
    pub fn published() -> Self {
        // Their names differ: a test has all of them.
        published::registered().unwrap_or_default()
    }

    /// One plugin more for job types `find=NAME[:args]`.
    ///
    /// # Errors
    /// When there is one of that name, or it is no name.
    pub fn with_find(
        mut self,
        name: &str,
        plugin: impl Fn(&PluginCall, &FindRequest<'_>) -> Result<ProcSet, HookError> + Send + Sync + 'static,
    ) -> Result<Self, PluginsError> {
        register(Kind::Find, &mut self.find, name, Box::new(plugin)).map(|()| self)
    }

    /// One plugin more for job types `assign=NAME[:args]`.
    ///
    /// # Errors
    /// When there is one of that name, or it is no name.
    pub fn with_assign(
        mut self,
        name: &str,
        plugin: impl Fn(&PluginCall, &mut AssignRequest<'_>) -> Result<Option<Placement>, HookError> + Send + Sync + 'static,
    ) -> Result<Self, PluginsError> {
        register(Kind::Assign, &mut self.assign, name, Box::new(plugin)).map(|()| self)
    }

    /// One plugin more for `CUSTOM_JOB_SORTING=NAME`.
    ///
    /// # Errors
    /// When there is one of that name, or it is no name.
    pub fn with_sort(
        mut self,
        name: &str,
        plugin: impl Fn(&SortRequest<'_>) -> Result<Vec<JobId>, HookError> + Send + Sync + 'static,
    ) -> Result<Self, PluginsError> {
        register(Kind::Sort, &mut self.sort, name, Box::new(plugin)).map(|()| self)
    }

    /// One plugin more for `EXTRA_METASCHED=NAME`.
    ///
    /// # Errors
    /// When there is one of that name, or it is no name.
    pub fn with_before_group(
        mut self,
        name: &str,
        plugin: impl Fn(&BeforeGroup<'_>) -> Result<Preparation, HookError> + Send + Sync + 'static,
    ) -> Result<Self, PluginsError> {
        register(Kind::BeforeGroup, &mut self.before_group, name, Box::new(plugin)).map(|()| self)
    }

    /// The kinds and names of all plugins, sorted.
    pub fn names(&self) -> impl Iterator<Item = (Kind, &str)> {
        fn of<F: ?Sized>(kind: Kind, plugins: &BTreeMap<String, Box<F>>) -> impl Iterator<Item = (Kind, &str)> {
            plugins.keys().map(move |name| (kind, name.as_str()))
        }
        let choosing = of(Kind::Find, &self.find).chain(of(Kind::Assign, &self.assign));
        choosing.chain(of(Kind::Sort, &self.sort)).chain(of(Kind::BeforeGroup, &self.before_group))
    }
}

impl fmt::Debug for Plugins {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.names()).finish()
    }
}

impl Hooks for Plugins {
    fn sort(&self, request: &SortRequest<'_>) -> Result<Vec<JobId>, HookError> {
        let plugin = self.sort.get(request.name).ok_or(HookError::Unknown)?;
        caught(|| plugin(request))
    }

    fn find(&self, call: &PluginCall, request: &FindRequest<'_>) -> Result<ProcSet, HookError> {
        let plugin = self.find.get(&call.name).ok_or(HookError::Unknown)?;
        caught(|| plugin(call, request))
    }

    fn assign(&self, call: &PluginCall, request: &mut AssignRequest<'_>) -> Result<Option<Placement>, HookError> {
        let plugin = self.assign.get(&call.name).ok_or(HookError::Unknown)?;
        caught(|| plugin(call, request))
    }

    fn before_group(&self, request: &BeforeGroup<'_>) -> Result<Preparation, HookError> {
        let plugin = self.before_group.get(request.name).ok_or(HookError::Unknown)?;
        caught(|| plugin(request))
    }
}

fn register<F: ?Sized>(
    kind: Kind,
    plugins: &mut BTreeMap<String, Box<F>>,
    name: &str,
    plugin: Box<F>,
) -> Result<(), PluginsError> {
    let name = name.to_owned();
    if name.trim().is_empty() || name == "default" || name.contains(':') {
        return Err(PluginsError::Name { kind, name });
    }
    if plugins.contains_key(&name) {
        return Err(PluginsError::Taken { kind, name });
    }
    plugins.insert(name, plugin);
    Ok(())
}

/// Calls a plugin. One that panics has told about it on standard error already; what it was shown of the round is as it was, but for timelines, which are made
/// anew.
fn caught<T>(plugin: impl FnOnce() -> Result<T, HookError>) -> Result<T, HookError> {
    catch_unwind(AssertUnwindSafe(plugin)).unwrap_or_else(|panic| Err(HookError::Failed(words(panic.as_ref()))))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    let line = text.and_then(|text| text.lines().next()).unwrap_or("for a reason that it does not tell");
    format!("it panicked: {}", line.chars().take(200).collect::<String>())
}
