"""Why a task has failed, as its job has left word, or else as its log and OAR tell."""

from dataclasses import dataclass
from pathlib import Path

import cloudpickle as cp

from pydra.workers.oar.answers import Details

FILE = "_failure.pklz"
LOG_LINES = 20


@dataclass(frozen=True)
class Failure:
    """What a task raised. The pickled exception is None if it cannot be pickled."""

    message: str
    traceback: str
    pickled: bytes | None


class RemoteTraceback(Exception):
    """The cause of an exception that was raised elsewhere: where that was."""

    def __str__(self) -> str:
        # Between such quotes, Pydra shows it in its own report.
        return f'\n"""\n{self.args[0]}"""'


def exception(folder: Path, details: Details) -> Exception:
    """What is to be raised for a job that has failed: the task's own exception if there was one."""
    log = log_file(folder, details)
    failure = read(folder / FILE)
    if failure is None:
        told = last_lines(log)
        return RuntimeError(f"OAR job {details.job} {details.ending()}" + (f":\n{told}" if told else f"; its log {log} is empty or missing"))
    error = revived(failure)
    error.__cause__ = RemoteTraceback(failure.traceback)
    error.add_note(f"OAR job {details.job} {details.ending()}; its log is {log}")
    return error


def log_file(folder: Path, details: Details) -> Path:
    """Where the errors of the job are: where OAR says, or else where we asked for."""
    if details.stderr_file:
        return Path(details.directory or folder) / details.stderr_file
    return folder / f"oar-{details.job}.err"


def last_lines(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").rstrip().splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-LOG_LINES:])


def read(file: Path) -> Failure | None:
    try:
        failure = cp.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except Exception:  # a file that is cut short can raise anything
        return None
    return failure if isinstance(failure, Failure) else None


def revived(failure: Failure) -> Exception:
    """The task's exception, or one with its message where it cannot be had."""
    if failure.pickled is not None:
        try:
            error = cp.loads(failure.pickled)
        except Exception:  # reading it runs the code of its class
            error = None
        if isinstance(error, Exception):
            return error
    return RuntimeError(failure.message)
