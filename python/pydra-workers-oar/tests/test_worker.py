"""Tasks through Pydra and the worker, with commands that print what those of OAR do."""

import asyncio
import json
import os
import pickle
import re
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest
from pydra.engine.submitter import Submitter

from pydra.workers.oar import closing, commands
from pydra.workers.oar import jobs as oar_jobs
from pydra.workers.oar import worker as oar_worker
from pydra.workers.oar.worker import OarWorker

from . import tasks
from .conftest import both


def run(task, cache: Path, worker="oar", rerun: bool = False, **options):
    if worker == "oar":
        options = {"poll_delay": 0.1} | options
    with Submitter(worker=worker, cache_root=cache, **options) as submitter:
        return submitter(task, raise_errors=True, rerun=rerun)


def has_begun(file: Path) -> bool:
    return file.exists() and file.read_text() != ""


def background(task, cache: Path, **options):
    """The same in a process of its own, as what a user has started."""
    code = (
        "import signal, sys; sys.path.insert(0, sys.argv[1]); signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import cloudpickle as cp; from pathlib import Path\n"
        "from tests.test_worker import run; task, options = cp.loads(bytes.fromhex(sys.argv[3]))\n"
        "print(run(task, Path(sys.argv[2]), **options).outputs)\n"
    )
    import cloudpickle as cp

    words = [sys.executable, "-c", code, str(Path(__file__).parent.parent), str(cache), cp.dumps((task, options)).hex()]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (tasks.AddTwo(a=3), 5),
        (tasks.Example(a=3), 5),
        (tasks.Outer(a=3), 17),
        (tasks.Sums(numbers=[1, 2, 3, 4]), 18),
        (tasks.AddTwo().split(a=[1, 2, 3]).combine("a"), [3, 4, 5]),
    ],
    ids=["task", "workflow", "nested", "split", "outer-split"],
)
def test_results_are_those_of_the_worker_cf(oar, tmp_path, task, expected):
    result = run(task, tmp_path / "oar-cache")
    assert result.outputs.out == expected == run(task, tmp_path / "cf-cache", worker="cf").outputs.out
    assert oar.calls("oarsub")


@both
def test_a_shell_task(oar, tmp_path):
    assert run(tasks.Echo(text="hello"), tmp_path / "cache").outputs.stdout == "hello\n"
    assert len(oar.calls("oarsub")) == 1


def test_scripts_and_logs_have_their_place(oar, tmp_path):
    run(tasks.AddTwo(a=3), tmp_path / "cache")
    (folder,) = (tmp_path / "cache/oar_scripts").iterdir()
    names = {file.name for file in folder.iterdir()}
    assert names == {"_job.pklz", "_oar_job_id", f"batchscript_{folder.name}.sh", "oar-100.out", "oar-100.err"}
    assert (folder.stat().st_mode & 0o777, (folder / f"batchscript_{folder.name}.sh").stat().st_mode & 0o777) == (0o700, 0o700)


@both
def test_options_of_the_user_go_to_oarsub_as_they_are(oar, tmp_path):
    long_ones = f"""-q default -l "{{cluster='a b'}}/host=1" -l host=2 -t besteffort --type=idempotent --name=mine -O {tmp_path}/log"""
    run(tasks.AddTwo(a=3), tmp_path / "cache", oarsub_args=long_ones)
    job = oar.jobs()[100]
    assert (job["name"], job["types"], job["resources"]) == ("mine", ["besteffort", "idempotent"], ["{cluster='a b'}/host=1", "host=2"])
    assert (tmp_path / "log").exists()


def test_a_cache_whose_name_oar_refuses_for_logs(oar, tmp_path):
    assert run(tasks.AddTwo(a=3), tmp_path / "a 'cache'+é").outputs.out == 5


@both
@pytest.mark.parametrize("wrong", ["--badopt", "-q nonsense"])
def test_an_invalid_option_is_told_in_the_words_of_oarsub(oar, tmp_path, wrong):
    with pytest.raises(RuntimeError, match=r"Error returned from oarsub: (Unknown option: badopt|Error: No such option|ERROR : The queue nonsense)"):
        run(tasks.AddTwo(a=3), tmp_path / "cache", oarsub_args=wrong)


def test_without_the_commands_of_oar_the_error_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="Error returned from oarsub: No such file or directory: OAR's commands are expected"):
        run(tasks.AddTwo(a=3), tmp_path / "cache")


@both
def test_a_failing_task_raises_its_own_exception(oar, tmp_path):
    with pytest.raises(ValueError, match=r"^no task for 1\n") as raised:
        run(tasks.Refuse(a=1), tmp_path / "cache")
    assert "OAR job 100 ended in state Terminated, exit status 1, message 'R=1,W=2:0:0,J=B'; its log is" in raised.value.__notes__[0]
    assert "in Refuse" in str(raised.value.__cause__)


def test_a_workflow_with_a_failing_task_fails_with_its_message(oar, tmp_path):
    with pytest.raises(RuntimeError, match="no task for 1"):
        run(tasks.OneRefuses(a=1), tmp_path / "cache")
    assert len(oar.calls("oarsub")) == 1


@both
def test_a_job_that_is_killed_fails_with_what_oar_tells(oar, tmp_path, monkeypatch):
    monkeypatch.setattr(oar_jobs, "RESUBMISSION_PATIENCE", 0.3)
    task = tasks.Wait(seconds=60, began=str(tmp_path / "began"))
    running = background(task, tmp_path / "cache")
    oar.wait_for(lambda: has_begun(tmp_path / "began"), "the task")
    subprocess.run(["oardel", "100"], check=True)
    _, told = running.communicate(timeout=30)
    assert "RuntimeError: OAR job 100 ended in state Error" in told
    # Who runs the task next does not wait for the dead one.
    assert list((tmp_path / "cache").glob("*.lock")) == list((tmp_path / "cache").glob("*_info.json")) == []


def test_a_job_runs_until_it_has_ended(oar, tmp_path):
    (oar.folder / "hold").touch()
    running = background(tasks.AddTwo(a=3), tmp_path / "cache")
    number = oar.wait_for_state("Waiting")
    for state in ("Hold", "toLaunch", "Launching", "Suspended", "Resuming", "toError", "toAckReservation", "Finishing", "Later"):
        oar.change(number, state=state)
        asked = len(oar.calls("oarstat"))
        oar.wait_for(lambda asked=asked: len(oar.calls("oarstat")) > asked + 1, "questions")
        assert running.poll() is None, state
    oar.change(number, state="Waiting")
    (oar.folder / "hold").unlink()
    out, _ = running.communicate(timeout=30)
    assert "out=5" in out


@both
def test_a_job_that_oar_submits_again_is_followed(oar, tmp_path):
    task = tasks.Wait(seconds=60, began=str(tmp_path / "began"))
    running = background(task, tmp_path / "cache")
    oar.wait_for(lambda: has_begun(tmp_path / "began"), "the task")
    os.killpg(oar.jobs()[100]["process"], signal.SIGKILL)
    oar.resubmit(100)
    out, told = running.communicate(timeout=30)
    assert "out=60" in out, told
    assert (tmp_path / "began").read_text().split() == ["100", "101"]
    assert list((tmp_path / "cache").glob("*.lock")) == []


@both
def test_a_new_job_that_has_ended_meanwhile_is_found_too(oar, tmp_path):
    (oar.folder / "hold").touch()
    running = background(tasks.AddTwo(a=3), tmp_path / "cache")
    number = oar.wait_for_state("Waiting")
    (oar.folder / "fail").write_text("1000")
    oar.change(number, state="Hold")
    new = oar.resubmit(number)
    (oar.folder / "hold").unlink()
    oar.wait_for(lambda: oar.jobs()[new]["state"] == "Terminated", "the new job")
    (oar.folder / "fail").write_text("0")
    out, _ = running.communicate(timeout=60)
    assert "out=5" in out


@both
def test_all_jobs_are_asked_after_together(oar, tmp_path):
    (oar.folder / "hold").touch()
    running = background(tasks.Sums(numbers=list(range(20))), tmp_path / "cache", poll_delay=0.5)
    oar.wait_for(lambda: len(oar.jobs()) == 20, "20 jobs")
    before = len(oar.calls("oarstat"))
    began = time.monotonic()
    time.sleep(3)
    calls = oar.calls("oarstat")[before:]
    assert 2 <= len(calls) <= (time.monotonic() - began) / 0.5 + 1
    assert calls[-1].count("-j") == 20
    (oar.folder / "hold").unlink()
    out, _ = running.communicate(timeout=60)
    assert "out=230" in out


def test_a_question_is_about_a_bounded_number_of_jobs(oar, tmp_path):
    async def ask():
        held = oar_jobs.Jobs(asyncio.get_running_loop(), 0.05)
        for number in range(1000, 1450):
            (oar.folder / f"{number}.job").write_text(json.dumps({"state": "Running"}))
            held.new[number] = lambda: None
        waiting = [asyncio.ensure_future(held.end(number)) for number in range(1000, 1450)]
        while len(oar.calls("oarstat")) < 3:
            await asyncio.sleep(0.05)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        while len(oar.calls("oardel")) < 3:
            await asyncio.sleep(0.05)
        held.closed = True
        held.poller.cancel()

    asyncio.run(asyncio.wait_for(ask(), 30))
    assert sorted(call.count("-j") for call in oar.calls("oarstat")[:3]) == [50, 200, 200]
    assert [len(call) for call in oar.calls("oardel")[:3]] == [200, 200, 50]


@both
def test_jobs_that_fail_together_are_asked_after_together(oar, tmp_path, monkeypatch):
    monkeypatch.setattr(oar_jobs, "RESUBMISSION_PATIENCE", 0.5)

    async def end_all():
        held = oar_jobs.Jobs(asyncio.get_running_loop(), 0.1)
        (oar.folder / "hold").touch()
        numbers = [await held.submit(["oarsub", "-d", str(tmp_path), "true"], lambda: None) for _ in range(30)]
        waiting = [asyncio.ensure_future(held.end(number)) for number in numbers]
        again = oar.resubmit(numbers[0])
        for number in numbers[1:]:
            oar.change(number, state="Error")
        (oar.folder / "hold").unlink()
        ended = await asyncio.gather(*waiting)
        assert [known.job for known in ended] == [again, *numbers[1:]]

    asyncio.run(asyncio.wait_for(end_all(), 30))
    events = [call for call in oar.calls("oarstat") if "-e" in call]
    assert max(call.count("-j") for call in events) >= 29
    assert len(events) < 15


@both
def test_an_oarstat_that_fails_is_asked_again(oar, tmp_path):
    (oar.folder / "fail").write_text("1")
    assert run(tasks.AddTwo(a=3), tmp_path / "cache").outputs.out == 5
    assert (oar.folder / "fail").read_text() == "0"
    # Nothing came of the failure: there is one job, and it has ended by itself.
    assert [job["state"] for job in oar.jobs().values()] == ["Terminated"]
    assert len(oar.calls("oarstat")) >= 3


def test_an_oarstat_that_does_not_answer_is_asked_again(oar, tmp_path, monkeypatch, unkillable):
    monkeypatch.setattr(commands, "PATIENCE", 1.0)
    oarstat = oar.commands / "oarstat"
    first, *rest = oarstat.read_text().splitlines()
    oarstat.write_text("\n".join([first, f"mkdir {tmp_path}/asked 2>/dev/null && exec sleep 5", *rest, ""]))
    assert run(tasks.AddTwo(a=3), tmp_path / "cache").outputs.out == 5
    assert [job["state"] for job in oar.jobs().values()] == ["Terminated"]
    assert oar.calls("oardel") == []


def test_an_oarstat_that_fails_for_good_is_an_error(oar, tmp_path, monkeypatch):
    monkeypatch.setattr(oar_jobs, "FAILURE_PATIENCE", 1)
    (oar.folder / "fail").write_text("1000")
    with pytest.raises(RuntimeError, match="OAR does not tell about job 100: Error returned from oarstat: DBI connect failed"):
        run(tasks.Wait(seconds=60, began=str(tmp_path / "began")), tmp_path / "cache")
    assert oar.jobs()[100]["state"] == "Error"


def test_a_job_that_oarstat_leaves_out_for_a_while_is_not_lost(oar, tmp_path):
    (oar.folder / "hide").write_text("100")
    running = background(tasks.AddTwo(a=3), tmp_path / "cache")
    oar.wait_for(lambda: len(oar.calls("oarstat")) > 3, "questions")
    assert running.poll() is None
    (oar.folder / "hide").unlink()
    out, _ = running.communicate(timeout=30)
    assert "out=5" in out


def test_a_job_that_oar_has_forgotten_is_an_error(oar, tmp_path, monkeypatch):
    monkeypatch.setattr(oar_jobs, "FAILURE_PATIENCE", 1)
    monkeypatch.setattr(closing, "CLOSING_PATIENCE", 1)
    (oar.folder / "hide").write_text("100")
    with pytest.raises(RuntimeError, match="OAR does not tell about job 100: expected the state of one of 1 jobs at least, found none"):
        run(tasks.AddTwo(a=3), tmp_path / "cache")


@both
def test_an_interrupted_workflow_deletes_its_jobs(oar, tmp_path):
    began = [str(tmp_path / f"began{index}") for index in range(3)]
    task = tasks.Wait(seconds=60).split(began=began).combine("began")
    running = background(task, tmp_path / "cache")
    for file in began:
        oar.wait_for(lambda file=file: has_begun(Path(file)), "the task")
    os.killpg(running.pid, signal.SIGINT)
    _, told = running.communicate(timeout=30)
    assert "KeyboardInterrupt" in told
    assert {job["state"] for job in oar.jobs().values()} == {"Error"}
    assert list((tmp_path / "cache").glob("python-*.lock")) == []
    # The tasks have nothing left to do; the workflow has no result yet.
    assert run(task, tmp_path / "cache").outputs.out == [60, 60, 60]


def test_an_interrupted_submission_leaves_no_job(oar, tmp_path):
    began = [str(tmp_path / f"began{index}") for index in range(12)]
    slow = oar.commands / "oarsub"
    text = slow.read_text().splitlines()
    slow.write_text("\n".join([text[0], f"touch {tmp_path}/submitting; sleep 2", *text[1:], ""]))
    running = background(tasks.Wait(seconds=60).split(began=began).combine("began"), tmp_path / "cache")
    oar.wait_for((tmp_path / "submitting").exists, "oarsub")
    os.killpg(running.pid, signal.SIGINT)
    running.communicate(timeout=30)
    # Only those that were under way have been submitted.
    assert 1 <= len(oar.jobs()) == len(oar.calls("oarsub")) <= oar_jobs.SUBMISSIONS_AT_ONCE
    assert {job["state"] for job in oar.jobs().values()} == {"Error"}


def test_a_cancelled_task_deletes_its_job(oar, tmp_path):
    async def cancel():
        with Submitter(worker="oar", cache_root=tmp_path / "cache", poll_delay=0.1) as submitter:
            from pydra.engine.job import Job

            job = Job(tasks.Wait(seconds=60, began=str(tmp_path / "began")), submitter=submitter, name="main")
            waiting = asyncio.ensure_future(submitter.worker.run(job))
            while not (tmp_path / "began").exists():
                await asyncio.sleep(0.05)
            waiting.cancel()
            await asyncio.wait([waiting])
            while list((tmp_path / "cache").glob("*.lock")):
                await asyncio.sleep(0.05)

    asyncio.run(asyncio.wait_for(cancel(), 20))
    assert oar.jobs()[100]["state"] == "Error"


def test_a_worker_that_nobody_closes_deletes_its_jobs_too(oar, tmp_path):
    code = (
        "import sys, threading, os, signal; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from tests import tasks; from pydra.engine.submitter import Submitter\n"
        "submitter = Submitter(worker='oar', cache_root=Path(sys.argv[2]) / 'cache', poll_delay=0.1)\n"
        "submitter(tasks.Wait(seconds=60, began=sys.argv[2] + '/began'))\n"
    )
    running = subprocess.Popen([sys.executable, "-c", code, str(Path(__file__).parent.parent), str(tmp_path)], stderr=subprocess.PIPE)
    oar.wait_for(lambda: has_begun(tmp_path / "began"), "the task")
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)
    assert oar.jobs()[100]["state"] == "Error"


@both
def test_a_workflow_that_was_killed_leaves_no_locks_that_matter(oar, tmp_path):
    cache = tmp_path / "cache"
    task = tasks.Wait(seconds=60, began=str(tmp_path / "began"))
    running = background(task, cache)
    oar.wait_for(lambda: has_begun(tmp_path / "began"), "the task")
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    (lock,) = cache.glob("*.lock")
    # As by a machine that nobody here can ask.
    lock.write_text("12345\nanother-machine\n")
    os.killpg(oar.jobs()[100]["process"], signal.SIGKILL)
    oar.wait_for(lambda: oar.jobs()[100]["state"] == "Terminated", "the end")
    assert run(task, cache).outputs.out == 60


def test_the_locks_of_another_servers_jobs_stay(oar, tmp_path):
    cache = tmp_path / "cache"
    run(tasks.AddTwo(a=3), cache)
    (folder,) = (cache / "oar_scripts").iterdir()
    (cache / "oar_scripts/other").mkdir()
    (cache / "oar_scripts/other/_oar_job_id").write_text((folder / "_oar_job_id").read_text())
    (cache / "other_info.json").write_text('{"checksum": "python-other"}')
    (cache / "python-other.lock").touch()
    run(tasks.AddTwo(a=4), cache)
    assert (cache / "python-other.lock").exists()


def test_a_copy_of_the_process_leaves_the_jobs_alone(oar):
    loop = asyncio.new_event_loop()
    held = oar_jobs.Jobs(loop, 1)
    held.new[1] = lambda: None
    held.process += 1
    held.close()
    loop.close()
    assert oar.calls("oardel") == []


def test_a_result_that_is_there_already_needs_no_job(oar, tmp_path):
    run(tasks.AddTwo(a=3), tmp_path / "cache")
    assert run(tasks.Example(a=3), tmp_path / "cache").outputs.out == 5
    assert len(oar.calls("oarsub")) == 1
    run(tasks.AddTwo(a=3), tmp_path / "cache", rerun=True)
    assert len(oar.calls("oarsub")) == 2


def test_the_result_of_a_run_before_does_not_pass_for_a_new_one(oar, tmp_path):
    run(tasks.AddTwo(a=3), tmp_path / "cache")
    (result,) = (tmp_path / "cache").glob("python-*/_result.pklz")
    (oar.folder / "hold").touch()
    running = background(tasks.AddTwo(a=3), tmp_path / "cache", rerun=True)
    oar.wait_for_state("Waiting")
    assert not result.exists()
    (oar.folder / "hold").unlink()
    out, told = running.communicate(timeout=30)
    assert "out=5" in out, told
    assert result.exists()


@pytest.mark.parametrize("part", [0, 40])
def test_a_result_is_waited_for_until_it_can_be_read(oar, tmp_path, monkeypatch, part):
    """On a file system of the network, the name of a file may come before what is in it."""
    run(tasks.AddTwo(a=3), tmp_path / "cache")
    (result,) = (tmp_path / "cache").glob("python-*/_result.pklz")
    whole = result.read_bytes()
    result.write_bytes(whole[:part])
    job = types.SimpleNamespace(cache_root=tmp_path / "cache", all_caches=[tmp_path / "cache"], checksum=result.parent.name, cache_dir=result.parent)

    async def read():
        reading = asyncio.ensure_future(oar_worker.visible_result(job, 100, rerun=False))
        await asyncio.sleep(1.5)
        assert not reading.done()
        result.write_bytes(whole)
        return await reading

    assert asyncio.run(read()).outputs.out == 5
    result.write_bytes(whole[:part])
    monkeypatch.setattr(oar_worker, "FILES_PATIENCE", 0.3)
    with pytest.raises(RuntimeError, match="OAR job 100 has ended well, but its result cannot be read in"):
        asyncio.run(oar_worker.visible_result(job, 100, rerun=False))


def test_a_task_that_leaves_its_process_as_if_all_was_well_has_failed(oar, tmp_path):
    with pytest.raises(RuntimeError, match="The task has left its process with exit status 0, and has no result"):
        run(tasks.Leave(status=0), tmp_path / "cache")
    assert list((tmp_path / "cache").glob("*/_result.pklz")) == []


def test_a_task_that_leaves_its_process_has_no_result(oar, tmp_path, monkeypatch):
    monkeypatch.setattr(oar_jobs, "RESUBMISSION_PATIENCE", 0.3)
    with pytest.raises(RuntimeError, match="OAR job 100 ended in state Terminated, exit status 99"):
        run(tasks.Leave(status=99), tmp_path / "cache")
    assert list((tmp_path / "cache").glob("*/_result.pklz")) == []


def test_files_that_are_not_shared_are_an_error_that_says_so(oar, tmp_path, monkeypatch):
    monkeypatch.setattr(oar_worker, "FILES_PATIENCE", 0.3)
    monkeypatch.setattr("pydra.workers.oar.script.CODE", "# {path} {folder} {cache_root} {uid} {rerun}")
    with pytest.raises(RuntimeError, match=r"OAR job 100 has ended well, but its result is not in .*: cache_root must be in a file system"):
        run(tasks.AddTwo(a=3), tmp_path / "cache")


def test_jobs_get_the_variables_that_are_exported(oar, tmp_path, monkeypatch):
    monkeypatch.setenv("MY_TOOL_HOME", "/opt/it's here")
    monkeypatch.setenv("SECRET", "not for jobs")
    assert run(tasks.Environment(name="MY_TOOL_HOME"), tmp_path / "cache", exports="PATH, MY_TOOL_*").outputs.out == "/opt/it's here"
    assert run(tasks.Environment(name="SECRET"), tmp_path / "cache").outputs.out == ""
    assert run(tasks.Environment(name="PATH"), tmp_path / "cache").outputs.out == os.environ["PATH"]


def test_a_task_of_the_script_that_is_run(oar, tmp_path):
    (tmp_path / "helper.py").write_text("def twice(a):\n    return 2 * a\n")
    (tmp_path / "script.py").write_text(
        "import helper\nfrom pathlib import Path\nfrom pydra.compose import python\nfrom pydra.engine.submitter import Submitter\n"
        "@python.define\ndef Twice(a: int) -> int:\n    return helper.twice(a)\n"
        "if __name__ == '__main__':\n"
        "    with Submitter(worker='oar', cache_root='cache', poll_delay=0.1) as submitter:\n        print(submitter(Twice(a=21)).outputs)\n"
    )
    printed = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "out=42" in printed.stdout, printed.stderr


def test_the_example_of_the_documentation(oar, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    page = Path(__file__).parent.parent.joinpath("README.md").read_text()
    (tmp_path / "add_two.py").write_text(re.search(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)[1])
    printed = subprocess.run([sys.executable, "add_two.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert printed.stdout == re.search(r"^\$ \S+python add_two.py\n(.*?)^```", page, re.DOTALL | re.MULTILINE)[1], printed.stderr
    assert oar.jobs()[100]["resources"] == ["host=1/core=1,walltime=0:10:0"]


def test_a_worker_can_be_pickled(oar, tmp_path):
    worker = OarWorker(oarsub_args="-l host=1", poll_delay=3, exports="A B")
    copy = pickle.loads(pickle.dumps(worker))
    assert (copy.oarsub_args, copy.poll_delay, copy.exports) == ("-l host=1", 3, ("A", "B"))


@pytest.mark.parametrize(("options", "told"), [({"oarsub_args": "-I"}, "found --interactive"), ({"poll_delay": -1}, "poll_delay: expected seconds")])
def test_wrong_options_of_the_worker_are_told_at_once(options, told):
    with pytest.raises(ValueError, match=told):
        OarWorker(**options)


def test_pydra_finds_the_worker_by_its_name():
    from pydra.workers.base import Worker

    import pydra.workers.oar

    assert Worker.plugin("oar") is pydra.workers.oar.Worker is pydra.workers.oar.OarWorker
    assert OarWorker.plugin_name() == "oar"
