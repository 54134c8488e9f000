"""What the engine asks of a platform: the methods and attributes that OAR 3's have, for whoever writes another one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from procset import ProcSet


class ResourceSet(Protocol):
    """The resources of a platform, as `oar.lib.resource.ResourceSet` has them: numbered by their places in `SCHEDULER_RESOURCE_ORDER`.

    `default_itvs`, `suspendable_roid_itvs`, `absent_roid_itvs` (sets) and `nb_resources_default_not_dead` (a number) are read too if they are there.
    """

    roid_itvs: ProcSet
    """Those that can be used."""
    available_upto: dict[int, ProcSet]
    """Until when resources are there, in seconds since the epoch."""
    hierarchy: dict[str, list[ProcSet]]
    """For each level its blocks, in the order in which they should be taken."""


class Job(Protocol):
    """What every job must have, whether it waits or holds resources; what else is read of it is in `DescribedJob`, `WaitingJob` and `HoldingJob`.

    Jobs are rows of OAR 3's table, or any objects with these attributes. Instants are seconds since the epoch; they and all durations are ints.

    Of a waiting job nothing is read before `get_data_jobs` has filled in what was missing. If something must be there and is not, or if something is
    not what is said here, it is left out with a warning and goes on waiting; a job that holds resources goes on holding them.
    """

    id: int
    """The number of the job: that under which `get_waiting_jobs` gives it."""
    queue_name: str
    """Its queue."""
    types: dict[str, Any]
    """The types with their values: a str, or `None` or `""` where there is none. Those that have attributes of their own need not be in it."""


class DescribedJob(Job, Protocol):
    """What is read of every job if it is there. Each attribute may be missing or `None`: then it is as if it had the value that is given here."""

    name: str | None = None
    """The name that its user gave it."""
    user: str | None = None
    """Whose it is."""
    project: str | None = None
    """The project that it counts for."""
    ts: bool | None = False
    """Whether it has type `timesharing`: then `ts_user` and `ts_name` must be there."""
    ts_user: str | None = None
    """With whose jobs it shares: `"*"`, or `"user"` for those of its own user. Read if `ts` is true."""
    ts_name: str | None = None
    """With which jobs it shares: `"*"`, or `"name"` for those of its own name. Read if `ts` is true."""
    ph: int | None = 0
    """1: it keeps its resources for others (type `placeholder`). 2: it may use what such a job keeps (type `allow`). Then `ph_name` must be there."""
    ph_name: str | None = None
    """The name of the placeholder. Read if `ph` is 1 or 2."""
    no_quotas: bool | None = False
    """Whether the quotas leave it alone."""
    assign: bool | None = False
    """Whether a plugin chooses its place (type `assign`)."""
    assign_func: Callable[..., Any] | None = None
    """That plugin. If there is none the job waits. Read, as the two below, if `assign` is true."""
    assign_args: Sequence[Any] | None = ()
    """What the plugin gets as further positional arguments."""
    assign_kwargs: dict[str, Any] | None = None
    """What the plugin gets as keyword arguments; `None`: nothing."""
    find: bool | None = False
    """Whether a plugin chooses its resources (type `find`)."""
    find_func: Callable[..., Any] | None = None
    """That plugin, as `assign_func`."""
    find_args: Sequence[Any] | None = ()
    """As `assign_args`."""
    find_kwargs: dict[str, Any] | None = None
    """As `assign_kwargs`."""


class WaitingJob(DescribedJob, Protocol):
    """A job that waits for a place, or asks for an advance reservation; as it is after `get_data_jobs`.

    What is read of it may be missing or `None`, as in `DescribedJob`. What is written is written on jobs that get a place, before `save_assigns`;
    what is found there is not read, but for `start_time` of a reservation.
    """

    submission_time: int | None = 0
    """When it was submitted."""
    mld_res_rqts: Sequence[tuple[int, int, Sequence[tuple[Sequence[tuple[str, int]], ProcSet]]]] | None = ()
    """Its alternatives, a list or tuple of them: number, walltime with the security time, groups. Without one it has no place.

    A group is a pair: its levels from the outermost on, each with the number of its blocks (-1: ALL, -2: BEST, -3: HALF_BEST), and the resources that
    its properties select. Of a reservation the first alternative counts.

    The last group of the last alternative counts once if it is there twice: the same objects in two tuples, as OAR 3 gives it.
    """
    deps: Sequence[tuple[int, str, int | None]] | None = ()
    """The jobs that it depends on, a list or tuple of tuples: number, state by OAR's name, exit code or `None`."""
    qos: Any = None
    """A number from 0 to 1, or a text that is one; `None`: 0. Read for MULTIFACTOR, but not of reservations; a type `qos=NUMBER` comes first."""
    nice: Any = None
    """The same, from 1 on; `None`: 1."""

    start_time: int
    """When it starts: written. Read of reservations, of which it must be there: an instant after 0."""
    walltime: int
    """For how many seconds it holds its resources, the security time included: written."""
    end_time: int
    """Its last second, `start_time + walltime - 1`: written."""
    moldable_id: int
    """The number of the alternative that was chosen: written."""
    res_set: ProcSet
    """Its resources: written."""
    karma: float
    """Its karma: written where it was computed, for FAIRSHARE and for MULTIFACTOR with a weight of it."""


class HoldingJob(DescribedJob, Protocol):
    """A job that holds resources: it holds them whatever else of it cannot be read, and a warning says what that is. Nothing is written on it."""

    res_set: ProcSet
    """Its resources. If they cannot be read it is left out: it holds nothing."""
    start_time: int
    """When it began, or will begin. If that cannot be read it holds its resources from now on, without end."""
    walltime: int
    """For how many seconds, the security time included: 1 or more. If that cannot be read it holds its resources without end."""
    state: str | None = None
    """Its state by OAR's name; missing, `None` or anything else: not known.

    Only a job that is known to be under way (`toLaunch`, `Launching`, `Running`, `Suspended`, `Resuming`, `Finishing`) holds on when its time is
    over. A suspended one holds what cannot be suspended, and no more.
    """


JobT = TypeVar("JobT", bound=Job)


class Platform(Protocol[JobT]):
    """What a platform must answer, as `oar.kao.platform.Platform` does.

    Its jobs are any that have what `Job` says; what else is read of them, and what is written on them, is in `HoldingJob` (`get_scheduled_jobs`) and
    in `WaitingJob` (the others). `get_waiting_jobs` gives a tuple: the jobs by number, their numbers in order, and whatever else.

    The three methods of accounting are called for FAIRSHARE and for MULTIFACTOR with a karma alone.
    """

    def resource_set(self, *, session: Any, config: Any) -> ResourceSet: ...
    def get_scheduled_jobs(self, session: Any, resource_set: Any, security_time: int, now: int, /) -> list[JobT]: ...
    def get_waiting_jobs(self, queues: Any, /, *, session: Any, reservation: str = ...) -> tuple[Any, ...]: ...
    def get_data_jobs(self, session: Any, jobs: dict[int, JobT], ids: list[int], resource_set: Any, security_time: int, /) -> Any: ...
    def save_assigns(self, session: Any, jobs: dict[int, JobT], resource_set: Any, /) -> Any: ...
    def get_sum_accounting_window(self, session: Any, queues: list[str], begin: int, end: int, /) -> tuple[float, float]: ...
    def get_sum_accounting_by_project(
        self, session: Any, queues: list[str], begin: int, end: int, /
    ) -> tuple[dict[str, float], dict[str, float]]: ...
    def get_sum_accounting_by_user(self, session: Any, queues: list[str], begin: int, end: int, /) -> tuple[dict[str, float], dict[str, float]]: ...
