"""The example of README.md."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def what_if() -> ModuleType:
    path = Path(__file__).parents[1] / "examples" / "what_if.py"
    spec = importlib.util.spec_from_file_location("what_if", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_it_prints(what_if: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    what_if.main()
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "2027-01-15 09:00:00 Europe/Paris"
    assert printed[1] == "  5 waiting jobs: 1 start now, 4 later, 0 without a place"
    waits = {name: float(hours) for name, hours in re.findall(r"^([\w ]+): ([\d.]+) h of waiting", "\n".join(printed), re.MULTILINE)}
    assert list(waits) == ["as it is", "two nodes more", "shortest first"]
    assert waits["two nodes more"] < waits["as it is"]


def test_what_it_draws(what_if: ModuleType, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "plans.svg"
    what_if.main(str(picture))
    assert picture.read_text().count("<svg") == 1


def test_resource_sets_are_read(what_if: ModuleType) -> None:
    assert what_if.ranges("1-8 12") == [(1, 8), (12, 12)]
