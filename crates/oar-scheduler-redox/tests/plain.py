"""A platform of plain Python objects: the methods that OAR 3's has, and what was called, in order."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from procset import ProcSet

PLACEHOLDER, ALLOW = 1, 2

CONFIG: dict[str, Any] = {
    "JOB_PRIORITY": "FIFO",
    "SCHEDULER_RESOURCE_ORDER": "resource_id ASC",
    "SCHEDULER_JOB_SECURITY_TIME": "60",
    "QUOTAS": "no",
    "QUOTAS_ALL_NB_RESOURCES_MODE": "default_not_dead",
}


def procset(text: str) -> ProcSet:
    return ProcSet.from_str(text) if text else ProcSet()


class Session:
    """OAR's session, of which the module knows nothing."""


class ResourceSet:
    """32 resources in nodes of 8, unless told otherwise."""

    def __init__(self, usable: str = "0-31", hierarchy: dict[str, list[str]] | None = None, available_upto: dict[int, str] | None = None) -> None:
        hierarchy = hierarchy or {"network_address": ["0-7", "8-15", "16-23", "24-31"], "resource_id": [str(number) for number in range(32)]}
        self.roid_itvs = procset(usable)
        self.hierarchy = {level: [procset(block) for block in blocks] for level, blocks in hierarchy.items()}
        self.available_upto = {until: procset(resources) for until, resources in (available_upto or {2147483647: usable}).items()}


def waiting(number: int, walltime: int = 60, nodes: int = 1, **attributes: Any) -> SimpleNamespace:
    """A job for so many nodes: as it is before the platform knows more of it than its row."""
    job = SimpleNamespace(id=number, name=None, user="alice", project="default", queue_name="default", state="Waiting", submission_time=0)
    job.data = {
        "mld_res_rqts": [(number * 10, walltime, [([("network_address", nodes)], procset("0-31"))])],
        "types": {},
        "deps": [],
        "ts": False,
        "ph": 0,
    }
    job.data |= {"assign": False, "find": False, "no_quotas": False}
    for name, value in attributes.items():
        if hasattr(job, name):
            setattr(job, name, value)
        else:
            job.data[name] = value
    return job


def scheduled(number: int, start: int, walltime: int, resources: str, **attributes: Any) -> SimpleNamespace:
    """A job that holds resources."""
    job = waiting(number, walltime, **({"state": "Running"} | attributes))
    job.__dict__.update(job.__dict__.pop("data"))
    job.start_time, job.walltime, job.res_set, job.moldable_id = start, walltime, procset(resources), number * 10
    return job


class Platform:
    """Notes each call, answers as OAR 3's platform does, and keeps what was saved."""

    def __init__(self, waiting: list[Any] = (), scheduled: list[Any] = (), resources: ResourceSet | None = None) -> None:
        self.waiting = list(waiting)
        self.reservations: list[Any] = []
        self.scheduled = list(scheduled)
        self.resources = resources or ResourceSet()
        self.calls: list[tuple[Any, ...]] = []
        self.saved: list[dict[int, Any]] = []
        self.sums: dict[str, Any] = {}

    def called(self) -> list[str]:
        return [name for name, *_ in self.calls]

    def resource_set(self, **kwargs: Any) -> ResourceSet:
        self.calls.append(("resource_set", (), kwargs))
        return self.resources

    def get_scheduled_jobs(self, *args: Any, **kwargs: Any) -> list[Any]:
        self.calls.append(("get_scheduled_jobs", args, kwargs))
        return self.scheduled

    def get_waiting_jobs(self, *args: Any, **kwargs: Any) -> tuple[dict[int, Any], list[int], int]:
        self.calls.append(("get_waiting_jobs", args, kwargs))
        source = self.reservations if kwargs.get("reservation") == "toSchedule" else self.waiting
        queues = [args[0]] if isinstance(args[0], str) else args[0]
        jobs = [job for job in source if job.queue_name in queues]
        return {job.id: job for job in jobs}, [job.id for job in jobs], len(jobs)

    def get_data_jobs(self, *args: Any, **kwargs: Any) -> None:
        self.calls.append(("get_data_jobs", args, kwargs))
        for job in args[1].values():
            job.__dict__.update(job.data)

    def save_assigns(self, *args: Any, **kwargs: Any) -> None:
        self.calls.append(("save_assigns", args, kwargs))
        self.saved.append(dict(args[1]))

    def get_sum_accounting_window(self, *args: Any) -> Any:
        self.calls.append(("get_sum_accounting_window", args, {}))
        return self.sums.get("window", (1.0, 1.0))

    def get_sum_accounting_by_project(self, *args: Any) -> Any:
        self.calls.append(("get_sum_accounting_by_project", args, {}))
        return self.sums.get("projects", ({}, {}))

    def get_sum_accounting_by_user(self, *args: Any) -> Any:
        self.calls.append(("get_sum_accounting_by_user", args, {}))
        return self.sums.get("users", ({}, {}))


def place(job: Any) -> tuple[int, str] | None:
    """When and where a job was placed."""
    return (job.start_time, str(job.res_set)) if hasattr(job, "res_set") else None
