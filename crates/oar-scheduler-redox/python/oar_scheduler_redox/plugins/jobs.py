"""Jobs and queues as plugins see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Job:
    """A job, with OAR 3's names.

    What the engine knows of it are its own attributes; all else is read from the job of the platform, where there is one.

    What a plugin sets stays with the job until the round is over, and is written nowhere: the engine takes the place that an assigning plugin sets
    (`moldable_id`, `start_time`, `walltime`, `res_set`), and nothing else.
    """

    id: int
    name: str | None
    user: str
    project: str
    queue_name: str
    types: dict[str, str]
    submission_time: int
    start_time: int
    walltime: int
    moldable_id: int
    res_set: Any
    mld_res_rqts: list[tuple[int, int, list[tuple[list[tuple[str, int]], Any]]]]
    deps: list[tuple[int, str, int | None]]
    key_cache: dict[int, str]
    ts: bool
    ph: int
    find: bool
    find_func: Any
    find_args: tuple[Any, ...]
    find_kwargs: dict[str, Any]
    no_quotas: bool
    _find: Any

    def __init__(self, fields: dict[str, Any], original: Any = None) -> None:
        self.__dict__.update(fields)
        self._original = original
        if not fields.get("name"):
            # To the engine a job without name has the empty one.
            self.name = _name_of(original)

    def __getattr__(self, name: str) -> Any:
        original = self.__dict__.get("_original")
        if original is None or name.startswith("__"):
            raise AttributeError(f"job {self.__dict__.get('id')} has no attribute {name!r}")
        return getattr(original, name)

    def to_dict(self) -> dict[str, Any]:
        """The columns of the job, as OAR 3's models give them; without such a model what the engine knows of it."""
        own = {name: value for name, value in self.__dict__.items() if not name.startswith("_")}
        if not hasattr(self._original, "to_dict"):
            return own
        columns: dict[str, Any] = self._original.to_dict()
        return {name: own.get(name, value) for name, value in columns.items()}

    def __repr__(self) -> str:
        return f"Job(id={self.__dict__.get('id')})"


def _name_of(original: Any) -> str | None:
    """The name of a job of the platform, `None` if it cannot be read: then the round did not read it either."""
    try:
        name: str | None = getattr(original, "name", None)
    except Exception:
        return None
    return name


@dataclass(frozen=True)
class Queue:
    """A queue. What is not known is `None`."""

    name: str
    priority: int | None = None
    scheduler_policy: str | None = None
    state: str = "Active"


@dataclass(frozen=True)
class PropertyChange:
    """A property of resources that is to have another value, as plugins of `oar.extra_metasched_func` may give it to `kao`."""

    resources: Any
    property: str
    value: str
