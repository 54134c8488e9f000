"""The attributes of jobs: what is read, and what is wrong with some."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import oar_scheduler_redox as redox
import pytest
from plain import ALLOW, PLACEHOLDER, Platform, Session, place, procset, scheduled, waiting
from procset import ProcSet

REQUEST = [([("network_address", 1)], procset("0-31"))]


def without(job: Any, *names: str) -> Any:
    for name in names:
        job.data.pop(name, None)
        if hasattr(job, name):
            delattr(job, name)
    return job


def test_a_job_needs_few_attributes(run: Any) -> None:
    job = SimpleNamespace(id=1, queue_name="default", data={"types": {}, "mld_res_rqts": [(10, 60, REQUEST)]})
    run(job)
    assert place(job) == (1000, "0-7")


def test_a_scheduled_job_needs_few_attributes(run: Any) -> None:
    holder = SimpleNamespace(id=9, queue_name="default", types={}, start_time=500, walltime=1000, res_set=procset("0-7"))
    job = waiting(1)
    run(job, scheduled=[holder])
    assert place(job) == (1000, "8-15")


@pytest.mark.parametrize(
    ("attribute", "value", "problem"),
    [
        ("id", "1", "id: expected an int, found str"),
        ("user", 7, "user: expected a str or None, found 7"),
        ("project", ["p"], "project: expected a str or None, found list"),
        ("name", b"x", "name: expected a str or None, found bytes"),
        ("queue_name", None, "queue_name: expected a str, found NoneType"),
        ("types", None, "types: expected a dict, found NoneType"),
        ("types", [("besteffort", "")], "types: expected a dict, found list"),
        ("types", {"besteffort": 1}, 'types["besteffort"]: expected a str or None, found int'),
        ("types", {3: ""}, "types: expected names that are texts, found 3"),
        ("ts", 1, "ts: expected a bool, found int"),
        ("ts", True, "expected an attribute ts_user, found none"),
        ("ph", "1", "ph: expected an int, found str"),
        ("ph", PLACEHOLDER, "expected an attribute ph_name, found none"),
        ("no_quotas", "yes", "no_quotas: expected a bool, found str"),
        ("submission_time", 1.5, "submission_time: expected an int, found float"),
        ("deps", 5, "deps: expected a list, found int"),
        ("deps", [5], "deps: expected tuples (job id, state, exit code or None), found 5"),
        ("deps", [(5, "Somehow", None)], "deps: expected states of jobs, found (5, 'Somehow', None)"),
        ("mld_res_rqts", {}, "mld_res_rqts: expected a list, found dict"),
        ("mld_res_rqts", [(10, 60)], "mld_res_rqts[0]: expected a tuple (moldable id, walltime, groups), found (10, 60)"),
        ("mld_res_rqts", [(10, 60.5, REQUEST)], "mld_res_rqts[0]: expected an int as its walltime, found float"),
        ("mld_res_rqts", [(10, 60, [3])], "mld_res_rqts[0], group 0: expected a tuple (levels, ProcSet), found 3"),
        ("mld_res_rqts", [(10, 60, [([("node",)], ProcSet(1))])], "mld_res_rqts[0], group 0: expected levels (label, number), found ('node',)"),
        (
            "mld_res_rqts",
            [(10, 60, [([("node", "2")], ProcSet(1))])],
            "mld_res_rqts[0], group 0: expected an int as the number of a level, found str",
        ),
        ("mld_res_rqts", [(10, 60, [([("node", 1)], {1, 2})])], "mld_res_rqts[0], group 0: expected a procset.ProcSet, found set"),
        (
            "mld_res_rqts",
            [(10, 60, [([("node", 1)], ProcSet((0, 2**32)))])],
            "mld_res_rqts[0], group 0: expected resources from 0 to 4294967295, found 4294967296",
        ),
    ],
)
def test_a_job_that_cannot_be_read_is_left_out(run: Any, caplog: pytest.LogCaptureFixture, attribute: str, value: Any, problem: str) -> None:
    good, bad = waiting(1), waiting(2)
    bad.data[attribute] = value
    platform = run(bad, good)
    assert platform.saved == [{1: good}]
    assert [record.name for record in caplog.records] == ["oar.redox"]
    assert caplog.records[0].levelname == "WARNING"
    assert f"job 2 is left out, it waits: {problem}" in caplog.text


@pytest.mark.parametrize("name", ["queue_name", "types"])
def test_attributes_that_must_be_there(config: dict[str, Any], run: Any, caplog: pytest.LogCaptureFixture, name: str) -> None:
    good, bad = waiting(1), without(waiting(2), name)
    platform = Platform([good])
    platform.get_waiting_jobs = lambda *_, **__: ({1: good, 2: bad}, [2, 1], 2)  # type: ignore[method-assign]
    redox.schedule_cycle_external(Session(), config, platform, 1000, ["default"])
    assert platform.saved == [{1: good}]
    assert f"job 2 is left out, it waits: expected an attribute {name}, found none" in caplog.text


@pytest.mark.parametrize(
    ("attribute", "value", "problem"),
    [
        ("walltime", 0, "walltime: expected seconds from 1 on, found 0"),
        ("walltime", None, "walltime: expected an int, found NoneType"),
        ("start_time", "soon", "start_time: expected an int, found str"),
        ("res_set", None, "res_set: expected a procset.ProcSet, found NoneType"),
    ],
)
def test_a_scheduled_job_that_cannot_be_read_holds_nothing(
    run: Any, caplog: pytest.LogCaptureFixture, attribute: str, value: Any, problem: str
) -> None:
    bad, job = scheduled(9, 500, 1000, "0-31"), waiting(1)
    setattr(bad, attribute, value)
    run(job, scheduled=[bad])
    assert place(job) == (1000, "0-7")
    assert f"job 9 is left out, it holds nothing: {problem}" in caplog.text


def test_an_attribute_that_raises_costs_its_job_alone(run: Any, caplog: pytest.LogCaptureFixture) -> None:
    class Lazy:
        id, queue_name, data = 2, "default", {}

        @property
        def types(self) -> dict[str, str]:
            raise RuntimeError("the row is gone")

    good = waiting(1)
    assert run(Lazy(), good).saved == [{1: good}]
    assert "job 2 is left out, it waits: the row is gone" in caplog.text


def test_an_interruption_is_raised(run: Any) -> None:
    class Slow:
        id, queue_name, data = 2, "default", {}

        @property
        def types(self) -> dict[str, str]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(Slow())


def test_the_list_and_the_jobs_must_agree(config: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    good, other = waiting(1), waiting(5)
    platform = Platform()
    platform.get_waiting_jobs = lambda *_, **__: ({1: good, 4: other}, [1, 3, 4], 3)  # type: ignore[method-assign]
    redox.schedule_cycle_external(Session(), config, platform, 1000, ["default"])
    assert platform.saved == [{1: good}]
    assert "job 3 is left out, it waits: it is in the list, and not among the jobs" in caplog.text
    assert "job 4 is left out, it waits: id: expected 4, as in the list, found 5" in caplog.text


@pytest.mark.parametrize("requests", [[], [(10, 60, [])], [(10, 0, REQUEST)], [(10, 60, [([("switch", 1)], procset("0-31"))])], None])
def test_requests_that_make_no_sense_have_no_place(run: Any, requests: Any) -> None:
    good, bad = waiting(1), waiting(2)
    bad.data["mld_res_rqts"] = requests
    assert run(bad, good).saved == [{1: good}]


def test_containers_may_be_lists_or_tuples(run: Any) -> None:
    job = waiting(1, mld_res_rqts=([10, 60, (([("network_address", 2)], procset("0-31")),)],), deps=((9, "Terminated", 0),))
    run(job)
    assert place(job) == (1000, "0-15")


class TestDependencies:
    @pytest.mark.parametrize(
        ("dependency", "start"),
        [
            ((9, "Error", 1), 1000),
            ((9, "Terminated", 0), 1000),
            ((9, "Terminated", None), 1000),
            ((9, "Terminated", 2), None),
            ((9, "Waiting", None), None),
        ],
    )
    def test_on_jobs_outside_of_the_round(self, run: Any, dependency: Any, start: int | None) -> None:
        job = waiting(1, deps=[dependency])
        run(job)
        assert getattr(job, "start_time", None) == start

    def test_on_a_job_of_the_round(self, run: Any) -> None:
        first, second = waiting(1), waiting(2, deps=[(1, "Waiting", None)])
        run(first, second)
        assert place(second) == (1060, "0-7")

    def test_on_a_job_without_a_place(self, run: Any) -> None:
        first, second = waiting(1, nodes=5), waiting(2, deps=[(1, "Waiting", None)])
        assert run(first, second).saved == [{}]

    def test_on_a_running_job(self, run: Any) -> None:
        job = waiting(1, deps=[(9, "Running", None)])
        run(job, scheduled=[scheduled(9, 500, 1000, "0-7")])
        assert job.start_time == 1500

    def test_a_job_that_overruns_goes_on_holding(self, run: Any) -> None:
        job = waiting(1, deps=[(9, "Running", None)])
        run(job, scheduled=[scheduled(9, 100, 100, "0-7")])
        assert job.start_time == 1060


class TestSharing:
    def test_timesharing(self, run: Any) -> None:
        jobs = [waiting(number, nodes=4, user=user, ts=True, ts_user="user", ts_name="*") for number, user in enumerate(["alice", "bob", "alice"], 1)]
        run(*jobs)
        assert [job.start_time for job in jobs] == [1000, 1060, 1000]

    def test_placeholders(self, run: Any) -> None:
        keeps = waiting(1, nodes=4, walltime=80, ph=PLACEHOLDER, ph_name="yop")
        normal, allowed = waiting(2, nodes=4), waiting(3, nodes=4, ph=ALLOW, ph_name="yop")
        run(keeps, normal, allowed)
        assert [job.start_time for job in (keeps, normal, allowed)] == [1000, 1080, 1000]

    def test_types_that_contradict_each_other(self, run: Any, caplog: pytest.LogCaptureFixture) -> None:
        job = waiting(1, ts=True, ts_user="*", ts_name="*", types={"container": ""})
        assert run(job).saved == [{}]
        assert "job 1 has no place: " in caplog.text


class TestDates:
    def test_postponed(self, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        job = waiting(1, types={"postpone": "2033-05-18"})
        run(job, now=1_999_900_000)
        assert 1_999_900_000 < job.start_time < 2_000_100_000

    def test_a_date_that_is_none(self, run: Any, caplog: pytest.LogCaptureFixture) -> None:
        assert run(waiting(1, types={"deadline": "tomorrow"})).saved == [{}]
        assert "job 1 is left out, it waits: type deadline: expected a date such as" in caplog.text


class TestPlugins:
    def test_a_job_whose_plugin_is_not_there(self, run: Any, caplog: pytest.LogCaptureFixture) -> None:
        good, bad = waiting(1), waiting(2, find=True, find_func=None, find_args=["a"], find_kwargs={"k": "v"})
        assert run(bad, good).saved == [{1: good}]
        assert "job 2 has no place: " in caplog.text
        assert "there is no such plugin" in caplog.text
