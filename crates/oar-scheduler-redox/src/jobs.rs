//! Jobs, as Python has them: rows of OAR 3's table, or any objects with the same attributes.
//!
//! Attributes that an earlier round wrote on a waiting job (`start_time`, `walltime`, `res_set`, `moldable_id`) are not read.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use oar_scheduler_core::{
    Count, Dependency, Job, JobId, JobState, MAX_TIME, Moldable, MoldableId, ProcSet, Request, ScheduledJob, Seconds,
    Time, WaitingJob,
};
use pyo3::conversion::FromPyObjectOwned;
use pyo3::exceptions::{PyException, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyString, PyTuple};

use crate::error::{at, no_attribute, shown};
use crate::procsets;

/// `oar.lib.job_handling.PLACEHOLDER`: the job keeps its resources for those that are allowed there.
const PLACEHOLDER: i64 = 1;
/// `oar.lib.job_handling.ALLOW`: the job may use what such a job keeps.
const ALLOW: i64 = 2;

/// Reads jobs. Sets of resources and plugins that many of them share are read once.
pub(crate) struct Reader<'py> {
    py: Python<'py>,
    /// Whether the attributes `qos` and `nice` matter.
    weighs: bool,
    /// The filters that were read, by the address of their objects, which are kept so that no other can have it.
    filters: HashMap<usize, (Bound<'py, PyAny>, ProcSet)>,
    /// The names of plugins, by the address of their functions.
    plugins: HashMap<usize, (Bound<'py, PyAny>, String)>,
}

impl<'py> Reader<'py> {
    pub fn new(py: Python<'py>, weighs: bool) -> Self {
        Self { py, weighs, filters: HashMap::new(), plugins: HashMap::new() }
    }

    /// A job that holds resources. Those that can be read are held, whatever else cannot be: without a time from now on or its start, and without end. Returns
    /// what that was, too.
    ///
    /// # Errors
    /// When the resources cannot be read, or what is meant for the whole program was raised.
    pub fn scheduled(&mut self, job: &Bound<'py, PyAny>, now: Time) -> PyResult<(ScheduledJob, Vec<Unknown>)> {
        let py = self.py;
        let name = intern!(py, "res_set");
        let resources = procsets::read(&present(job, name)?).map_err(|error| at(py, "res_set", error))?;
        let mut unknown = Vec::new();
        let described =
            or_unknown(py, &mut unknown, "holds its resources, nothing else is known of it", self.job(job))?;
        let start = required(job, intern!(py, "start_time"), "an int").map(Time);
        let start = or_unknown(py, &mut unknown, ENDLESS, start)?;
        let walltime = or_unknown(py, &mut unknown, ENDLESS, walltime_of(job))?;
        let begin = start.unwrap_or(now);
        let endless = Seconds(MAX_TIME.0.saturating_sub(begin.0).saturating_add(1).max(1));
        let state = or_unknown(
            py,
            &mut unknown,
            "holds its resources, its state is not known",
            optional(job, intern!(py, "state")),
        )?;
        let state =
            state.flatten().and_then(|state| JobState::from_name(&state.cast::<PyString>().ok()?.to_cow().ok()?));
        let walltime = start.and(walltime).unwrap_or(endless);
        let id = || job.getattr(intern!(py, "id")).and_then(|id| id.extract()).map_or(JobId(0), JobId);
        let job = described.unwrap_or_else(|| Job { id: id(), ..Job::default() });
        Ok((ScheduledJob { job, start: begin, walltime, resources, state }, unknown))
    }

    /// A job that asks for an advance reservation.
    ///
    /// # Errors
    /// When an attribute is missing or wrong.
    pub fn reservation(&mut self, job: &Bound<'py, PyAny>) -> PyResult<WaitingJob> {
        let start: i64 = required(job, intern!(self.py, "start_time"), "an int")?;
        if start <= 0 {
            return Err(PyValueError::new_err(format!("start_time: expected an instant after 0, found {start}")));
        }
        Ok(WaitingJob { reservation_start: Some(Time(start)), ..self.waiting(job)? })
    }

    /// A job that waits for a place.
    ///
    /// # Errors
    /// When an attribute is missing or wrong.
    pub fn waiting(&mut self, job: &Bound<'py, PyAny>) -> PyResult<WaitingJob> {
        let py = self.py;
        let mut described = self.job(job)?;
        if self.weighs {
            for name in [intern!(py, "qos"), intern!(py, "nice")] {
                if let Some(figure) = optional(job, name)? {
                    described.types.entry(name.to_string()).or_insert(figure.str()?.to_string());
                }
            }
        }
        let submission_time = match optional(job, intern!(py, "submission_time"))? {
            Some(found) => Time(exact(&found, "submission_time", "an int")?),
            None => Time(0),
        };
        Ok(WaitingJob {
            job: described,
            submission_time,
            dependencies: self.dependencies(job)?,
            moldables: self.moldables(job)?,
            ..WaitingJob::default()
        })
    }

    fn job(&mut self, job: &Bound<'py, PyAny>) -> PyResult<Job> {
        let py = self.py;
        let text = |name| match optional(job, name)? {
            Some(found) => exact(&found, name, "a str or None"),
            None => Ok(String::new()),
        };
        Ok(Job {
            name: text(intern!(py, "name"))?,
            user: text(intern!(py, "user"))?,
            project: text(intern!(py, "project"))?,
            queue: required(job, intern!(py, "queue_name"), "a str")?,
            types: self.types(job)?,
            id: JobId(required(job, intern!(py, "id"), "an int")?),
        })
    }

    /// The types of a job, those among them that OAR 3 keeps in attributes of their own.
    fn types(&mut self, job: &Bound<'py, PyAny>) -> PyResult<BTreeMap<String, String>> {
        let py = self.py;
        let found = present(job, intern!(py, "types"))?;
        let found = found.cast::<PyDict>().map_err(|_| wrong("types", "a dict", &found))?;
        let mut types = BTreeMap::new();
        for (name, value) in found {
            let name: String = exact(&name, "types", "names that are texts")?;
            let value = match value.is_none() {
                true => String::new(),
                false => value.extract().map_err(|_| wrong(format!("types[{name:?}]"), "a str or None", &value))?,
            };
            types.insert(name, value);
        }
        let mut add = |name: &str, value: String| types.insert(name.to_owned(), value);
        if flag(job, intern!(py, "ts"))? {
            let user: String = required(job, intern!(py, "ts_user"), "a str")?;
            let name: String = required(job, intern!(py, "ts_name"), "a str")?;
            add("timesharing", format!("{user},{name}"));
        }
        let placeholder: i64 = match optional(job, intern!(py, "ph"))? {
            Some(found) => exact(&found, "ph", "an int")?,
            None => 0,
        };
        match placeholder {
            PLACEHOLDER => drop(add("placeholder", required(job, intern!(py, "ph_name"), "a str")?)),
            ALLOW => drop(add("allow", required(job, intern!(py, "ph_name"), "a str")?)),
            _ => {}
        }
        if flag(job, intern!(py, "no_quotas"))? {
            add("no_quotas", String::new());
        }
        if flag(job, intern!(py, "assign"))? {
            let names = [intern!(py, "assign_func"), intern!(py, "assign_args"), intern!(py, "assign_kwargs")];
            add("assign", self.plugin(job, "oar.assign_func", names)?);
        }
        if flag(job, intern!(py, "find"))? {
            let names = [intern!(py, "find_func"), intern!(py, "find_args"), intern!(py, "find_kwargs")];
            add("find", self.plugin(job, "oar.find_func", names)?);
        }
        Ok(types)
    }

    /// The plugin that a job names, as its type was written: OAR 3 has looked it up already, and keeps the function and the arguments.
    fn plugin(
        &mut self,
        job: &Bound<'py, PyAny>,
        group: &str,
        [function, args, kwargs]: [&Bound<'py, PyString>; 3],
    ) -> PyResult<String> {
        let mut text = match optional(job, function)? {
            Some(function) => self.name_of(group, &function)?,
            None => "(not installed)".to_owned(),
        };
        if let Some(args) = optional(job, args)? {
            for argument in args.try_iter()? {
                text.push(':');
                text.push_str(&argument?.str()?.to_cow()?);
            }
        }
        if let Some(kwargs) = optional(job, kwargs)? {
            let kwargs = kwargs.cast::<PyDict>().map_err(|_| wrong("kwargs of a plugin", "a dict", &kwargs))?;
            for (key, value) in kwargs {
                text.push_str(&format!(":{}={}", key.str()?, value.str()?));
            }
        }
        Ok(text)
    }

    fn name_of(&mut self, group: &str, function: &Bound<'py, PyAny>) -> PyResult<String> {
        let key = function.as_ptr() as usize;
        if let Some((_, name)) = self.plugins.get(&key) {
            return Ok(name.clone());
        }
        let names = self.py.import(intern!(self.py, "oar_scheduler_redox._names"))?;
        let name: String = names.call_method1(intern!(self.py, "name_of"), (group, function))?.extract()?;
        self.plugins.insert(key, (function.clone(), name.clone()));
        Ok(name)
    }

    fn dependencies(&self, job: &Bound<'py, PyAny>) -> PyResult<Vec<Dependency>> {
        let Some(found) = optional(job, intern!(self.py, "deps"))? else { return Ok(Vec::new()) };
        let mut dependencies = Vec::new();
        for found in items(&found, "deps")? {
            let found = found?;
            let place = || format!("deps[{}]", dependencies.len());
            let (job, state, exit_code): (i64, Bound<'_, PyAny>, Option<i64>) =
                found.extract().map_err(|_| wrong(place(), "a tuple (job id, state, exit code or None)", &found))?;
            let known = state.extract::<String>().ok().and_then(|state| JobState::from_name(&state));
            let state = known.ok_or_else(|| wrong(place(), "the state of a job", &state))?;
            dependencies.push(Dependency { job: JobId(job), state, exit_code });
        }
        Ok(dependencies)
    }

    fn moldables(&mut self, job: &Bound<'py, PyAny>) -> PyResult<Vec<Moldable>> {
        let Some(found) = optional(job, intern!(self.py, "mld_res_rqts"))? else { return Ok(Vec::new()) };
        let mut moldables = Vec::new();
        let mut last = None;
        for (moldable, found) in items(&found, "mld_res_rqts")?.enumerate() {
            let (found, place) = (found?, Place { moldable, group: None });
            let [id, walltime, groups] =
                parts(&found).ok_or_else(|| wrong(place, "a tuple (moldable id, walltime, groups)", &found))?;
            moldables.push(Moldable {
                id: MoldableId(exact(&id, place, "an int as its id")?),
                walltime: Seconds(exact(&walltime, place, "an int as its walltime")?),
                requests: self.requests(&groups, place)?,
            });
            last = Some(groups);
        }
        if let (Some(moldable), Some(groups)) = (moldables.last_mut(), last)
            && ends_twice(&groups)?
        {
            moldable.requests.pop();
        }
        Ok(moldables)
    }

    fn requests(&mut self, groups: &Bound<'py, PyAny>, place: Place) -> PyResult<Vec<Request>> {
        let mut requests = Vec::new();
        for (group, found) in items(groups, place)?.enumerate() {
            let (found, place) = (found?, Place { group: Some(group), ..place });
            let [levels, filter] = parts(&found).ok_or_else(|| wrong(place, "a tuple (levels, ProcSet)", &found))?;
            let mut counts = Vec::new();
            for level in items(&levels, place)? {
                let level = level?;
                let [label, count] = parts(&level).ok_or_else(|| wrong(place, "levels (label, number)", &level))?;
                let count = Count(exact(&count, place, "an int as the number of a level")?);
                counts.push((exact::<String>(&label, place, "a str as the label of a level")?, count));
            }
            let read = self.filter(&filter).map_err(|error| at(self.py, &place.to_string(), error))?;
            requests.push(Request { filter: Some(read), levels: counts });
        }
        Ok(requests)
    }

    fn filter(&mut self, filter: &Bound<'py, PyAny>) -> PyResult<ProcSet> {
        let key = filter.as_ptr() as usize;
        if let Some((_, read)) = self.filters.get(&key) {
            return Ok(read.clone());
        }
        let read = procsets::read(filter)?;
        self.filters.insert(key, (filter.clone(), read.clone()));
        Ok(read)
    }
}

/// What could not be read of a job that holds resources.
pub(crate) struct Unknown {
    /// What is done without it.
    pub so: &'static str,
    pub error: PyErr,
}

const ENDLESS: &str = "holds its resources without end";

/// What was read; what was not is noted.
///
/// # Errors
/// What is meant for the whole program, such as Ctrl-C.
fn or_unknown<T>(
    py: Python<'_>,
    unknown: &mut Vec<Unknown>,
    so: &'static str,
    read: PyResult<T>,
) -> PyResult<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.is_instance_of::<PyException>(py) => {
            unknown.push(Unknown { so, error });
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn walltime_of(job: &Bound<'_, PyAny>) -> PyResult<Seconds> {
    let walltime: i64 = required(job, intern!(job.py(), "walltime"), "an int")?;
    if walltime <= 0 {
        return Err(PyValueError::new_err(format!("walltime: expected seconds from 1 on, found {walltime}")));
    }
    Ok(Seconds(walltime))
}

/// A place in the requests of a job, for messages.
#[derive(Clone, Copy)]
struct Place {
    moldable: usize,
    group: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "mld_res_rqts[{}]", self.moldable)?;
        self.group.map_or(Ok(()), |group| write!(formatter, ", group {group}"))
    }
}

/// An attribute that need not be there; `None` stands for none.
fn optional<'py>(job: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PyAny>>> {
    Ok(job.getattr_opt(name)?.filter(|found| !found.is_none()))
}

/// An attribute that must be there.
fn present<'py>(job: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    job.getattr_opt(name)?.ok_or_else(|| no_attribute(&name.to_string_lossy()))
}

fn required<'py, T: FromPyObjectOwned<'py>>(
    job: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
    expected: &str,
) -> PyResult<T> {
    exact(&present(job, name)?, name, expected)
}

fn exact<'py, T: FromPyObjectOwned<'py>>(
    found: &Bound<'py, PyAny>,
    place: impl fmt::Display,
    expected: &str,
) -> PyResult<T> {
    found.extract::<T>().map_err(|_| wrong(place, expected, found))
}

/// An attribute that is True or False; one that is not there is False.
fn flag<'py>(job: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> PyResult<bool> {
    match optional(job, name)? {
        None => Ok(false),
        Some(found) => match found.cast::<PyBool>() {
            Ok(flag) => Ok(flag.is_true()),
            Err(_) => Err(wrong(name, "a bool", &found)),
        },
    }
}

/// The parts of a tuple, or list, of so many.
fn parts<'py, const N: usize>(found: &Bound<'py, PyAny>) -> Option<[Bound<'py, PyAny>; N]> {
    let parts: Vec<Bound<'py, PyAny>> = match found.cast::<PyTuple>() {
        Ok(tuple) => tuple.iter().collect(),
        Err(_) => found.cast::<PyList>().ok()?.iter().collect(),
    };
    parts.try_into().ok()
}

/// Whether the last group is there twice: OAR 3 gives the last one of the last alternative of most jobs so, the same objects in another tuple.
fn ends_twice(groups: &Bound<'_, PyAny>) -> PyResult<bool> {
    let Some(before) = groups.len()?.checked_sub(2) else { return Ok(false) };
    let (group, last) = (groups.get_item(before)?, groups.get_item(before + 1)?);
    let [Some([levels, filter]), Some([last_levels, last_filter])] = [parts(&group), parts(&last)] else {
        return Ok(false);
    };
    Ok(levels.is(&last_levels) && filter.is(&last_filter) && !group.is(&last))
}

/// What is in a list or tuple.
fn items<'py, P: fmt::Display>(
    found: &Bound<'py, PyAny>,
    place: P,
) -> PyResult<impl Iterator<Item = PyResult<Bound<'py, PyAny>>> + use<'py, P>> {
    if found.is_instance_of::<PyList>() || found.is_instance_of::<PyTuple>() {
        found.try_iter()
    } else {
        Err(wrong(place, "a list", found))
    }
}

/// That something is not what is expected.
fn wrong(place: impl fmt::Display, expected: &str, found: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("{place}: expected {expected}, found {}", shown(found)))
}
