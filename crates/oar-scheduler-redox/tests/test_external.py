"""`schedule_cycle_external`: the whole round of an external scheduler."""

from __future__ import annotations

import logging
from typing import Any

import oar_scheduler_redox as redox
import pytest
from plain import Platform, ResourceSet, Session, place, scheduled, waiting
from procset import ProcSet


def test_calls_and_their_arguments(config: dict[str, Any]) -> None:
    job, session, platform = waiting(1), Session(), Platform()
    platform.waiting = [job]
    queues = ["default", "night"]
    assert redox.schedule_cycle_external(session, config, platform, 1000, queues) is None
    resources = platform.resources
    assert platform.calls == [
        ("resource_set", (), {"session": session, "config": config}),
        ("get_scheduled_jobs", (session, resources, 60, 1000), {}),
        ("get_waiting_jobs", (queues,), {"session": session}),
        ("get_data_jobs", (session, {1: job}, [1], resources, 60), {}),
        ("save_assigns", (session, {1: job}, resources), {}),
    ]


def test_nothing_is_saved_when_nothing_waits(run: Any) -> None:
    assert run().called() == ["resource_set", "get_scheduled_jobs", "get_waiting_jobs"]


def test_what_is_written_on_a_job(run: Any) -> None:
    job = waiting(7, walltime=3660, nodes=2)
    run(job)
    written = job.start_time, job.walltime, job.end_time, job.moldable_id, job.res_set
    assert written == (1000, 3660, 4659, 70, ProcSet((0, 15)))
    assert isinstance(job.res_set, ProcSet)
    assert not hasattr(job, "karma")


def test_jobs_without_a_place_are_neither_written_nor_saved(run: Any) -> None:
    placed, too_big = waiting(1), waiting(2, nodes=5)
    platform = run(placed, too_big)
    assert platform.saved == [{1: placed}]
    assert not hasattr(too_big, "res_set")
    assert not hasattr(too_big, "start_time")


def test_save_assigns_is_called_once_even_if_no_job_has_a_place(run: Any) -> None:
    assert run(waiting(1, nodes=5)).saved == [{}]


def test_scheduled_jobs_hold_their_resources(run: Any) -> None:
    job = waiting(1, nodes=4)
    run(job, scheduled=[scheduled(9, 500, 1000, "0-7")])
    assert place(job) == (1500, "0-31")


def test_besteffort_jobs_are_seen_by_besteffort_jobs_alone(run: Any) -> None:
    holder = scheduled(9, 500, 1000, "0-31", types={"besteffort": ""})
    normal, besteffort = waiting(1), waiting(2, types={"besteffort": ""})
    run(normal, besteffort, scheduled=[holder])
    assert place(normal) == (1000, "0-7")
    assert place(besteffort) == (1500, "0-7")


def test_what_an_earlier_round_wrote_does_not_count(run: Any) -> None:
    job, too_big = waiting(1), waiting(2, nodes=5)
    for stale in (job, too_big):
        stale.start_time, stale.walltime, stale.res_set, stale.moldable_id = 5000, 100, ProcSet((24, 31)), 3
    platform = run(job, too_big)
    assert place(job) == (1000, "0-7")
    assert platform.saved == [{1: job}]


def test_the_list_gives_the_order(run: Any) -> None:
    second, first = waiting(2, nodes=4), waiting(1, nodes=4)
    run(second, first)
    assert (second.start_time, first.start_time) == (1000, 1060)


def test_moldables_the_earliest_end_wins(run: Any) -> None:
    groups = [([("network_address", 4)], ProcSet((0, 31)))], [([("network_address", 1)], ProcSet((0, 31)))]
    job = waiting(1, mld_res_rqts=[(10, 100, groups[0]), (11, 99, groups[1])])
    run(job)
    assert (job.moldable_id, job.walltime) == (11, 99)


def test_a_group_that_oar_gives_twice_counts_once(run: Any) -> None:
    levels, resources = [("network_address", 3)], ProcSet((0, 31))
    job = waiting(1, mld_res_rqts=[(10, 60, [(levels, resources), (levels, resources)])])
    run(job)
    assert place(job) == (1000, "0-23")


def test_oar_gives_only_the_last_group_of_a_job_twice(run: Any) -> None:
    """Whoever makes jobs in Python may share lists: such groups count each."""
    shared, other = ([("network_address", 1)], ProcSet((0, 31))), ([("network_address", 1)], ProcSet((0, 31)))
    again = (shared[0], shared[1])
    in_the_middle = waiting(1, mld_res_rqts=[(10, 60, [shared, again, other])])
    in_another = waiting(2, mld_res_rqts=[(20, 60, [shared, again]), (21, 9999, [other])])
    thrice = waiting(3, mld_res_rqts=[(30, 60, [shared, again, (shared[0], shared[1])])])
    for job, expected in [(in_the_middle, "0-23"), (in_another, "0-15"), (thrice, "0-15")]:
        run(job)
        assert place(job) == (1000, expected)


def test_equal_groups_take_different_resources(run: Any) -> None:
    groups = [([("network_address", 1)], ProcSet((0, 31))) for _ in range(2)]
    job = waiting(1, mld_res_rqts=[(10, 60, groups)])
    run(job)
    assert place(job) == (1000, "0-15")


def test_a_scattered_place_comes_as_one_set(run: Any) -> None:
    odd = ProcSet(*range(1, 200, 2))
    resources = ResourceSet("0-199", {"resource_id": [str(number) for number in range(200)]})
    job = waiting(1, mld_res_rqts=[(10, 60, [([("resource_id", 100)], odd)])])
    run(job, resources=resources)
    assert job.res_set == odd


def test_all_best_and_half_best(run: Any) -> None:
    for count, expected in [(-1, "0-31"), (-2, "8-31"), (-3, "8-15")]:
        busy = [] if count == -1 else [scheduled(9, 500, 1000, "0-7")]
        job = waiting(1, nodes=count)
        run(job, scheduled=busy)
        assert place(job) == (1000, expected)


@pytest.mark.parametrize("until", [0, 2147483646, 2147483647])
def test_available_upto_that_is_no_limit(run: Any, until: int) -> None:
    job = waiting(1, walltime=10**6)
    run(job, resources=ResourceSet(available_upto={until: "0-31"}))
    assert place(job) == (1000, "0-7")


def test_available_upto_from_that_second_on(run: Any) -> None:
    fits, too_long = waiting(1, walltime=1000, nodes=4), waiting(2, walltime=1001, nodes=4)
    run(too_long, fits, resources=ResourceSet(available_upto={2000: "0-7", 2147483647: "8-31"}))
    assert (place(fits), place(too_long)) == ((1000, "0-31"), None)


@pytest.mark.parametrize(("command", "expected"), [(None, "0-7"), ("/usr/bin/wake", "0-15")])
def test_absent_nodes_count_if_somebody_wakes_them_up(config: dict[str, Any], run: Any, command: str | None, expected: str) -> None:
    config["SCHEDULER_NODE_MANAGER_WAKE_UP_CMD"] = command
    resources = ResourceSet("0-15", {"network_address": ["0-7", "8-15"]}, {2147483647: "0-15"})
    resources.absent_roid_itvs = ProcSet((8, 15))
    job = waiting(1, nodes=-2)
    run(job, resources=resources)
    assert place(job) == (1000, expected)


def test_a_tuple_of_queues(config: dict[str, Any]) -> None:
    job, platform = waiting(1), Platform()
    platform.waiting = [job]
    redox.schedule_cycle_external(Session(), config, platform, 1000, ("default",))
    assert place(job) == (1000, "0-7")


def test_a_job_that_holds_resources_is_not_placed_again(run: Any, caplog: pytest.LogCaptureFixture) -> None:
    job = waiting(9)
    assert run(job, scheduled=[scheduled(9, 3000, 60, "0-7", state="Waiting")]).saved == [{}]
    assert "job 9 is left out" in caplog.text


def test_it_logs_what_it_did_and_how_long_it_took(run: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="oar.redox")
    run(waiting(1), waiting(2, nodes=5))
    assert caplog.records[0].levelname == "DEBUG"
    assert caplog.records[0].getMessage().startswith("1 of 2 waiting jobs placed: read in 0.0")


class Broken(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        raise ValueError("the handler is broken")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_logging_that_fails_costs_no_round(run: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="oar.redox")
    log, broken = logging.getLogger("oar.redox"), Broken()
    log.addHandler(broken)
    try:
        good = waiting(2)
        assert run(waiting(1, types=3), good).saved == [{2: good}]
    finally:
        log.removeHandler(broken)


def test_what_interrupts_logging_is_raised(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(logging.getLogger("oar.redox"), "warning", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(waiting(1, types=3))
