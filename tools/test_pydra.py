#!/usr/bin/env python3
"""Do tasks of Pydra run well in a real OAR 2.5.9 server?

Builds the distribution python/pydra-workers-oar, installs it with Pydra for a user of such a server, which is brought up on this machine
(oar2_up.sh), and runs its tests as this user. Needs root and Debian 12. See python/pydra-workers-oar/README.md.
"""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from oar2 import server
from oar2.server import USERS, Server, ServerError

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "python/pydra-workers-oar"
# Users cannot read what root has installed for itself.
PYTHON = "/usr/bin/python3"
USER = USERS[0]
# Seconds between two rounds, for which the server wakes up.
SETTINGS = {"OAR2_MIN_CALL": "3"}
WAKE_SECONDS = 1


def main() -> None:
    if reason := server.cannot_run_here():
        print(f"test_pydra.py skipped: {reason}")
        return
    # So that all is undone.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    os.environ.update(SETTINGS)
    folder = Path(tempfile.mkdtemp(prefix="pydra-"))
    folder.chmod(0o755)
    try:
        timed("package and Pydra", lambda: install(folder))
        with Server() as oar:
            oar.up("clean")
            timed("tests", lambda: tests(oar, folder))
            faults = oar.unhealthy()
    except (ServerError, subprocess.CalledProcessError) as error:
        sys.exit(str(error))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if faults:
        sys.exit("\n".join(faults))


def timed(what: str, step) -> None:
    began = time.monotonic()
    step()
    print(f"{what}: {time.monotonic() - began:.0f} s", file=sys.stderr)


def install(folder: Path) -> None:
    """The wheel as made from the source distribution, in a virtual environment; and the tests, without the source."""
    if subprocess.run([PYTHON, "-c", "import ensurepip"], check=False, stderr=subprocess.DEVNULL).returncode != 0:
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "--yes", "-qq", "python3-venv")
    run(PYTHON, "-m", "venv", f"{folder}/venv")
    pip = (f"{folder}/venv/bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "install", "build")
    shutil.copytree(PACKAGE, folder / "package", ignore=shutil.ignore_patterns("__pycache__", "dist", ".*"))
    run(f"{folder}/venv/bin/python", "-m", "build", "--outdir", f"{folder}/dist", f"{folder}/package")
    names = sorted(path.name for path in (folder / "dist").iterdir())
    if [name[-7:] for name in names] != ["any.whl", ".tar.gz"]:
        raise ServerError(f"python -m build: expected a wheel and a source distribution, found {names}")
    run(*pip, "install", f"{folder}/dist/{names[0]}[test]")
    shutil.copytree(folder / "package/tests", folder / "tests")
    shutil.copy(folder / "package/pyproject.toml", folder)


def run(*words: str) -> None:
    done = subprocess.run(words, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise ServerError(f"{shlex.join(words)}:\n{done.stdout}")


def tests(oar: Server, folder: Path) -> None:
    work = folder / "work"
    work.mkdir()
    shutil.chown(work, USER, USER)
    environment = {"HOME": f"/home/{USER}", "USER": USER, "LOGNAME": USER, "PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    options = ["-p", "no:cacheprovider", f"--basetemp={work}/tmp", "-v", "tests/test_server.py", *sys.argv[1:]]
    process = subprocess.Popen(
        [f"{folder}/venv/bin/pytest", *options],
        cwd=folder,
        env=environment | {"PYDRA_OAR_SERVER": "1"},
        user=USER,
        group=USER,
        extra_groups=[],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    done = threading.Event()
    nudging = threading.Thread(target=nudge, args=(oar, done))
    nudging.start()
    try:
        if process.wait() != 0:
            raise ServerError("the tests have failed")
    finally:
        # Interrupted, they delete their jobs.
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            process.wait()
        done.set()
        nudging.join()


def nudge(oar: Server, done: threading.Event) -> None:
    while not done.wait(WAKE_SECONDS):
        oar.nudge()


if __name__ == "__main__":
    main()
