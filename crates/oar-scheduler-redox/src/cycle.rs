//! Rounds of OAR 3's meta-scheduler: what its functions do, in the order in which it sees the effects.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use oar_scheduler_core::{
    Accounting, Assignment, JobId, MAX_TIME, QueueGroup, Reason, Round, RoundError, ScheduledJob, Snapshot, Time,
    WaitingJob,
};
use oar_scheduler_meta::{dates, files, tokens};
use pyo3::exceptions::{PyException, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyList, PyTuple};

use crate::config::Config;
use crate::error::{SchedulerError, shown};
use crate::handles::{Objects, Platform, SlotSets};
use crate::hooks::PythonHooks;
use crate::jobs::{Reader, Unknown};
use crate::platform::{self, Waiting};
use crate::procsets::Maker;
use crate::resources::Machine;
use crate::{assigned, log};

/// The round that a slot-set handle stands for.
pub(crate) type HookedRound = Round<PythonHooks>;

/// The queues of a group.
pub(crate) struct Queues<'py> {
    /// As they were given.
    pub given: Bound<'py, PyAny>,
    pub names: Vec<String>,
}

impl<'py> Queues<'py> {
    /// Reads the names of queues.
    ///
    /// # Errors
    /// `TypeError` when they are no list or tuple of texts.
    pub fn read(given: &Bound<'py, PyAny>) -> PyResult<Self> {
        let wrong = || PyTypeError::new_err(format!("queues: expected a list of names, found {}", shown(given)));
        if !given.is_instance_of::<PyList>() && !given.is_instance_of::<PyTuple>() {
            return Err(wrong());
        }
        Ok(Self { given: given.clone(), names: given.extract().map_err(|_| wrong())? })
    }
}

/// The time of a round.
///
/// # Errors
/// `TypeError` when it is no int, `ValueError` when it is none of OAR's times.
pub(crate) fn time(now: &Bound<'_, PyAny>) -> PyResult<Time> {
    let now =
        now.cast::<PyInt>().map_err(|_| PyTypeError::new_err(format!("now: expected an int, found {}", shown(now))))?;
    let seconds = now.extract::<i64>().ok().filter(|seconds| (0..=MAX_TIME.0).contains(seconds));
    seconds.map(Time).ok_or_else(|| {
        let (last, found) = (MAX_TIME.0, shown(now));
        PyValueError::new_err(format!("now: expected seconds since the epoch from 0 to {last}, found {found}"))
    })
}

/// What is read of a platform for a round: its configuration, its resources and the jobs that hold them.
///
/// `scheduled`: those jobs; `None`: the platform is asked for them.
///
/// # Errors
/// When the configuration or the resources cannot be used, or the platform raises.
pub(crate) fn read_platform<'py>(
    session: &Bound<'py, PyAny>,
    config: &Bound<'py, PyAny>,
    platform: &Bound<'py, PyAny>,
    now: Time,
    scheduled: Option<&Bound<'py, PyAny>>,
) -> PyResult<(Objects, Platform)> {
    let py = session.py();
    let settings = Config::read(config)?;
    let resource_set = platform::resource_set(platform, session, config)?;
    let security_time = settings.settings.security_time;
    let (scheduled, source) = match scheduled {
        Some(scheduled) => (scheduled.clone(), "scheduled_jobs"),
        None => (platform::scheduled_jobs(platform, session, &resource_set, security_time, now)?, "get_scheduled_jobs"),
    };
    let list = scheduled
        .cast::<PyList>()
        .map_err(|_| PyTypeError::new_err(format!("{source}: expected a list of jobs, found {}", shown(&scheduled))))?;
    let machine = Machine::read(&resource_set, now, settings.settings.wakes_nodes)?;
    let mut snapshot = Snapshot::new(now, machine.resources);
    snapshot.security_time = security_time;
    snapshot.time_zone = files::time_zone();
    snapshot.ordering = settings.settings.ordering.clone();
    snapshot.extra_metasched = settings.settings.extra_metasched.clone();
    if let Some(quotas) = &settings.settings.quotas {
        let read = files::quotas(quotas, &snapshot.resources, machine.default_not_dead);
        let (file, quotas_settings) = read.map_err(|error| PyValueError::new_err(error.to_string()))?;
        (snapshot.quotas, snapshot.quotas_settings) = (Some(file), quotas_settings);
    }
    let mut reader = Reader::new(py, false);
    for job in list.iter() {
        match reader.scheduled(&job, now) {
            Ok((scheduled, unknown)) => {
                unknown.into_iter().try_for_each(|Unknown { so, error }| complain(py, &named(&job), so, error))?;
                snapshot.scheduled_jobs.push(scheduled);
            }
            Err(error) => complain(py, &named(&job), "is left out, it holds nothing", error)?,
        }
    }
    let objects = Objects::new([session, config, platform, &resource_set, &scheduled]);
    Ok((objects, Platform { config: settings, snapshot }))
}

/// Begins a round on a platform.
///
/// # Errors
/// `ValueError` when the quotas cannot be used or the time is beyond OAR's end of time.
pub(crate) fn begin(py: Python<'_>, objects: &Py<Objects>, platform: &mut Platform) -> PyResult<SlotSets> {
    let hooks = PythonHooks::new(Some(objects.clone_ref(py)));
    let scripts = &platform.config.settings.token_scripts;
    if !scripts.is_empty() {
        let (tokens, remarks) = detached(py, || tokens::left(scripts))?;
        remarks.iter().try_for_each(|remark| log::warn(py, remark))?;
        platform.snapshot.tokens = tokens;
    }
    let snapshot = &platform.snapshot;
    let round = detached(py, || Round::new(snapshot, hooks))?;
    let round = round.map_err(|error| match &error {
        RoundError::Quotas(_) => {
            let file = platform.config.settings.quotas.as_ref().map(|quotas| quotas.file.display().to_string());
            PyValueError::new_err(format!("QUOTAS_CONF_FILE: {}: {error}", file.unwrap_or_default()))
        }
        RoundError::MaxTime { .. } => PyValueError::new_err(format!("now: {error}")),
        _ => SchedulerError::new_err(error.to_string()),
    })?;
    log_warnings(py, &round, 0)?;
    Ok(SlotSets::new(round))
}

/// Places the waiting jobs of a group of queues, and has their places saved.
///
/// # Errors
/// When the platform raises, or answers with something else than expected.
pub(crate) fn place_group(
    objects: &Py<Objects>,
    platform: &mut Platform,
    slot_sets: &mut SlotSets,
    queues: &Queues<'_>,
) -> PyResult<()> {
    let py = queues.given.py();
    let own = objects.get();
    slot_sets.change(|round| {
        let (before, names) = (Progress::of(round), &queues.names);
        detached(py, || round.begin_group(names))?;
        round.hooks().check()?;
        log_warnings(py, round, before.warnings)
    })?;
    let security_time = platform.snapshot.security_time;
    let Some(waiting) = own.waiting_jobs(&queues.given, None, security_time)? else { return Ok(()) };
    let mut took = Took::default();
    let began = Instant::now();
    let weighs = platform.snapshot.ordering.policy == "MULTIFACTOR";
    let waiting_jobs = read_waiting(&waiting, objects, platform, Reader::new(py, weighs), Reader::waiting)?;
    took.reading = began.elapsed();
    let accounting = match platform.config.needs_accounting() {
        true => own.accounting(py, &queues.names, platform.snapshot.now, platform.config.settings.fairshare_window)?,
        false => Accounting::default(),
    };
    let group = QueueGroup { queues: queues.names.clone(), waiting_jobs, accounting };
    let places = slot_sets.change(|round| {
        let before = Progress::of(round);
        let began = Instant::now();
        detached(py, || round.place_waiting(&group))?;
        took.placing = began.elapsed();
        round.hooks().check()?;
        log_problems(py, round, &before)?;
        let places: Vec<Assignment> = round.assignments().skip(before.assignments).cloned().collect();
        let priorities = round.priorities().get(before.priorities..).unwrap_or_default().iter();
        let karmas: BTreeMap<JobId, f64> =
            priorities.filter_map(|priority| Some((priority.job, priority.karma?))).collect();
        let began = Instant::now();
        let mut writer = Writer::new(&waiting)?;
        let mut written = Vec::with_capacity(places.len());
        for place in places {
            if writer.write(&place, karmas.get(&place.job).copied())? {
                written.push(place);
            }
        }
        took.writing = began.elapsed();
        log::took(py, group.waiting_jobs.len(), written.len(), &took)?;
        own.save_assigns(&writer.assigned)?;
        Ok(written)
    })?;
    hold(platform, &places, &group.waiting_jobs);
    Ok(())
}

/// Reads waiting jobs, as far as they can be read, and keeps their objects for plugins.
///
/// # Errors
/// What is meant for the whole program, such as Ctrl-C.
pub(crate) fn read_waiting<'py>(
    waiting: &Waiting<'py>,
    objects: &Py<Objects>,
    platform: &Platform,
    mut reader: Reader<'py>,
    read: impl Fn(&mut Reader<'py>, &Bound<'py, PyAny>) -> PyResult<WaitingJob>,
) -> PyResult<Vec<WaitingJob>> {
    let py = waiting.jobs.py();
    let Snapshot { now, security_time, .. } = platform.snapshot;
    let zone = dates::zone(&platform.snapshot.time_zone);
    let mut jobs = Vec::with_capacity(waiting.ids.len());
    let mut group = BTreeMap::new();
    for id in waiting.ids.iter() {
        let read = || -> PyResult<(WaitingJob, Bound<'py, PyAny>)> {
            let object = waiting.jobs.get_item(&id)?;
            let object = object.ok_or_else(|| PyValueError::new_err("it is in the list, and not among the jobs"))?;
            let mut job = read(&mut reader, &object)?;
            if id.extract::<i64>().ok() != Some(job.job.id.0) {
                let listed = shown(&id);
                return Err(PyValueError::new_err(format!(
                    "id: expected {listed}, as in the list, found {}",
                    job.job.id
                )));
            }
            // Reservations have their own time.
            if job.reservation_start.is_none() {
                let dated = dates::read(&mut job, &zone, now, security_time);
                dated.map_err(|problem| PyValueError::new_err(problem.text))?;
            }
            Ok((job, object))
        };
        let mut read = read;
        match read() {
            Ok((job, object)) => {
                group.insert(job.job.id, object.unbind());
                jobs.push(job);
            }
            Err(error) => complain(py, &id.to_string(), "is left out, it waits", error)?,
        }
    }
    objects.get().keep_jobs(group);
    Ok(jobs)
}

/// Writes places on the jobs' objects.
pub(crate) struct Writer<'w, 'py> {
    waiting: &'w Waiting<'py>,
    sets: Maker<'py>,
    /// Those that have a place, by number.
    pub assigned: Bound<'py, PyDict>,
}

impl<'w, 'py> Writer<'w, 'py> {
    pub fn new(waiting: &'w Waiting<'py>) -> PyResult<Self> {
        let py = waiting.jobs.py();
        Ok(Self { waiting, sets: Maker::new(py)?, assigned: PyDict::new(py) })
    }

    /// Writes a place on its job. `false`: the job refuses it, and has none.
    ///
    /// # Errors
    /// What is meant for the whole program, such as Ctrl-C.
    pub fn write(&mut self, place: &Assignment, karma: Option<f64>) -> PyResult<bool> {
        let py = self.assigned.py();
        let Some(job) = self.waiting.jobs.get_item(place.job.0)? else { return Ok(false) };
        match assigned::write(&job, place, karma, &self.sets) {
            Ok(()) => self.assigned.set_item(place.job.0, job).map(|()| true),
            Err(error) => {
                complain(py, &place.job.to_string(), "is left out, its place is not saved", error).map(|()| false)
            }
        }
    }
}

/// How long the parts of a round took.
#[derive(Debug, Default)]
pub(crate) struct Took {
    /// Reading the waiting jobs' objects.
    pub reading: Duration,
    /// Placing the jobs.
    pub placing: Duration,
    /// Writing places on the jobs' objects.
    pub writing: Duration,
}

/// Counts jobs that were just placed among those that hold resources, for slot sets that are built later.
pub(crate) fn hold(platform: &mut Platform, places: &[Assignment], jobs: &[WaitingJob]) {
    let jobs: BTreeMap<JobId, &WaitingJob> = jobs.iter().map(|waiting| (waiting.job.id, waiting)).collect();
    platform.snapshot.scheduled_jobs.extend(places.iter().filter_map(|place| {
        Some(ScheduledJob {
            job: jobs.get(&place.job)?.job.clone(),
            start: place.start,
            walltime: place.walltime,
            resources: place.resources.clone(),
            state: None,
        })
    }));
}

/// How far a round has come.
pub(crate) struct Progress {
    assignments: usize,
    priorities: usize,
    warnings: usize,
    pub handled: usize,
}

impl Progress {
    pub fn of(round: &HookedRound) -> Self {
        Self {
            assignments: round.assignments().count(),
            priorities: round.priorities().len(),
            warnings: round.warnings().len(),
            handled: round.causes().count(),
        }
    }
}

/// Logs what the round has warned of since, and which jobs are wrong in themselves, or were failed by plugins.
///
/// # Errors
/// What is meant for the whole program, such as Ctrl-C.
pub(crate) fn log_problems(py: Python<'_>, round: &HookedRound, before: &Progress) -> PyResult<()> {
    log_warnings(py, round, before.warnings)?;
    let reasons: Vec<_> = detached(py, || round.faulty(before.handled).filter_map(|job| round.reason(job)).collect())?;
    let told = |reason: &Reason| log::warn(py, &format!("job {} has no place: {}", reason.job, reason.line));
    reasons.iter().try_for_each(told)
}

fn log_warnings(py: Python<'_>, round: &HookedRound, from: usize) -> PyResult<()> {
    round.warnings().iter().skip(from).try_for_each(|warning| log::warn(py, warning))
}

/// Logs what is wrong with a job, and what becomes of it. What is no error of the job, such as Ctrl-C, is raised.
fn complain(py: Python<'_>, job: &str, so: &str, error: PyErr) -> PyResult<()> {
    if !error.is_instance_of::<PyException>(py) {
        return Err(error);
    }
    log::warn(py, &format!("job {job} {so}: {}", error.value(py)))
}

fn named(job: &Bound<'_, PyAny>) -> String {
    job.getattr("id").map_or_else(|_| "without id".to_owned(), |id| id.to_string())
}

/// Lets the engine work while other threads of Python do.
///
/// # Errors
/// `SchedulerError` when it panics: that is a defect of ours, and must not end the process.
pub(crate) fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    py.detach(|| catch_unwind(AssertUnwindSafe(work))).map_err(|panic| {
        let message = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let message = message.or_else(|| panic.downcast_ref::<String>().cloned());
        SchedulerError::new_err(format!("the engine failed: {}", message.unwrap_or_default()))
    })
}

/// A whole round of one queue group, as an external scheduler makes it.
///
/// # Errors
/// When the configuration, the resources or the quotas cannot be used, or the platform raises.
pub(crate) fn whole(
    session: &Bound<'_, PyAny>,
    config: &Bound<'_, PyAny>,
    platform: &Bound<'_, PyAny>,
    now: Time,
    queues: &Queues<'_>,
) -> PyResult<()> {
    let py = session.py();
    let (objects, mut read) = read_platform(session, config, platform, now, None)?;
    // Whoever starts a scheduler calls the plugin.
    read.snapshot.extra_metasched = None;
    let objects = Py::new(py, objects)?;
    let mut slot_sets = begin(py, &objects, &mut read)?;
    place_group(&objects, &mut read, &mut slot_sets, queues)
}
