"""What happens before each group of queues of equal priority."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from oar_scheduler_redox.plugins import Job, Queue, SlotSet
from procset import ProcSet


def keep_free(
    session: Any,
    prev_queues: list[Queue] | None,
    plt: Any,
    scheduled_jobs: list[Job],
    all_slot_sets: dict[str, SlotSet],
    job_security_time: int,
    queues: list[Queue] | None,
    initial_time_sec: int,
    config: str,
) -> None:
    """`EXTRA_METASCHED="keep_free"`: the resources that `EXTRA_METASCHED_CONFIG` names are for the first group of queues.

    Others get them in an hour at the earliest.
    """
    if prev_queues is None or queues is None:
        return
    resources = ProcSet.from_str(config, insep="-", outsep=",")
    kept = SimpleNamespace(start_time=initial_time_sec, walltime=3600, res_set=resources, ts=False, ph=0)
    all_slot_sets["default"].split_slots_jobs([kept])
