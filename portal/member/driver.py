"""Carrying out what the core asks for: the disk by the store, the network by the transport. Nothing is decided here."""

import time
from collections.abc import Mapping
from typing import Any, Protocol

from portal.member.work import Ask, Read, ReadAll, Request, Result, Wait, Work, Write


class Transport(Protocol):
    """The HTTP side of a server."""

    def ask(self, asked: Ask) -> Any:
        """Return the answer to one request; MemberError."""


class Shelf(Protocol):
    """Where values are kept by name: store.py's Store, on the disk."""

    def get(self, name: str, kind: type[Any]) -> Any:
        """Return the value under ``name``, which is of type ``kind``, or None."""

    def all(self, family: str, kind: type[Any]) -> dict[str, Any]:
        """Return all values of a family by the last part of their names."""

    def write(self, changes: Mapping[str, Any]) -> None:
        """Keep all of ``changes`` or nothing; None removes."""


class Driver:
    """Runs pieces of work one at a time."""

    def __init__(self, store: Shelf, transport: Transport) -> None:
        self._store = store
        self._transport = transport

    def run(self, work: Work[Result]) -> Result:
        """Run ``work`` to its end; raises what it raises."""
        try:
            request = next(work)
            while True:
                request = self._step(work, request)
        except StopIteration as stop:
            result: Result = stop.value
            return result

    def _step(self, work: Work[Result], request: Request) -> Request:
        try:
            answer = self._carry_out(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, the work decides about it
            return work.throw(error)
        return work.send(answer)

    def _carry_out(self, request: Request) -> Any:
        match request:
            case Ask():
                return self._transport.ask(request)
            case Write():
                return self._store.write(request.changes)
            case Read():
                return self._store.get(request.name, request.kind)
            case ReadAll():
                return self._store.all(request.family, request.kind)
            case Wait():
                return time.sleep(request.duration_s)
