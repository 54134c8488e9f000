"""Calls of OAR's commands. In sessions of their own: what interrupts the workflow at the terminal does not cut them short."""

import asyncio
import contextlib
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")

# Seconds until a call of oarstat or oardel is taken for lost.
PATIENCE = 120.0
# Jobs in one call of oarstat or oardel. OAR 2 makes a query for each job's state or events, and a dozen for all else that it knows.
JOBS_IN_A_CALL = 200
JOBS_IN_A_FULL_CALL = 50


class CommandError(Exception):
    """A command failed; it may work the next time."""


class UnusableError(CommandError):
    """A command cannot work on this machine, however often it is called."""


@dataclass(frozen=True)
class Printed:
    status: int
    stdout: str
    stderr: str

    def or_error(self, name: str) -> str:
        """The standard output of a call that has gone well."""
        if self.status != 0:
            kind = UnusableError if "No Perl JSON module" in self.stderr else CommandError
            raise kind(f"Error returned from {name}: {self.stderr.strip() or self.stdout.strip() or f'exit status {self.status}'}")
        return self.stdout


class Reader(asyncio.SubprocessProtocol):
    """Collects what a command prints until it has ended."""

    def __init__(self) -> None:
        self.printed = {1: bytearray(), 2: bytearray()}
        self.ended = asyncio.get_running_loop().create_future()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.printed[fd] += data

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio gives it
        if not self.ended.done():
            self.ended.set_result(None)


async def call(words: Sequence[str]) -> Printed:
    """Waits for a command without keeping others from going on."""
    try:
        transport, reader = await asyncio.get_running_loop().subprocess_exec(
            Reader, *words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
    except (FileNotFoundError, PermissionError) as error:
        raise UnusableError(unusable(words, error)) from error
    except OSError as error:
        raise CommandError(f"{words[0]} cannot be started: {error}") from error
    try:
        async with asyncio.timeout(PATIENCE):
            await reader.ended
    except TimeoutError as error:
        raise CommandError(silent(words)) from error
    finally:
        # Kills it if it still runs. OAR's commands are setuid, and may not be killed: they end when they find nobody who reads what they print.
        with contextlib.suppress(PermissionError):
            transport.close()
    return Printed(transport.get_returncode() or 0, *(bytes(text).decode(errors="replace") for text in reader.printed.values()))


def call_now(words: Sequence[str], limited: bool = True) -> Printed:
    """The same where nothing else goes on; for PATIENCE at most, unless there is no limit."""
    try:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, text=True, errors="replace"
        )
    except (FileNotFoundError, PermissionError) as error:
        raise UnusableError(unusable(words, error)) from error
    except OSError as error:
        raise CommandError(f"{words[0]} cannot be started: {error}") from error
    try:
        stdout, stderr = process.communicate(timeout=PATIENCE if limited else None)
    except subprocess.TimeoutExpired as error:
        raise CommandError(silent(words)) from error
    finally:
        if process.returncode is None:
            with contextlib.suppress(PermissionError):
                process.kill()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()
    return Printed(process.returncode, stdout, stderr)


async def in_thread(work: Callable[[], T]) -> T:
    """The result of some work in a thread for which nobody waits at the end of Python. What interrupts the main thread does not interrupt it."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            tell(future.set_result, work())
        except Exception as error:
            tell(future.set_exception, error)

    def tell(setter: Callable[[Any], None], outcome: object) -> None:
        # The loop may be closed by now.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, setter, outcome)

    def settle(setter: Callable[[Any], None], outcome: object) -> None:
        if not future.done():
            setter(outcome)

    threading.Thread(target=run, daemon=True).start()
    return await future


def silent(words: Sequence[str]) -> str:
    return f"{words[0]} has not answered for {PATIENCE} s"


def unusable(words: Sequence[str], error: OSError) -> str:
    return f"Error returned from {words[0]}: {error.strerror}: OAR's commands are expected in the PATH of the machine that runs the workflow"


def oarstat_states(jobs: Sequence[int]) -> list[str]:
    return ["oarstat", "-J", "-s", *(word for job in jobs for word in ("-j", str(job)))]


def oarstat_details(jobs: Sequence[int]) -> list[str]:
    return ["oarstat", "-J", "-f", *(word for job in jobs for word in ("-j", str(job)))]


def oarstat_resubmissions(jobs: Sequence[int]) -> list[str]:
    return ["oarstat", "-J", "-f", "--sql", f"resubmit_job_id IN ({', '.join(map(str, jobs))})"]


def oarstat_events(jobs: Sequence[int]) -> list[str]:
    return ["oarstat", "-J", "-e", *(word for job in jobs for word in ("-j", str(job)))]


def oardel(jobs: Sequence[int]) -> list[str]:
    return ["oardel", *map(str, jobs)]


def chunks(jobs: Sequence[int], size: int | None = None) -> Iterator[list[int]]:
    """The jobs in portions for one call each."""
    rest = iter(jobs)
    while chunk := list(islice(rest, size or JOBS_IN_A_CALL)):
        yield chunk
