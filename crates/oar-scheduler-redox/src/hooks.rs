//! Plugins: the engine's questions, put to those that are installed in Python, and to those published in Rust where there is none of that name.
//!
//! What is Python's part of it (looking plugins up, calling them, looking at their answers) is in the package `oar_scheduler_redox.plugins`.

mod free;
mod matching;
mod views;

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use oar_scheduler_core::{
    Access, AssignRequest, BeforeGroup, FindRequest, HookError, Hooks, Job, JobId, MoldableId, Offer, Placement,
    PluginCall, Preparation, ProcSet, PropertyChange, ScheduledJob, Seconds, SortRequest, Time, View, WaitingJob,
};
use oar_scheduler_hooks::Plugins;
use pyo3::exceptions::{PyBaseException, PyKeyboardInterrupt};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use pyo3::{PyTraverseError, PyVisit, intern};

use crate::handles::Objects;
use crate::procsets::{self, Maker};
use free::Free;
pub(crate) use matching::match_request;
use views::Shown;

/// So often an assigning plugin is asked for a place from a later instant on, because the quotas refuse what it chose.
const ASKED_MAX: usize = 100;

/// The number under which resources are held that a plugin keeps from a group of queues; no job has it.
const KEPT: JobId = JobId(-1);

/// The plugins of a round.
pub(crate) struct PythonHooks {
    published: Plugins,
    /// What Python plugins get; `None`: a round without a platform.
    objects: Option<Py<Objects>>,
    /// Python's part (`oar_scheduler_redox.plugins.host.Host`).
    host: OnceLock<Py<PyAny>>,
    shown: Mutex<Shown>,
    /// What came while a plugin worked, and is meant for the whole program.
    interrupt: Mutex<Option<Py<PyBaseException>>>,
    /// Nobody could be told of it: the program ends.
    is_program: bool,
}

impl PythonHooks {
    /// The plugins of a round with a platform, or of one without.
    pub fn new(objects: Option<Py<Objects>>) -> Self {
        Self {
            published: Plugins::published(),
            objects,
            host: OnceLock::new(),
            shown: Mutex::default(),
            interrupt: Mutex::default(),
            is_program: false,
        }
    }

    /// The plugins of a program, which ends when one of them is interrupted.
    pub fn of_program() -> Self {
        Self { is_program: true, ..Self::new(None) }
    }

    /// Raises what came while a plugin worked, such as Ctrl-C. To be asked before anything of the round is written.
    ///
    /// # Errors
    /// That.
    pub fn check(&self) -> PyResult<()> {
        let interrupt = lock(&self.interrupt).take();
        interrupt.map_or(Ok(()), |error| Err(Python::attach(|py| PyErr::from_value(error.into_bound(py).into_any()))))
    }

    /// Shows Python's garbage collector what is held.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.objects)?;
        visit.call(self.host.get())?;
        // A lock that is held belongs to a round that is under way, which keeps all of it.
        if let Ok(interrupt) = self.interrupt.try_lock() {
            visit.call(interrupt.as_ref())?;
        }
        self.shown.try_lock().map_or(Ok(()), |shown| shown.traverse(visit))
    }

    /// Puts something to Python.
    ///
    /// # Errors
    /// What went wrong, in words.
    fn ask<T>(&self, ask: impl for<'py> FnOnce(&Bound<'py, PyAny>) -> PyResult<T>) -> Result<T, HookError> {
        if lock(&self.interrupt).is_some() {
            return Err(interrupted());
        }
        Python::attach(|py| self.host(py).and_then(|host| ask(&host)).map_err(|error| self.failure(py, error)))
    }

    fn host<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if let Some(host) = self.host.get() {
            return Ok(host.bind(py).clone());
        }
        let class = py.import("oar_scheduler_redox.plugins.host")?.getattr("Host")?;
        let host = match &self.objects {
            Some(objects) => {
                let Objects { session, platform, scheduled, .. } = objects.get();
                class.call1((session, platform, scheduled))?
            }
            None => class.call0()?,
        };
        Ok(self.host.get_or_init(|| host.unbind()).bind(py).clone())
    }

    /// What an error that was raised means for whoever asked.
    fn failure(&self, py: Python<'_>, error: PyErr) -> HookError {
        if error.is_instance_of::<PyKeyboardInterrupt>(py) {
            if self.is_program {
                end_as_by_ctrl_c(py);
            }
            *lock(&self.interrupt) = Some(error.into_value(py));
            return interrupted();
        }
        HookError::failed(error.value(py).to_string())
    }

    /// The plugin of a job, with its arguments, if there is one in Python.
    fn plugin_of(&self, kind: &str, call: &PluginCall, waiting: &WaitingJob) -> Result<Option<Py<PyTuple>>, HookError> {
        self.ask(|host| {
            let py = host.py();
            let kwargs = kwargs_of(py, call)?;
            let original = self.original(py, waiting.job.id);
            let found =
                host.call_method1(intern!(py, "plugin_of"), (kind, &call.name, &call.args, kwargs, original))?;
            Ok(found.extract::<Option<Bound<'_, PyTuple>>>()?.map(Bound::unbind))
        })
    }

    fn original<'py>(&self, py: Python<'py>, id: JobId) -> Option<Bound<'py, PyAny>> {
        self.objects.as_ref()?.get().job(py, id)
    }

    /// A waiting job as plugins see it, always the same object.
    fn job<'py>(
        &self,
        host: &Bound<'py, PyAny>,
        waiting: &WaitingJob,
        default: &ProcSet,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = host.py();
        let known = host.getattr(intern!(py, "jobs"))?.cast_into::<PyDict>()?.get_item(waiting.job.id.0)?;
        if let Some(job) = known {
            return Ok(job);
        }
        let find = match PluginCall::of(&waiting.job, "find") {
            Some(call) => Some((kwargs_of(py, &call)?, call)),
            None => None,
        };
        let find = find.map(|(kwargs, call)| (call.name, call.args, kwargs));
        let fields = views::waiting(py, waiting, default)?;
        host.call_method1(intern!(py, "see"), (fields, find, self.original(py, waiting.job.id)))
    }

    /// What an assigning plugin answers, asked for a place from an instant on.
    fn place(
        &self,
        plugin: &Py<PyTuple>,
        request: &mut AssignRequest<'_>,
        from: Time,
    ) -> Result<Option<Placement>, HookError> {
        let (job, default, hierarchy) = (request.job, request.default_resources, request.hierarchy);
        let search = request.search();
        let access = search.access().clone();
        let (mut sharing, mut shown, mut shared) = ((None, None), &Access::Free, None);
        match &access {
            Access::Free => {}
            Access::Offered(Offer::Timesharing(_)) => (sharing.0, shared) = (Some(("*", "*")), Some(&access)),
            Access::Offered(Offer::Placeholder(name)) => (sharing.1, shared) = (Some(name), Some(&access)),
            Access::HeldBy(_) => shown = &access,
        }
        let last = request.last_second();
        let free = request.availability(shown);
        let shared = shared.map(|access| request.availability(access));
        let free = Free::new(free, shared, last, from);
        if free.is_over_before(from) {
            return Ok(None);
        }
        let min_start_time = if from <= request.gantt().now() { -1 } else { from.0 };
        self.ask(|host| {
            let py = host.py();
            let plugin = plugin.bind(py);
            let job = self.job(host, job, default)?;
            let hierarchy = lock(&self.shown).hierarchy(py, hierarchy)?;
            let (plugin, args, kwargs) = (plugin.get_item(0)?, plugin.get_item(1)?, plugin.get_item(2)?);
            let arguments = (plugin, args, kwargs, free, sharing, job, hierarchy, min_start_time);
            let answer = host.call_method1(intern!(py, "assign"), arguments)?;
            let Some((moldable, start, resources)) = answer.extract::<Option<(i64, i64, Bound<'_, PyAny>)>>()? else {
                return Ok(None);
            };
            let resources = procsets::read(&resources)?;
            Ok(Some(Placement { moldable: MoldableId(moldable), start: Time(start), resources }))
        })
    }
}

impl Hooks for PythonHooks {
    fn sort(&self, request: &SortRequest<'_>) -> Result<Vec<JobId>, HookError> {
        let answer = self.ask(|host| {
            let py = host.py();
            let plugin = host.call_method1(intern!(py, "plugin"), ("oar.jobs_sorting_func", request.name))?;
            if plugin.is_none() {
                return Ok(None);
            }
            let jobs = request.jobs.iter().map(|waiting| self.job(host, waiting, request.default_resources));
            let jobs = PyList::new(py, jobs.collect::<PyResult<Vec<_>>>()?)?;
            let arguments = (plugin, request.queues, request.now.0, jobs, request.config);
            let order: Vec<i64> = host.call_method1(intern!(py, "sort"), arguments)?.extract()?;
            Ok(Some(order.into_iter().map(JobId).collect()))
        })?;
        answer.map_or_else(|| self.published.sort(request), Ok)
    }

    fn find(&self, call: &PluginCall, request: &FindRequest<'_>) -> Result<ProcSet, HookError> {
        let answer = self.ask(|host| {
            let py = host.py();
            let job = self.job(host, request.job, request.default_resources)?;
            let function = job.getattr(intern!(py, "_find"))?;
            if function.is_none() {
                return Ok(None);
            }
            let groups = views::groups(&job, request.moldable)?;
            let hierarchy = lock(&self.shown).hierarchy(py, request.hierarchy)?;
            let available = Maker::new(py)?.make(request.available)?;
            let arguments = (function, available, groups, hierarchy, request.beginning);
            procsets::read(&host.call_method1(intern!(py, "find"), arguments)?).map(Some)
        })?;
        answer.map_or_else(|| self.published.find(call, request), Ok)
    }

    fn assign(&self, call: &PluginCall, request: &mut AssignRequest<'_>) -> Result<Option<Placement>, HookError> {
        let Some(plugin) = self.plugin_of("assign", call, request.job)? else {
            return self.published.assign(call, request);
        };
        let mut from = request.earliest_start;
        for _ in 0..ASKED_MAX {
            let Some(place) = self.place(&plugin, request, from)? else { return Ok(None) };
            // The quotas are no plugin's business: it is asked again for a place behind the last instant at which they are exceeded.
            match refused_until(request, &place).filter(|until| *until > from.max(place.start)) {
                Some(until) => from = until,
                None => return Ok(Some(place)),
            }
        }
        Err(HookError::failed(format!("the quotas refused its choice {ASKED_MAX} times")))
    }

    fn before_group(&self, request: &BeforeGroup<'_>) -> Result<Preparation, HookError> {
        let plugin = self.ask(|host| {
            let py = host.py();
            let plugin = host.call_method1(intern!(py, "plugin"), ("oar.extra_metasched_func", request.name))?;
            Ok(Some(plugin.unbind()).filter(|plugin| !plugin.is_none(py)))
        })?;
        let Some(plugin) = plugin else { return self.published.before_group(request) };
        let gantt = request.gantt;
        let names = std::iter::once(None).chain(gantt.containers(false).map(Some));
        let sets: Vec<(String, Free)> = names
            .filter_map(|container| {
                let view = View { besteffort: false, container, missing: false };
                let free = gantt.availability(view, &Access::Free)?;
                Some((container.unwrap_or("default").to_owned(), Free::new(free, None, gantt.end(), gantt.now())))
            })
            .collect();
        self.ask(|host| {
            let py = host.py();
            let maker = Maker::new(py)?;
            let holds = gantt.holds().iter().filter(|hold| hold.job.id != KEPT);
            let scheduled = holds.map(|hold| views::held(py, hold, &maker));
            let scheduled = PyList::new(py, scheduled.collect::<PyResult<Vec<_>>>()?)?;
            let free = PyDict::new(py);
            for (name, set) in sets {
                free.set_item(name, Py::new(py, set)?)?;
            }
            let queues = (request.previous, request.next);
            let settings = (gantt.security_time().0, gantt.now().0, request.config);
            let arguments = (plugin, queues.0, queues.1, scheduled, free, settings.0, settings.1, settings.2);
            let answer = host.call_method1(intern!(py, "before_group"), arguments)?;
            preparation(&answer)
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn interrupted() -> HookError {
    HookError::failed("the program is interrupted")
}

/// Ends the process by SIGINT, to which the programs do not listen, even if whoever started them has it ignored.
fn end_as_by_ctrl_c(py: Python<'_>) {
    tracing::error!("a plugin is interrupted, and that ends the program");
    let ended = py.import("signal").and_then(|signal| {
        let number = signal.getattr("SIGINT")?;
        signal.call_method1("signal", (&number, signal.getattr("SIG_DFL")?))?;
        signal.call_method1("raise_signal", (number,))
    });
    // Only where somebody listens all the same.
    drop(ended);
}

fn kwargs_of<'py>(py: Python<'py>, call: &PluginCall) -> PyResult<Bound<'py, PyDict>> {
    let kwargs = PyDict::new(py);
    call.kwargs.iter().try_for_each(|(key, value)| kwargs.set_item(key, value))?;
    Ok(kwargs)
}

/// Until when the quotas refuse a place, if they do.
fn refused_until(request: &AssignRequest<'_>, place: &Placement) -> Option<Time> {
    let walltime = request.job.moldables.iter().find(|known| known.id == place.moldable)?.walltime;
    let count = place.resources.intersection_len(request.default_resources);
    request.search().refused_until(count, place.start, place.start.end_of(walltime), walltime)
}

/// Holds, as slot set, first and last second and resources; and properties that change.
fn preparation(answer: &Bound<'_, PyAny>) -> PyResult<Preparation> {
    type Held<'py> = (String, i64, i64, Bound<'py, PyAny>);
    type Change<'py> = (Bound<'py, PyAny>, String, String);
    let (holds, changes): (Vec<Held<'_>>, Vec<Change<'_>>) = answer.extract()?;
    let holds = holds.into_iter().map(|(slot_set, begin, end, resources)| {
        let inside = Some(slot_set).filter(|name| name != "default");
        let types = inside.map(|name| ("inner".to_owned(), name)).into_iter().collect();
        Ok(ScheduledJob {
            job: Job { id: KEPT, types, ..Job::default() },
            start: Time(begin),
            walltime: Seconds(end.saturating_sub(begin).saturating_add(1)),
            resources: procsets::read(&resources)?,
            state: None,
        })
    });
    let holds = holds.collect::<PyResult<_>>()?;
    let properties = changes.into_iter().map(|(resources, property, value)| {
        Ok(PropertyChange { resources: procsets::read(&resources)?, property, value })
    });
    Ok(Preparation { holds, properties: properties.collect::<PyResult<_>>()? })
}
