"""The installed plugins, by their entry points."""

from __future__ import annotations

import importlib.metadata
import logging
from typing import Any, Callable

logger = logging.getLogger("oar.redox")

ASSIGN = "oar.assign_func"
FIND = "oar.find_func"
SORT = "oar.jobs_sorting_func"
BEFORE_GROUP = "oar.extra_metasched_func"


class PluginFailure(Exception):
    """A plugin cannot be called, failed, or gave what cannot be used; in words that make sense after its name."""


def entry_points(group: str) -> list[Any]:
    """The entry points of a group. Nothing is imported."""
    found = importlib.metadata.entry_points()
    if hasattr(found, "select"):
        return list(found.select(group=group))
    return list(found.get(group, ()))  # Python 3.9


def find_plugin(group: str, name: str) -> Callable[..., Any] | None:
    """The plugin of this name; `None`: nobody has installed one. Only what is named is imported, and the first counts if there are several.

    Raises `PluginFailure` when it is installed and cannot be imported, or is no function.
    """
    entry = next((entry for entry in entry_points(group) if entry.name == name), None)
    if entry is None:
        return None
    try:
        function = entry.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        logger.exception("%s %s (%s) cannot be imported", group, name, entry.value)
        raise PluginFailure(f"it cannot be imported from {entry.value}: {type(error).__name__}: {error}") from error
    if not callable(function):
        raise PluginFailure(f"{entry.value}: expected a function, found {type(function).__name__}")
    return function  # type: ignore[no-any-return]
