"""The package on the server: installed, tried, activated and removed with the commands of docs/installation.md, and seen to do what the page says."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Self

from .page import Page
from .server import CONFIGURATION, PACKAGED, Server, ServerError

PACKAGE = "oar-scheduler"
PROGRAMS = (Path("/usr/lib/oar-scheduler/kamelot"), Path("/usr/lib/oar-scheduler/kao"), Path("/usr/bin/oar-sim"))
LINK = Path("/usr/lib/oar/schedulers/kamelot")
# What the page says where to keep a round.
ROUND = Path("/tmp/round.jsonl")
QUEUES = "SELECT queue_name AS name, priority, scheduler_policy AS scheduler, state FROM queues ORDER BY queue_name"


class Installation:
    """Used as a context, it leaves no package, no link and no file behind. The server itself puts its configuration back."""

    def __init__(self, oar: Server, page: Page, package: Path) -> None:
        self.oar = oar
        self.page = page
        self.package = package
        self.queues = oar.rows(QUEUES)
        # A job on all nodes, and one that waits.
        self.running = self.waiting = 0
        # As it was before kao.
        self.configuration = ""
        self.folder = Path()
        self.aside = ROUND.with_name(f"{ROUND.name}.{os.getpid()}")

    def __enter__(self) -> Self:
        if is_installed():
            raise ServerError(f"the package {PACKAGE} is installed: it is left alone (apt-get remove {PACKAGE})")
        if not self.package.is_file():
            raise ServerError(f"{self.package} is not there")
        self.folder = Path(tempfile.mkdtemp())
        self.folder.chmod(0o755)
        shutil.copy(self.package, self.folder)
        if ROUND.exists():
            ROUND.rename(self.aside)
        return self

    def __exit__(self, *_: object) -> None:
        LINK.unlink(missing_ok=True)
        ROUND.unlink(missing_ok=True)
        if self.aside.exists():
            self.aside.rename(ROUND)
        shutil.rmtree(self.folder, ignore_errors=True)
        if is_installed():
            # It is not removed while the server uses it.
            self.oar.up("reset")
            self.oar.command("apt-get", "remove", "--yes", PACKAGE)

    def run(self, block: str, **variables: str) -> str:
        return self.page.run(block, self.folder, **variables)

    def set_up(self) -> None:
        """Installs and configures it, while the server has its old schedulers, and tries it without risk."""
        self.running, self.waiting = self.submit_two_jobs()
        self.run("install")
        expect(all(program.exists() for program in PROGRAMS), "install: the programs are not there")
        self.expect_schedulers("install", {})
        self.configure()
        self.only_look()

    def give_queues(self) -> None:
        """To kamelot, all of them."""
        self.run("activate-all")
        self.expect_schedulers("activate-all", dict.fromkeys((queue["name"] for queue in self.queues), "kamelot"))
        self.expect_in_use(f"{LINK} leads to it")
        # Without a restart, from the next round on; and the jobs are still there.
        waiting = f"SELECT 1 FROM jobs WHERE job_id = {self.waiting} AND state = 'Waiting' AND message LIKE '%: starts at %'"
        self.oar.wait_for(waiting, "a message of kamelot")

    def take_queues_back(self) -> None:
        """All of them; and one queue there and back."""
        printed = self.run("check")
        expect(re.search(r"\[kamelot\] queue \w+: \d+ jobs placed", printed), f"check: expected rounds of kamelot, got:\n{printed}")
        self.run("deactivate-all")
        self.expect_schedulers("deactivate-all", {})
        self.run("activate")
        self.expect_schedulers("activate", {"default": "kamelot"})
        expect(not is_by_packaged_scheduler(self.oar.up("check")), "activate: a job ran under the packaged scheduler")
        self.run("deactivate")
        self.expect_schedulers("deactivate", {})

    def let_kao_decide(self) -> None:
        self.configuration = CONFIGURATION.read_text()
        self.run("activate-kao")
        expect(CONFIGURATION.read_text() != self.configuration, "activate-kao: the configuration is what it was")
        self.restart()
        self.expect_in_use("META_SCHED_CMD in /etc/oar/oar.conf names its kao")
        expect(not is_by_packaged_scheduler(self.oar.up("check")), "activate-kao: a job ran under the packaged scheduler")

    def take_kao_away(self) -> None:
        printed = self.run("check-kao")
        expect(re.search(r"\[kao\] \d+ jobs placed", printed), f"check-kao: expected rounds of kao, got:\n{printed}")
        self.run("deactivate-kao")
        expect(CONFIGURATION.read_text() == self.configuration, "deactivate-kao: the configuration is not what it was")
        self.restart()
        expect(is_by_packaged_scheduler(self.oar.up("check")), "deactivate-kao: no job ran under the packaged scheduler")

    def restart(self) -> None:
        """What the page does with systemd, which is not there."""
        self.oar.up("restart")

    def remove(self) -> None:
        self.run("remove")
        expect(not any(program.exists() for program in PROGRAMS) and not is_installed(), "remove: the programs are still there")
        expect(is_by_packaged_scheduler(self.oar.up("check")), "remove: no job ran under the packaged scheduler")

    def expect_in_use(self, reason: str) -> None:
        """The package is not removed while the server needs it."""
        tried = self.oar.attempt("apt-get", "remove", "--yes", PACKAGE)
        refused = tried.returncode != 0 and f"{PACKAGE} is still in use: {reason}." in tried.stdout
        expect(refused and is_installed(), f"remove: expected that it is refused as {reason}, got:\n{tried.stdout}")
        expect(all(program.exists() for program in PROGRAMS), "remove: it was refused, and the programs are not there")

    def submit_two_jobs(self) -> tuple[int, int]:
        """One that runs on all nodes, under the packaged scheduler, and one that waits for a core."""
        ids = [self.submit(request) for request in ("/nodes=ALL,walltime=1:0:0", "/core=1,walltime=1:0:0")]
        running, waiting = ids
        self.oar.wait_for(f"SELECT 1 FROM jobs WHERE job_id = {running} AND state = 'Running'", "a job that runs")
        self.oar.wait_for(f"SELECT 1 FROM jobs WHERE job_id = {waiting} AND state = 'Waiting' AND message <> ''", "a job that waits")
        return running, waiting

    def submit(self, request: str) -> int:
        printed = self.oar.command("oarsub", "-t", "noop", "-l", request, "true", user="alice")
        return int(re.search(r"^OAR_JOB_ID=(\d+)$", printed, re.MULTILINE)[1])

    def configure(self) -> None:
        levels = self.run("levels").split()
        expect({"network_address", "core"} <= set(levels), f"levels: expected the levels of two jobs, got {levels}")
        for block in ("hierarchy", "fairshare", "quotas"):
            self.run(block)

    def only_look(self) -> None:
        """All options tell of the job that waits, and what the server knows of it stays as it is."""
        before = self.message(self.waiting)
        explained = rf"^{self.waiting}: .*: starts at .*\bjob {self.running} holds"
        told = {
            "dry-run": explained,
            "explain": explained,
            "snapshot": rf"^ *job {self.waiting} .*: starts at .*\bjob {self.running} holds",
            "dry-run-kao": explained,
        }
        for block, pattern in told.items():
            printed = self.run(block, JOB=str(self.waiting))
            expect(re.search(pattern, printed, re.MULTILINE), f"{block}: expected {pattern!r}, got:\n{printed}")
        expect(self.message(self.waiting) == before, "looking has changed the message of a job")

    def message(self, job: int) -> str:
        return self.oar.rows(f"SELECT message FROM jobs WHERE job_id = {job}")[0]["message"]

    def expect_schedulers(self, block: str, changed: dict[str, str]) -> None:
        """All queues are as they were before, but for the schedulers of some; the link is there if, and only if, a queue needs it."""
        queues = self.oar.rows(QUEUES)
        expected = [queue | {"scheduler": changed.get(queue["name"], PACKAGED)} for queue in self.queues]
        expect(queues == expected, f"{block}: expected the queues {expected}, got {queues}")
        expect(LINK.is_symlink() == bool(changed), f"{block}: {LINK} is {'there' if LINK.is_symlink() else 'missing'}")


def is_by_packaged_scheduler(job: str) -> bool:
    """Of a job that `oar2_up.sh check` told of: only that scheduler writes so."""
    return "quota_ok" in job


def is_installed() -> bool:
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", PACKAGE]
    return subprocess.run(query, check=False, capture_output=True, text=True).stdout == "installed"


def expect(holds: object, fault: str) -> None:
    if not holds:
        raise ServerError(f"docs/installation.md, {fault}")
