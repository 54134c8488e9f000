"""The functions of a round in steps: `build_redox_platform`, `build_redox_slot_sets`, `schedule_cycle_internal`."""

from __future__ import annotations

import pickle
from types import SimpleNamespace
from typing import Any

import oar_scheduler_redox as redox
import pytest
from plain import Platform, ResourceSet, Session, place, scheduled, waiting


def built(config: dict[str, Any], platform: Platform, now: int = 1000) -> tuple[Any, Any]:
    handle = redox.build_redox_platform(Session(), config, platform, now, platform.scheduled)
    return handle, redox.build_redox_slot_sets(handle)


def test_calls_of_a_round(config: dict[str, Any]) -> None:
    session, platform, job = Session(), Platform(), waiting(1)
    platform.waiting = [job]
    handle = redox.build_redox_platform(session, config, platform, 1000, [])
    assert platform.calls == [("resource_set", (), {"session": session, "config": config})]
    slots = redox.build_redox_slot_sets(handle)
    assert platform.called() == ["resource_set"]
    queues = ["default"]
    assert redox.schedule_cycle_internal(handle, slots, queues) is None
    assert platform.calls[1:] == [
        ("get_waiting_jobs", (queues,), {"session": session}),
        ("get_data_jobs", (session, {1: job}, [1], platform.resources, 60), {}),
        ("save_assigns", (session, {1: job}, platform.resources), {}),
    ]


def test_groups_share_the_slot_sets(config: dict[str, Any]) -> None:
    urgent, normal = waiting(2, nodes=4, queue_name="urgent"), waiting(1)
    platform = Platform([urgent, normal])
    handle, slots = built(config, platform)
    for queues in [["urgent"], [], ["default"]]:
        redox.schedule_cycle_internal(handle, slots, queues)
    assert (place(urgent), place(normal)) == ((1000, "0-31"), (1060, "0-7"))
    assert [sorted(saved) for saved in platform.saved] == [[2], [1]]


def test_a_container_serves_the_groups_that_come_after(config: dict[str, Any]) -> None:
    container = waiting(1, walltime=660, nodes=2, types={"container": ""}, queue_name="first")
    inner = waiting(2, walltime=600, types={"inner": "1"})
    platform = Platform([container, inner])
    handle, slots = built(config, platform)
    redox.schedule_cycle_internal(handle, slots, ["first"])
    redox.schedule_cycle_internal(handle, slots, ["default"])
    assert (place(container), place(inner)) == ((1000, "0-15"), (1000, "0-7"))


def test_running_containers_serve_their_inner_jobs(config: dict[str, Any]) -> None:
    inner = waiting(2, types={"inner": "9"})
    busy = [scheduled(9, 500, 2000, "16-31", types={"container": ""}), scheduled(8, 500, 1000, "16-23", types={"inner": "9"})]
    platform = Platform([inner], busy)
    handle, slots = built(config, platform)
    redox.schedule_cycle_internal(handle, slots, ["default"])
    assert place(inner) == (1000, "24-31")


def test_slot_sets_built_later_know_what_was_placed(config: dict[str, Any]) -> None:
    platform = Platform([waiting(1, nodes=4)])
    handle, slots = built(config, platform)
    redox.schedule_cycle_internal(handle, slots, ["default"])
    second = waiting(2)
    platform.waiting = [second]
    redox.schedule_cycle_internal(handle, redox.build_redox_slot_sets(handle), ["default"])
    assert place(second) == (1060, "0-7")


def test_besteffort_by_type_whatever_the_queue(config: dict[str, Any]) -> None:
    running = scheduled(9, 500, 1000, "0-31", types={"besteffort": ""}, queue_name="default")
    job = waiting(1, types={"besteffort": ""}, queue_name="besteffort")
    other = waiting(2, queue_name="besteffort", nodes=2)
    platform = Platform([job, other], [running])
    handle, slots = built(config, platform)
    redox.schedule_cycle_internal(handle, slots, ["besteffort"])
    assert (place(job), place(other)) == ((1500, "0-7"), (1000, "0-15"))


def test_handles_are_opaque() -> None:
    for handle in (redox.PlatformHandle, redox.SlotSetsHandle):
        with pytest.raises(TypeError):
            handle()
        with pytest.raises((TypeError, pickle.PicklingError)):
            pickle.dumps(handle)()
    assert redox.PlatformHandle.__module__ == "oar_scheduler_redox"


def test_a_call_back_into_a_handle_raises(config: dict[str, Any]) -> None:
    platform = Platform([waiting(1)])
    handle, slots = built(config, platform)
    problems = []

    def call_back(*_: Any) -> None:
        for call in (
            lambda: redox.schedule_cycle_internal(handle, slots, ["default"]),
            lambda: redox.build_redox_slot_sets(handle),
        ):
            with pytest.raises(redox.SchedulerError, match="is at work") as error:
                call()
            problems.append(str(error.value))

    platform.save_assigns = call_back  # type: ignore[method-assign]
    redox.schedule_cycle_internal(handle, slots, ["default"])
    assert len(problems) == 2
    assert "PlatformHandle" in problems[0]
    # Afterwards it can be used as before.
    redox.build_redox_slot_sets(handle)


def test_what_the_platform_raises_is_raised_and_the_handles_stay_usable(config: dict[str, Any]) -> None:
    platform = Platform([waiting(1)])
    handle, slots = built(config, platform)

    def fail(*_: Any) -> None:
        raise ConnectionError("the database is gone")

    for method in ("get_waiting_jobs", "get_data_jobs"):
        working = getattr(platform, method)
        setattr(platform, method, lambda *_, **__: fail())
        with pytest.raises(ConnectionError, match="the database is gone"):
            redox.schedule_cycle_internal(handle, slots, ["default"])
        setattr(platform, method, working)
    redox.schedule_cycle_internal(handle, slots, ["default"])
    assert len(platform.saved) == 1


@pytest.mark.usefixtures("job_handling")
def test_after_a_save_that_failed_the_slot_sets_cannot_be_used(config: dict[str, Any]) -> None:
    job = waiting(1)
    platform = Platform([job])
    platform.reservations = [waiting(2)]
    handle, slots = built(config, platform)
    save, platform.save_assigns = platform.save_assigns, None  # type: ignore[assignment, method-assign]
    with pytest.raises(TypeError, match="not callable"):
        redox.schedule_cycle_internal(handle, slots, ["default"])
    platform.save_assigns = save  # type: ignore[method-assign]
    calls = len(platform.calls)
    why = "this SlotSetsHandle cannot be used any more, what it has placed was not all saved: TypeError: .*not callable"
    for call in (redox.schedule_cycle_internal, redox.check_reservation_jobs):
        with pytest.raises(redox.SchedulerError, match=why):
            call(handle, slots, ["default"] if call is redox.schedule_cycle_internal else "default")
    assert len(platform.calls) == calls
    redox.schedule_cycle_internal(handle, redox.build_redox_slot_sets(handle), ["default"])
    assert platform.saved == [{1: job}]


def test_handles_of_two_rounds_do_not_mix(config: dict[str, Any]) -> None:
    _, slots = built(config, Platform([waiting(1)]))
    other = Platform([waiting(2)], resources=ResourceSet("0-7", {"network_address": ["0-7"]}))
    handle, own = built(config, other, now=5000)
    for call in (redox.schedule_cycle_internal, redox.check_reservation_jobs):
        with pytest.raises(ValueError, match="slot_sets_handle: expected one that was built of this platform_handle"):
            call(handle, slots, ["default"] if call is redox.schedule_cycle_internal else "default")
    assert other.called() == ["resource_set"]
    redox.schedule_cycle_internal(handle, own, ["default"])
    assert len(other.saved) == 1


class ReadOnly(SimpleNamespace):
    """A job one of whose attributes cannot be set."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "res_set":
            raise AttributeError("it is read-only")
        super().__setattr__(name, value)


def test_a_job_that_refuses_an_attribute_costs_itself_alone(config: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    bad, good = ReadOnly(**waiting(1).__dict__), waiting(2)
    platform = Platform([bad, good])
    handle, slots = built(config, platform)
    redox.schedule_cycle_internal(handle, slots, ["default"])
    assert platform.saved == [{2: good}]
    assert "job 1 is left out, its place is not saved: it is read-only" in caplog.text
