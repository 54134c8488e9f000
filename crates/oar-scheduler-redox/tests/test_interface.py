"""`oar_scheduler_redox.interface` has every attribute that the module reads or writes."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from oar_scheduler_redox import interface

SOURCES = Path(__file__).parents[1] / "src"
JOBS = (interface.Job, interface.DescribedJob, interface.WaitingJob, interface.HoldingJob)


def interned(*files: str) -> set[str]:
    """The names of attributes, as the native part writes them."""
    return {name for file in files for name in re.findall(r'intern!\([\w.()]+, "(\w+)"\)', (SOURCES / file).read_text())}


@pytest.mark.skipif(not SOURCES.exists(), reason="src/ is not beside the tests")
def test_all_attributes_of_jobs_are_there() -> None:
    described = {name for protocol in JOBS for name in protocol.__annotations__}
    assert described == interned("jobs.rs", "assigned.rs") - {"name_of"}


@pytest.mark.skipif(not SOURCES.exists(), reason="src/ is not beside the tests")
def test_all_attributes_of_resource_sets_are_there() -> None:
    described = set(interface.ResourceSet.__annotations__) | set(re.findall(r"`(\w+)`", interface.ResourceSet.__doc__ or ""))
    assert interned("resources.rs") <= described


def test_each_attribute_says_what_it_is() -> None:
    module = ast.parse(Path(interface.__file__).read_text())
    for protocol in (node for node in module.body if isinstance(node, ast.ClassDef)):
        for member, behind in zip(protocol.body, [*protocol.body[1:], None]):
            if isinstance(member, ast.AnnAssign):
                said = isinstance(behind, ast.Expr) and isinstance(behind.value, ast.Constant) and isinstance(behind.value.value, str)
                assert said, f"{protocol.name}: {ast.unparse(member)}"
