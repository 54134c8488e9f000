"""Several threads, and many rounds."""

from __future__ import annotations

import gc
import json
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import oar_scheduler_redox as redox
import pytest
from plain import CONFIG, Platform, Session, place, procset, scheduled, waiting

CORPUS = Path(__file__).parents[3] / "corpus"


@pytest.mark.skipif(not CORPUS.exists(), reason="corpus/ is not in the source distribution")
def test_threads_at_once_agree_with_one() -> None:
    lines = (CORPUS / "interleaved.jsonl").read_text().splitlines() + (CORPUS / "big.jsonl").read_text().splitlines()[:100]
    snapshots = [json.loads(line)["snapshot"] for line in lines]
    alone = [redox.plan(snapshot) for snapshot in snapshots]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda number: [redox.plan(snapshot) for snapshot in snapshots[number:] + snapshots[:number]], range(8)))
    for number, plans in enumerate(together):
        assert plans == alone[number:] + alone[:number]


def test_platforms_in_threads_at_once() -> None:
    def placed(_: int) -> list[Any]:
        jobs = [waiting(number, nodes=1 + number % 3, walltime=60 + number) for number in range(1, 100)]
        redox.schedule_cycle_external(Session(), dict(CONFIG), Platform(jobs), 1000, ["default"])
        return [place(job) for job in jobs]

    with ThreadPoolExecutor(8) as threads:
        first, *others = threads.map(placed, range(8))
    assert all(other == first for other in others)


def test_handles_work_in_any_thread() -> None:
    job = waiting(1)
    platform = Platform([job])
    handles: list[Any] = []

    def build() -> None:
        handle = redox.build_redox_platform(Session(), dict(CONFIG), platform, 1000, [])
        handles.extend([handle, redox.build_redox_slot_sets(handle)])

    for work in (build, lambda: redox.schedule_cycle_internal(*handles, ["default"])):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert place(job) == (1000, "0-7")


def test_two_threads_on_one_handle() -> None:
    entered, go_on = threading.Event(), threading.Event()
    platform = Platform([waiting(1)])

    def save_assigns(*_: Any) -> None:
        entered.set()
        assert go_on.wait(10)

    platform.save_assigns = save_assigns  # type: ignore[method-assign]
    handle = redox.build_redox_platform(Session(), dict(CONFIG), platform, 1000, [])
    slots = redox.build_redox_slot_sets(handle)
    thread = threading.Thread(target=redox.schedule_cycle_internal, args=(handle, slots, ["default"]))
    thread.start()
    assert entered.wait(10)
    with pytest.raises(redox.SchedulerError, match="is at work"):
        redox.schedule_cycle_internal(handle, slots, ["default"])
    go_on.set()
    thread.join()


def many(count: int) -> dict[str, Any]:
    """A round that takes the engine some time."""
    jobs = [
        {"id": job, "moldables": [{"id": job, "walltime": 100 + job * 7 % 997, "requests": [{"levels": [["core", 1 + job * 13 % 60]]}]}]}
        for job in range(1, count)
    ]
    return {
        "format": "oar-scheduler-snapshot/1",
        "now": 0,
        "resources": {"default": "1-512", "hierarchy": {"core": [str(core) for core in range(1, 513)]}},
        "waiting_jobs": jobs,
    }


def test_other_threads_work_while_the_engine_does() -> None:
    snapshot = many(4000)
    ticks, done = [], threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    began = time.monotonic()
    redox.plan(snapshot, reasons=True)
    ended = time.monotonic()
    done.set()
    thread.join()
    during = [at for at in ticks if began < at < ended]
    # It never stood still for most of the time, as it would if the engine kept the interpreter to itself.
    gaps = [later - earlier for earlier, later in zip([began, *during], [*during, ended])]
    assert max(gaps) < 0.8 * (ended - began)


def resident() -> int:
    """The memory of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def cycle(number: int) -> None:
    jobs = [waiting(job, nodes=1 + job % 4) for job in range(1, 51)]
    platform = Platform(jobs, [scheduled(99, 500, 1000, "0-7")])
    config = CONFIG | {"JOB_PRIORITY": "FAIRSHARE" if number % 2 else "FIFO"}
    handle = redox.build_redox_platform(Session(), config, platform, 1000, platform.scheduled)
    redox.schedule_cycle_internal(handle, redox.build_redox_slot_sets(handle), ["default"])
    redox.schedule_cycle_external(Session(), config, platform, 1000, ["default"])


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_memory_does_not_grow() -> None:
    for number in range(200):
        cycle(number)
    gc.collect()
    before = resident()
    for number in range(1000):
        cycle(number)
    gc.collect()
    assert resident() - before < 4 * 2**20


@pytest.mark.parametrize("plugin", [None, "find", "assign", "interrupt"])
def test_handles_let_go_of_their_objects(plugin: str | None) -> None:
    def ask(*_: Any) -> Any:
        if plugin == "interrupt":
            raise KeyboardInterrupt
        return procset("0-7")

    kind = "find" if plugin == "interrupt" else plugin
    platform = Platform([waiting(1, **({kind: True, f"{kind}_func": ask, f"{kind}_args": (), f"{kind}_kwargs": {}} if kind else {}))])
    handle = redox.build_redox_platform(Session(), dict(CONFIG), platform, 1000, [])
    slots = redox.build_redox_slot_sets(handle)
    with pytest.raises(KeyboardInterrupt) if plugin == "interrupt" else nullcontext():
        redox.schedule_cycle_internal(handle, slots, ["default"])
    # In a circle, which the garbage collector must see.
    platform.handles = handle, slots  # type: ignore[attr-defined]
    gone = weakref.ref(platform)
    del platform, handle, slots, ask
    gc.collect()
    assert gone() is None


def test_jobs_are_let_go_when_a_round_fails() -> None:
    class Mark:
        pass

    def save_assigns(*_: Any) -> None:
        raise OSError("no database")

    platform = Platform([waiting(1)])
    platform.save_assigns = save_assigns  # type: ignore[method-assign]
    handle = redox.build_redox_platform(Session(), dict(CONFIG), platform, 1000, [])
    slots = redox.build_redox_slot_sets(handle)
    platform.waiting[0].mark = Mark()
    gone = weakref.ref(platform.waiting[0].mark)
    with pytest.raises(OSError, match="no database"):
        redox.schedule_cycle_internal(handle, slots, ["default"])
    platform.waiting.clear()
    platform.calls.clear()
    gc.collect()
    assert gone() is None
