"""The levels of the machine as plugins see them."""

from __future__ import annotations

from typing import Any

from procset import ProcSet


class Hierarchy(dict[str, list[ProcSet]]):
    """For each level (`network_address`, `core`, …) its blocks, in the order in which they should be taken. To be looked at, not to be changed.

    `engine` is the same for the engine.
    """

    def __init__(self, levels: dict[str, list[ProcSet]], engine: Any = None) -> None:
        super().__init__(levels)
        self.engine = engine

    def __reduce__(self) -> Any:
        return (dict, (dict(self),))
