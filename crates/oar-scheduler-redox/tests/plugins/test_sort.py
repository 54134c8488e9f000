"""`JOB_PRIORITY=CUSTOM`: plugins that say in which order jobs are placed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

import pytest
from plain import Platform, place, procset, waiting

from .conftest import Install


@pytest.fixture
def custom(config: dict[str, Any]) -> dict[str, Any]:
    config.update(JOB_PRIORITY="CUSTOM", CUSTOM_JOB_SORTING="mine")
    return config


def starts(jobs: list[Any]) -> list[int | None]:
    return [found[0] if (found := place(job)) else None for job in jobs]


def test_the_plugin_gives_the_order(run: Callable[..., Platform], custom: dict[str, Any], install: Install) -> None:
    custom["CUSTOM_JOB_SORTING_CONFIG"] = '{"a": 1}'
    seen: list[Any] = []

    def sort(queues: list[str], now: int, jids: list[int], jobs: dict[int, Any], config: str, platform: Any) -> list[int]:
        seen.append((queues, now, jids, {id: job.priority_of_user for id, job in jobs.items()}, config, type(platform)))
        for job in jobs.values():
            assert job.mld_res_rqts == [(job.id * 10, 60, [([("network_address", 4)], procset("0-31"))])]
            job.priority = job.priority_of_user
        return sorted(jids, key=lambda id: jobs[id].priority)

    install(jobs_sorting_func={"mine": sort})
    jobs = [waiting(number, nodes=4, priority_of_user=-number) for number in (1, 2, 3)]
    run(*jobs, queues=("default", "more"))
    assert seen == [(["default", "more"], 1000, [1, 2, 3], {1: -1, 2: -2, 3: -3}, '{"a": 1}', Platform)]
    assert starts(jobs) == [1120, 1060, 1000]
    assert not hasattr(jobs[0], "priority")


def test_a_job_without_name_has_none(run: Callable[..., Platform], custom: dict[str, Any], install: Install) -> None:
    """As the platform has it, also among the columns of the job."""
    seen = []

    def sort(queues: Any, now: int, jids: list[int], jobs: dict[int, Any], *_: Any) -> list[int]:
        seen.extend((job.name, job.to_dict()["name"]) for job in jobs.values())
        return jids

    install(jobs_sorting_func={"mine": sort})
    unknown = waiting(3)
    del unknown.name
    run(waiting(1, name="run"), waiting(2), unknown, waiting(4, name=""))
    assert custom["JOB_PRIORITY"] == "CUSTOM"
    assert seen == [("run", "run"), (None, None), (None, None), ("", "")]


def test_jobs_that_are_left_out_wait(
    run: Callable[..., Platform], custom: dict[str, Any], install: Install, warnings: Callable[[], list[str]]
) -> None:
    install(jobs_sorting_func={"mine": lambda queues, now, jids, jobs, config, platform: iter([3, 7, 1, 3])})
    jobs = [waiting(number, nodes=4) for number in (1, 2, 3)]
    run(*jobs)
    assert custom["CUSTOM_JOB_SORTING"] == "mine"
    assert starts(jobs) == [1060, None, 1000]
    told = [warning.split(": ", 1)[1] for warning in warnings() if warning.startswith("plugin ")]
    assert told == ["it names jobs more than once: the first time counts", "it names jobs that are not among those to sort: 7"]


def giving_up(*_: Any) -> Iterator[int]:
    yield 3
    raise ValueError("no more")


@pytest.mark.parametrize(
    ("plugin", "problem"),
    [
        (lambda *_: None, "expected a list of job numbers, found None"),
        (lambda *_: "321", "expected a list of job numbers, found a str"),
        (lambda *_: [3, "2"], "in its list of job numbers: expected a whole number, found a str"),
        (lambda *_: [10**30], "in its list of job numbers: expected a whole number of 64 bits, found one of 100"),
        (giving_up, "it raised ValueError: no more"),
        (lambda *_: {}["tea"], "it raised KeyError: 'tea'"),
        ("no_such_module:sort", "it cannot be imported from no_such_module:sort: ModuleNotFoundError"),
        (None, "there is no such plugin"),
    ],
)
@pytest.mark.usefixtures("custom")
def test_without_an_order_it_is_that_of_the_numbers(
    plugin: Any, problem: str, run: Callable[..., Platform], install: Install, warnings: Callable[[], list[str]]
) -> None:
    install(jobs_sorting_func={"mine": plugin} if plugin else {})
    jobs = [waiting(number, nodes=4) for number in (1, 2, 3)]
    run(*jobs)
    assert starts(jobs) == [1000, 1060, 1120]
    assert any(problem in warning and 'CUSTOM_JOB_SORTING "mine"' in warning for warning in warnings())


def test_plugins_published_in_rust_need_not_be_installed(run: Callable[..., Platform], custom: dict[str, Any]) -> None:
    custom["CUSTOM_JOB_SORTING"] = "simple_priority"
    jobs = [waiting(number, nodes=4, types={"priority": str(number)}) for number in (1, 2, 3)]
    run(*jobs)
    assert starts(jobs) == [1120, 1060, 1000]
