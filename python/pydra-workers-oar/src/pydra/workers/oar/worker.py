"""The worker: what Pydra calls."""

import asyncio
import contextlib
import logging
import os
import time
import weakref
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
from pydra.engine.result import load_result
from pydra.workers.base import Worker

from pydra.workers.oar import arguments, failure, locks, script
from pydra.workers.oar.answers import Details
from pydra.workers.oar.jobs import Jobs

if TYPE_CHECKING:
    from pydra.engine.job import Job
    from pydra.engine.result import Result

logger = logging.getLogger("pydra.worker")

# Seconds until what a job has written must be visible here.
FILES_PATIENCE = 60.0
WORD_PATIENCE = 5.0


def names(value: str | Sequence[str]) -> tuple[str, ...]:
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else tuple(value)


def seconds(value: float) -> float:
    if value < 0:
        raise ValueError(f"poll_delay: expected seconds, found {value!r}")
    return float(value)


@attrs.define
class OarWorker(Worker):
    """Runs each task as a job of OAR.

    Parameters
    ----------
    oarsub_args : str
        Options of oarsub for all tasks, written as in a shell: `-q long -l "{mem > 64}/host=1,walltime=2:0:0" -t besteffort`
    poll_delay : float
        Seconds between two questions to OAR about all jobs together, at least. Longer when nothing happens or OAR is slow.
    exports : str or sequence of str
        The environment variables that jobs get from the workflow, by names that may have `*` in them. Besides, a job has the environment of a
        login on its node.
    """

    _plugin_name: ClassVar[str] = "oar"

    oarsub_args: str = attrs.field(default="", validator=attrs.validators.instance_of(str))
    poll_delay: float = attrs.field(default=1, converter=seconds)
    exports: Sequence[str] = attrs.field(default=script.EXPORTS, converter=names)
    _jobs: Jobs | None = attrs.field(default=None, init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        arguments.split(self.oarsub_args)

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return state | {"_jobs": None}

    async def run(self, job: "Job[Any]", rerun: bool = False) -> "Result[Any]":
        """Runs a task as a job of OAR, and returns its result. Raises what the task raised, or RuntimeError with what OAR tells."""
        if not rerun and (result := cached(job)):
            return result
        jobs = self.jobs()
        await jobs.free_dead(Path(job.cache_root))
        forget(job, rerun)
        path = script.write(job, rerun, self.exports)
        words = arguments.command_line(arguments.split(self.oarsub_args), f"{job.name}.{job.uid}", path.parent, path)
        free = partial(locks.free, Path(job.cache_root), str(job.uid))
        number = await jobs.submit(words, free)
        logger.debug("task %s is OAR job %d", job.name, number)
        details = await jobs.end(number)
        if details.succeeded:
            return await visible_result(job, details.job, rerun)
        free()
        raise await visible_failure(path.parent, details)

    def jobs(self) -> Jobs:
        """Those of the running loop."""
        loop = asyncio.get_running_loop()
        if self._jobs is None or self._jobs.loop is not loop or self._jobs.closed:
            self.close()
            self._jobs = Jobs(loop, self.poll_delay)
            # Also where nobody closes the worker.
            weakref.finalize(self, self._jobs.close)
        return self._jobs

    def close(self) -> None:
        """Deletes the jobs that nobody waits for any more."""
        if self._jobs is not None:
            self._jobs.close()


def cached(job: "Job[Any]") -> "Result[Any] | None":
    """The task's result from before, if it is a good one: there is no need to wait in OAR's queue for it."""
    result = load_result(job.checksum, job.all_caches)
    return None if result is None or result.errored else result


def forget(job: "Job[Any]", rerun: bool) -> None:
    """Removes the result of a run that has failed, or that is to be run again: Pydra would take it for that of the job that still waits."""
    if job.lockfile.exists():
        return
    result = load_result(job.checksum, [job.cache_root])
    if result is not None and (rerun or result.errored):
        for name in ("_result.pklz", "_error.pklz"):
            (job.cache_dir / name).unlink(missing_ok=True)


async def visible_result(job: "Job[Any]", number: int, rerun: bool) -> "Result[Any]":
    """What a job has written, as soon as it can be read here, which may be some time after its name can be seen."""
    caches = [Path(cache) for cache in ([job.cache_root] if rerun else job.all_caches)]
    files = [cache / job.checksum / "_result.pklz" for cache in caches]
    deadline = time.monotonic() + FILES_PATIENCE
    while True:
        visible = any(map(is_visible, files))
        if visible:
            with contextlib.suppress(OSError):
                # It waits by itself where a file is incomplete.
                if (result := await asyncio.to_thread(load_result, job.checksum, caches)) is not None:
                    return result
        if time.monotonic() > deadline:
            raise RuntimeError(
                f"OAR job {number} has ended well, but its result {'cannot be read' if visible else 'is not'} in {job.cache_dir}:"
                " cache_root must be in a file system that this machine shares with the nodes"
            )
        await asyncio.sleep(0.2)


async def visible_failure(folder: Path, details: Details) -> Exception:
    """What a job has left word of, which it has not if it was killed."""
    if details.exit_code:
        await appears(folder / failure.FILE, WORD_PATIENCE)
    return failure.exception(folder, details)


async def appears(file: Path, patience: float) -> None:
    """Waits until a file is there, or is not to be expected any more."""
    deadline = time.monotonic() + patience
    while True:
        if is_visible(file) or time.monotonic() > deadline:
            return
        await asyncio.sleep(0.2)


def is_visible(file: Path) -> bool:
    # A file system of the network looks again when a folder is read.
    with contextlib.suppress(OSError), os.scandir(file.parent) as entries:
        return any(entry.name == file.name for entry in entries)
    return False
