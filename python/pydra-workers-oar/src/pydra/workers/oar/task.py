"""Runs a task inside a job of OAR, and leaves word of how it failed."""

import os
import traceback
from pathlib import Path

import cloudpickle as cp
from pydra.engine.job import load_job

from pydra.workers.oar import locks
from pydra.workers.oar.failure import FILE, Failure


def run(folder: str, cache_root: str, uid: str, rerun: bool) -> None:
    """Whatever the task raises is raised: the exit status of the job tells OAR that it failed."""
    failure = Path(folder) / FILE
    failure.unlink(missing_ok=True)
    # Of a job that OAR has submitted again, the one before was killed. Its number stays as long as its locks.
    locks.free(Path(cache_root), uid)
    (Path(folder) / locks.NUMBER).write_text(os.environ.get("OAR_JOB_ID", ""))
    try:
        job = load_job(Path(folder) / "_job.pklz")
        locks.claim(Path(folder), job.checksum)
        try:
            job.run(rerun=rerun)
        except Exception:
            raise
        except BaseException as left:
            # Pydra has kept a result without outputs, which others would take for good.
            (job.cache_dir / "_result.pklz").unlink(missing_ok=True)
            if isinstance(left, SystemExit) and not left.code:
                raise RuntimeError("The task has left its process with exit status 0, and has no result") from left
            raise
    except Exception as error:
        failure.write_bytes(cp.dumps(described(error)))
        raise
    finally:
        locks.unclaim(Path(folder))


def described(error: Exception) -> Failure:
    told = "".join(traceback.format_exception(error))
    message = "".join(traceback.format_exception_only(error)).strip()
    try:
        pickled = cp.dumps(error)
    except Exception:  # anything can be in an exception
        pickled = None
    return Failure(message, told, pickled)
