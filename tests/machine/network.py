"""Keeps tests inside this machine: whatever tries to reach another one fails, with the name of what it tried.

An audit hook sees every connection that Python code makes, through whatever library. It can not be taken away again.
Programs that tests start are not seen; browsers are told by an argument to resolve nothing.
"""

import ipaddress
import socket
import sys
from typing import Final

_CONNECTING: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_RESOLVING: Final = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})


class OutsideError(RuntimeError):
    """A test tried to reach another machine."""


def stay_inside() -> None:
    """From now on this process may connect to loopback addresses and Unix sockets only."""
    sys.addaudithook(_refuse_outside)


def _refuse_outside(event: str, arguments: tuple[object, ...]) -> None:
    if event in _RESOLVING:
        _require_inside(arguments[0])
    elif event in _CONNECTING:
        connection, address = arguments[:2]
        if getattr(connection, "family", None) in {socket.AF_INET, socket.AF_INET6} and isinstance(address, tuple):
            _require_inside(address[0])


def _require_inside(host: object) -> None:
    if not _is_inside(host):
        msg = f"a test wanted to reach {host!r}; only this machine is open to tests"
        raise OutsideError(msg)


def _is_inside(host: object) -> bool:
    if host in {None, "", b"", "localhost", b"localhost"}:
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return text.endswith(".localhost")
    return address.is_loopback or address.is_unspecified
