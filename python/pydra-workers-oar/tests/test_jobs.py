"""Jobs that are submitted, left and deleted, without Pydra."""

import asyncio
import gc
import signal
import subprocess
import time

import pytest

from pydra.workers.oar import closing, commands
from pydra.workers.oar import jobs as oar_jobs
from pydra.workers.oar.jobs import Jobs

from .conftest import both


@pytest.fixture
def held(oar):
    """The jobs of a loop that the test runs. OAR does not start them."""
    (oar.folder / "hold").touch()
    loop = asyncio.new_event_loop()
    jobs = Jobs(loop, 0.1)
    jobs.run = lambda coroutine: loop.run_until_complete(asyncio.wait_for(coroutine, 30))
    yield jobs
    jobs.close()
    loop.close()


def freed_with(oar, into: list):
    """Notes the states of all jobs when it is called."""
    return lambda: into.append({number: job["state"] for number, job in oar.jobs().items()})


def submit(held, tmp_path, freed=lambda: None):
    return held.submit(["oarsub", "-d", str(tmp_path), "true"], freed)


async def until(holds) -> None:
    while not holds():
        await asyncio.sleep(0.05)


@both
def test_a_job_that_oar_submits_again_when_it_is_left_is_deleted(oar, held, tmp_path, monkeypatch):
    monkeypatch.setattr(oar_jobs, "RESUBMISSION_PATIENCE", 0.3)
    freed = []

    async def leave():
        number = await submit(held, tmp_path, freed_with(oar, freed))
        waiting = asyncio.ensure_future(held.end(number))
        await asyncio.sleep(0.3)
        oar.resubmit(number)
        waiting.cancel()
        await until(lambda: freed)

    held.run(leave())
    assert freed == [{100: "Error", 101: "Error"}]


@both
def test_a_job_that_oar_submits_again_at_the_end_is_deleted(oar, held, tmp_path):
    freed = []
    number = held.run(submit(held, tmp_path, freed_with(oar, freed)))
    oar.resubmit(number)
    held.close()
    assert freed == [{100: "Error", 101: "Error"}]


def test_a_job_that_oarstat_leaves_out_at_the_end_keeps_its_lock(oar, held, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(closing, "CLOSING_PATIENCE", 1.0)
    freed = []
    for _ in range(2):
        held.run(submit(held, tmp_path, freed_with(oar, freed)))
    (oar.folder / "hide").write_text("100")
    held.close()
    assert len(freed) == 1
    assert "OAR jobs [100] may still be there" in caplog.text


def test_every_job_is_tried_when_oardel_fails(oar, held, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(closing, "CLOSING_PATIENCE", 1.5)
    monkeypatch.setattr(commands, "JOBS_IN_A_CALL", 1)
    oardel = oar.commands / "oardel"
    first, *rest = oardel.read_text().splitlines()
    oardel.write_text("\n".join([first, 'case " $* " in *" 100 "*) echo "no right to 100" >&2; exit 1;; esac', *rest, ""]))
    for _ in range(3):
        held.run(submit(held, tmp_path))
    began = time.monotonic()
    held.close()
    assert time.monotonic() - began < 10
    assert {number: job["state"] for number, job in oar.jobs().items()} == {100: "Waiting", 101: "Error", 102: "Error"}
    assert "OAR jobs [100] may still be there: Error returned from oardel: no right to 100" in caplog.text


def test_closing_that_is_interrupted_can_be_done_again(oar, held, tmp_path, monkeypatch):
    held.run(submit(held, tmp_path))

    def interrupt(_jobs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(closing, "delete_now", interrupt)
        with pytest.raises(KeyboardInterrupt):
            held.close()
    held.close()
    assert oar.jobs()[100]["state"] == "Error"


def test_one_of_many_jobs_that_oar_has_forgotten_is_given_up(oar, held, tmp_path, monkeypatch):
    monkeypatch.setattr(oar_jobs, "UNKNOWN_PATIENCE", 0.3)
    monkeypatch.setattr(closing, "CLOSING_PATIENCE", 1.0)
    (oar.folder / "hide").write_text("100")

    async def wait():
        one, other = [asyncio.ensure_future(held.end(await submit(held, tmp_path))) for _ in range(2)]
        with pytest.raises(RuntimeError, match="OAR does not know job 100 any more"):
            await one
        assert not other.done()
        other.cancel()
        await asyncio.wait([other])

    held.run(wait())


def test_an_oarstat_that_knows_no_job_is_asked_again(oar, held, tmp_path, monkeypatch):
    monkeypatch.setattr(oar_jobs, "UNKNOWN_PATIENCE", 0.3)

    async def wait():
        waiting = [asyncio.ensure_future(held.end(await submit(held, tmp_path))) for _ in range(2)]
        (oar.folder / "hide").write_text("100 101")
        await until(lambda: held.failures == 2)
        (oar.folder / "hide").unlink()
        (oar.folder / "hold").unlink()
        assert all(known.succeeded for known in await asyncio.gather(*waiting))

    held.run(wait())
    assert oar.calls("oardel") == []


def slow_down(oar, command: str, seconds: float) -> None:
    script = oar.commands / command
    first, *rest = script.read_text().splitlines()
    script.write_text("\n".join([first, f"sleep {seconds}", *rest, ""]))


def test_a_submission_that_does_not_end_is_told_at_the_end(oar, held, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(closing, "CLOSING_PATIENCE", 0.5)
    slow_down(oar, "oarsub", 2)

    async def begin():
        submission = asyncio.ensure_future(submit(held, tmp_path))
        await until(lambda: held.submissions)
        return [submission]

    (submission,) = held.run(begin())
    held.close()
    held.run(asyncio.wait([submission]))
    assert f"may yet make a job that nobody waits for: oarsub -d {tmp_path} true" in caplog.text


def test_an_interrupt_while_oarsub_is_started_leaves_no_job(oar, held, tmp_path, monkeypatch):
    slow_down(oar, "oarsub", 1)
    start = subprocess.Popen._execute_child

    def interrupted(*arguments):
        start(*arguments)
        signal.raise_signal(signal.SIGINT)

    # It may be ignored, as by what a shell has put into the background.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(subprocess.Popen, "_execute_child", interrupted)
            with pytest.raises(KeyboardInterrupt):
                held.run(submit(held, tmp_path))
    finally:
        signal.signal(signal.SIGINT, handler)
    held.close()
    assert {number: job["state"] for number, job in oar.jobs().items()} == {100: "Error"}


@both
def test_closing_while_the_loop_runs_leaves_nobody_waiting(oar, held, tmp_path):
    freed = []

    async def run():
        return await held.end(await submit(held, tmp_path, lambda: freed.append(1)))

    async def close():
        first = asyncio.ensure_future(run())
        await until(lambda: held.watched)
        slow_down(oar, "oarsub", 0.5)
        second = asyncio.ensure_future(run())
        await until(lambda: held.submissions)
        held.close()
        third = asyncio.ensure_future(run())
        return await asyncio.gather(first, second, third, return_exceptions=True)

    told = [str(error) for error in held.run(close())]
    assert told[:2] == [f"OAR job {number} was deleted: the worker was closed while it ran" for number in (100, 101)]
    assert told[2] == "The worker was closed before the task was submitted to OAR"
    assert {number: job["state"] for number, job in oar.jobs().items()} == {100: "Error", 101: "Error"}
    assert freed == [1]
    assert len(oar.calls("oardel")) == 2


def test_a_coroutine_that_is_interrupted_without_a_job_stays(oar, held):
    """Pydra would keep a result without outputs when it is thrown away."""
    thrown_away = []

    async def workflow():
        try:
            await asyncio.get_running_loop().create_future()
        except GeneratorExit:
            thrown_away.append(1)
            raise

    async def begin():
        asyncio.get_running_loop().create_task(workflow())
        await asyncio.sleep(0.1)

    held.run(begin())
    held.close()
    gc.collect()
    assert thrown_away == []
    oar_jobs.interrupted.pop().pop().cancel()
    held.run(asyncio.sleep(0))


def test_the_lock_of_a_job_that_was_submitted_again_meanwhile_stays(oar, held, tmp_path):
    cache = tmp_path / "cache"
    folder = cache / "oar_scripts/abc"
    folder.mkdir(parents=True)
    (cache / "abc_info.json").write_text('{"checksum": "python-abc"}')
    (cache / "python-abc.lock").touch()
    number = held.run(held.submit(["oarsub", "-d", str(tmp_path), f"{folder}/batchscript_abc.sh"], lambda: None))
    oar.change(number, state="Error")
    (folder / "_oar_job_id").write_text(str(number))
    slow_down(oar, "oarstat", 0.5)

    async def look():
        looking = asyncio.ensure_future(held.free_dead(cache))
        await asyncio.sleep(0.2)
        (folder / "_oar_job_id").write_text("101")
        await looking
        assert (cache / "python-abc.lock").exists()
        (folder / "_oar_job_id").write_text(str(number))
        held.caches.clear()
        await held.free_dead(cache)
        assert not (cache / "python-abc.lock").exists()

    held.run(look())
