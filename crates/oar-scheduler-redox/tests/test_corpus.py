"""The rounds of `corpus/`: OAR 3's decisions, its known defects corrected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import oar_scheduler_redox as redox
import pytest
from plain import ALLOW, PLACEHOLDER, Platform, ResourceSet, Session, procset

CORPUS = Path(__file__).parents[3] / "corpus"

if not CORPUS.exists():
    pytest.skip("corpus/ is not in the source distribution", allow_module_level=True)


def rounds() -> list[dict[str, Any]]:
    lines = [line for path in sorted(CORPUS.glob("*.jsonl")) for line in path.read_text().splitlines()]
    assert len(lines) == 1575
    return [json.loads(line) for line in lines]


ROUNDS = rounds()


def by_job(plan: dict[str, Any]) -> dict[int, Any]:
    places = {place["job"]: (place["moldable"], place["start"], place["walltime"], place["resources"]) for place in plan["assignments"]}
    return places | {job["job"]: None for job in plan["unscheduled"]}


def test_plans_of_snapshots() -> None:
    differences = [line["name"] for line in ROUNDS if by_job(redox.plan(line["snapshot"])) != by_job(line["expected"])]
    assert not differences


class Job:
    """A job of a platform, from a job of a snapshot."""

    def __init__(self, job: dict[str, Any], default: str) -> None:
        self.id, self.name, self.user, self.project, self.queue_name = job["id"], job.get("name"), job["user"], job["project"], job["queue"]
        self.submission_time = job.get("submission_time", 0)
        self.deps = [(one["job"], one["state"], one.get("exit_code")) for one in job.get("dependencies", [])]
        types = dict(job.get("types") or {})
        self.ts, self.ph = "timesharing" in types, 0
        if self.ts:
            self.ts_user, self.ts_name = types.pop("timesharing").split(",")
        for name, value in [("placeholder", PLACEHOLDER), ("allow", ALLOW)]:
            if name in types:
                self.ph, self.ph_name = value, types.pop(name)
        self.no_quotas = types.pop("no_quotas", None) is not None
        self.types = types
        self.mld_res_rqts = [
            (one["id"], one["walltime"], [(request["levels"], procset(request.get("filter", default))) for request in one["requests"]])
            for one in job.get("moldables", [])
        ]
        if "start" in job:
            self.start_time, self.walltime, self.res_set, self.moldable_id = job["start"], job["walltime"], procset(job["resources"]), 0


def is_expressible(snapshot: dict[str, Any]) -> bool:
    """A platform has no other end of time, and 0 does not limit a resource that is there."""
    untils = [leaving["until"] for leaving in snapshot["resources"].get("available_upto") or []]
    return snapshot.get("max_time", 2**31) == 2**31 and 0 not in untils


def platform_of(snapshot: dict[str, Any]) -> Platform:
    resources = snapshot["resources"]
    default = resources["default"]
    leaving = {one["until"]: one["resources"] for one in resources.get("available_upto") or []}
    platform = Platform(resources=ResourceSet(default, resources["hierarchy"], leaving))
    if not leaving:
        platform.resources.available_upto = {}
    platform.scheduled = [Job(job, default) for job in snapshot["scheduled_jobs"]]
    platform.waiting = [Job(job, default) for job in snapshot["waiting_jobs"]]
    for job in platform.waiting:
        job.data = {}
    return platform


@pytest.mark.parametrize("in_steps", [False, True], ids=["external", "internal"])
def test_plans_of_platforms(in_steps: bool, tmp_path: Path) -> None:
    differences, compared = [], 0
    for line in ROUNDS:
        snapshot = line["snapshot"]
        if not is_expressible(snapshot):
            continue
        compared += 1
        config: dict[str, Any] = {"SCHEDULER_JOB_SECURITY_TIME": snapshot["security_time"]}
        if snapshot["quotas"] is not None:
            file = tmp_path / "quotas.json"
            file.write_text(json.dumps(snapshot["quotas"]))
            config |= {"QUOTAS": "yes", "QUOTAS_CONF_FILE": str(file)}
        platform = platform_of(snapshot)
        queues = sorted({job.queue_name for job in platform.waiting} | set(snapshot["queues"]))
        if in_steps:
            handle = redox.build_redox_platform(Session(), config, platform, snapshot["now"], platform.scheduled)
            redox.schedule_cycle_internal(handle, redox.build_redox_slot_sets(handle), queues)
        else:
            redox.schedule_cycle_external(Session(), config, platform, snapshot["now"], queues)
        saved = platform.saved[0] if platform.waiting else {}
        found = {job.id: None for job in platform.waiting}
        found |= {number: (job.moldable_id, job.start_time, job.walltime, str(job.res_set)) for number, job in saved.items()}
        if found != by_job(line["expected"]):
            differences.append(line["name"])
    assert not differences
    assert compared > 1400
