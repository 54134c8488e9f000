"""The worker in a real OAR server: `make test-pydra`. What takes time begins at once, each workflow in a process
as a user starts it."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif("PYDRA_OAR_SERVER" not in os.environ, reason="there is no OAR server: make test-pydra"),
]

from . import tasks  # noqa: E402
from .test_worker import background, run  # noqa: E402

ONE_CORE = "-l /core=1,walltime=0:10:0"
IDEMPOTENT = f"{ONE_CORE} -t idempotent"
BESTEFFORT = f"{ONE_CORE} -t besteffort -t idempotent"
# Seconds for anything to happen.
PATIENCE = 600
MANY = 200


SAME_AS_CF = {
    "task": tasks.AddTwo(a=3),
    "shell": tasks.Echo(text="hello"),
    "workflow": tasks.Example(a=3),
    "nested": tasks.Outer(a=3),
    "split": tasks.Sums(numbers=[1, 2, 3, 4]),
}


class Running:
    """Workflows that have been started, by their names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: dict[str, subprocess.Popen] = {}
        self.ended: dict[str, tuple[str, str]] = {}

    def start(self, name: str, task, oarsub_args: str = ONE_CORE, **options) -> None:
        self.processes[name] = background(task, self.cache(name), oarsub_args=oarsub_args, poll_delay=1, **options)

    def cache(self, name: str) -> Path:
        return self.folder / name

    def began(self, name: str) -> Path:
        return self.folder / f"{name}.began"

    def told(self, name: str) -> tuple[str, str]:
        """What the workflow printed, once it has ended."""
        if name not in self.ended:
            self.ended[name] = self.processes[name].communicate(timeout=PATIENCE)
        return self.ended[name]

    def jobs_begun(self, name: str, count: int = 1) -> list[int]:
        """The OAR jobs in which the task has begun so far, at least so many."""
        file = self.began(name)
        wait_for(lambda: file.exists() and len(file.read_text().split()) >= count, f"{name} to begin")
        return [int(number) for number in file.read_text().split()]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    begun = Running(tmp_path_factory.mktemp("workflows"))
    # Only after a minute, OAR submits a job again that ends with status 99.
    begun.start("idempotent", tasks.LeaveOnce(seconds=63, began=str(begun.began("idempotent"))), IDEMPOTENT)
    begun.start("besteffort", tasks.Wait(seconds=600, began=str(begun.began("besteffort"))), BESTEFFORT)
    begun.start("killed", tasks.Wait(seconds=600, began=str(begun.began("killed"))))
    begun.start("interrupted", tasks.Wait(seconds=600, began=str(begun.began("interrupted"))))
    begun.start("refused", tasks.OneRefuses(a=1))
    for name, task in SAME_AS_CF.items():
        begun.start(name, task)
    yield begun
    for process in begun.processes.values():
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


def wait_for(holds, what: str):
    deadline = time.monotonic() + PATIENCE
    while not (found := holds()):
        assert time.monotonic() < deadline, f"waited {PATIENCE} s for {what}"
        time.sleep(0.2)
    return found


def oar(*words: str):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout


def state(number: int) -> str:
    return oar("oarstat", "-J", "-s", "-j", str(number))[str(number)]


def test_an_invalid_option_is_told_in_the_words_of_oarsub(tmp_path):
    for wrong, told in [("--badopt", "Unknown option: badopt"), ("-q nonsense", "ERROR : The queue nonsense does not exist")]:
        with pytest.raises(RuntimeError, match=f"Error returned from oarsub: .*{told}"):
            run(tasks.AddTwo(a=3), tmp_path / "cache", oarsub_args=wrong)


def test_an_interrupted_workflow_deletes_its_jobs(running):
    (number,) = running.jobs_begun("interrupted")
    os.killpg(running.processes["interrupted"].pid, signal.SIGINT)
    _, told = running.told("interrupted")
    assert "KeyboardInterrupt" in told
    wait_for(lambda: state(number) == "Error", "the end of the job")
    # It can be run again, and has nothing left to do.
    task = tasks.Wait(seconds=600, began=str(running.began("interrupted")))
    assert run(task, running.cache("interrupted"), oarsub_args=ONE_CORE).outputs.out == 600


def test_a_job_that_is_killed_while_it_runs_is_an_error(running):
    (number,) = running.jobs_begun("killed")
    oar("oardel", str(number))
    _, told = running.told("killed")
    assert f"RuntimeError: OAR job {number} ended in state Error" in told
    assert list(running.cache("killed").glob("*.lock")) == []


def test_a_workflow_with_a_failing_task_fails_with_its_message(running):
    _, told = running.told("refused")
    assert "ValueError: no task for 1" in told


@pytest.mark.parametrize("name", SAME_AS_CF)
def test_results_are_those_of_the_worker_cf(running, name, tmp_path):
    out, told = running.told(name)
    assert out == f"{run(SAME_AS_CF[name], tmp_path / 'cf', worker='cf').outputs}\n", told
    (script, *_) = (running.cache(name) / "oar_scripts").glob("*/batchscript_*.sh")
    assert list(script.parent.glob("oar-*.out"))


def test_a_besteffort_job_that_had_to_go_is_followed(running):
    (number,) = running.jobs_begun("besteffort")
    (node,) = oar("oarstat", "-J", "-f", "-j", str(number))[str(number)]["assigned_network_address"]
    # (oarsub knows the current directory from a shell alone.)
    oar("oarsub", "-d", str(running.folder), "-l", "/nodes=1,walltime=0:1:0", "-p", f"network_address='{node}'", "sleep 1")
    out, told = running.told("besteffort")
    assert "out=600" in out, told
    first, second = running.jobs_begun("besteffort", 2)
    assert first == number
    assert oar("oarstat", "-J", "-f", "-j", str(second))[str(second)]["resubmit_job_id"] == first


def test_many_tasks_at_once(running):
    # A server of one machine has no time for anything else meanwhile: all tests are over that do not just wait.
    running.start("many", tasks.AddTwo().split(a=list(range(MANY))).combine("a"))
    out, told = running.told("many")
    assert f"out={list(range(2, MANY + 2))}" in out, told
    assert len(list((running.cache("many") / "oar_scripts").iterdir())) == MANY


def test_an_idempotent_job_that_asks_to_be_run_again_is_followed(running):
    out, told = running.told("idempotent")
    assert "out=63" in out, told
    assert len(running.jobs_begun("idempotent", 2)) == 2
