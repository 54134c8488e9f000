"""`EXTRA_METASCHED`: plugins that are called before each group of queues."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable

import oar_scheduler_redox as redox
import pytest
from oar_scheduler_redox.plugins import PropertyChange, SlotSet
from plain import Platform, Session, place, procset, scheduled, waiting

from .conftest import Install


@pytest.fixture
def extra(config: dict[str, Any]) -> dict[str, Any]:
    config.update(EXTRA_METASCHED="mine", EXTRA_METASCHED_CONFIG="0-7")
    return config


def jobs_of_two_groups() -> list[SimpleNamespace]:
    return [waiting(1, 60, queue_name="admin"), waiting(2, 60), waiting(3, 3600)]


@pytest.mark.usefixtures("extra")
def test_it_is_told_of_the_round(cycle: Callable[..., Platform], install: Install) -> None:
    calls = []

    def before(session: Any, prev: Any, plt: Any, jobs: Any, slot_sets: Any, security: int, queues: Any, now: int, config: str) -> str:
        named = [None if group is None else [(queue.name, queue.state) for queue in group] for group in (prev, queues)]
        calls.append((type(session), type(plt), security, now, config, *named))
        calls.append([(job.id, job.start_time, job.walltime, str(job.res_set), job.types) for job in jobs])
        calls.append({name: [(slot.b, slot.e, str(slot.itvs)) for slot in slots.traverse_id()] for name, slots in slot_sets.items()})
        return "ignored"

    install(extra_metasched_func={"mine": before})
    jobs, container = jobs_of_two_groups(), scheduled(9, 900, 1000, "8-15", types={"container": "c"}, own="kept")
    cycle(Platform(jobs, [container]), ["admin"], ["default", "more"])
    assert calls[0] == (Session, Platform, 60, 1000, "0-7", None, [("admin", "Active")])
    assert calls[3] == (Session, Platform, 60, 1000, "0-7", [("admin", "Active")], [("default", "Active"), ("more", "Active")])
    assert calls[1] == [(9, 900, 1000, "8-15", {"container": "c"})]
    assert calls[4] == [*calls[1], (1, 1000, 60, "0-7", {})]
    assert calls[2] == {
        "default": [(1000, 1899, "0-7 16-31"), (1900, 2**31, "0-31")], "c": [(1000, 1839, "8-15"), (1840, 2**31, "")],
    }  # fmt: skip
    assert calls[5]["default"][0] == (1000, 1059, "16-31")


@pytest.mark.usefixtures("extra")
def test_what_it_takes_out_of_the_slots_is_kept_from_the_groups_to_come(cycle: Callable[..., Platform], install: Install) -> None:
    def before(session: Any, prev: Any, plt: Any, jobs: Any, slot_sets: Any, security: int, queues: Any, now: int, config: str) -> None:
        if prev is not None:
            kept = SimpleNamespace(start_time=now + 30, walltime=600, res_set=procset(config), ts=False, ph=0)
            slot_sets["default"].split_slots_jobs([kept])
            slot_sets["default"].slots[1].itvs -= procset("8")

    install(extra_metasched_func={"mine": before})
    jobs = jobs_of_two_groups()
    cycle(Platform(jobs), ["admin"], ["default"])
    assert [place(job) for job in jobs] == [(1000, "0-7"), (1000, "16-23"), (1000, "24-31")]


@pytest.mark.usefixtures("extra")
def test_what_it_does_is_seen_by_the_jobs_that_are_read_then(cycle: Callable[..., Platform], install: Install) -> None:
    """OAR's `foo` changes a property; the properties of jobs are looked up after that."""
    session = SimpleNamespace(deploy=False)

    def before(session: Any, *_: Any) -> None:
        session.deploy = True

    class Looking(Platform):
        def get_data_jobs(self, *args: Any, **kwargs: Any) -> None:
            super().get_data_jobs(*args, **kwargs)
            assert args[0].deploy

    install(extra_metasched_func={"mine": before})
    job = waiting(1)
    cycle(Looking([job]), session=session)
    assert place(job) == (1000, "0-7")


def giving_back(session: Any, prev: Any, plt: Any, jobs: Any, slot_sets: Any, *_: Any) -> None:
    slot_sets["default"].split_slots_jobs([SimpleNamespace(start_time=1000, walltime=10, res_set=procset("0-9"))], False)


def replacing(begin: int, resources: str = "16-31") -> Callable[..., None]:
    """A plugin that puts another slot set in the place of the machine's."""

    def before(session: Any, prev: Any, plt: Any, jobs: Any, slot_sets: Any, *_: Any) -> None:
        if prev is None:
            slot_sets["default"] = SlotSet((procset(resources), begin))

    return before


def with_a_list(session: Any, prev: Any, plt: Any, jobs: Any, slot_sets: Any, *_: Any) -> None:
    slot_sets["default"].slots[1].itvs = [1, 2]


@pytest.mark.usefixtures("extra")
def test_it_may_put_another_slot_set_in_the_place_of_one(cycle: Callable[..., Platform], install: Install) -> None:
    install(extra_metasched_func={"mine": replacing(1000)})
    jobs = jobs_of_two_groups()
    cycle(Platform(jobs), ["admin"], ["default"])
    assert [place(job) for job in jobs] == [(1000, "16-23"), (1000, "24-31"), (1060, "16-23")]


@pytest.mark.usefixtures("extra")
def test_slot_sets_that_come_and_go_are_told(cycle: Callable[..., Platform], install: Install, warnings: Callable[[], list[str]]) -> None:
    def before(session: Any, prev: Any, plt: Any, jobs: Any, slot_sets: Any, *_: Any) -> None:
        slot_sets["new"] = slot_sets.pop("default")

    install(extra_metasched_func={"mine": before})
    jobs = jobs_of_two_groups()
    cycle(Platform(jobs), ["admin", "default"])
    assert place(jobs[0]) == (1000, "0-7")
    assert [warning.split(": ", 1)[1] for warning in warnings()] == [
        "it removes the slot set 'default': that changes nothing here",
        "it adds the slot set 'new': that changes nothing here",
    ]


@pytest.mark.usefixtures("extra")
def test_what_it_keeps_is_no_job(cycle: Callable[..., Platform], install: Install) -> None:
    seen = []

    def before(session: Any, prev: Any, plt: Any, jobs: Any, slot_sets: Any, *_: Any) -> None:
        seen.append([job.id for job in jobs])
        slot_sets["default"].slots[1].itvs -= procset("31")

    install(extra_metasched_func={"mine": before})
    cycle(Platform(jobs_of_two_groups(), [scheduled(9, 900, 200, "8-15")]), ["admin"], ["default"])
    assert seen == [[9], [9, 1]]


@pytest.mark.usefixtures("extra")
def test_a_job_has_the_name_that_the_platform_has(cycle: Callable[..., Platform], install: Install) -> None:
    class Nameless(SimpleNamespace):
        @property
        def name(self) -> str:
            raise RuntimeError("the row is gone")

    seen = []
    install(extra_metasched_func={"mine": lambda *args: seen.append({job.id: job.name for job in args[3]})})
    held = [scheduled(7, 900, 200, "8", name="run"), scheduled(8, 900, 200, "9"), scheduled(9, 900, 200, "10", name="")]
    fields = {"id": 10, "queue_name": "default", "types": {}, "start_time": 900, "walltime": 200, "res_set": procset("11")}
    cycle(Platform(jobs_of_two_groups(), [*held, Nameless(**fields)]), ["admin"], ["default"])
    assert seen[0] == {7: "run", 8: None, 9: "", 10: None}
    assert seen[1] == {**seen[0], 1: None}


@pytest.mark.usefixtures("extra")
def test_jobs_that_cannot_be_read_do_not_keep_it_from_being_called(cycle: Callable[..., Platform], install: Install) -> None:
    calls = []
    install(extra_metasched_func={"mine": lambda *args: calls.append([job.id for job in args[3]])})
    bad = scheduled(8, 900, 200, "8-15")
    del bad.id
    cycle(Platform(jobs_of_two_groups(), [bad, scheduled(9, 900, 200, "8-15")]))
    assert len(calls) == 1
    assert calls[0][-1] == 9


def in_a_circle(session: Any, prev: Any, plt: Any, jobs: Any, slot_sets: Any, *_: Any) -> None:
    slot_sets["default"].slots[1].next = 1


@pytest.mark.parametrize(
    ("plugin", "problem"),
    [
        (giving_back, "in the slot set 'default', it frees resources that are held: 8-9"),
        (lambda *_: [PropertyChange(procset("1"), "deploy", "YES")], "it answers with changes of properties, which kao makes"),
        (lambda session, prev, plt, jobs, sets, *_: sets.update(default=None), "the slot set 'default': expected a SlotSet of"),
        (replacing(1100), "the slot set 'default': expected one from 1000 to 2147483648, found one from 1100 to 2147483648"),
        (replacing(1000, "0-9"), "in the slot set 'default', it frees resources that are held: 8-9"),
        (in_a_circle, "the slots are linked in a circle: after slot 1 comes slot 1 again"),
        (with_a_list, "itvs of slot 1: expected a ProcSet of resources, found a list"),
        (lambda *_: 1 / 0, "it raised ZeroDivisionError: division by zero"),
        (None, "there is no such plugin"),
    ],
)
@pytest.mark.usefixtures("extra", "in_time")
def test_a_plugin_that_fails_does_not_cost_the_round(
    plugin: Any, problem: str, cycle: Callable[..., Platform], install: Install, warnings: Callable[[], list[str]]
) -> None:
    install(extra_metasched_func={"mine": plugin} if plugin else {})
    jobs = jobs_of_two_groups()
    cycle(Platform(jobs, [scheduled(9, 900, 200, "8-15")]), ["admin"], ["default"])
    assert [place(job) for job in jobs] == [(1000, "0-7"), (1000, "16-23"), (1000, "24-31")]
    assert sum(problem in warning and 'EXTRA_METASCHED "mine"' in warning for warning in warnings()) == 1


@pytest.mark.usefixtures("extra")
def test_an_interrupt_ends_the_round(cycle: Callable[..., Platform], install: Install) -> None:
    def before(*_: Any) -> None:
        raise KeyboardInterrupt

    install(extra_metasched_func={"mine": before})
    platform = Platform(jobs_of_two_groups())
    with pytest.raises(KeyboardInterrupt):
        cycle(platform)
    assert "get_waiting_jobs" not in platform.called()


@pytest.mark.usefixtures("extra")
def test_the_scheduler_of_a_queue_does_not_call_it(run: Callable[..., Platform], install: Install) -> None:
    calls = []
    install(extra_metasched_func={"mine": lambda *args: calls.append(args)})
    run(waiting(1))
    assert calls == []


def test_a_call_back_into_a_handle_at_work_raises(config: dict[str, Any], install: Install, warnings: Callable[[], list[str]]) -> None:
    config["EXTRA_METASCHED"] = "mine"
    install(extra_metasched_func={"mine": lambda *_: redox.schedule_cycle_internal(handle, slot_sets, ["default"])})
    handle = redox.build_redox_platform(Session(), config, Platform(), 1000, [])
    slot_sets = redox.build_redox_slot_sets(handle)
    redox.schedule_cycle_internal(handle, slot_sets, ["default"])
    assert "it raised SchedulerError: this PlatformHandle is at work" in warnings()[-1]
