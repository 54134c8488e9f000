"""Calls plugins for the engine, and takes their answers."""

from __future__ import annotations

import logging
import operator
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Callable

from procset import ProcSet

from . import lookup
from .jobs import Job, PropertyChange, Queue
from .lookup import PluginFailure
from .slots import Free, SlotSet

logger = logging.getLogger("oar.redox")

Plugin = Callable[..., Any]
INTEGER_MAX = 2**63 - 1

# A plugin with its positional and its keyword arguments.
Call = tuple[Plugin, Any, Any]


class Host:
    """The plugins of a round.

    `session` and `platform` are what plugins get that expect a session of the database and a platform, `scheduled` the jobs of the platform that
    hold resources.
    """

    def __init__(self, session: Any = None, platform: Any = None, scheduled: list[Any] | None = None) -> None:
        self.session = session
        self.platform = platform
        self.scheduled = scheduled
        self.jobs: dict[int, Job] = {}
        self._plugins: dict[tuple[str, str], Plugin | PluginFailure | None] = {}

    def plugin(self, group: str, name: str) -> Plugin | None:
        """The installed plugin of this name, looked up once."""
        if (group, name) not in self._plugins:
            try:
                self._plugins[group, name] = lookup.find_plugin(group, name)
            except PluginFailure as failure:
                self._plugins[group, name] = failure
        found = self._plugins[group, name]
        if isinstance(found, PluginFailure):
            raise PluginFailure(*found.args)
        return found

    def plugin_of(self, kind: str, name: str, args: list[str], kwargs: dict[str, str], original: Any) -> Call | None:
        """The plugin (`find` or `assign`) of a job, with its arguments: the one that the job of the platform has, or the installed one."""
        function = getattr(original, f"{kind}_func", None) if getattr(original, kind, False) else None
        if function is not None:
            return function, getattr(original, f"{kind}_args", None) or (), getattr(original, f"{kind}_kwargs", None) or {}
        function = self.plugin(lookup.FIND if kind == "find" else lookup.ASSIGN, name)
        return None if function is None else (function, args, kwargs)

    def see(self, fields: dict[str, Any], find: tuple[str, list[str], dict[str, str]] | None, original: Any) -> Job:
        """A job as plugins see it. `find`: its own plugin to find resources."""
        job = Job(fields, original)
        job._find = None
        job.find, job.find_args, job.find_kwargs = find is not None, (), {}
        if find is not None:
            job._find, problem = self._finder(find, original)
            job.find_func, job.find_args, job.find_kwargs = job._find or (_failing(find[0], problem), (), {})
        self.jobs[job.id] = job
        return job

    def _finder(self, find: tuple[str, list[str], dict[str, str]], original: Any) -> tuple[Call | None, str]:
        try:
            return self.plugin_of("find", *find, original), "there is no such plugin in Python"
        except PluginFailure as failure:
            return (_failing(None, str(failure)), (), {}), str(failure)

    def find(self, function: Call, *request: Any) -> ProcSet:
        """The resources of a window."""
        plugin, args, kwargs = function
        return _procset(_call(plugin, *request, *args, **kwargs), "it gives")

    def assign(
        self,
        plugin: Plugin,
        args: Iterable[Any],
        kwargs: dict[str, Any],
        free: Free,
        sharing: tuple[Any, Any],
        job: Job,
        hy: Any,
        min_start_time: int,
    ) -> tuple[int, int, ProcSet] | None:
        """The place of a job: alternative, start and resources."""
        job.moldable_id, job.start_time, job.res_set = -1, -1, ProcSet()
        job.__dict__.pop("walltime", None)
        _call(plugin, SlotSet._of(free, *sharing), job, hy, min_start_time, *args, **kwargs)
        # What it has taken away must not come from the job of the platform.
        chosen = job.__dict__
        resources = _procset(chosen.get("res_set"), "job.res_set")
        start, moldable = _integer(chosen.get("start_time"), "job.start_time"), _integer(chosen.get("moldable_id"), "job.moldable_id")
        if not resources or start < 0 or moldable < 0:
            return None
        given = chosen.get("walltime")
        known = next((walltime for id, walltime, _ in job.mld_res_rqts if id == moldable), given)
        if given is not None and given != known:
            raise PluginFailure(f"job.walltime: expected {known}, that of alternative {moldable}; found {given!r}")
        return moldable, start, resources

    def sort(self, plugin: Plugin, queues: list[str], now: int, jobs: list[Job], config: str) -> list[int]:
        """The numbers of the jobs, in order."""
        by_id = {job.id: job for job in jobs}
        with _guarded(plugin):
            order = plugin(queues, now, list(by_id), by_id.copy(), config, self.platform)
            if isinstance(order, (str, bytes)) or not isinstance(order, Iterable):
                raise PluginFailure(f"expected a list of job numbers, found {_described(order)}")
            order = list(order)
        sorted_jobs = dict.fromkeys(_integer(id, "in its list of job numbers") for id in order)
        if len(sorted_jobs) < len(order):
            _warn(plugin, "it names jobs more than once: the first time counts")
        unknown = [id for id in sorted_jobs if id not in by_id]
        if unknown:
            _warn(plugin, f"it names jobs that are not among those to sort: {_some(unknown)}")
        return [id for id in sorted_jobs if id in by_id]

    def before_group(
        self,
        plugin: Plugin,
        previous: list[str] | None,
        next: list[str] | None,
        scheduled: list[dict[str, Any]],
        free: dict[str, Free],
        security_time: int,
        now: int,
        config: str,
    ) -> tuple[list[tuple[str, int, int, ProcSet]], list[tuple[ProcSet, str, str]]]:
        """What groups of queues to come do not get (slot set, first and last second, resources), and properties that change."""
        slot_sets = {name: SlotSet._of(free) for name, free in free.items()}
        originals = self._originals()
        jobs = [Job(fields, originals.get(fields["id"])) for fields in scheduled]
        queues, given = (self.queues(previous), self.queues(next)), dict(slot_sets)
        with _guarded(plugin):
            answer = plugin(self.session, queues[0], self.platform, jobs, given, security_time, queues[1], now, config)
            changed = [(name, shown, given.get(name, shown), free[name]) for name, shown in slot_sets.items()]
            holds = [(name, *hold) for name, shown, after, engine in changed for hold in _taken(name, shown, after, engine)]
        for name in [*slot_sets, *given]:
            if name not in given:
                _warn(plugin, f"it removes the slot set {name!r}: that changes nothing here")
            elif name not in slot_sets:
                _warn(plugin, f"it adds the slot set {name!r}: that changes nothing here")
        return holds, self._property_changes(answer)

    def _originals(self) -> dict[int, Any]:
        """The jobs of the platform that hold resources, by number: those of which it can be read."""
        originals: dict[int, Any] = {}
        for job in self.scheduled or ():
            try:
                originals[job.id] = job
            except Exception:
                # The round has left it out, and said so.
                continue
        return originals

    def _property_changes(self, answer: Any) -> list[tuple[ProcSet, str, str]]:
        """The changes of properties that a plugin answers with; those of OAR 3 answer with anything."""
        changes = [change for change in answer if isinstance(change, PropertyChange)] if isinstance(answer, (list, tuple)) else []
        if changes and self.session is not None:
            raise PluginFailure("it answers with changes of properties, which kao makes; here they are made by the session that it gets")
        return [(_procset(change.resources, "PropertyChange.resources"), str(change.property), str(change.value)) for change in changes]

    def queues(self, names: list[str] | None) -> list[Any] | None:
        """The queues of these names: those of the database where OAR 3's models can ask for them."""
        if names is None:
            return None
        known = {queue.name: queue for queue in self._queues_of_database(names)}
        return [known.get(name, Queue(name)) for name in names]

    def _queues_of_database(self, names: list[str]) -> list[Any]:
        if self.session is None:
            return []
        try:
            from oar.lib.models import Queue as Model

            return list(self.session.query(Model).filter(Model.name.in_(tuple(names))))
        except Exception:
            return []


def _call(plugin: Plugin, *args: Any, **kwargs: Any) -> Any:
    with _guarded(plugin):
        return plugin(*args, **kwargs)


@contextmanager
def _guarded(plugin: Plugin) -> Iterator[None]:
    """Whatever a plugin raises has cost its job this round, and nothing else; but who interrupts the program means all of it."""
    try:
        yield
    except (KeyboardInterrupt, PluginFailure):
        raise
    except BaseException as error:
        logger.exception("plugin %s failed", _named(plugin))
        words = str(error)
        raise PluginFailure(f"it raised {type(error).__name__}" + (f": {words}" if words else "")) from error


def _warn(plugin: Plugin, problem: str) -> None:
    logger.warning("plugin %s: %s", _named(plugin), problem)


def _named(plugin: Plugin) -> Any:
    return getattr(plugin, "__qualname__", plugin)


def _taken(name: str, shown: SlotSet, after: Any, engine: Free) -> list[tuple[int, int, ProcSet]]:
    """What a plugin took away, and when, of a slot set: of the one that it was shown, or by another one in its place."""
    where = f"the slot set {name!r}"
    if not isinstance(after, SlotSet):
        raise PluginFailure(f"{where}: expected a SlotSet of oar_scheduler_redox.plugins, found {_described(after)}")
    if after.begin > shown.begin or after.end < shown.end:
        raise PluginFailure(f"{where}: expected one from {shown.begin} to {shown.end}, found one from {after.begin} to {after.end}")
    taken, given = after._changes(engine)
    if given:
        raise PluginFailure(f"in {where}, it frees resources that are held: {given}")
    return taken


def _failing(find: str | None, problem: str) -> Plugin:
    """What stands for a plugin that cannot be called, until somebody calls it."""
    words = problem if find is None else f"its plugin find={find} cannot be called: {problem}"

    def fail(*_: Any, **__: Any) -> ProcSet:
        raise PluginFailure(words)

    return fail


def _procset(found: Any, where: str) -> ProcSet:
    if isinstance(found, ProcSet):
        return found
    raise PluginFailure(f"{where}: expected a ProcSet of resources, found {_described(found)}")


def _integer(found: Any, where: str) -> int:
    try:
        number = operator.index(found)
    except TypeError:
        raise PluginFailure(f"{where}: expected a whole number, found {_described(found)}") from None
    if not -INTEGER_MAX <= number <= INTEGER_MAX:
        raise PluginFailure(f"{where}: expected a whole number of 64 bits, found one of {number.bit_length()}")
    return number


def _some(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:5])) + (", …" if len(numbers) > 5 else "")


def _described(found: Any) -> str:
    return "None" if found is None else f"a {type(found).__name__}"
