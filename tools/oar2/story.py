"""One story on the server: its jobs, what is done about them as it goes on, and what came of it."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from .outcome import Seen, gather, plain
from .scenarios import Job, date
from .server import Server, ServerError
from .terminal import Terminal

# Seconds until a story is given up. Far more than it takes.
PATIENCE = 200
# Of the server's events those that say no more than the states do, or that only the server's own programs write.
PLAIN_EVENTS = {
    "SWITCH_INTO_TERMINATE_STATE",
    "SWITCH_INTO_ERROR_STATE",
    "SEND_KILL_JOB",
    # A round that comes a second late is no other than one in time.
    "REDUCE_RESERVATION_WALLTIME",
    # kao notes it before it tells a terminal that a reservation is good.
    "ACKNOWLEDGE_RESERVATION",
    "SCHEDULER_PRIORITY_UPDATED_START",
    "SCHEDULER_PRIORITY_UPDATED_STOP",
}


@dataclass(frozen=True)
class Until:
    """What a story waits for."""

    what: str
    holds: Callable[[], object]


@dataclass(frozen=True)
class Ending:
    """What a story comes to."""

    # The states that each job went through.
    course: str
    # Of the server's events, about each job.
    events: str = ""
    # What the terminals of the users showed.
    told: str = ""
    # The cores that were assigned last.
    where: str = ""
    # What else there was to see, in the words of the story.
    seen: str = ""

    def faults(self, expected: "Ending") -> list[str]:
        """How it differs from what is expected."""
        return [
            f"{name}: expected {getattr(expected, name)!r}, got {getattr(self, name)!r}"
            for name in ("course", "events", "told", "where", "seen")
            if getattr(self, name) != getattr(expected, name)
        ]


@dataclass(frozen=True)
class Story:
    name: str
    about: str
    # Does what is to be done, and yields what it waits for in between.
    tell: Callable[["Telling"], Iterator[Until]]
    perl: Ending
    # Where it is not what Perl makes of it.
    kao: Ending | None = None
    # Why they differ.
    note: str = ""


@dataclass
class Telling:
    """A story under way."""

    story: Story
    server: Server
    expected: Ending
    ids: dict[str, int] = field(default_factory=dict)
    jobs: dict[str, Seen] = field(default_factory=dict)
    terminals: dict[str, Terminal] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    ending: Ending | None = None
    began: float | None = None

    def __post_init__(self) -> None:
        self.course = self.story.tell(self)
        self.waits_for: Until | None = None

    # What a story does.

    def submit(self, job: Job) -> None:
        printed = self.server.command(*job.words(self.ids), user=job.user)
        self.ids[job.name] = number_of_job(printed)

    def submit_in_terminal(self, job: Job) -> Until:
        """For reservations and interactive jobs, whose oarsub waits."""
        self.terminals[job.name] = Terminal(job.words(self.ids), job.user)
        return Until(f"{job.name} is submitted", lambda: self.has_number(job.name))

    def reserve(self, job: Job) -> Until:
        """Submits an advance reservation, until it is answered."""
        self.submit_in_terminal(job)
        return Until(f"{job.name} is answered", lambda: self.has_number(job.name) and self.terminals[job.name].has_ended())

    def root(self, *words: str) -> str:
        return self.server.command(*words)

    def ask_for_a_round(self) -> None:
        """For what hangs on a date: nothing wakes the server."""
        self.server.command("oarnotify", "Scheduling")

    def remark(self, text: str) -> None:
        self.remarks.append(text)

    # What a story waits for.

    def is_in(self, name: str, *states: str) -> Until:
        return Until(f"{name} is {' or '.join(states)}", lambda: self.jobs[name].state in states)

    def has_event(self, name: str, event: str) -> Until:
        query = f"SELECT 1 FROM event_logs WHERE job_id = {self.ids[name]} AND type = '{event}'"
        return Until(f"{name} has the event {event}", lambda: self.server.rows(query))

    def is_past(self, moment: float) -> Until:
        return Until(f"it is {date(moment)}", lambda: time.time() > moment)

    def row(self, query: str) -> dict:
        return self.server.rows(query)[0]

    def walltime(self, name: str) -> int:
        return self.row(f"SELECT moldable_walltime AS seconds FROM moldable_job_descriptions WHERE moldable_job_id = {self.ids[name]}")["seconds"]

    def has_number(self, name: str) -> bool:
        """Whether oarsub has said which number the job in its terminal has."""
        terminal = self.terminals[name]
        if name not in self.ids and (found := re.search(r"^OAR_JOB_ID=(\d+)$", terminal.read(), re.MULTILINE)):
            self.ids[name] = int(found[1])
        if name not in self.ids and terminal.has_ended():
            raise ServerError(f"{self.story.name}: oarsub of {name}:\n{terminal.text}")
        return name in self.jobs

    # How it goes on.

    def see(self, jobs: dict[int, Seen]) -> None:
        """Takes over what is new, and goes on if what it waits for has come."""
        if self.ending:
            return
        self.jobs = {name: jobs[number] for name, number in self.ids.items() if number in jobs}
        self.began = self.began or time.monotonic()
        if time.monotonic() - self.began > PATIENCE:
            self.faults.append(f"not over after {PATIENCE} s: it waits until {self.waits_for.what if self.waits_for else 'it begins'}")
            self.finish()
        elif self.waits_for is None or (self.ids.keys() <= self.jobs.keys() and self.waits_for.holds()):
            self.waits_for = next(self.course, None)
            if self.waits_for is None:
                self.finish()

    def finish(self) -> None:
        told = {}
        for name, terminal in self.terminals.items():
            terminal.close()
            told[name] = self.answer(terminal)
        self.ending = Ending(
            course=gather({name: " → ".join(self.states(number)) for name, number in self.ids.items()}),
            events=gather({name: ", ".join(events) for name, number in self.ids.items() if (events := self.events(number))}),
            told="; ".join(f"{name}: {text}" for name, text in told.items()),
            where=gather({name: f"on {job.where}" for name, job in self.jobs.items() if job.where}),
            seen="; ".join(self.remarks),
        )
        self.faults += self.ending.faults(self.expected)

    def states(self, number: int) -> list[str]:
        rows = self.server.rows(f"SELECT job_state AS state FROM job_state_logs WHERE job_id = {number} ORDER BY job_state_log_id")
        return [row["state"] for row in rows]

    def events(self, number: int) -> list[str]:
        """Each once, in the order of the alphabet."""
        rows = self.server.rows(f"SELECT DISTINCT type FROM event_logs WHERE job_id = {number} ORDER BY type")
        return [row["type"] for row in rows if row["type"] not in PLAIN_EVENTS]

    def answer(self, terminal: Terminal) -> str:
        """What oarsub printed, without what it always prints."""
        lines = [line for line in terminal.lines() if not re.match(r"OAR_JOB_ID=|\[ADMISSION RULE\]|Generate a job key", line)]
        names = {number: name for name, number in self.ids.items()}
        told = " / ".join(plain(line, names) for line in lines)
        return f"{told} (exit code {code})" if (code := terminal.process.returncode) else told


def number_of_job(printed: str) -> int:
    found = re.search(r"^OAR_JOB_ID=(\d+)$", printed, re.MULTILINE)
    if not found:
        raise ServerError(f"oarsub printed no number of a job:\n{printed}")
    return int(found[1])
