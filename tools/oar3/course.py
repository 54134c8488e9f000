"""What is submitted to the server, and what is seen of it."""

import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .server import Server, ServerError

# Seconds until everything is given up. Far more than it takes.
PATIENCE = 240
# Seconds ahead that a reservation is made for.
AHEAD = 40
JOBS = "SELECT job_id AS id, state::text AS state, start_time, stop_time, message, reservation FROM jobs"
WHERE = """
    SELECT DISTINCT network_address AS node FROM assigned_resources a JOIN resources r USING (resource_id)
        JOIN moldable_job_descriptions m ON m.moldable_id = a.moldable_job_id WHERE m.moldable_job_id = {job} ORDER BY 1
"""


@dataclass
class Job:
    """A job, as it is submitted, and all that was seen of it."""

    name: str
    about: str
    requests: str
    node: int
    end: str
    more: tuple[str, ...] = ()
    # What oarsub prints, as a regular expression.
    answer: str = r"^OAR_JOB_ID=\d+$"
    user: str = "alice"
    client: subprocess.Popen | None = None
    printed: str = ""
    id: int = 0
    states: list[str] = field(default_factory=list)
    row: dict = field(default_factory=dict)

    def words(self) -> list[str]:
        return ["-l", self.requests, "-p", f"network_address='node-{self.node}'", "-t", "noop", *self.more, "true"]

    def see(self, row: dict) -> None:
        self.row = row
        if not self.states or self.states[-1] != row["state"]:
            self.states.append(row["state"])

    @property
    def state(self) -> str:
        return self.row.get("state", "")


class Course:
    """All jobs, on nodes of their own, at the same time."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.start = int(time.time()) + AHEAD
        begin = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.start))
        self.short = Job("short", "A node for ten seconds.", "/network_address=1,walltime=0:0:10", 1, "Terminated")
        self.next = Job("next", "The same node, while the first has it.", "/network_address=1,walltime=0:0:10", 1, "Terminated")
        self.granted = Job(
            "granted",
            f"A node for a minute, reserved for in {AHEAD} seconds.",
            "/network_address=1,walltime=0:1:0",
            2,
            "Terminated",
            ("-r", begin),
            "Advance reservation is GRANTED",
        )
        self.rejected = Job(
            "rejected", "The same node at the same time, for another user.", "/network_address=1,walltime=0:1:0", 2, "Error", ("-r", begin), "REJECTED", "bob"
        )
        self.besteffort = Job(
            "besteffort", "A node for an hour, of type `besteffort`.", "/network_address=1,walltime=1:0:0", 3, "Terminated", ("-t", "besteffort")
        )
        self.normal = Job("normal", "The same node, once the besteffort job runs.", "/network_address=1/core=4,walltime=0:0:10", 3, "Terminated")
        self.deleted = Job("deleted", "It runs, and its user deletes it.", "/network_address=1/cpu=1,walltime=1:0:0", 4, "Terminated")
        self.jobs = [self.short, self.next, self.granted, self.rejected, self.besteffort, self.normal, self.deleted]
        self.faults: list[str] = []

    def play(self) -> None:
        for job in (self.short, self.besteffort, self.deleted, self.granted):
            self.submit(job)
        self.wait("short runs", lambda: self.short.state == "Running")
        self.submit(self.next)
        self.wait("the reservation is answered", lambda: self.granted.client.poll() is not None and self.granted.row["reservation"] == "Scheduled")
        self.submit(self.rejected)
        self.wait("besteffort runs", lambda: self.besteffort.state == "Running")
        self.submit(self.normal)
        self.wait("deleted runs", lambda: self.deleted.state == "Running")
        self.delete(self.deleted)
        self.wait("the reservation begins", lambda: time.time() > self.start)
        self.server.ask_for_a_round()
        self.wait("all are over", lambda: all(job.state in ("Terminated", "Error") for job in self.jobs))
        self.check()

    def submit(self, job: Job) -> None:
        """Until oarsub has said the number; of reservations it says no more before they are answered."""
        known = {row["id"] for row in self.server.rows(JOBS)}
        job.client = self.server.command("oarsub", *job.words(), user=job.user)

        def is_there() -> bool:
            new = [row["id"] for row in self.server.rows(JOBS) if row["id"] not in known]
            job.id = max(new, default=0)
            if not new and job.client.poll() is not None:
                raise ServerError(f"oarsub of {job.name}:\n{job.client.communicate()[0]}")
            return bool(new)

        self.wait(f"{job.name} is submitted", is_there)
        if "-r" not in job.more:
            self.wait(f"oarsub of {job.name} is over", lambda: job.client.poll() is not None)

    def delete(self, job: Job) -> None:
        oardel = self.server.command("oardel", str(job.id), user=job.user)
        self.wait("oardel is over", lambda: oardel.poll() is not None)

    def wait(self, what: str, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            self.look()
            if holds():
                return
            if time.monotonic() > deadline:
                raise ServerError(f"waited {PATIENCE} s until {what}; the jobs:\n" + "\n".join(f"{job.name}: {job.row}" for job in self.jobs))
            if not self.server.is_running():
                raise ServerError(f"Almighty has stopped:\n{self.server.printed()}")
            time.sleep(0.2)

    def look(self) -> None:
        rows = {row["id"]: row for row in self.server.rows(JOBS)}
        for job in self.jobs:
            if job.id in rows:
                job.see(rows[job.id])

    # What must have come of it.

    def check(self) -> None:
        for job in self.jobs:
            job.printed = job.client.communicate()[0]
            self.expect(re.search(job.answer, job.printed, re.MULTILINE), f"{job.name}: oarsub should have said {job.answer!r}:\n{job.printed}")
            self.expect(job.state == job.end, f"{job.name}: expected {job.end}, got {job.state}: {job.row['message']!r}")
            if job is not self.rejected:
                nodes = [row["node"] for row in self.server.rows(WHERE.format(job=job.id))]
                self.expect(nodes == [f"node-{job.node}"], f"{job.name}: expected node-{job.node}, got {nodes}")
        self.expect(self.next.row["start_time"] >= self.short.row["stop_time"], "next began before short was over")
        self.expect(self.granted.row["start_time"] >= self.start, "the reservation began too early")
        self.expect(self.normal.row["start_time"] >= self.besteffort.row["stop_time"], "normal began before besteffort was over")
        self.expect("BESTEFFORT_KILL" in self.events(self.besteffort), "besteffort was not killed for another")
        self.expect("BESTEFFORT_KILL" not in self.events(self.deleted), "deleted was killed for another")
        errors = [line for line in self.server.log() if "[kao]" in line and "[error]" in line]
        self.expect(not errors, "\n".join(errors))
        queues = self.server.rows("SELECT queue_name AS name FROM queues WHERE state <> 'Active'")
        self.expect(not queues, f"queues out of use: {queues}")

    def events(self, job: Job) -> list[str]:
        return [row["type"] for row in self.server.rows(f"SELECT type FROM event_logs WHERE job_id = {job.id} GROUP BY type ORDER BY type")]

    def states(self, job: Job) -> list[str]:
        """Those that the server has noted, with `Running`, which OAR 3 does not note."""
        noted = [row["state"] for row in self.server.rows(f"SELECT job_state AS state FROM job_state_logs WHERE job_id = {job.id} ORDER BY job_state_log_id")]
        if "Running" in job.states and "Running" not in noted:
            noted.insert(-1, "Running")
        return noted

    def expect(self, holds: object, fault: str) -> None:
        if not holds:
            self.faults.append(fault)

    # What is told of it.

    def outcome(self, job: Job) -> str:
        """In words that are the same in every run: without dates and numbers."""
        words = [line.strip() for line in job.printed.splitlines() if line.strip() and not re.match(r"OAR_JOB_ID=|# INFO|\[ADMISSION RULE\]", line)]
        says = " / ".join(re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "DATE", word) for word in words)
        parts = {"oarsub": says, "states": " → ".join(self.states(job)), "events": ", ".join(self.events(job))}
        return "<br>".join(f"*{what}*: {text}" for what, text in parts.items() if text)

    def outcomes(self) -> dict[str, str]:
        return {f"**{job.name}**<br>{job.about}": self.outcome(job) for job in self.jobs}
