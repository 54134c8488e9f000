"""Plugins for the scheduler of an OAR server."""
