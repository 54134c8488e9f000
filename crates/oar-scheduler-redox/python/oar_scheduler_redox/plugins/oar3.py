"""What is different where OAR 3 is installed too."""

from __future__ import annotations

import copyreg
import importlib
from typing import Any


def pickled(name: str, state: dict[str, Any]) -> tuple[Any, ...] | None:
    """How to pickle a `SlotSet` or `Slot` so that those who have OAR 3, and nothing of us, can read it; `None` where OAR 3 is not."""
    try:
        like = getattr(importlib.import_module("oar.kao.slot"), name)
    except Exception:
        return None
    return (copyreg._reconstructor, (like, object, None), state)  # type: ignore[attr-defined]
