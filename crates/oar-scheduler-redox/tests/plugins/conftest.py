from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import oar_scheduler_redox as redox
import pytest
from plain import Platform, Session

Install = Callable[..., Any]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a package with these plugins, by group and name: functions, or texts that name what is to be imported."""
    packages: list[str] = []

    def install(**groups: dict[str, Any]) -> None:
        package = f"plugins_of_test_{len(packages)}"
        packages.append(package)
        folder = tmp_path / package
        info = folder / f"{package}-1.0.dist-info"
        info.mkdir(parents=True)
        module = type(sys)(package)
        lines = []
        for group, plugins in groups.items():
            lines.append(f"[oar.{group}]")
            for name, plugin in plugins.items():
                if isinstance(plugin, str):
                    lines.append(f"{name} = {plugin}")
                else:
                    attribute = f"{group}_{name}"
                    setattr(module, attribute, plugin)
                    lines.append(f"{name} = {package}:{attribute}")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
        monkeypatch.setitem(sys.modules, package, module)
        monkeypatch.syspath_prepend(str(folder))

    return install


@pytest.fixture
def cycle(config: dict[str, Any]) -> Callable[..., Platform]:
    """A round inside the meta-scheduler, group after group, at instant 1000."""

    def cycle(platform: Platform, *groups: list[str], session: Any = None) -> Platform:
        handle = redox.build_redox_platform(session or Session(), config, platform, 1000, platform.scheduled)
        slot_sets = redox.build_redox_slot_sets(handle)
        for queues in groups or (["default"],):
            redox.schedule_cycle_internal(handle, slot_sets, queues)
        return platform

    return cycle


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.INFO, logger="oar.redox")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "oar.redox"]


@pytest.fixture
def in_time() -> Iterator[None]:
    """What does not end is interrupted, and fails."""

    def too_late(*_: Any) -> None:
        raise TimeoutError("it does not end")

    before = signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, 3, 1)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
