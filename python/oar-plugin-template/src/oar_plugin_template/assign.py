"""When and where a job runs."""

from __future__ import annotations

from typing import Any

from oar_scheduler_redox.plugins import Job, SlotSet, find_first_suitable_contiguous_slots
from procset import ProcSet


def on_the_minute(slots_set: SlotSet, job: Job, hy: dict[str, list[ProcSet]], min_start_time: int, every: str = "60") -> Any:
    """Job type `assign=on_the_minute`, `assign=on_the_minute:every=300`: starts when a minute begins, or so many seconds."""
    seconds = int(every)
    if seconds <= 0:
        raise ValueError(f"expected every=SECONDS, a positive number, found {every!r}")
    request = job.mld_res_rqts[0]
    start = max(min_start_time, slots_set.begin)
    while True:
        # The first place from an instant on; from the next minute on there may be another.
        start += -start % seconds
        found, left, right = find_first_suitable_contiguous_slots(slots_set, job, request, hy, start)
        if not found:
            return None
        start = slots_set.slots[left].b
        if start % seconds == 0:
            break
    job.moldable_id, job.walltime, _ = request
    job.start_time, job.res_set = start, found
    slots_set.split_slots(left, right, job)
    return left, right, job
