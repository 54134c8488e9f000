"""The plugins published for OAR 3, unchanged, beside OAR 3's own code."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import oar_scheduler_redox
import pytest

TESTS = Path(__file__).parents[1]
PYTHON = os.environ.get("OAR_PLUGINS_PYTHON")

COORM = "tcp://10.0.0.1:4242"
EXPECTED: dict[str, Any] = {
    "find default": [[1000, "1-16"]],
    "assign default": [[1000, "1-16"]],
    "contiguous_1h": [[1000, "17-26"]],
    "contiguous_sorted_1h": [[1000, "24-28"]],
    "local": [[1000, "9-12"]],
    "local, one node in part": [[1000, "9-12"]],
    "begin": [[1000, "1-32"], [1060, "1-16"]],
    "find_even_or_odd": [[1000, "1 3 5"]],
    "find_even_or_odd, even": [[1000, "2 4 6"]],
    "one_time_find": [[1000, "1-9 21-27"]],
    "one_time_find_mld": [[1000, "1-9 21-27"]],
    "one_time_find of default": [[1000, "1-16"]],
    # The time that it may take is bounded by the configuration; what it gets are OAR 3's own slots.
    "coorm": {"places": [[[1000, "1-16"]], [[1000, "1-16"]]], "calls": [5, COORM, True, None, COORM]},
    "simple_priority": [3, 2, 1],
    "foo": [1, 3],
    "logger": [[1], ["plugin successfully called ;)"]],
}


@pytest.mark.skipif(PYTHON is None, reason="OAR_PLUGINS_PYTHON does not name a Python with OAR 3 and oar-plugins")
def test_they_choose_what_they_choose_in_oar3() -> None:
    package = Path(oar_scheduler_redox.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": f"{package}:{TESTS}"}
    command = [str(PYTHON), str(TESTS / "plugins" / "published.py")]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == EXPECTED
