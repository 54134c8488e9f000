"""`docs/python-plugins.md` shows the template package as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]


@pytest.mark.skipif(not (ROOT / "docs").exists(), reason="docs/ is not in the source distribution")
def test_the_code_of_the_page_is_that_of_the_template() -> None:
    template = ROOT / "python" / "oar-plugin-template"
    sources = [path.read_text() for path in [*template.glob("src/*/*.py"), *template.glob("tests/*.py"), template / "pyproject.toml"]]
    blocks = re.findall(r"```(?:python|toml)\n(.*?)```", (ROOT / "docs" / "python-plugins.md").read_text(), re.DOTALL)
    assert len(blocks) == 6
    for block in blocks:
        assert any(block in source for source in sources), f"it is not in the template:\n{block}"
