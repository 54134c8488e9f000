"""Slot sets as plugins of OAR 3 use them."""

from __future__ import annotations

import copy
import pickle
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from oar_scheduler_redox.plugins import (
    ALLOW,
    PLACEHOLDER,
    PluginFailure,
    Slot,
    SlotSet,
    assign_resources_mld_job_split_slots,
    find_first_suitable_contiguous_slots,
)
from plain import procset
from procset import ProcSet


def job(start: int, walltime: int, resources: str, **attributes: Any) -> SimpleNamespace:
    return SimpleNamespace(start_time=start, walltime=walltime, res_set=procset(resources), **attributes)


def shown(slot_set: SlotSet) -> list[tuple[int, int, str]]:
    return [(slot.b, slot.e, str(slot.itvs)) for slot in slot_set.traverse_id()]


def three() -> SlotSet:
    slots = [Slot(1, 0, 2, procset("1-8"), 0, 9), Slot(2, 1, 3, procset("1-4"), 10, 19), Slot(3, 2, 0, procset("3-8"), 20, 99)]
    return SlotSet({slot.id: slot for slot in slots})


def test_slots_are_made_from_one_or_from_what_is_free() -> None:
    one = SlotSet(Slot(1, 0, 0, [(1, 4)], 5, 10))
    assert (one.begin, one.end, shown(one)) == (5, 10, [(5, 10, "1-4")])
    free = SlotSet((procset("1-4"), 7))
    assert (free.begin, free.end, free.slots[1].e) == (7, 2**31, 2**31)
    assert (free.cache, one.slots[1].ts_itvs, one.slots[1].ph_itvs) == ({}, {}, {})


def test_slots_are_walked_in_order_of_time() -> None:
    slot_set = three()
    assert [slot.id for slot in slot_set.traverse_id()] == [1, 2, 3]
    assert [slot.id for slot in slot_set.traverse_id(2)] == [2, 3]
    assert [slot.id for slot in slot_set.traverse_id(1, 2)] == [1, 2]
    assert [slot.id for slot in slot_set.traverse_id(7)] == []
    first, last = slot_set.first(), slot_set.last()
    assert first is slot_set.slots[1]
    assert last is slot_set.slots[3]
    assert [slot_set.slot_id_at(date) for date in (-1, 0, 9, 10, 99, 100)] == [0, 1, 1, 2, 3, 0]


@pytest.mark.parametrize(("id", "next"), [(1, 1), (2, 1), (3, 2), (3, 3)])
@pytest.mark.usefixtures("in_time")
def test_a_walk_in_a_circle_ends(id: int, next: int) -> None:
    free = Free()
    slot_set = SlotSet._of(free)
    slot_set.slots[id].next = next
    circle = f"the slots are linked in a circle: after slot {id} comes slot {next} again"
    for walk in (slot_set.traverse_id, lambda: slot_set.traverse_id(next), lambda: slot_set.traverse_with_width(100)):
        with pytest.raises(PluginFailure, match=circle):
            list(walk())
    for look in (lambda: slot_set.slot_id_at(100), lambda: slot_set._changes(free), lambda: str(slot_set)):
        with pytest.raises(PluginFailure, match=circle):
            look()


def test_slots_have_no_quotas() -> None:
    """As OAR 3's where quotas are off: its own code asks whether a slot has them."""
    for slot in (Slot(1, 0, 0, [(1, 4)], 5, 10), SlotSet._of(Free()).slots[1]):
        assert not hasattr(slot, "quotas")
        assert not hasattr(slot, "quotas_rules_id")


def test_windows_are_as_wide_as_asked_and_no_wider() -> None:
    def windows(width: int, **where: int) -> list[tuple[int, int]]:
        return [(left.id, right.id) for left, right in three().traverse_with_width(width, **where)]

    assert windows(10) == [(1, 1), (2, 2), (3, 3)]
    assert windows(11) == [(1, 2), (2, 3), (3, 3)]
    assert windows(80) == [(1, 3), (2, 3), (3, 3)]
    assert windows(81) == [(1, 3), (2, 3)]
    assert windows(100) == [(1, 3)]
    assert windows(101) == []
    assert windows(10, start_id=2) == [(2, 2), (3, 3)]
    assert windows(20, end_id=2) == [(1, 2)]
    with pytest.raises(ValueError, match="expected a positive number of seconds, found 0"):
        windows(0)


def test_a_span_has_a_first_and_a_last_slot() -> None:
    slot_set = three()
    assert slot_set.get_encompassing_slots(0, 9) == (1, 1)
    assert slot_set.get_encompassing_slots(5, 20) == (1, 3)
    assert slot_set.get_encompassing_slots(10, 500) == (2, 3)
    assert slot_set.get_encompassing_slots(12, 13, first_id=2) == (2, 2)


def test_a_job_takes_its_resources_for_its_walltime() -> None:
    slot_set = three()
    slot_set.split_slots(1, 2, job(5, 10, "1-2"))
    assert shown(slot_set) == [(0, 4, "1-8"), (5, 9, "3-8"), (10, 14, "3-4"), (15, 19, "1-4"), (20, 99, "3-8")]
    assert [slot.prev for slot in slot_set.traverse_id()][1:] == [slot.id for slot in slot_set.traverse_id()][:-1]
    assert len(slot_set.slots) == 5
    slot_set.split_slots(*slot_set.get_encompassing_slots(5, 14), job(5, 10, "1"), False)
    assert shown(slot_set)[1:3] == [(5, 9, "1 3-8"), (10, 14, "1 3-4")]


@pytest.mark.parametrize(
    ("start", "walltime", "expected"),
    [
        (0, 10, [(0, 9, ""), (10, 19, "1")]),
        (0, 20, [(0, 9, ""), (10, 19, "")]),
        (3, 1, [(0, 2, "1"), (3, 3, ""), (4, 9, "1"), (10, 19, "1")]),
        (9, 2, [(0, 8, "1"), (9, 9, ""), (10, 10, ""), (11, 19, "1")]),
        (-5, 7, [(0, 1, ""), (2, 9, "1"), (10, 19, "1")]),
        (15, 100, [(0, 9, "1"), (10, 14, "1"), (15, 19, "")]),
        (20, 5, [(0, 9, "1"), (10, 19, "1")]),
        (-5, 5, [(0, 9, "1"), (10, 19, "1")]),
    ],
)
def test_jobs_are_put_where_they_are(start: int, walltime: int, expected: list[tuple[int, int, str]]) -> None:
    slot_set = SlotSet({1: Slot(1, 0, 2, procset("1"), 0, 9), 2: Slot(2, 1, 0, procset("1"), 10, 19)})
    slot_set.split_slots_jobs([job(start, walltime, "1")])
    assert shown(slot_set) == expected


def test_shared_resources_are_kept_apart() -> None:
    slot_set = SlotSet(Slot(1, 0, 0, procset("1-8"), 0, 99))
    slot_set.split_slots_jobs([job(0, 10, "1-2", ts=True, ts_user="*", ts_name="run"), job(0, 10, "3-4", ph=PLACEHOLDER, ph_name="p")])
    slot_set.split_slots_jobs([job(0, 5, "3", ph=ALLOW, ph_name="p")])
    first, second, third = slot_set.traverse_id()
    assert str(first.itvs) == str(second.itvs) == "5-8"
    assert str(first.ts_itvs["*"]["run"]) == "1-2"
    assert (str(first.ph_itvs["p"]), str(second.ph_itvs["p"])) == ("4", "3-4")
    assert (third.ts_itvs, third.ph_itvs) == ({}, {})


class Free:
    """What the engine shows, and which of it was looked at."""

    def __init__(self) -> None:
        self.looked: list[int] = []

    def spans(self) -> list[tuple[int, int]]:
        return [(0, 9), (10, 19), (20, 29)]

    def free(self, span: int) -> ProcSet:
        self.looked.append(span)
        return procset(["1-4", "1-2", "1-8"][span])

    def shared(self, span: int) -> ProcSet:
        return procset(["5", "6", ""][span])

    def over(self, begin: int, end: int) -> ProcSet:
        sets = [procset(free) for (b, e), free in zip(self.spans(), ["1-4", "1-2", "1-8"]) if e >= begin and b <= end]
        return sets[0].intersection(*sets[1:])


def test_a_view_fetches_what_is_looked_at() -> None:
    free = Free()
    slot_set = SlotSet._of(free)
    assert (slot_set.begin, slot_set.end, list(slot_set.slots)) == (0, 29, [1, 2, 3])
    assert [(slot.prev, slot.next) for slot in slot_set.slots.values()] == [(0, 2), (1, 3), (2, 0)]
    assert free.looked == []
    assert str(slot_set.slots[2].itvs) == "1-2"
    assert free.looked == [1]
    assert slot_set.slots[2].ts_itvs == {}


def test_a_view_shows_what_others_share() -> None:
    timesharing = SlotSet._of(Free(), ts=("*", "*"))
    assert str(timesharing.slots[1].ts_itvs["*"]["*"]) == "5"
    assert str(SlotSet._of(Free(), ph="p").slots[2].ph_itvs["p"]) == "6"
    request = (7, 10, [([("core", 3)], procset("2-9"))])
    hy = {"core": [ProcSet(core) for core in range(1, 9)]}
    found = find_first_suitable_contiguous_slots(timesharing, SimpleNamespace(ts=True, ts_user="alice", ts_name="run"), request, hy, -1)
    assert (str(found[0]), *found[1:]) == ("2-4", 1, 1)
    request = (7, 10, [([("core", 4)], procset("2-9"))])
    found = find_first_suitable_contiguous_slots(timesharing, SimpleNamespace(ts=True, ts_user="alice", ts_name="run"), request, hy, -1)
    assert (str(found[0]), *found[1:]) == ("2-5", 1, 1)


def test_what_was_changed_in_a_view_is_known() -> None:
    free = Free()
    slot_set = SlotSet._of(free)
    assert slot_set._changes(free) == ([], ProcSet())
    slot_set.split_slots_jobs([job(5, 10, "1")])
    slot_set.slots[3].itvs = procset("1-7 9")
    taken, given = slot_set._changes(free)
    assert [(begin, end, str(resources)) for begin, end, resources in taken] == [(5, 14, "1"), (20, 29, "8")]
    assert str(given) == "9"


def test_slot_sets_are_copied_and_pickled() -> None:
    slot_set = SlotSet._of(Free())
    slot_set.split_slots_jobs([job(5, 10, "1")])
    for again in [pickle.loads(pickle.dumps(slot_set)), copy.deepcopy(slot_set)]:
        assert type(again) is SlotSet
        assert shown(again) == shown(slot_set) == [(0, 4, "1-4"), (5, 9, "2-4"), (10, 14, "2"), (15, 19, "1-2"), (20, 29, "1-8")]
        assert list(again.slots) == list(slot_set.slots)
        again.split_slots_jobs([job(25, 1, "1")])
        assert len({slot.id for slot in again.slots.values()}) == len(again.slots) == 7


class TheirSlot:
    pass


class TheirSlotSet:
    pass


def test_where_oar3_is_installed_they_are_pickled_as_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("oar.kao.slot")
    module.Slot, module.SlotSet = TheirSlot, TheirSlotSet  # type: ignore[attr-defined]
    for name in ("oar", "oar.kao"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "oar.kao.slot", module)
    again = pickle.loads(pickle.dumps(SlotSet._of(Free())))
    assert type(again) is TheirSlotSet
    assert (again.begin, again.end, again.last_id) == (0, 29, 3)
    slot = again.slots[2]
    assert type(slot) is TheirSlot
    assert (slot.id, slot.prev, slot.next, slot.b, slot.e, str(slot.itvs)) == (2, 1, 3, 10, 19, "1-2")


HY = {"core": [ProcSet(core) for core in range(1, 9)], "node": [procset("1-4"), procset("5-8")]}


def test_the_first_window_that_fits() -> None:
    def found(count: int, walltime: int, from_: int = -1) -> tuple[str, int, int]:
        resources, left, right = find_first_suitable_contiguous_slots(
            SlotSet._of(Free()), SimpleNamespace(find=False), (7, walltime, [([("core", count)], procset("1-8"))]), HY, from_
        )
        return str(resources), left, right

    assert found(2, 15) == ("1-2", 1, 2)
    assert found(3, 10) == ("1-3", 1, 1)
    assert found(3, 11) == ("", -1, -1)
    assert found(5, 10) == ("1-5", 3, 3)
    assert found(1, 10, 12) == ("1", 4, 3)
    assert found(1, 10, 40) == ("", -1, -1)


def test_the_alternative_that_ends_first_is_taken() -> None:
    slot_set = SlotSet._of(Free())
    alternatives = [(id, walltime, [([("core", count)], procset("1-8"))]) for id, walltime, count in [(1, 10, 5), (2, 25, 2), (3, 10, 9)]]
    placed = SimpleNamespace(find=False, mld_res_rqts=alternatives)
    assert assign_resources_mld_job_split_slots(slot_set, placed, HY, -1) is not None
    assert (placed.moldable_id, placed.start_time, placed.walltime, str(placed.res_set)) == (2, 0, 25, "1-2")
    assert shown(slot_set) == [(0, 9, "3-4"), (10, 19, ""), (20, 24, "3-8"), (25, 29, "1-8")]
    placed.mld_res_rqts = alternatives[2:]
    assert assign_resources_mld_job_split_slots(slot_set, placed, HY, -1) is None
    assert (placed.moldable_id, placed.start_time, placed.res_set) == (-1, -1, ProcSet())
