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
        ("id", "1", "id: expected an int, found '1'"),
        ("user", 7, "user: expected a str or None, found 7"),
        ("project", ["p"], "project: expected a str or None, found ['p']"),
        ("name", "\udcff", "name: expected a str or None, found '\\udcff'"),
        ("name", b"x", "name: expected a str or None, found b'x'"),
        ("queue_name", None, "queue_name: expected a str, found None"),
        ("types", None, "types: expected a dict, found None"),
        ("types", [("besteffort", "")], "types: expected a dict, found [('besteffort', '')]"),
        ("types", {"besteffort": 1}, 'types["besteffort"]: expected a str or None, found 1'),
        ("types", {3: ""}, "types: expected names that are texts, found 3"),
        ("ts", 1, "ts: expected a bool, found 1"),
        ("ts", True, "expected an attribute ts_user, found none"),
        ("ph", "1", "ph: expected an int, found '1'"),
        ("ph", PLACEHOLDER, "expected an attribute ph_name, found none"),
        ("no_quotas", "yes", "no_quotas: expected a bool, found 'yes'"),
        ("submission_time", 1.5, "submission_time: expected an int, found 1.5"),
        ("deps", 5, "deps: expected a list, found 5"),
        ("deps", [5], "deps[0]: expected a tuple (job id, state, exit code or None), found 5"),
        ("deps", [(5, "Somehow", None)], "deps[0]: expected the state of a job, found 'Somehow'"),
        ("mld_res_rqts", {}, "mld_res_rqts: expected a list, found {}"),
        ("mld_res_rqts", [(10, 60)], "mld_res_rqts[0]: expected a tuple (moldable id, walltime, groups), found (10, 60)"),
        ("mld_res_rqts", [(10, 60.5, REQUEST)], "mld_res_rqts[0]: expected an int as its walltime, found 60.5"),
        ("mld_res_rqts", [(10, 60, [3])], "mld_res_rqts[0], group 0: expected a tuple (levels, ProcSet), found 3"),
        ("mld_res_rqts", [(10, 60, [([("node",)], ProcSet(1))])], "mld_res_rqts[0], group 0: expected levels (label, number), found ('node',)"),
        (
            "mld_res_rqts",
            [(10, 60, [([("node", "2")], ProcSet(1))])],
            "mld_res_rqts[0], group 0: expected an int as the number of a level, found '2'",
        ),
        ("mld_res_rqts", [(10, 60, [([("node", 1)], {1, 2})])], "mld_res_rqts[0], group 0: expected a procset.ProcSet, found {1, 2}"),
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
        ("types", 3, "types: expected a dict, found 3"),
        ("queue_name", None, "queue_name: expected a str, found None"),
        ("user", 7, "user: expected a str or None, found 7"),
        ("ts", 1, "ts: expected a bool, found 1"),
        ("id", None, "id: expected an int, found None"),
    ],
)
def test_a_scheduled_job_with_an_odd_attribute_holds_its_resources(
    run: Any, caplog: pytest.LogCaptureFixture, attribute: str, value: Any, problem: str
) -> None:
    bad, job = scheduled(9, 500, 1000, "0-31"), waiting(1)
    setattr(bad, attribute, value)
    run(job, scheduled=[bad])
    assert place(job) == (1500, "0-7")
    assert f"job {bad.id} holds its resources, nothing else is known of it: {problem}" in caplog.text


@pytest.mark.parametrize(
    ("attribute", "value", "problem"),
    [
        ("walltime", 0, "walltime: expected seconds from 1 on, found 0"),
        ("walltime", None, "walltime: expected an int, found None"),
        ("start_time", "soon", "start_time: expected an int, found 'soon'"),
    ],
)
def test_a_scheduled_job_without_a_time_holds_its_resources_for_ever(
    run: Any, caplog: pytest.LogCaptureFixture, attribute: str, value: Any, problem: str
) -> None:
    bad, beside, behind = scheduled(9, 500, 1000, "0-7"), waiting(1), waiting(2, nodes=4)
    setattr(bad, attribute, value)
    run(beside, behind, scheduled=[bad])
    assert (place(beside), place(behind)) == ((1000, "8-15"), None)
    assert f"job 9 holds its resources without end: {problem}" in caplog.text


@pytest.mark.parametrize(
    ("value", "problem"),
    [(None, "res_set: expected a procset.ProcSet, found None"), ("0-31", "res_set: expected a procset.ProcSet, found '0-31'")],
)
def test_a_scheduled_job_without_resources_holds_nothing(run: Any, caplog: pytest.LogCaptureFixture, value: Any, problem: str) -> None:
    bad, job = scheduled(9, 500, 1000, "0-31"), waiting(1)
    bad.res_set = value
    run(job, scheduled=[bad])
    assert place(job) == (1000, "0-7")
    assert f"job 9 is left out, it holds nothing: {problem}" in caplog.text


def test_what_interrupts_the_reading_of_a_scheduled_job_is_raised(run: Any) -> None:
    class Slow:
        id, start_time, walltime, res_set = 9, 500, 1000, procset("0-7")

        @property
        def name(self) -> str:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(waiting(1), scheduled=[Slow()])


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
def test_requests_that_make_no_sense_have_no_place(run: Any, caplog: pytest.LogCaptureFixture, requests: Any) -> None:
    good, bad = waiting(1), waiting(2)
    bad.data["mld_res_rqts"] = requests
    assert run(bad, good).saved == [{1: good}]
    assert "job 2 has no place: " in caplog.text


@pytest.mark.parametrize("nodes", [0, -9])
def test_numbers_that_make_no_sense_are_told(run: Any, caplog: pytest.LogCaptureFixture, nodes: int) -> None:
    assert run(waiting(2, nodes=nodes)).saved == [{}]
    assert f"job 2 has no place: it can never run: it asks for {nodes} of level network_address" in caplog.text


def test_a_job_that_time_may_help_is_no_warning(run: Any, caplog: pytest.LogCaptureFixture) -> None:
    too_big, one_way = waiting(1, nodes=5), waiting(2)
    one_way.data["mld_res_rqts"].insert(0, (21, 60, [([("switch", 1)], procset("0-31"))]))
    run(too_big, one_way)
    assert place(one_way) == (1000, "0-7")
    assert caplog.text == ""


def test_numbers_in_the_list_are_numbers(config: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    platform = Platform()
    platform.get_waiting_jobs = lambda *_, **__: ({"1": waiting(1)}, ["1"], 1)  # type: ignore[method-assign]
    redox.schedule_cycle_external(Session(), config, platform, 1000, ["default"])
    assert "job 1 is left out, it waits: id: expected '1', as in the list, found 1" in caplog.text


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
    def test_a_job_that_has_its_place_later_is_no_warning(self, run: Any, caplog: pytest.LogCaptureFixture) -> None:
        def find(free: ProcSet, *_: Any, **__: Any) -> ProcSet:
            return free if len(free) == 32 else ProcSet()

        def nothing(*_: Any, **__: Any) -> ProcSet:
            return ProcSet()

        job, never = (waiting(number, find=True, find_func=plugin, find_args=[], find_kwargs={}) for number, plugin in ((1, find), (2, nothing)))
        run(job, never, scheduled=[scheduled(9, 500, 1000, "0-7")])
        assert (place(job), place(never)) == ((1500, "0-31"), None)
        assert caplog.text == ""

    def test_a_job_whose_plugin_is_not_there(self, run: Any, caplog: pytest.LogCaptureFixture) -> None:
        good, bad = waiting(1), waiting(2, find=True, find_func=None, find_args=["a"], find_kwargs={"k": "v"})
        assert run(bad, good).saved == [{1: good}]
        assert "job 2 has no place: " in caplog.text
        assert "there is no such plugin" in caplog.text
