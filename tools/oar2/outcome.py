"""What a scenario came to, in words that are the same in every run: no dates, no numbers of jobs."""

import re
from dataclasses import dataclass, field

from .scenarios import Expected

# Seconds beyond which a start hangs on a date, and is not the same in every run.
FAR = 1800
STARTED = ("toLaunch", "Launching", "Running", "Finishing", "Terminated", "Error", "Suspended", "Resuming")


@dataclass(frozen=True)
class Seen:
    """A job, as the database has it."""

    id: int
    state: str
    message: str
    start_time: int
    exit_code: int | None
    # From the prediction that the meta-scheduler published last.
    predicted: int | None
    # The resources that it got.
    where: str

    @property
    def started(self) -> int | None:
        return self.start_time if self.start_time and self.state in STARTED else None

    def state_in_words(self) -> str:
        return f"{self.state} (exit code {self.exit_code >> 8})" if self.exit_code else self.state


@dataclass(frozen=True)
class Outcome:
    plan: str
    states: str
    order: str
    where: str
    messages: dict[str, str] = field(default_factory=dict)

    def faults(self, expected: Expected) -> list[str]:
        """How it differs from what is expected."""
        faults = [
            f"{name}: expected {getattr(expected, name)!r}, got {getattr(self, name)!r}"
            for name in ("plan", "states", "order", "where")
            if getattr(self, name) != getattr(expected, name)
        ]
        for job, pattern in expected.messages.items():
            message = self.messages.get(job, "")
            if not re.search(pattern, message):
                faults.append(f"message of {job}: expected {pattern!r}, got {message!r}")
        return faults


def gather(words: dict[str, str]) -> str:
    """{"a": "x", "b": "x", "c": "y"} as "a, b x; c y"."""
    names: dict[str, list[str]] = {}
    for name, word in words.items():
        names.setdefault(word, []).append(name)
    return "; ".join(f"{', '.join(group)} {word}" for word, group in names.items())


def plan(first: dict[str, Seen], now: int) -> str:
    """When each job would start, as of the first round."""
    return gather({name: start_in_words(job.predicted, now) for name, job in first.items() if job.state != "Hold"})


def start_in_words(predicted: int | None, now: int) -> str:
    if predicted is None:
        return "never"
    wait = max(0, predicted - now)
    if wait > FAR:
        return "later"
    return f"after {wait} s" if wait else "now"


def order(jobs: dict[str, Seen]) -> str:
    """Who started before whom: "a = b < c"."""
    names: dict[int, list[str]] = {}
    for name, job in jobs.items():
        if job.started is not None:
            names.setdefault(job.started, []).append(name)
    return " < ".join(" = ".join(names[start]) for start in sorted(names))


def states(jobs: dict[str, Seen], refused: set[str]) -> str:
    return gather({name: job.state_in_words() for name, job in jobs.items()} | dict.fromkeys(sorted(refused), "refused by oarsub"))


def where(jobs: dict[str, Seen]) -> str:
    return gather({name: f"on {job.where}" for name, job in jobs.items() if job.where})


def plain(message: str, names: dict[int, str]) -> str:
    """A message without what changes from run to run: dates, and numbers of jobs, alternatives and resources."""
    message = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "DATE", message)
    message = re.sub(r"(?<=\balternative )\d+", "…", message)
    message = re.sub(r"(?<=\bholds )[\d, -]*\d", "…", message)
    return re.sub(r"\b(job |container |inner=)(\d+)", lambda named: named[1] + names.get(int(named[2]), named[2]), message)
