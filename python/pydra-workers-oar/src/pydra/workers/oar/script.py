"""What a job of OAR finds: the task, and a script that runs it as if it were on the machine of the workflow."""

import fnmatch
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydra.engine.result import save

if TYPE_CHECKING:
    from pydra.engine.job import Job

# A job of OAR begins with the environment of a login. These variables of the workflow's are what finds the same programs.
EXPORTS = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV", "CONDA_*", "LANG", "LC_*", "LOADEDMODULES", "MODULEPATH")

CODE = """\
import sys
sys.path[:] = {path!r}
from pydra.workers.oar.task import run
run({folder!r}, {cache_root!r}, {uid!r}, rerun={rerun!r})
"""


def folder(job: "Job[Any]") -> Path:
    """Where the script and the logs of the task are."""
    return Path(job.cache_root) / "oar_scripts" / str(job.uid)


def write(job: "Job[Any]", rerun: bool, exports: Sequence[str]) -> Path:
    """Writes the task and its script, which only the user can read: there may be secrets in either."""
    place = folder(job)
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o700)
    save(place, job=job)
    path = [os.path.abspath(entry) for entry in sys.path]
    code = CODE.format(path=path, folder=str(place), cache_root=str(job.cache_root), uid=job.uid, rerun=rerun)
    script = place / f"batchscript_{job.uid}.sh"
    script.write_text(text(str(job.name), chosen(os.environ, exports), code))
    script.chmod(0o700)
    return script


def text(name: str, environment: Mapping[str, str], code: str) -> str:
    lines = [f"export {variable}={shlex.quote(value)}" for variable, value in sorted(environment.items())]
    title = " ".join(f"# The task {name} of a Pydra workflow, as a job of OAR.".split())
    return "\n".join(["#!/bin/sh", title, *lines, f"exec {shlex.quote(sys.executable)} -c {shlex.quote(code)}", ""])


def chosen(environment: Mapping[str, str], exports: Sequence[str]) -> dict[str, str]:
    """The variables with one of the names, which may have the wildcards of file names."""
    return {
        name: value for name, value in environment.items() if name.isidentifier() and any(fnmatch.fnmatchcase(name, pattern) for pattern in exports)
    }
