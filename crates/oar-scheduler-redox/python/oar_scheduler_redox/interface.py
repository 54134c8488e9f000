"""What the engine asks of a platform: the methods and attributes that OAR 3's have, for whoever writes another one."""

from __future__ import annotations

from typing import Any, Protocol

from procset import ProcSet


class ResourceSet(Protocol):
    """The resources of a platform, as `oar.lib.resource.ResourceSet` has them: numbered by their places in `SCHEDULER_RESOURCE_ORDER`.

    `default_itvs`, `suspendable_roid_itvs`, `absent_roid_itvs` (sets) and `nb_resources_default_not_dead` (a number) are read too if they are there.
    """

    roid_itvs: ProcSet
    available_upto: dict[int, ProcSet]
    hierarchy: dict[str, list[ProcSet]]


class Platform(Protocol):
    """What a platform must answer, as `oar.kao.platform.Platform` does.

    The three methods of accounting are called for FAIRSHARE and for MULTIFACTOR with a karma alone.
    """

    def resource_set(self, *, session: Any, config: Any) -> ResourceSet: ...
    def get_scheduled_jobs(self, session: Any, resource_set: Any, security_time: int, now: int, /) -> list[Any]: ...
    def get_waiting_jobs(self, queues: Any, /, *, session: Any, reservation: str = ...) -> tuple[Any, ...]: ...
    def get_data_jobs(self, session: Any, jobs: dict[int, Any], ids: list[int], resource_set: Any, security_time: int, /) -> Any: ...
    def save_assigns(self, session: Any, jobs: dict[int, Any], resource_set: Any, /) -> Any: ...
    def get_sum_accounting_window(self, session: Any, queues: list[str], begin: int, end: int, /) -> tuple[float, float]: ...
    def get_sum_accounting_by_project(
        self, session: Any, queues: list[str], begin: int, end: int, /
    ) -> tuple[dict[str, float], dict[str, float]]: ...
    def get_sum_accounting_by_user(self, session: Any, queues: list[str], begin: int, end: int, /) -> tuple[dict[str, float], dict[str, float]]: ...
