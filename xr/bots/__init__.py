"""Simulated users: they visit a room as browsers do, walk about, and report what they saw."""

from xr.bots.crowd import Options, add_command, run_bots
from xr.bots.report import Report

__all__ = ["Options", "Report", "add_command", "run_bots"]
