"""OAR's scheduling engine in Python."""

from .oar_scheduler_redox import version

__all__ = ["version"]
