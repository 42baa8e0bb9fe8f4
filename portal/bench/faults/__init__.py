"""``portal bench faults``: what machines do to a portal, done on purpose, and whether anything promised is lost."""

from portal.bench.faults.command import main

__all__ = ["main"]
