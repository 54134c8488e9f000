"""Job type `assign=NAME`: plugins in the place of the engine's choice of the place."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

import pytest
from oar_scheduler_redox.plugins import SlotSet, assign_resources_mld_job_split_slots, find_first_suitable_contiguous_slots
from plain import ALLOW, PLACEHOLDER, Platform, place, procset, scheduled, waiting
from procset import ProcSet

from .conftest import Install

END = 2**31


def assigning(number: int, function: Any, *args: str, job: dict[str, Any] | None = None, **kwargs: str) -> SimpleNamespace:
    """A job as OAR 3 gives it that names a plugin."""
    return waiting(number, assign=True, assign_func=function, assign_args=args, assign_kwargs=kwargs, **(job or {}))


def at(start: int, resources: str, walltime: int = 60, moldable: int | None = None) -> Callable[..., Any]:
    """A plugin that chooses this place."""

    def assign(slots_set: SlotSet, job: Any, *_: Any) -> None:
        job.moldable_id, job.start_time = moldable or job.mld_res_rqts[0][0], start
        job.walltime, job.res_set = walltime, procset(resources)

    return assign


def test_a_plugin_chooses_the_place(run: Callable[..., Platform]) -> None:
    jobs = [assigning(1, at(1030, "4-5")), waiting(2), waiting(3, 20)]
    run(*jobs, scheduled=[scheduled(9, 900, 10**6, "8-31")])
    assert [place(job) for job in jobs] == [(1030, "4-5"), (1090, "0-7"), (1000, "0-7")]
    assert (jobs[0].moldable_id, jobs[0].walltime) == (10, 60)


def test_it_gets_a_view_of_what_is_free(run: Callable[..., Platform]) -> None:
    seen = {}

    def assign(slots_set: SlotSet, job: Any, hy: Any, min_start_time: int, *args: str, **kwargs: str) -> None:
        seen["slots"] = [(slot.id, slot.prev, slot.next, slot.b, slot.e, str(slot.itvs)) for slot in slots_set.traverse_id()]
        seen["set"] = (slots_set.begin, slots_set.end, slots_set.slots[1].b, slots_set.cache)
        seen["rest"] = (job.id, [str(block) for block in hy["network_address"]], min_start_time, args, kwargs)
        again = pickle.loads(pickle.dumps(slots_set))
        seen["pickled"] = [(slot.b, slot.e, str(slot.itvs)) for slot in again.traverse_id()]
        assign_resources_mld_job_split_slots(slots_set, job, hy, min_start_time)
        seen["split"] = [(slot.b, slot.e, str(slot.itvs)) for slot in slots_set.traverse_id()]

    job = assigning(7, assign, "tcp", "10.0.0.1", timeout="5")
    run(waiting(1, 100), job, scheduled=[scheduled(9, 900, 250, "0-15"), scheduled(10, 1500, 10, "31", state="Waiting")])
    slots = [
        (1, 0, 2, 1000, 1099, "24-31"), (2, 1, 3, 1100, 1149, "16-31"), (3, 2, 4, 1150, 1499, "0-31"), (4, 3, 5, 1500, 1509, "0-30"),
        (5, 4, 0, 1510, END, "0-31"),
    ]  # fmt: skip
    assert seen["slots"] == slots
    assert seen["set"] == (1000, END, 1000, {})
    assert seen["rest"] == (7, ["0-7", "8-15", "16-23", "24-31"], -1, ("tcp", "10.0.0.1"), {"timeout": "5"})
    assert seen["pickled"] == [slot[3:] for slot in slots]
    assert place(job) == (1000, "24-31")
    assert seen["split"][:3] == [(1000, 1059, ""), (1060, 1099, "24-31"), (1100, 1149, "16-31")]


@pytest.mark.parametrize("kind", ["assign", "find"])
def test_arguments_that_are_none_are_none(kind: str, run: Callable[..., Platform]) -> None:
    function = at(1030, "0-7") if kind == "assign" else lambda *_: procset("0-7")
    job = waiting(1, **{kind: True, f"{kind}_func": function, f"{kind}_args": None, f"{kind}_kwargs": None})
    run(job)
    assert place(job) == (1030 if kind == "assign" else 1000, "0-7")


def test_dependencies_give_the_earliest_start(run: Callable[..., Platform]) -> None:
    starts = []

    def assign(slots_set: SlotSet, job: Any, hy: Any, min_start_time: int) -> None:
        starts.append((min_start_time, slots_set.slots[slots_set.slot_id_at(min_start_time)].b))
        assign_resources_mld_job_split_slots(slots_set, job, hy, min_start_time)

    jobs = [waiting(1, 90), assigning(2, assign, job={"deps": [(1, "Waiting", None)]})]
    run(*jobs, scheduled=[scheduled(9, 900, 110, "31")])
    assert starts == [(1090, 1090)]
    assert place(jobs[1]) == (1090, "0-7")


def test_inner_jobs_see_their_container(run: Callable[..., Platform]) -> None:
    spans = []

    def assign(slots_set: SlotSet, job: Any, hy: Any, min_start_time: int) -> None:
        spans.extend((slot.b, slot.e, str(slot.itvs)) for slot in slots_set.traverse_id())
        assign_resources_mld_job_split_slots(slots_set, job, hy, min_start_time)

    container = waiting(1, 1060, nodes=2, types={"container": ""})
    jobs = [container, assigning(2, assign, job={"types": {"inner": "1"}})]
    run(*jobs)
    assert spans == [(1000, 1999, "0-15"), (2000, END, "")]
    assert place(jobs[1]) == (1000, "0-7")


def test_shared_resources_are_shown_apart(run: Callable[..., Platform]) -> None:
    seen = {}

    def assign(slots_set: SlotSet, job: Any, hy: Any, min_start_time: int) -> None:
        slot = slots_set.slots[1]
        ts = {user: {name: str(itvs) for name, itvs in names.items()} for user, names in slot.ts_itvs.items()}
        seen[job.id] = (str(slot.itvs), ts, {name: str(itvs) for name, itvs in slot.ph_itvs.items()})
        assign_resources_mld_job_split_slots(slots_set, job, hy, min_start_time)

    sharing = {"ts": True, "ts_user": "*", "ts_name": "*"}
    jobs = [
        assigning(1, assign, job=sharing),
        assigning(2, assign, job={"ph": ALLOW, "ph_name": "p"}),
        assigning(3, assign, job={"ph": PLACEHOLDER, "ph_name": "q"}),
    ]
    busy = [scheduled(8, 900, 1000, "0-7", **sharing), scheduled(9, 900, 1000, "8-15", ph=PLACEHOLDER, ph_name="p")]
    run(*jobs, scheduled=busy)
    assert seen == {1: ("16-31", {"*": {"*": "0-7"}}, {}), 2: ("16-31", {}, {"p": "8-15"}), 3: ("16-31", {}, {})}
    assert [place(job) for job in jobs] == [(1000, "0-7"), (1000, "8-15"), (1000, "16-23")]


def quotas_file(folder: Path, limit: int) -> dict[str, str]:
    path = folder / "quotas.json"
    path.write_text(json.dumps({"quotas": {"*,*,*,alice": [limit, -1, -1]}}))
    return {"QUOTAS": "yes", "QUOTAS_CONF_FILE": str(path)}


def test_it_is_asked_again_where_the_quotas_refuse(run: Callable[..., Platform], config: dict[str, Any], tmp_path: Path) -> None:
    """As if the quotas were its own business."""
    config.update(quotas_file(tmp_path, 8))
    asked = []

    def assign(slots_set: SlotSet, job: Any, hy: Any, min_start_time: int) -> None:
        asked.append((job.no_quotas, min_start_time))
        assign_resources_mld_job_split_slots(slots_set, job, hy, min_start_time)

    jobs = [waiting(1, 100), assigning(2, assign), assigning(3, assign, job={"nodes": 2})]
    run(*jobs)
    assert [place(job) for job in jobs] == [(1000, "0-7"), (1100, "0-7"), None]
    assert asked[:2] == [(True, -1), (True, 1100)]
    assert len(asked) < 6


def refusing(slots_set: SlotSet, job: Any, hy: Any, min_start_time: int) -> None:
    job.res_set, job.start_time, job.moldable_id = ProcSet(), -1, -1


def unplaced(*_: Any) -> None:
    pass


def not_an_instant(slots_set: SlotSet, job: Any, *_: Any) -> None:
    at(1000, "0-7")(slots_set, job)
    job.start_time = "now"


def not_a_set(slots_set: SlotSet, job: Any, *_: Any) -> None:
    at(1000, "0-7")(slots_set, job)
    job.res_set = "0-7"


def nothing_left(slots_set: SlotSet, job: Any, *_: Any) -> None:
    at(1000, "0-7")(slots_set, job)
    del job.res_set


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (at(1000, "6-9"), "it takes resources that are not available: 6-7"),
        (at(999, "8"), "the job cannot hold from 999 to 1058"),
        (at(END, "8"), f"the job cannot hold from {END} to"),
        (at(1000, "8", moldable=21), "the job has no alternative 21"),
        (at(1000, "8", walltime=30), "job.walltime: expected 60, that of alternative 20; found 30"),
        (not_an_instant, "job.start_time: expected a whole number, found a str"),
        (not_a_set, "job.res_set: expected a ProcSet of resources, found a str"),
        (nothing_left, "job.res_set: expected a ProcSet of resources, found None"),
        (at(2**70, "0-7"), "job.start_time: expected a whole number of 64 bits, found one of 71"),
        (lambda *_: 1 / 0, "it raised ZeroDivisionError: division by zero"),
        (lambda: None, "it raised TypeError: "),
        (None, "there is no such plugin"),
    ],
)
def test_what_cannot_be_costs_the_job_this_round(
    function: Any, problem: str, run: Callable[..., Platform], warnings: Callable[[], list[str]]
) -> None:
    jobs = [waiting(1), assigning(2, function), waiting(3)]
    run(*jobs)
    assert [place(job) for job in jobs] == [(1000, "0-7"), None, (1000, "8-15")]
    [warning] = [warning for warning in warnings() if warning.startswith("job 2 ")]
    assert "plugin assign=" in warning
    assert problem in warning


@pytest.mark.usefixtures("in_time")
def test_slots_in_a_circle_cost_the_job_this_round(run: Callable[..., Platform], warnings: Callable[[], list[str]]) -> None:
    def assign(slots_set: SlotSet, job: Any, hy: Any, min_start_time: int) -> None:
        slots_set.slots[2].next = 1
        assign_resources_mld_job_split_slots(slots_set, job, hy, min_start_time)

    jobs = [waiting(1), assigning(2, assign, job={"nodes": 9}), waiting(3)]
    run(*jobs)
    assert [place(job) for job in jobs] == [(1000, "0-7"), None, (1000, "8-15")]
    [warning] = warnings()
    assert warning.startswith("job 2 ")
    assert warning.endswith("the slots are linked in a circle: after slot 2 comes slot 1 again")


@pytest.mark.parametrize("function", [refusing, unplaced])
def test_to_find_no_place_is_no_warning(function: Any, run: Callable[..., Platform], warnings: Callable[[], list[str]]) -> None:
    job = assigning(2, function)
    run(job)
    assert (place(job), warnings()) == (None, [])


def test_an_interrupt_ends_the_round(run: Callable[..., Platform]) -> None:
    def assign(*_: Any) -> None:
        raise KeyboardInterrupt

    job = assigning(2, assign)
    with pytest.raises(KeyboardInterrupt):
        run(job)


def once_as_asked_then_as_usual(slots_set: SlotSet, job: Any, hy: Any, min_start_time: int) -> Any:
    """The earlier place of two, as OAR's `one_time_find` chooses."""
    places = []
    request = job.mld_res_rqts[0]
    for finds in (True, False):
        job.find = finds
        found, left, _ = find_first_suitable_contiguous_slots(slots_set, job, request, hy, min_start_time)
        if found:
            places.append((slots_set.slots[left].b, found))
    job.start_time, job.res_set = min(places, key=lambda place: place[0])
    job.moldable_id, job.walltime, _ = request
    return slots_set.split_slots(*slots_set.get_encompassing_slots(job.start_time, job.start_time + 59), job)


def contiguous(itvs: ProcSet, requests: Any, hy: Any, beginning: bool) -> ProcSet:
    [([(_, count)], filter)] = requests
    rows = [row for row in (itvs & filter).intervals() if len(row) >= count]
    return ProcSet((rows[0].inf, rows[0].inf + count - 1)) if rows else ProcSet()


def test_both_plugins_of_a_job(run: Callable[..., Platform], install: Install) -> None:
    install(assign_func={"once": once_as_asked_then_as_usual}, find_func={"row": contiguous})
    request = [(20, 60, [([("resource_id", 16)], procset("0-31"))])]
    given = assigning(2, once_as_asked_then_as_usual, job={"find": True, "find_func": contiguous, "mld_res_rqts": request})
    named = waiting(2, types={"assign": "once", "find": "row"}, mld_res_rqts=request)
    for job in (given, named):
        run(job, scheduled=[scheduled(9, 900, 200, "10-20")])
        assert place(job) == (1000, "0-9 21-26")


def test_a_plugin_of_the_engine_is_no_function_of_pythons(run: Callable[..., Platform], warnings: Callable[[], list[str]]) -> None:
    """`find=begin` is published in Rust: an assigning plugin in Python cannot call it, and says so."""
    job = assigning(2, once_as_asked_then_as_usual, job={"types": {"find": "begin"}})
    run(job)
    assert place(job) is None
    assert "its plugin find=begin cannot be called: there is no such plugin in Python" in warnings()[-1]
