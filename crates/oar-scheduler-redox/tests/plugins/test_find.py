"""Job type `find=NAME`: plugins in the place of the engine's choice of resources."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable

import oar_scheduler_redox as redox
import pytest
from oar_scheduler_redox.plugins import find_resource_hierarchies_job
from plain import Platform, place, procset, scheduled, waiting
from procset import ProcInt, ProcSet

from .conftest import Install


def finding(number: int, function: Any, *args: str, nodes: int = 1, **kwargs: str) -> SimpleNamespace:
    """A job as OAR 3 gives it that names a plugin."""
    return waiting(number, nodes=nodes, find=True, find_func=function, find_args=args, find_kwargs=kwargs)


def last_node(itvs: ProcSet, requests: Any, hy: Any, beginning: bool) -> ProcSet:
    free = [node for node in hy["network_address"] if node <= itvs]
    return free[-1] if free else ProcSet()


def test_a_plugin_chooses_the_resources(run: Callable[..., Platform]) -> None:
    one, other, usual = finding(1, last_node), finding(2, last_node), waiting(3)
    run(one, other, usual)
    assert [place(job) for job in (one, other, usual)] == [(1000, "24-31"), (1000, "16-23"), (1000, "0-7")]


def test_it_is_asked_about_one_window_after_the_other(run: Callable[..., Platform]) -> None:
    calls = []

    def find(itvs: ProcSet, requests: Any, hy: Any, beginning: bool, *args: str, **kwargs: str) -> ProcSet:
        calls.append((str(itvs), beginning, args, kwargs))
        assert requests == [([("network_address", 1)], procset("0-31"))]
        begins = {level: [str(block) for block in blocks][:2] for level, blocks in hy.items()}
        assert begins == {"network_address": ["0-7", "8-15"], "resource_id": ["0", "1"]}
        assert isinstance(hy, dict)
        return procset("0-7") if procset("0-7") <= itvs else ProcSet()

    job = finding(1, find, "a", "=z", b="1", c="x=y")
    run(job, scheduled=[scheduled(8, 900, 200, "0-9"), scheduled(9, 900, 300, "0-3")])
    assert place(job) == (1200, "0-7")
    arguments = (("a", "=z"), {"b": "1", "c": "x=y"})
    assert calls == [("10-31", True, *arguments), ("4-31", False, *arguments), ("0-31", False, *arguments)]


def test_the_engine_itself_may_be_asked(run: Callable[..., Platform]) -> None:
    def odd_nodes(itvs: ProcSet, requests: Any, hy: Any, beginning: bool) -> ProcSet:
        return find_resource_hierarchies_job(itvs & procset("8-15 24-31"), requests, hy)

    def own_hierarchy(itvs: ProcSet, requests: Any, hy: Any, beginning: bool) -> ProcSet:
        return find_resource_hierarchies_job(itvs, requests, {"network_address": [procset("4-5"), procset("20-22")]})

    jobs = [finding(1, odd_nodes, nodes=2), finding(2, odd_nodes), finding(3, own_hierarchy, nodes=2)]
    run(*jobs)
    assert [place(job) for job in jobs] == [(1000, "8-15 24-31"), (1060, "8-15"), (1000, "4-5 20-22")]


def test_sets_of_many_ranges_are_those_of_procset() -> None:
    many = ProcSet(*range(0, 200, 2))
    hy = {"core": [ProcSet(core) for core in range(200)]}
    found = find_resource_hierarchies_job(many, [([("core", 90)], procset("10-199"))], hy)
    assert found == ProcSet(*range(10, 190, 2))
    assert found | procset("11") == ProcSet(*range(14, 190, 2), (10, 12))
    assert (len(found), str(found - ProcSet(*range(12, 190, 2)))) == (90, "10")


def test_what_the_engine_cannot_do_is_an_error() -> None:
    hy = {"core": [ProcSet(1)]}
    with pytest.raises(ValueError, match="no level `gpu`"):
        find_resource_hierarchies_job(procset("1-4"), [([("gpu", 1)], procset("1"))], hy)
    with pytest.raises(TypeError, match=r"expected a procset\.ProcSet, found 5"):
        find_resource_hierarchies_job(procset("1-4"), [([("core", 1)], 5)], hy)


def raising(error: BaseException) -> Callable[..., Any]:
    def find(*_: Any) -> Any:
        raise error

    return find


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (lambda *_: procset("8-15 30-33"), "it takes resources that are not available: 8-15 32-33"),
        (lambda *_: procset("0-1"), "it takes resources that are not available: 0"),
        (lambda *_: [1, 2], "it gives: expected a ProcSet of resources, found a list"),
        (lambda *_: None, "it gives: expected a ProcSet of resources, found None"),
        (lambda *_: ProcSet(2**32), "expected resources from 0 to 4294967295, found 4294967296"),
        (lambda itvs: itvs, "it raised TypeError: "),
        (raising(KeyError("tea")), "it raised KeyError: 'tea'"),
        (raising(SystemExit(3)), "it raised SystemExit: 3"),
        (raising(GeneratorExit()), "it raised GeneratorExit"),
        (None, "there is no such plugin"),
    ],
)
def test_a_plugin_that_fails_costs_its_job_this_round(
    function: Any, problem: str, run: Callable[..., Platform], warnings: Callable[[], list[str]]
) -> None:
    jobs = [waiting(1), finding(2, function), waiting(3)]
    platform = run(*jobs, scheduled=[scheduled(9, 900, 2**31, "0")])
    assert [place(job) for job in jobs] == [(1000, "8-15"), None, (1000, "16-23")]
    assert list(platform.saved[0]) == [1, 3]
    [warning] = [warning for warning in warnings() if warning.startswith("job 2 ")]
    assert "plugin find=" in warning
    assert problem in warning


def test_to_find_no_place_is_no_warning(run: Callable[..., Platform], warnings: Callable[[], list[str]]) -> None:
    job = finding(2, lambda *_: ProcSet())
    run(job)
    assert (place(job), warnings()) == (None, [])


def test_the_traceback_of_a_plugin_is_logged(run: Callable[..., Platform], caplog: pytest.LogCaptureFixture) -> None:
    run(finding(1, raising(KeyError("tea"))))
    [record] = [record for record in caplog.records if record.exc_info]
    assert (record.name, record.levelname) == ("oar.redox", "ERROR")
    assert "raise error" in caplog.text


def test_an_interrupt_ends_the_round(run: Callable[..., Platform]) -> None:
    calls = []

    def find(*_: Any) -> Any:
        calls.append(1)
        raise KeyboardInterrupt

    jobs = [waiting(1), finding(2, find), finding(3, find)]
    with pytest.raises(KeyboardInterrupt):
        run(*jobs)
    assert [place(job) for job in jobs] == [None] * 3
    assert len(calls) == 1


@pytest.mark.parametrize("ask", [redox.plan, redox.explain])
def test_an_interrupt_ends_a_round_of_data(ask: Callable[[Any], Any], install: Install) -> None:
    calls = []

    def find(*_: Any) -> Any:
        calls.append(1)
        raise KeyboardInterrupt

    install(find_func={"mine": find})
    jobs = [
        {"id": id, "types": {"find": "mine"}, "moldables": [{"id": id, "walltime": 60, "requests": [{"levels": [["node", 1]]}]}]} for id in (1, 2)
    ]
    resources = {"default": "1-16", "hierarchy": {"node": ["1-8", "9-16"]}}
    with pytest.raises(KeyboardInterrupt):
        ask({"format": "oar-scheduler-snapshot/1", "now": 1000, "resources": resources, "waiting_jobs": jobs})
    assert len(calls) == 1


def test_installed_plugins_are_found_by_their_names(run: Callable[..., Platform], install: Install, warnings: Callable[[], list[str]]) -> None:
    """Where the job says only the name: as it is with the programs of oar-scheduler-kao, and in snapshots."""
    install(find_func={"last": "another:one"})
    install(find_func={"last": last_node, "broken": "no_such_module:find", "local": last_node})
    jobs = [waiting(number, types={"find": name}) for number, name in enumerate(["last", "broken", "moon", "local", "contiguous_1h"], 1)]
    jobs[4].data["mld_res_rqts"] = [(50, 60, [([("resource_id", 3)], procset("5-31"))])]
    run(*jobs, waiting(6, types={"find": "broken"}))
    assert [place(job) for job in jobs] == [(1000, "24-31"), None, None, (1000, "16-23"), (1000, "5-7")]
    assert sum("no_such_module:find) cannot be imported" in warning for warning in warnings()) == 1


def test_jobs_see_what_oar3_shows_of_them(run: Callable[..., Platform]) -> None:
    seen = {}

    def find(itvs: ProcSet, requests: Any, hy: Any, beginning: bool) -> ProcSet:
        return ProcSet(ProcInt(0, 3))

    def assign(slots_set: Any, job: Any, hy: Any, min_start_time: int) -> None:
        for name in ("id", "name", "user", "project", "queue_name", "types", "submission_time", "deps", "key_cache", "ts", "ph", "find", "find_args"):
            seen[name] = getattr(job, name)
        seen["own"] = job.command
        seen["dict"] = job.to_dict()
        with pytest.raises(AttributeError, match="has no attribute 'moon'"):
            job.moon  # noqa: B018
        job.find = False
        job.moldable_id, job.walltime, _ = job.mld_res_rqts[0]
        job.start_time, job.res_set = 1000, job.find_func(procset("0-31"), [], hy, True)

    job = finding(7, find)
    job.name, job.submission_time, job.command = "run", 5, "sleep"
    job.data |= {"assign": True, "assign_func": assign, "types": {"priority": "3"}, "deps": [(6, "Terminated", 0)]}
    job.to_dict = lambda: {"id": 7, "start_time": 0, "command": "sleep"}
    run(job)
    assert place(job) == (1000, "0-3")
    assert job.find is True
    assert seen.pop("dict") == {"id": 7, "start_time": -1, "command": "sleep"}
    assert seen == {
        "id": 7, "name": "run", "user": "alice", "project": "default", "queue_name": "default", "types": {"priority": "3"}, "submission_time": 5,
        "deps": [(6, "Terminated", 0)], "key_cache": {}, "ts": False, "ph": 0, "find": True, "find_args": (), "own": "sleep",
    }  # fmt: skip
