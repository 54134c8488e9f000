"""The names under which functions are installed as plugins."""

from __future__ import annotations

from typing import Any

from .plugins.lookup import entry_points


def name_of(group: str, function: Any) -> str:
    """The name of the entry point of `group` that `function` is, or else the function's own."""
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    value = f"{module}:{name}"
    for entry_point in entry_points(group):
        if entry_point.value.replace(" ", "") == value:
            return str(entry_point.name)
    return str(name or type(function).__name__).replace(":", ".")
