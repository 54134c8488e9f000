"""OAR's scheduling engine in Python."""

from .oar_scheduler_redox import (
    PlatformHandle,
    SchedulerError,
    SlotSetsHandle,
    build_redox_platform,
    build_redox_slot_sets,
    check_reservation_jobs,
    explain,
    plan,
    schedule_cycle_external,
    schedule_cycle_internal,
    version,
)

__all__ = [
    "PlatformHandle",
    "SchedulerError",
    "SlotSetsHandle",
    "build_redox_platform",
    "build_redox_slot_sets",
    "check_reservation_jobs",
    "explain",
    "plan",
    "schedule_cycle_external",
    "schedule_cycle_internal",
    "version",
]
