"""Plugins written in Python: what they work with, and how the engine calls them.

A plugin is a function that a package declares as an entry point: `oar.find_func`, `oar.assign_func`, `oar.jobs_sorting_func` or
`oar.extra_metasched_func`. `docs/python-plugins.md` teaches it.
"""

from .jobs import Job, PropertyChange, Queue
from .lookup import PluginFailure, find_plugin
from .search import assign_resources_mld_job_split_slots, find_first_suitable_contiguous_slots, find_resource_hierarchies_job
from .slots import ALLOW, NO_PLACEHOLDER, PLACEHOLDER, Slot, SlotSet

__all__ = [
    "ALLOW",
    "NO_PLACEHOLDER",
    "PLACEHOLDER",
    "Job",
    "PluginFailure",
    "PropertyChange",
    "Queue",
    "Slot",
    "SlotSet",
    "assign_resources_mld_job_split_slots",
    "find_first_suitable_contiguous_slots",
    "find_plugin",
    "find_resource_hierarchies_job",
]
