"""Locks that killed jobs leave behind."""

import json

import pytest

from pydra.workers.oar import locks, script

from . import tasks
from .test_worker import run

# What filelock writes into a lock is different for each process.
OURS, ANOTHERS = "12\nnode-1\n345\n", "13\nnode-2\n346\n"
DIE = """\
import os
from pydra.engine.job import Job
Job._populate_filesystem = lambda job: (print(job.lockfile.exists(), flush=True), os._exit(1))
"""


@pytest.fixture
def cache(tmp_path):
    """Of a job that was killed just when it had taken its lock."""
    folder = tmp_path / "oar_scripts/abc"
    folder.mkdir(parents=True)
    (folder / locks.NUMBER).write_text("100")
    (folder / locks.CLAIM).write_text(json.dumps({"checksum": "python-abc", "signature": OURS}))
    (tmp_path / "python-abc.lock").write_text(OURS)
    return tmp_path


@pytest.mark.parametrize("note", [None, "", "{"], ids=["none", "empty", "cut-short"])
def test_a_lock_without_a_note_is_known_by_what_is_in_it(cache, note):
    if note is not None:
        (cache / "abc_info.json").write_text(note)
    assert locks.holders(cache) == {100: "abc"}
    locks.free(cache, "abc")
    assert [file.name for file in cache.iterdir()] == ["oar_scripts"]
    (cache / "another.lock").touch()
    assert locks.holders(cache) == {}


@pytest.mark.parametrize(("signature", "content"), [(OURS, ANOTHERS), ("", "")], ids=["anothers", "unsigned"])
def test_a_lock_that_may_be_anothers_stays(cache, signature, content):
    (cache / "oar_scripts/abc" / locks.CLAIM).write_text(json.dumps({"checksum": "python-abc", "signature": signature}))
    (cache / "python-abc.lock").write_text(content)
    locks.free(cache, "abc")
    assert (cache / "python-abc.lock").exists()


def test_a_job_that_is_killed_before_its_note_leaves_no_lock(oar, tmp_path, monkeypatch):
    monkeypatch.setattr(script, "CODE", DIE + script.CODE)
    with pytest.raises(RuntimeError, match="OAR job 100 ended in state Terminated, exit status 1"):
        run(tasks.AddTwo(a=3), tmp_path / "cache")
    (log,) = (tmp_path / "cache/oar_scripts").glob("*/oar-100.out")
    assert log.read_text() == "True\n"
    assert list((tmp_path / "cache").glob("python-*.lock")) == []
