"""What the commands of OAR print, in the dialects of OAR 2 and OAR 3."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

ENDED = ("Terminated", "Error")
# The exit status by which an idempotent job asks to be run again.
RUN_AGAIN = 99
RESUBMITTED = "RESUBMIT_JOB_AUTOMATICALLY"
# Each place in OAR words it in its own way.
SUCCESSOR = re.compile(r"(?:=>|new id =)\s*(\d+)")
EVENT = re.compile(rf"> \[(\d+)\] {RESUBMITTED}: (.*)")


class AnswerError(Exception):
    """A command printed something that cannot be what it says."""


@dataclass(frozen=True)
class Details:
    """What OAR knows of a job. The exit code is a wait status, as the system has it; None if there is none."""

    job: int
    state: str
    exit_code: int | None
    message: str
    command: str
    stderr_file: str
    directory: str
    resubmission_of: int

    @property
    def succeeded(self) -> bool:
        return self.state == "Terminated" and not self.exit_code

    @property
    def may_be_resubmitted(self) -> bool:
        """Whether OAR may yet submit it again by itself: it does so for its own faults, and when an idempotent job asks for it."""
        return self.state == "Error" or (self.exit_code is not None and self.exit_code >> 8 == RUN_AGAIN)

    def ending(self) -> str:
        """How it ended, for people."""
        told = [f"ended in state {self.state}"]
        if self.exit_code is not None and self.exit_code >> 8:
            told.append(f"exit status {self.exit_code >> 8}")
        elif self.exit_code:
            told.append(f"killed by signal {self.exit_code & 127}")
        if self.message:
            told.append(f"message {self.message!r}")
        return ", ".join(told)


def submitted(printed: str) -> list[int]:
    """The jobs that oarsub has made."""
    return [int(number) for number in re.findall(r"^OAR_JOB_ID=(\d+)\s*$", printed, re.MULTILINE)]


def states(printed: str) -> dict[int, str]:
    """The state of each job that `oarstat --json --state` knows."""
    found = {}
    for number, state in by_job(printed):
        if not isinstance(state, str):
            raise AnswerError(f"expected the state of job {number}, found {state!r}")
        found[number] = state
    return found


def details(printed: str) -> dict[int, Details]:
    """What `oarstat --json --full` knows. Both versions have the same names for nearly all of it."""
    found = {}
    for number, fields in by_job(printed):
        if not isinstance(fields, dict):
            raise AnswerError(f"expected what is known of job {number}, found {fields!r}")
        found[number] = Details(
            job=number,
            state=str(fields.get("state") or ""),
            exit_code=whole(fields, "exit_code"),
            message=str(fields.get("message") or ""),
            command=str(fields.get("command") or ""),
            stderr_file=str(fields.get("stderr_file") or ""),
            directory=str(fields.get("launchingDirectory") or fields.get("launching_directory") or ""),
            resubmission_of=whole(fields, "resubmit_job_id") or 0,
        )
    return found


def successors(printed: str) -> dict[int, int]:
    """The jobs that OAR has submitted again, and as which, in the events that `oarstat --json --events` tells. OAR 2 tells them in text."""
    if not printed.lstrip().startswith("{"):
        events = EVENT.findall(printed)
    else:
        told = [(job, event) for job, events in by_job(printed) if isinstance(events, list) for event in events if isinstance(event, dict)]
        events = [(job, str(event.get("description"))) for job, event in told if event.get("type") == RESUBMITTED]
    return {int(job): int(new[1]) for job, description in events if (new := SUCCESSOR.search(description))}


def by_job(printed: str) -> Iterable[tuple[int, Any]]:
    """OAR prints an object with the numbers of jobs as its keys; with no job in it, OAR 2 may print nothing."""
    if not printed.strip():
        return []
    try:
        answer = json.loads(printed)
    except ValueError as error:
        raise AnswerError(f"expected JSON, found {printed[:200]!r}") from error
    if not isinstance(answer, dict):
        raise AnswerError(f"expected an object of jobs, found {printed[:200]!r}")
    try:
        return [(int(number), value) for number, value in answer.items()]
    except ValueError as error:
        raise AnswerError(f"expected numbers of jobs: {error}") from error


def whole(fields: dict[str, Any], name: str) -> int | None:
    """A number that may be written as a string."""
    value = fields.get(name)
    try:
        return None if value is None or value == "" else int(value)
    except (TypeError, ValueError) as error:
        raise AnswerError(f"{name}: expected a whole number, found {value!r}") from error
