"""Arguments and answers that are none."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import oar_scheduler_redox as redox
import pytest
from plain import Platform, ResourceSet, Session, waiting
from procset import ProcSet


def test_it_says_its_version() -> None:
    assert redox.version().count(".") == 2


def test_importing_it_prints_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", "import oar_scheduler_redox"], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


@pytest.mark.parametrize("now", [1000.0, "1000", None])
def test_the_time_must_be_an_int(config: dict[str, Any], now: Any) -> None:
    with pytest.raises(TypeError, match="now: expected an int, found "):
        redox.schedule_cycle_external(Session(), config, Platform(), now, ["default"])


@pytest.mark.parametrize("now", [-1, -(2**63), 2**31 + 1, 2**70])
def test_the_time_must_be_one_of_oar(config: dict[str, Any], now: int) -> None:
    with pytest.raises(ValueError, match=f"now: expected seconds since the epoch from 0 to 2147483648, found {now}"):
        redox.schedule_cycle_external(Session(), config, Platform(), now, ["default"])


@pytest.mark.parametrize("queues", ["default", None, {"default"}, [1]])
def test_queues_must_be_a_list_of_names(config: dict[str, Any], queues: Any) -> None:
    platform = Platform()
    with pytest.raises(TypeError, match="queues: expected a list of names, found "):
        redox.schedule_cycle_external(Session(), config, platform, 1000, queues)
    assert platform.calls == []
    handle = redox.build_redox_platform(Session(), config, platform, 1000, [])
    with pytest.raises(TypeError, match="queues: expected a list of names, found "):
        redox.schedule_cycle_internal(handle, redox.build_redox_slot_sets(handle), queues)


def test_wrong_queues_are_shown(config: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"queues: expected a list of names, found \['default', 3\]"):
        redox.schedule_cycle_external(Session(), config, Platform(), 1000, ["default", 3])


def test_a_reservations_queue_must_be_a_name(config: dict[str, Any]) -> None:
    handle = redox.build_redox_platform(Session(), config, Platform(), 1000, [])
    with pytest.raises(TypeError, match="queue: expected the name of a queue, found \\['default'\\]"):
        redox.check_reservation_jobs(handle, redox.build_redox_slot_sets(handle), ["default"])


@pytest.mark.parametrize("handle", [None, 1, object()])
def test_handles_must_be_handles(handle: Any) -> None:
    with pytest.raises(TypeError):
        redox.build_redox_slot_sets(handle)
    with pytest.raises(TypeError):
        redox.schedule_cycle_internal(handle, handle, [])


@pytest.mark.parametrize("jobs", [None, (), {}])
def test_scheduled_jobs_must_be_a_list(config: dict[str, Any], jobs: Any) -> None:
    with pytest.raises(TypeError, match="scheduled_jobs: expected a list of jobs, found "):
        redox.build_redox_platform(Session(), config, Platform(), 1000, jobs)
    platform = Platform()
    platform.scheduled = jobs
    with pytest.raises(TypeError, match="get_scheduled_jobs: expected a list of jobs, found "):
        redox.schedule_cycle_external(Session(), config, platform, 1000, ["default"])


@pytest.mark.parametrize("answer", [None, [], ({},), ([], []), ({1: None}, (1,), 1)])
def test_waiting_jobs_must_be_a_dict_and_a_list(config: dict[str, Any], answer: Any) -> None:
    platform = Platform()
    platform.get_waiting_jobs = lambda *_, **__: answer  # type: ignore[method-assign]
    with pytest.raises(TypeError, match=r"get_waiting_jobs: expected a tuple \(dict of jobs, list of ids, …\), found "):
        redox.schedule_cycle_external(Session(), config, platform, 1000, ["default"])


def test_a_wrong_answer_is_shown(config: dict[str, Any]) -> None:
    platform = Platform()
    platform.get_waiting_jobs = lambda *_, **__: ({1: None}, (1,), 1)  # type: ignore[method-assign]
    with pytest.raises(TypeError, match=r"found \({1: None}, \(1,\), 1\)"):
        redox.schedule_cycle_external(Session(), config, platform, 1000, ["default"])


@pytest.mark.parametrize("sums", ["window", "projects", "users"])
def test_long_answers_are_shortened(config: dict[str, Any], sums: str) -> None:
    platform = Platform([waiting(1)])
    platform.sums[sums] = {f"user{number}": "much" for number in range(1000)}
    with pytest.raises(TypeError, match=r"get_sum_accounting_.*: expected a tuple of two .*, found {'user0': ") as error:
        redox.schedule_cycle_external(Session(), config | {"JOB_PRIORITY": "FAIRSHARE"}, platform, 1000, ["default"])
    assert len(str(error.value)) < 250


@pytest.mark.parametrize(
    ("attribute", "value", "problem"),
    [
        ("roid_itvs", None, "resource_set.roid_itvs: expected a procset.ProcSet, found None"),
        ("available_upto", [], "resource_set.available_upto: expected a dict, found []"),
        ("available_upto", {"1": None}, "resource_set.available_upto: expected seconds since the epoch, found '1'"),
        ("available_upto", {1: 2}, "resource_set.available_upto[1]: expected a procset.ProcSet, found 2"),
        ("hierarchy", None, "resource_set.hierarchy: expected a dict, found None"),
        ("hierarchy", {1: []}, "resource_set.hierarchy: expected labels that are texts, found 1"),
        ("hierarchy", {"cpu": {}}, "resource_set.hierarchy['cpu']: expected a list, found {}"),
        ("hierarchy", {"cpu": [ProcSet(0), 1]}, "resource_set.hierarchy['cpu'][1]: expected a procset.ProcSet, found 1"),
        ("default_itvs", 5, "resource_set.default_itvs: expected a procset.ProcSet, found 5"),
    ],
)
def test_resource_sets_that_are_none(run: Any, attribute: str, value: Any, problem: str) -> None:
    resources = ResourceSet()
    setattr(resources, attribute, value)
    with pytest.raises((TypeError, ValueError)) as error:
        run(resources=resources)
    assert str(error.value) == problem


@pytest.mark.parametrize("attribute", ["roid_itvs", "available_upto", "hierarchy"])
def test_attributes_that_a_resource_set_must_have(run: Any, attribute: str) -> None:
    resources = ResourceSet()
    delattr(resources, attribute)
    with pytest.raises(AttributeError, match=f"resource_set: expected an attribute {attribute}, found none"):
        run(resources=resources)


@pytest.mark.parametrize("method", ["resource_set", "get_scheduled_jobs", "get_waiting_jobs", "get_data_jobs", "save_assigns"])
def test_what_the_platform_raises_is_raised(config: dict[str, Any], method: str) -> None:
    platform = Platform([waiting(1)])

    def fail(*_: Any, **__: Any) -> None:
        raise ConnectionError(method)

    setattr(platform, method, fail)
    with pytest.raises(ConnectionError, match=method):
        redox.schedule_cycle_external(Session(), config, platform, 1000, ["default"])


def test_errors_are_of_one_kind() -> None:
    assert issubclass(redox.SchedulerError, Exception)
    assert redox.SchedulerError.__module__ == "oar_scheduler_redox"
