"""The order of the waiting jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from plain import waiting


def order(run: Any, *jobs: Any, **options: Any) -> list[int]:
    """The jobs in the order of their starts: each takes all of the machine."""
    run(*jobs, **options)
    return [job.id for job in sorted(jobs, key=lambda job: job.start_time)]


def job(number: int, **attributes: Any) -> Any:
    return waiting(number, nodes=4, **attributes)


SUMS = {
    "window": (2000.0, 800.0),
    "projects": ({"p": 2000.0}, {"p": 800.0}),
    "users": ({"alice": 1000.0, "bob": 1000.0}, {"alice": 600.0, "bob": 200.0}),
}


def accounted(monkeypatch: pytest.MonkeyPatch, sums: dict[str, Any]) -> None:
    import plain

    init = plain.Platform.__init__

    def with_sums(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        self.sums = sums

    monkeypatch.setattr(plain.Platform, "__init__", with_sums)


FAIRSHARE = {
    "JOB_PRIORITY": "FAIRSHARE",
    "SCHEDULER_FAIRSHARING_WINDOW_SIZE": "400",
    "SCHEDULER_FAIRSHARING_PROJECT_TARGETS": "{default => 21.0}",
    "SCHEDULER_FAIRSHARING_USER_TARGETS": "{alice => 50}",
    "SCHEDULER_FAIRSHARING_COEF_PROJECT": "0",
    "SCHEDULER_FAIRSHARING_COEF_USER": 1,
    "SCHEDULER_FAIRSHARING_COEF_USER_ASK": 1.0,
}


def test_fairshare(config: dict[str, Any], run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    accounted(monkeypatch, SUMS)
    config.update(FAIRSHARE)
    jobs = [job(1, user="bob"), job(2, user="alice"), job(3, user="carol")]
    assert order(run, *jobs) == [3, 2, 1]
    assert [job.karma for job in jobs] == [0.75, 0.25, 0.0]


def test_the_calls_of_fairshare(config: dict[str, Any], run: Any) -> None:
    config.update(FAIRSHARE)
    platform = run(job(1), job(2, queue_name="night"), queues=("default", "night"))
    methods = ["get_sum_accounting_window", "get_sum_accounting_by_project", "get_sum_accounting_by_user"]
    assert platform.called()[-4:] == [*methods, "save_assigns"]
    session = platform.calls[0][2]["session"]
    assert [args for name, args, _ in platform.calls if name in methods] == [(session, ["default", "night"], 600, 1000)] * 3
    assert type(platform.calls[4][1][1]) is list


def test_nobody_asks_for_accounting_when_nothing_waits_or_it_does_not_matter(config: dict[str, Any], run: Any) -> None:
    assert len(run(job(1)).called()) == 5
    config.update(FAIRSHARE)
    assert len(run().called()) == 3


@pytest.mark.parametrize("answer", [None, (1.0,), ("a", "b")])
def test_accounting_that_is_none(config: dict[str, Any], run: Any, monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    config.update(FAIRSHARE)
    for method in SUMS:
        accounted(monkeypatch, SUMS | {method: answer})
        with pytest.raises(TypeError, match=r"get_sum_accounting_.*: expected a tuple of two"):
            run(job(1))


def weights(config: dict[str, Any], folder: Path, text: str) -> None:
    file = folder / "priority.yaml"
    file.write_text(text)
    config.update({"JOB_PRIORITY": "MULTIFACTOR", "PRIORITY_CONF_FILE": str(file)})


def test_multifactor(config: dict[str, Any], run: Any, tmp_path: Path) -> None:
    weights(config, tmp_path, "queue_weight: 10\nqueue_coefs:\n  default: 1\n  night: 3\n")
    jobs = [job(1), job(2, queue_name="night"), job(3, queue_name="night")]
    assert order(run, *jobs, queues=("default", "night")) == [2, 3, 1]
    assert not hasattr(jobs[0], "karma")


def test_multifactor_with_karma(config: dict[str, Any], run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accounted(monkeypatch, SUMS)
    weights(config, tmp_path, "karma_weight: 1\n")
    config.update({key: value for key, value in FAIRSHARE.items() if key != "JOB_PRIORITY"})
    jobs = [job(1, user="bob"), job(2, user="carol")]
    assert order(run, *jobs) == [2, 1]
    assert jobs[0].karma == 0.75


def test_multifactor_weighs_qos_and_nice_of_attributes(config: dict[str, Any], run: Any, tmp_path: Path) -> None:
    weights(config, tmp_path, "qos_weight: 1\nnice_weight: 1\n")
    assert order(run, job(1, qos=0.1), job(2, qos=0.5), job(3, nice=2.5)) == [3, 2, 1]


def test_multifactor_without_a_file_weighs_nothing(config: dict[str, Any], run: Any) -> None:
    config["JOB_PRIORITY"] = "MULTIFACTOR"
    platform = run(job(2), job(1))
    assert "get_sum_accounting_window" not in platform.called()


def test_a_file_of_weights_that_cannot_be_used(config: dict[str, Any], run: Any, tmp_path: Path) -> None:
    weights(config, tmp_path, "age_weight: [")
    with pytest.raises(ValueError, match=r"PRIORITY_CONF_FILE: .*priority\.yaml: "):
        run(job(1))


def test_an_unknown_policy_is_fifo_with_a_warning(config: dict[str, Any], run: Any, caplog: pytest.LogCaptureFixture) -> None:
    config["JOB_PRIORITY"] = "LOTTERY"
    assert order(run, job(1), job(2)) == [1, 2]
    assert 'found "LOTTERY"; FIFO is used' in caplog.text
    assert caplog.records[0].name == "oar.redox"


def test_custom_asks_the_plugin(config: dict[str, Any], run: Any) -> None:
    config.update({"JOB_PRIORITY": "CUSTOM", "CUSTOM_JOB_SORTING": "simple_priority"})
    assert order(run, job(1), job(2, types={"priority": "5"})) == [2, 1]


def test_custom_without_its_plugin(config: dict[str, Any], run: Any, caplog: pytest.LogCaptureFixture) -> None:
    config.update({"JOB_PRIORITY": "CUSTOM", "CUSTOM_JOB_SORTING": "nobody"})
    assert order(run, job(1), job(2)) == [1, 2]
    assert "there is no such plugin" in caplog.text
