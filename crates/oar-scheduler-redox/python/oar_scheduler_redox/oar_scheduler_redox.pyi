"""The native part of the package."""

from os import PathLike
from typing import Any, final

from procset import ProcSet

from .interface import Platform

__all__ = [
    "PlatformHandle",
    "SchedulerError",
    "SlotSetsHandle",
    "build_redox_platform",
    "build_redox_slot_sets",
    "check_reservation_jobs",
    "create_schema",
    "explain",
    "kamelot_main",
    "kao_main",
    "log_line",
    "match_request",
    "plan",
    "schedule_cycle_external",
    "schedule_cycle_internal",
    "version",
]

class SchedulerError(Exception):
    """The scheduler cannot do what it was asked to do."""

@final
class PlatformHandle:
    """A platform: its configuration, its resources and the jobs that hold them, as they were when it was built.

    It can be used in any thread, by one call at a time: a second one raises SchedulerError.
    """

@final
class SlotSetsHandle:
    """The slot sets of a round: who holds what, when.

    It can be used in any thread, by one call at a time: a second one raises SchedulerError. So does each one after a call that failed when jobs had
    been placed, as in `save_assigns`: nobody knows what of it was saved.
    """

def version() -> str:
    """The version of the engine."""

def schedule_cycle_external(
    session: Any,
    config: dict[str, Any],
    platform: Platform[Any],
    now: int,
    queues: list[str] | tuple[str, ...],
) -> None:
    """Places the waiting jobs of a group of queues: a whole round, as an external scheduler makes it.

    Asks the platform for its resources, the jobs that hold them and the waiting jobs; writes `start_time`, `walltime`, `end_time`, `moldable_id`,
    `res_set` and, where it was computed, `karma` on the jobs that have a place; and calls `save_assigns` once with those, if any job waits.

    A job that cannot be read is left out, with a warning in the log `oar.redox`. A `JOB_PRIORITY` that names no order, or a plugin of CUSTOM that
    fails, is a warning too, and FIFO is used; so is a setting that does not matter to the round, and it is as if it were not there. Raises TypeError
    or ValueError when an argument, anything else in the configuration, a file that it names or an answer of the platform is not what it should be;
    what the platform raises is raised.
    """

def build_redox_platform(
    session: Any,
    config: dict[str, Any],
    platform: Platform[Any],
    now: int,
    scheduled_jobs: list[Any],
) -> PlatformHandle:
    """Reads a platform: its configuration, its resources, and the jobs that hold them. Raises as `schedule_cycle_external`."""

def build_redox_slot_sets(platform_handle: PlatformHandle) -> SlotSetsHandle:
    """Begins a round on a platform: who holds what, when. Calls nothing of the platform. Raises ValueError when the quotas cannot be used."""

def schedule_cycle_internal(
    platform_handle: PlatformHandle,
    slot_sets_handle: SlotSetsHandle,
    queues: list[str] | tuple[str, ...],
) -> None:
    """Places the waiting jobs of a group of queues of equal priority into the slot sets, and has their places saved.

    As `schedule_cycle_external`; containers that are placed serve the groups that come after. Raises ValueError when the slot sets were
    built of another platform.
    """

def check_reservation_jobs(
    platform_handle: PlatformHandle,
    slot_sets_handle: SlotSetsHandle,
    queue: str,
) -> None:
    """Accepts or refuses the new advance reservations of a queue, one after the other.

    Tells `oar.lib.job_handling` of each at once: state `toAckReservation`, or `toError` with a message that says why. The places of the accepted ones
    are saved by one call at the end, also if something is raised before. A reservation whose container has no place yet goes on waiting.
    """

def plan(snapshot: dict[str, Any], *, reasons: bool = True) -> dict[str, Any]:
    """Decides a round that is given as data.

    `snapshot` is what a file of the format `oar-scheduler-snapshot/1` holds, the answer what one of the format `oar-scheduler-plan/1` does; both are
    described in docs/snapshot-format.md. Without `reasons` nothing is said of why jobs do not start now, which may take longer than the plan.

    Raises ValueError with the place in the snapshot that is not what it should be, and what interrupts a plugin, such as Ctrl-C; it is not
    interrupted while no plugin is at work.
    """

def explain(snapshot: dict[str, Any], job: int | None = None) -> str:
    """What becomes of a job of a snapshot and why, in a line; without `job`, of all of them, a line each under a heading, as
    `oar-sim replay --explain` writes.

    Raises ValueError as `plan`, and KeyError when no such job waits.
    """

def match_request(free: ProcSet, groups: Any, hierarchy: Any, /) -> ProcSet:
    """What the engine takes for a request; see `oar_scheduler_redox.plugins.search`."""

def kao_main(argv: list[str], /) -> int:
    """The command `kao`; see the package oar-scheduler-kao."""

def kamelot_main(argv: list[str], /) -> int:
    """The command `kamelot`; see the package oar-scheduler-kao."""

def log_line(level: int, message: str, /) -> None:
    """Writes a line into the log of the command that runs."""

def create_schema(oar_conf: str | PathLike[str], /) -> None:
    """Creates OAR 3's tables in the database of a configuration; see the package oar-scheduler-kao."""
