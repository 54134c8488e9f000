"""`plan` and `explain`: rounds as data."""

from __future__ import annotations

import copy
import gzip
import json
import re
from pathlib import Path
from typing import Any

import oar_scheduler_redox as redox
import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "small-cluster.jsonl"


@pytest.fixture
def snapshot() -> dict[str, Any]:
    return {
        "format": "oar-scheduler-snapshot/1",
        "now": 1000,
        "resources": {"default": "1-16", "hierarchy": {"node": ["1-8", "9-16"]}},
        "waiting_jobs": [
            {"id": 1, "user": "alice", "moldables": [{"id": 10, "walltime": 60, "requests": [{"levels": [["node", 2]]}]}]},
            {"id": 2, "user": "bob", "moldables": [{"id": 20, "walltime": 60, "requests": [{"levels": [["node", 1]]}]}]},
        ],
    }


def test_a_plan(snapshot: dict[str, Any]) -> None:
    before = copy.deepcopy(snapshot)
    plan = redox.plan(snapshot)
    assert plan["format"] == "oar-scheduler-plan/1"
    assert plan["assignments"] == [
        {"job": 1, "moldable": 10, "start": 1000, "walltime": 60, "resources": "1-16"},
        {"job": 2, "moldable": 20, "start": 1060, "walltime": 60, "resources": "1-8"},
    ]
    assert [reason["job"] for reason in plan["reasons"]] == [2]
    assert plan["reasons"][0]["causes"][0]["kind"] == "held"
    assert snapshot == before


@pytest.mark.parametrize("function", [redox.plan, redox.explain])
@pytest.mark.parametrize("place", ["quotas", "types", "unknown", "root"])
def test_what_contains_itself_is_refused(function: Any, place: str, snapshot: dict[str, Any]) -> None:
    ring: dict[str, Any] = {}
    ring["ring"] = [(ring,)]
    job = snapshot["waiting_jobs"][0]
    if place == "quotas":
        snapshot["quotas"] = ring
    elif place == "root":
        snapshot["more"] = snapshot
    else:
        job["types" if place == "types" else "more"] = ring
    key = {"quotas": "quotas", "root": "more"}.get(place, "waiting_jobs")
    with pytest.raises(ValueError, match=rf"^snapshot\['{key}'\]: expected no more than 64 levels, found more$"):
        function(snapshot)


def test_a_plan_without_reasons(snapshot: dict[str, Any]) -> None:
    assert "reasons" not in redox.plan(snapshot, reasons=False)


def test_a_plan_can_be_written_as_json(snapshot: dict[str, Any]) -> None:
    plan = redox.plan(snapshot)
    assert json.loads(json.dumps(plan)) == plan


def test_what_becomes_of_a_job(snapshot: dict[str, Any]) -> None:
    assert redox.explain(snapshot, 1) == "job 1 (of alice): starts now on 1-16, until 1970-01-01 00:17:40"
    assert redox.explain(snapshot, job=2).startswith("job 2 (of bob): starts at 1970-01-01 00:17:40 on 1-8, until 1970-01-01 00:18:40, because ")


def test_what_becomes_of_all_jobs(snapshot: dict[str, Any]) -> None:
    lines = redox.explain(snapshot).splitlines()
    assert lines[:2] == ["1970-01-01 00:16:40 UTC", "  2 waiting jobs: 1 start now, 1 later, 0 without a place"]
    assert [line.split(":")[0] for line in lines[2:]] == ["  job 1 (of alice)", "  job 2 (of bob)"]


def test_a_job_that_does_not_wait(snapshot: dict[str, Any]) -> None:
    with pytest.raises(KeyError, match="no job 3 waits"):
        redox.explain(snapshot, 3)


@pytest.mark.skipif(not EXAMPLE.exists(), reason="examples/ is not in the source distribution")
def test_the_example_of_the_simulator() -> None:
    snapshot = json.loads(EXAMPLE.read_text().splitlines()[0])
    snapshot = snapshot.get("snapshot", snapshot)
    assert len(redox.explain(snapshot).splitlines()) >= 2 + len(snapshot.get("waiting_jobs", []))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda snapshot: snapshot.pop("now"), "missing field `now`"),
        (lambda snapshot: snapshot.update(now="soon"), "snapshot, at `now`: "),
        (lambda snapshot: snapshot.update(format="x/1"), 'expected format "oar-scheduler-snapshot/1", found "x/1"'),
        (lambda snapshot: snapshot["resources"].update(default=7), "snapshot, at `resources.default`: "),
        (lambda snapshot: snapshot["resources"]["hierarchy"]["node"].append("8-1"), "snapshot, at `resources.hierarchy"),
        (lambda snapshot: snapshot["waiting_jobs"][1].update(user=5), "snapshot, at `waiting_jobs[1]"),
        (lambda snapshot: snapshot["waiting_jobs"][1]["moldables"][0].update(walltime=[]), "snapshot, at `waiting_jobs[1].moldables[0].walltime`: "),
        (lambda snapshot: snapshot.update(now=2**40), "expected a max_time not before now"),
        (lambda snapshot: snapshot.update(time_zone="Nowhere"), "expected the name of a time zone"),
        (lambda snapshot: snapshot.update(quotas={"quotas": {"a": []}}), "quotas file: "),
    ],
)
def test_what_is_no_snapshot(snapshot: dict[str, Any], change: Any, message: str) -> None:
    change(snapshot)
    for ask in (redox.plan, redox.explain):
        with pytest.raises(ValueError, match=re.escape(message)):
            ask(snapshot)


@pytest.mark.parametrize("snapshot", [None, [], "{}", gzip])
def test_a_snapshot_is_a_dict(snapshot: Any) -> None:
    with pytest.raises(TypeError, match="snapshot: expected a dict, found "):
        redox.plan(snapshot)


def test_published_plugins_serve_here_too(snapshot: dict[str, Any]) -> None:
    snapshot["resources"]["hierarchy"]["resource_id"] = [str(number) for number in range(1, 17)]
    job = snapshot["waiting_jobs"][1]
    job["types"] = {"find": "contiguous_1h"}
    job["moldables"][0]["requests"] = [{"filter": "1-3 6-16", "levels": [["resource_id", 5]]}]
    assert redox.plan(snapshot)["assignments"][1]["resources"] == "6-10"
