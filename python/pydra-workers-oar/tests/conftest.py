import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

FAKE = Path(__file__).with_name("fake_oar.py")

# Pydra asks the network for its latest version.
os.environ["NO_ET"] = "1"

both = pytest.mark.parametrize("oar", ["2", "3"], ids=["OAR2", "OAR3"], indirect=True)


class FakeOar:
    """What a test may do behind the back of the worker."""

    def __init__(self, folder: Path, dialect: str) -> None:
        self.folder = folder
        self.dialect = dialect
        self.commands = folder / "bin"
        self.commands.mkdir(parents=True)
        (folder / "dialect").write_text(dialect)
        for command in ("oarsub", "oarstat", "oardel"):
            script = self.commands / command
            script.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S {FAKE} {command} "$@"\n')
            script.chmod(0o755)

    def calls(self, command: str) -> list[list[str]]:
        file = self.folder / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        return [call[1:] for call in map(json.loads, lines) if call[0] == command]

    def jobs(self) -> dict[int, dict]:
        return {int(file.stem): json.loads(file.read_text()) for file in sorted(self.folder.glob("*.job"))}

    def change(self, number: int, **fields: object) -> None:
        file = self.folder / f"{number}.job"
        file.with_suffix(".put").write_text(json.dumps(json.loads(file.read_text()) | fields))
        file.with_suffix(".put").rename(file)

    def resubmit(self, number: int) -> int:
        """As OAR does: the new job is there before the old one is in error."""
        job = self.jobs()[number]
        call = ["create", json.dumps({name: job[name] for name in ("command", "name", "directory", "stdout", "stderr", "types", "resources")})]
        new = int(subprocess.check_output([sys.executable, "-I", "-S", FAKE, *call]))
        events = [{"type": "RESUBMIT_JOB_AUTOMATICALLY", "description": f"Resubmiting job {number} => {new} (due to event X)"}]
        self.change(new, resubmit_job_id=number)
        self.change(number, state="Error", events=events)
        return new

    def wait_for(self, holds, what: str):
        deadline = time.monotonic() + 20
        while not (found := holds()):
            assert time.monotonic() < deadline, f"waited 20 s for {what}"
            time.sleep(0.02)
        return found

    def wait_for_state(self, *states: str) -> int:
        """A job in one of the states."""
        return self.wait_for(lambda: next((n for n, job in self.jobs().items() if job["state"] in states), None), f"a job in {states}")


@pytest.fixture(params=["2"], ids=["OAR2"])
def oar(request, tmp_path, monkeypatch):
    """OAR 2; with the mark `both`, OAR 3 too."""
    fake = FakeOar(tmp_path / "oar", request.param)
    monkeypatch.setenv("FAKE_OAR", str(fake.folder))
    monkeypatch.setenv("PATH", f"{fake.commands}:{os.environ['PATH']}")
    yield fake
    (fake.folder / "hold").unlink(missing_ok=True)


@pytest.fixture
def unkillable(monkeypatch):
    """OAR's commands are setuid: whoever calls them cannot kill them."""

    def refuse(self, signal):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(subprocess.Popen, "send_signal", refuse)
