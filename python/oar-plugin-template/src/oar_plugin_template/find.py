"""Which resources a job takes in a window of time."""

from __future__ import annotations

from typing import Any

from oar_scheduler_redox.plugins import find_resource_hierarchies_job
from procset import ProcSet


def avoid(itvs_avail: ProcSet, hy_res_rqts: list[Any], hy: dict[str, list[ProcSet]], beginning: bool, avoided: str) -> ProcSet:
    """Job type `find=avoid:1-8`: what the scheduler itself would take if these resources were not there."""
    return find_resource_hierarchies_job(itvs_avail - ProcSet.from_str(avoided, insep="-", outsep=","), hy_res_rqts, hy)
