"""`check_reservation_jobs`: new advance reservations."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import oar_scheduler_redox as redox
import pytest
from plain import Platform, Session, place, scheduled, waiting


def reservation(number: int, start: Any, walltime: int = 160, nodes: int = 1, **attributes: Any) -> Any:
    job = waiting(number, walltime, nodes, **attributes)
    job.start_time = start
    return job


def check(config: dict[str, Any], *reservations: Any, scheduled: list[Any] | None = None, now: int = 1000) -> Platform:
    platform = Platform(scheduled=scheduled or [])
    platform.reservations = list(reservations)
    handle = redox.build_redox_platform(Session(), config, platform, now, platform.scheduled)
    redox.check_reservation_jobs(handle, redox.build_redox_slot_sets(handle), "default")
    return platform


def test_calls(config: dict[str, Any], job_handling: list[Any]) -> None:
    job = reservation(1, 2000)
    platform = check(config, job)
    session = platform.calls[0][2]["session"]
    assert platform.calls[1:] == [
        ("get_waiting_jobs", ("default",), {"session": session, "reservation": "toSchedule"}),
        ("get_data_jobs", (session, {1: job}, [1], platform.resources, 60), {}),
        ("save_assigns", (session, {1: job}, platform.resources), {}),
    ]
    assert job_handling == [("state", 1, "toAckReservation"), ("reservation", 1, "Scheduled")]
    assert (place(job), job.walltime, job.end_time, job.moldable_id) == ((2000, "0-7"), 160, 2159, 10)


def test_nothing_to_decide(config: dict[str, Any], job_handling: list[Any]) -> None:
    assert check(config).called() == ["resource_set", "get_waiting_jobs"]
    assert job_handling == []


def test_one_after_the_other_in_the_order_of_the_list(config: dict[str, Any], job_handling: list[Any]) -> None:
    first, second, third = reservation(3, 2000, nodes=3), reservation(1, 2000, nodes=2), reservation(2, 2000)
    platform = check(config, first, second, third)
    assert platform.saved == [{3: first, 2: third}]
    assert place(third) == (2000, "24-31")
    assert [(kind, job, what) for kind, job, what in job_handling if job == 1] == [
        ("state", 1, "toError"),
        ("message", 1, "This reservation could run at 1970-01-01 00:36:00"),
        ("reservation", 1, "Scheduled"),
    ]


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


@pytest.mark.parametrize(("start", "message"), [(840, "Reservation too old"), (500, "Reservation too old")])
def test_too_old(config: dict[str, Any], job_handling: list[Any], start: int, message: str) -> None:
    platform = check(config, reservation(1, start))
    assert job_handling == [("state", 1, "toError"), ("message", 1, message), ("reservation", 1, "Scheduled")]
    assert platform.saved == []


def test_one_that_is_late_keeps_its_walltime(config: dict[str, Any], job_handling: list[Any]) -> None:
    job = reservation(1, 841)
    check(config, job)
    assert (place(job), job.walltime) == ((1000, "0-7"), 160)
    assert job_handling[0] == ("state", 1, "toAckReservation")


def test_one_that_never_fits(config: dict[str, Any], job_handling: list[Any]) -> None:
    check(config, reservation(1, 2000, nodes=5))
    assert ("message", 1, "This advance reservation cannot run") in job_handling


def test_the_security_time_behind_it_need_not_be_free(config: dict[str, Any], job_handling: list[Any]) -> None:
    job = reservation(1, 2000, nodes=4)
    check(config, job, scheduled=[scheduled(9, 2100, 1000, "0-31", state="Waiting")])
    assert place(job) == (2000, "0-31")
    check(config, reservation(2, 2001, nodes=4), scheduled=[scheduled(9, 2100, 1000, "0-31", state="Waiting")])
    assert ("state", 2, "toError") in job_handling


def test_quotas(config: dict[str, Any], job_handling: list[Any], tmp_path: Path) -> None:
    file = tmp_path / "quotas.json"
    file.write_text(json.dumps({"quotas": {"*,*,*,/": [8, -1, -1]}}))
    config |= {"QUOTAS": "yes", "QUOTAS_CONF_FILE": str(file)}
    free = reservation(2, 2000, nodes=2, no_quotas=True)
    check(config, reservation(1, 2000, nodes=2), free)
    assert ("message", 1, "This advance reservation cannot run due to quotas") in job_handling
    assert place(free) == (2000, "0-15")


def test_only_the_first_moldable_counts(config: dict[str, Any], job_handling: list[Any]) -> None:
    job = reservation(1, 2000, nodes=5)
    job.data["mld_res_rqts"] = job.data["mld_res_rqts"] + waiting(1, 160).data["mld_res_rqts"]
    check(config, job)
    assert job_handling[0] == ("state", 1, "toError")


def test_inside_a_container(config: dict[str, Any], job_handling: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    inner, waits = reservation(1, 2000, types={"inner": "9"}), reservation(2, 2000, types={"inner": "77"})
    platform = check(config, inner, waits, scheduled=[scheduled(9, 1500, 2000, "16-31", types={"container": ""}, state="Waiting")])
    assert place(inner) == (2000, "16-23")
    assert platform.saved == [{1: inner}]
    assert not [call for call in job_handling if call[1] == 2]
    assert "reservation 2 waits for its container" in caplog.text


@pytest.mark.parametrize("start", [0, -1, None, "soon"])
def test_one_without_a_start_is_left_out(config: dict[str, Any], job_handling: list[Any], caplog: pytest.LogCaptureFixture, start: Any) -> None:
    job = reservation(2, 2000)
    check(config, reservation(1, start), job)
    assert [job for _, job, _ in job_handling] == [2, 2]
    assert "job 1 is left out, it waits: start_time: expected" in caplog.text


def test_a_second_look_decides_nothing_again(config: dict[str, Any], job_handling: list[Any]) -> None:
    platform = Platform()
    platform.reservations = [reservation(1, 2000), reservation(2, 2000, nodes=5)]
    handle = redox.build_redox_platform(Session(), config, platform, 1000, [])
    slots = redox.build_redox_slot_sets(handle)
    redox.check_reservation_jobs(handle, slots, "default")
    decided = list(job_handling)
    redox.check_reservation_jobs(handle, slots, "default")
    assert job_handling == decided
    assert len(platform.saved) == 1


def test_without_oar(config: dict[str, Any]) -> None:
    with pytest.raises(ModuleNotFoundError, match="oar"):
        check(config)


@pytest.mark.parametrize("function", ["set_job_state", "set_job_message", "set_job_resa_state"])
def test_what_was_accepted_is_saved_whatever_happens(
    config: dict[str, Any], job_handling: list[Any], monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    handling = sys.modules["oar.lib.job_handling"]
    tell = getattr(handling, function)

    def fail(*args: Any) -> None:
        if 2 in args:
            raise ConnectionError("the database is gone")
        tell(*args)

    monkeypatch.setattr(handling, function, fail)
    first, second = reservation(1, 2000), reservation(2, 2000, nodes=5 if function == "set_job_message" else 1)
    platform = Platform()
    platform.reservations = [first, second, reservation(3, 4000)]
    handle = redox.build_redox_platform(Session(), config, platform, 1000, [])
    slots = redox.build_redox_slot_sets(handle)
    with pytest.raises(ConnectionError, match="the database is gone"):
        redox.check_reservation_jobs(handle, slots, "default")
    # The state of the second one may have been written before it was raised.
    assert platform.saved == [{1: first} if function == "set_job_message" else {1: first, 2: second}]
    assert 3 not in [job for _, job, _ in job_handling]
    with pytest.raises(redox.SchedulerError, match=r"cannot be used any more, .*ConnectionError: the database is gone"):
        redox.check_reservation_jobs(handle, slots, "default")


def test_the_first_error_is_raised(
    config: dict[str, Any], job_handling: list[Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    def fail(*_: Any) -> None:
        raise ConnectionError("the database is gone")

    monkeypatch.setattr(sys.modules["oar.lib.job_handling"], "set_job_resa_state", interrupt)
    monkeypatch.setattr(Platform, "save_assigns", fail)
    with pytest.raises(KeyboardInterrupt):
        check(config, reservation(1, 2000))
    assert "the places of accepted reservations are not saved: ConnectionError: the database is gone" in caplog.text


def test_nobody_is_told_of_a_place_that_cannot_be_written(config: dict[str, Any], job_handling: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    class ReadOnly(SimpleNamespace):
        def __setattr__(self, name: str, value: Any) -> None:
            if name == "res_set":
                raise AttributeError("it is read-only")
            super().__setattr__(name, value)

    bad, good = ReadOnly(**reservation(1, 2000).__dict__), reservation(2, 2000)
    assert check(config, bad, good).saved == [{2: good}]
    assert job_handling == [("state", 2, "toAckReservation"), ("reservation", 2, "Scheduled")]
    assert "job 1 is left out, its place is not saved: it is read-only" in caplog.text
