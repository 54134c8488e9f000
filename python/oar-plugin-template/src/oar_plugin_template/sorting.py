"""In which order jobs are placed."""

from __future__ import annotations

from typing import Any

from oar_scheduler_redox.plugins import Job


def favourites(queues: list[str], now: int, jids: list[int], jobs: dict[int, Job], config: str, plt: Any) -> list[int]:
    """`CUSTOM_JOB_SORTING="favourites"`: the jobs of the users whom `CUSTOM_JOB_SORTING_CONFIG` names come first."""
    users = config.split()
    return sorted(jids, key=lambda id: (jobs[id].user not in users, id))
