from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, Callable

import oar_scheduler_redox as redox
import pytest
from plain import CONFIG, Platform, Session


@pytest.fixture
def config() -> dict[str, Any]:
    return dict(CONFIG)


@pytest.fixture
def run(config: dict[str, Any]) -> Callable[..., Platform]:
    """A whole round of the queue `default` at instant 1000."""

    def run(*waiting: Any, queues: Any = ("default",), now: int = 1000, **platform: Any) -> Platform:
        plain = Platform(list(waiting), **platform)
        redox.schedule_cycle_external(Session(), config, plain, now, list(queues))
        return plain

    return run


@pytest.fixture
def job_handling(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What is called of `oar.lib.job_handling`, which is not installed."""
    calls: list[tuple[Any, ...]] = []
    module = ModuleType("oar.lib.job_handling")
    module.set_job_state = lambda session, config, job, state: calls.append(("state", job, state))
    module.set_job_message = lambda session, job, message: calls.append(("message", job, message))
    module.set_job_resa_state = lambda session, job, state: calls.append(("reservation", job, state))
    oar, lib = ModuleType("oar"), ModuleType("oar.lib")
    oar.lib, lib.job_handling = lib, module
    for name, package in [("oar", oar), ("oar.lib", lib), ("oar.lib.job_handling", module)]:
        monkeypatch.setitem(sys.modules, name, package)
    return calls
