"""What the engine itself does, for plugins: with the names and signatures that plugins of OAR 3 import from `oar.kao.scheduling`."""

from __future__ import annotations

from typing import Any

from procset import ProcSet

from ..oar_scheduler_redox import match_request
from .slots import ALLOW, Slot, SlotSet


def find_resource_hierarchies_job(itvs_slots: ProcSet, hy_res_rqts: list[Any], hy: dict[str, list[ProcSet]]) -> ProcSet:
    """The resources that the engine takes of `itvs_slots` for the groups of a request; the empty set when they do not fit."""
    return match_request(itvs_slots, hy_res_rqts, hy)


def find_first_suitable_contiguous_slots(
    slots_set: SlotSet, job: Any, res_rqt: tuple[int, int, list[Any]], hy: dict[str, list[ProcSet]], min_start_time: int
) -> tuple[ProcSet, int, int]:
    """The first window in which an alternative fits, from `min_start_time` on (-1: from the beginning): resources, first and last slot.

    Resources are found by the job's own plugin (`job.find`), or as the engine finds them. `(ProcSet(), -1, -1)` when there is no window.
    """
    _, walltime, requests = res_rqt
    first = 0
    if min_start_time > slots_set.begin:
        first = slots_set.slot_id_at(min_start_time)
        if not first:
            return ProcSet(), -1, -1
        first = slots_set._cut(first, min_start_time)
    for left, right in slots_set.traverse_with_width(walltime, first):
        free = _free(slots_set, left, right, job)
        if getattr(job, "find", False):
            found = job.find_func(free, requests, hy, left.b == slots_set.begin, *job.find_args, **job.find_kwargs)
        else:
            found = find_resource_hierarchies_job(free, requests, hy)
        if found:
            return found, left.id, right.id
    return ProcSet(), -1, -1


def assign_resources_mld_job_split_slots(
    slots_set: SlotSet, job: Any, hy: dict[str, list[ProcSet]], min_start_time: int
) -> tuple[int, int, Any] | None:
    """Gives a job the place of the alternative that ends first, and takes its resources out of the slots; `None` when it has no place."""
    best = None
    for request in job.mld_res_rqts:
        found, left, _ = find_first_suitable_contiguous_slots(slots_set, job, request, hy, min_start_time)
        if found:
            start = slots_set.slots[left].b
            if best is None or start + request[1] < best[0]:
                best = (start + request[1], start, request, found)
    if best is None:
        job.moldable_id, job.start_time, job.res_set = -1, -1, ProcSet()
        return None
    _, job.start_time, (job.moldable_id, job.walltime, _), job.res_set = best
    left, right = slots_set.get_encompassing_slots(job.start_time, job.start_time + job.walltime - 1)
    slots_set.split_slots(left, right, job)
    return left, right, job


def _free(slots_set: SlotSet, left: Slot, right: Slot, job: Any) -> ProcSet:
    """What a job may use in all slots of a window."""
    free: ProcSet | None = None
    for slot in slots_set.traverse_id(left.id, right.id):
        here = slot.itvs
        if getattr(job, "ts", False):
            for user in {"*", job.ts_user}:
                for name in {"*", job.ts_name}:
                    here = here | slot.ts_itvs.get(user, {}).get(name, ProcSet())
        if getattr(job, "ph", 0) == ALLOW:
            here = here | slot.ph_itvs.get(job.ph_name, ProcSet())
        free = here if free is None else free & here
        if not free:
            break
    return ProcSet() if free is None else free
