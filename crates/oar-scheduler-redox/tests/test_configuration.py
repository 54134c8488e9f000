"""The keys of the configuration."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import oar_scheduler_redox as redox
import pytest
from plain import CONFIG, Platform, Session, place, waiting

READ = [
    "CUSTOM_JOB_SORTING",
    "CUSTOM_JOB_SORTING_CONFIG",
    "ENERGY_SAVING_INTERNAL",
    "ENERGY_SAVING_NODE_MANAGER_WAKE_UP_CMD",
    "EXTRA_METASCHED",
    "EXTRA_METASCHED_CONFIG",
    "JOB_PRIORITY",
    "MAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND",
    "PRIORITY_CONF_FILE",
    "QUOTAS",
    "QUOTAS_ALL_NB_RESOURCES_MODE",
    "QUOTAS_CONF_FILE",
    "QUOTAS_WINDOW_TIME_LIMIT",
    "SCHEDULER_FAIRSHARING_COEF_PROJECT",
    "SCHEDULER_FAIRSHARING_COEF_USER",
    "SCHEDULER_FAIRSHARING_COEF_USER_ASK",
    "SCHEDULER_FAIRSHARING_PROJECT_TARGETS",
    "SCHEDULER_FAIRSHARING_USER_TARGETS",
    "SCHEDULER_FAIRSHARING_WINDOW_SIZE",
    "SCHEDULER_JOB_SECURITY_TIME",
    "SCHEDULER_NODE_MANAGER_WAKE_UP_CMD",
    "SCHEDULER_TOKEN_SCRIPTS",
]


class Noting(dict):  # type: ignore[type-arg]
    """A subclass, as OAR's is, that notes what is read."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.read: list[str] = []

    def __getitem__(self, key: str) -> Any:
        self.read.append(key)
        return super().__getitem__(key)


def test_each_key_is_read_once() -> None:
    config = Noting(CONFIG)
    redox.schedule_cycle_external(Session(), config, Platform([waiting(1)]), 1000, ["default"])
    assert sorted(config.read) == READ


def test_an_empty_configuration_has_the_defaults_of_oar() -> None:
    platform, job = Platform(), waiting(1)
    platform.waiting = [job]
    redox.schedule_cycle_external(Session(), {}, platform, 1000, ["default"])
    assert place(job) == (1000, "0-7")
    assert platform.calls[1][1][2] == 60


@pytest.mark.parametrize("value", [30, "30", " 30 "])
def test_the_security_time(config: dict[str, Any], value: Any) -> None:
    platform = Platform()
    redox.schedule_cycle_external(Session(), config | {"SCHEDULER_JOB_SECURITY_TIME": value}, platform, 1000, ["default"])
    assert platform.calls[1][1][2] == 30
    assert type(platform.calls[1][1][2]) is int


@pytest.mark.parametrize(
    ("key", "value", "error", "message"),
    [
        ("SCHEDULER_JOB_SECURITY_TIME", 60.5, ValueError, 'config["SCHEDULER_JOB_SECURITY_TIME"]: expected an integer from 0 on, found 60.5'),
        (
            "SCHEDULER_JOB_SECURITY_TIME",
            [60],
            TypeError,
            'config["SCHEDULER_JOB_SECURITY_TIME"]: expected a text, a number, True or False, found [60]',
        ),
        ("QUOTAS", 3, ValueError, 'config["QUOTAS"]: expected yes or no, found 3'),
        ("QUOTAS", "maybe", ValueError, 'config["QUOTAS"]: expected yes or no, found "maybe"'),
        ("SCHEDULER_JOB_SECURITY_TIME", float("nan"), ValueError, "found nan"),
        ("SCHEDULER_JOB_SECURITY_TIME", Decimal("60.5"), ValueError, "found Decimal('60.5')"),
        ("SCHEDULER_JOB_SECURITY_TIME", "60.5", ValueError, 'found "60.5"'),
    ],
)
def test_wrong_values(config: dict[str, Any], key: str, value: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        redox.schedule_cycle_external(Session(), config | {key: value}, Platform(), 1000, ["default"])
    assert message in str(raised.value)


FAIRSHARING = [
    ("SCHEDULER_FAIRSHARING_USER_TARGETS", "{rubbish", "expected a hash of numbers"),
    ("SCHEDULER_FAIRSHARING_COEF_USER", float("inf"), "expected a number"),
    ("SCHEDULER_FAIRSHARING_COEF_USER", "abc", "expected a number"),
    ("SCHEDULER_FAIRSHARING_WINDOW_SIZE", "x", "expected an integer"),
    ("SCHEDULER_FAIRSHARING_WINDOW_SIZE", [1], "expected a text, a number, True or False, found [1]"),
]


@pytest.mark.parametrize(("key", "value", "problem"), FAIRSHARING)
@pytest.mark.parametrize("policy", ["FAIRSHARE", "MULTIFACTOR"])
def test_values_that_the_policy_needs(config: dict[str, Any], tmp_path: Path, policy: str, key: str, value: Any, problem: str) -> None:
    file = tmp_path / "priority.yaml"
    file.write_text("karma_weight: 1.0\n")
    config |= {"JOB_PRIORITY": policy, "PRIORITY_CONF_FILE": str(file), key: value}
    with pytest.raises((TypeError, ValueError)) as raised:
        redox.schedule_cycle_external(Session(), config, Platform(), 1000, ["default"])
    assert f'config["{key}"]: {problem}' in str(raised.value)


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        *FAIRSHARING,
        ("ENERGY_SAVING_INTERNAL", "maybe", "expected yes or no"),
        ("SCHEDULER_TOKEN_SCRIPTS", "rubbish", "expected a hash of texts"),
        ("MAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND", "many", "expected an integer"),
    ],
)
@pytest.mark.parametrize("policy", ["FIFO", "MULTIFACTOR"])
def test_values_without_which_a_round_is_right(
    config: dict[str, Any], run: Any, caplog: pytest.LogCaptureFixture, policy: str, key: str, value: Any, problem: str
) -> None:
    config |= {"JOB_PRIORITY": policy, key: value}
    jobs = [waiting(1), waiting(2)]
    assert list(run(*jobs).saved[0]) == [1, 2]
    assert f'config["{key}"]: {problem}' in caplog.text
    assert "; it is as if it were not there" in caplog.text


@pytest.mark.parametrize("value", [60.0, Decimal(60), Decimal("60.0")])
def test_whole_numbers_of_any_type(config: dict[str, Any], value: Any) -> None:
    platform = Platform()
    redox.schedule_cycle_external(Session(), config | {"SCHEDULER_JOB_SECURITY_TIME": value}, platform, 1000, ["default"])
    assert platform.calls[1][1][2] == 60


@pytest.mark.parametrize("value", [0, 0.0, Decimal(0), "0"])
def test_numbers_may_stand_for_no(config: dict[str, Any], value: Any) -> None:
    redox.schedule_cycle_external(Session(), config | {"QUOTAS": value}, Platform(), 1000, ["default"])


@pytest.mark.parametrize("config", [None, "config", [("QUOTAS", "no")]])
def test_it_must_be_a_dict(config: Any) -> None:
    with pytest.raises(TypeError, match="config: expected a dict, found "):
        redox.build_redox_platform(Session(), config, Platform(), 1000, [])


def test_what_a_configuration_raises_is_raised() -> None:
    class Broken(dict):  # type: ignore[type-arg]
        def __getitem__(self, key: str) -> Any:
            raise OSError("the file is gone")

    with pytest.raises(OSError, match="the file is gone"):
        redox.build_redox_platform(Session(), Broken(), Platform(), 1000, [])


def test_the_limit_of_a_round_counts_only_if_it_is_there(config: dict[str, Any], run: Any) -> None:
    jobs = [waiting(number, walltime=61) for number in range(1, 1102)]
    assert len(run(*jobs).saved[0]) == 1101
    config["MAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND"] = "2"
    assert list(run(*jobs).saved[0]) == [1, 2]
    config["MAX_JOB_PER_QUEUES_GROUP_SCHEDULING_ROUND"] = 0
    assert len(run(*jobs).saved[0]) == 1101


class TestQuotas:
    @pytest.fixture
    def quotas(self, config: dict[str, Any], tmp_path: Path) -> Any:
        def quotas(content: Any, on: Any = "yes") -> None:
            file = tmp_path / "quotas.json"
            file.write_text(content if isinstance(content, str) else json.dumps(content))
            config.update({"QUOTAS": on, "QUOTAS_CONF_FILE": str(file)})

        return quotas

    @pytest.mark.parametrize(("on", "start"), [("yes", 1060), (True, 1060), ("no", 1000), (False, 1000), (None, 1000)])
    def test_on_and_off(self, quotas: Any, run: Any, on: Any, start: int) -> None:
        quotas({"quotas": {"*,*,*,/": [8, -1, -1]}}, on)
        first, second = waiting(1), waiting(2)
        run(first, second)
        assert (first.start_time, second.start_time) == (1000, start)

    def test_resources_that_are_not_default_do_not_count(self, quotas: Any, run: Any) -> None:
        from plain import ResourceSet, procset

        quotas({"quotas": {"*,*,*,/": [8, -1, -1]}})
        resources = ResourceSet()
        resources.default_itvs = procset("0-15")
        first, second = waiting(1, nodes=1), waiting(2, nodes=1, mld_res_rqts=[(20, 60, [([("network_address", 2)], procset("16-31"))])])
        run(first, second, resources=resources)
        assert (place(first), place(second)) == ((1000, "0-7"), (1000, "16-31"))

    @pytest.mark.parametrize(("mode", "dead", "expected"), [("default_not_dead", 16, 1000), ("default_not_dead", 8, 1060), ("all", 8, 1000)])
    def test_what_all_counts(self, config: dict[str, Any], quotas: Any, run: Any, mode: str, dead: int, expected: int) -> None:
        from plain import ResourceSet

        quotas({"quotas": {"*,*,*,/": ["ALL", -1, -1]}})
        config["QUOTAS_ALL_NB_RESOURCES_MODE"] = mode
        resources = ResourceSet("0-15", {"network_address": ["0-7", "8-15"]})
        resources.nb_resources_default_not_dead = dead
        first, second = waiting(1), waiting(2)
        run(first, second, resources=resources)
        assert second.start_time == expected

    def test_types_and_no_quotas(self, quotas: Any, run: Any) -> None:
        quotas({"quotas": {"*,*,besteffort,/": [8, -1, -1]}, "job_types": ["besteffort"]})
        jobs = [waiting(1, types={"besteffort": ""}), waiting(2, types={"besteffort": None}), waiting(3, types={"besteffort": ""}, no_quotas=True)]
        run(*jobs)
        assert [job.start_time for job in jobs] == [1000, 1060, 1000]

    @pytest.mark.parametrize("content", ["{", "[]", '{"quotas": {"*,*": [1, 1, 1]}}'])
    def test_a_file_that_cannot_be_used(self, quotas: Any, run: Any, content: str) -> None:
        quotas(content)
        with pytest.raises(ValueError, match=r"QUOTAS_CONF_FILE: .*quotas\.json: "):
            run()

    def test_a_file_that_is_not_there(self, config: dict[str, Any], run: Any) -> None:
        config.update({"QUOTAS": "yes", "QUOTAS_CONF_FILE": "/nowhere/quotas.json"})
        with pytest.raises(ValueError, match=r"QUOTAS_CONF_FILE: /nowhere/quotas\.json: "):
            run()

    def test_temporal_quotas_follow_the_calendar(self, quotas: Any, run: Any) -> None:
        quotas({"quotas": {}, "oneshot": [["1970-01-01 00:00", "1971-01-01 00:00", "few", ""]], "few": {"*,*,*,/": [8, -1, -1]}})
        first, second = waiting(1), waiting(2)
        run(first, second, now=100_000)
        assert second.start_time == 100_060


def test_tokens_are_asked_of_their_scripts(config: dict[str, Any], run: Any, caplog: pytest.LogCaptureFixture) -> None:
    config["SCHEDULER_TOKEN_SCRIPTS"] = "{ fluent => 'echo 3', broken => 'echo none' }"
    jobs = [waiting(number, types={"token:fluent": "2"}) for number in (1, 2)] + [waiting(3, types={"token:broken": "1"})]
    assert list(run(*jobs).saved[0]) == [1]
    assert "SCHEDULER_TOKEN_SCRIPTS: broken: echo none: expected a line with a number" in caplog.text
