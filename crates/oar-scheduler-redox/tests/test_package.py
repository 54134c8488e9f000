"""What is installed beside the module."""

from __future__ import annotations

from importlib.metadata import distribution


def test_its_licence_is_installed() -> None:
    assert distribution("oar-scheduler-redox").metadata["License-File"] == "LICENSE"
