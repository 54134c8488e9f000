"""A real OAR 2.5.9 server on this machine, as oar2_up.sh makes it."""

import json
import os
import re
import shlex
import shutil
import subprocess
import time
from pathlib import Path
from typing import Self

UP = Path(__file__).resolve().parent.parent / "oar2_up.sh"
CONFIGURATION = Path("/etc/oar/oar.conf")
PERL_QUOTAS = Path("/etc/oar/scheduler_quotas.conf")
QUOTAS = Path("/etc/oar/quotas_conf.json")
LOG = Path("/var/log/oar.log")
KEPT = (CONFIGURATION, PERL_QUOTAS, QUOTAS)
# As many as the scenarios and the stories name.
NODES = 37
USERS = ("alice", "bob", "carol", "dave", "erin")
# Of a database cluster of its own.
PORT = 5436
PACKAGED = "oar_sched_gantt_with_timesharing_and_fairsharing_and_quotas"
# Seconds until something is given up that takes a round or two.
PATIENCE = 60


class ServerError(Exception):
    """The server did not do what every scenario needs."""


class Server:
    """Every call that changes something waits until it is done. Used as a context, it brings the server up, and leaves it down and as it was."""

    def __init__(self) -> None:
        self.environment = os.environ | {"OAR2_NODES": str(NODES), "OAR2_USERS": " ".join(USERS), "OAR2_PG_PORT": str(PORT)}
        self.kept: dict[Path, bytes | None] = {}

    def __enter__(self) -> Self:
        try:
            self.up("reset")
            self.kept = {path: path.read_bytes() if path.exists() else None for path in KEPT}
        except BaseException:
            self.up("down")
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.up("reset")
            self.up("clean")
            for path, content in self.kept.items():
                put_back(path, content)
        finally:
            self.up("down")

    def up(self, *words: str) -> str:
        """A command of oar2_up.sh."""
        done = subprocess.run([UP, *words], check=False, env=self.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise ServerError(f"oar2_up.sh {shlex.join(words)}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def nudge(self) -> None:
        subprocess.run([UP, "nudge"], env=self.environment, check=False)

    def rows(self, query: str) -> list[dict]:
        return [json.loads(line) for line in self.up("json", query).splitlines()]

    def sql(self, statement: str) -> None:
        self.up("sql", statement)

    def command(self, *words: str, user: str | None = None) -> str:
        """A command of OAR as root, or as one of the users: what it printed, or an error if it fails."""
        done = self.attempt(*words, user=user)
        if done.returncode != 0:
            raise ServerError(f"{shlex.join(words)}:\n{done.stdout}")
        return done.stdout

    def attempt(self, *words: str, user: str | None = None) -> subprocess.CompletedProcess:
        """The same, for commands that may fail."""
        process = self.start(*words, user=user)
        printed, _ = process.communicate()
        return subprocess.CompletedProcess(words, process.returncode, printed)

    def start(self, *words: str, user: str | None = None) -> subprocess.Popen:
        """The same, for commands that need others to go on."""
        line = ["su", "-", user, "-c", shlex.join(words)] if user else list(words)
        return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)

    def configure(self, settings: dict[str, str]) -> None:
        for key, value in settings.items():
            self.up("conf", key, value)

    def wait_for(self, query: str, what: str) -> None:
        """Until the query has a row."""
        deadline = time.monotonic() + PATIENCE
        while not self.rows(query):
            if time.monotonic() > deadline:
                raise ServerError(f"waited {PATIENCE} s for {what}")
            self.nudge()
            time.sleep(0.3)

    def unhealthy(self) -> list[str]:
        """What a scheduler must never do to the server."""
        status = self.up("status")
        faults = [f"queue {name} is {state}" for name, state in re.findall(r"^(\w+) prio=\S+ \S+ (\w+)$", status, re.MULTILINE) if state != "Active"]
        if not re.search(r"^Almighty +: \d+ running$", status, re.MULTILINE):
            faults.append("Almighty has stopped")
        return faults


def put_back(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(content)


def cannot_run_here() -> str | None:
    """Why there can be no such server on this machine."""
    if os.geteuid() != 0:
        return "it installs and starts a server, and needs root for it"
    release = Path("/etc/os-release")
    if not (release.exists() and re.search(r'^VERSION_ID="?12"?$', release.read_text(), re.MULTILINE) and "ID=debian" in release.read_text()):
        return "OAR 2.5.9 is packaged for Debian 12"
    if not shutil.which("apt-get"):
        return "there is no apt-get"
    return None
