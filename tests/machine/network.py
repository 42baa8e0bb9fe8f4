"""Keeps tests, and whatever they start, inside this machine.

Two doors. An audit hook sees every connection that Python code of this process makes, through whatever library, and
fails it with the name of what it tried; it can not be taken away again. And the process moves into a network namespace
that has the loopback interface alone, which all its children share: servers, databases and browsers find no way out.
Where the machine allows no namespace, the summary of the run says so.
"""

import ctypes
import fcntl
import ipaddress
import os
import socket
import struct
import sys
from pathlib import Path
from typing import Final

_CONNECTING: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_RESOLVING: Final = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})
_NEW_USER: Final = 0x1000_0000
_NEW_NETWORK: Final = 0x4000_0000
_SET_INTERFACE_FLAGS: Final = 0x8914
_UP_AND_RUNNING: Final = 0x1 | 0x40


class OutsideError(RuntimeError):
    """A test tried to reach another machine."""


def stay_inside() -> None:
    """From now on this process may connect to loopback addresses and Unix sockets only."""
    sys.addaudithook(_refuse_outside)


def confine() -> str:
    """Leave the machine's network for one of loopback alone, with all children to come; else why not, in words.

    Only before threads are started: each would stay where it is.
    """
    if confined():
        return ""
    if sys.platform != "linux":
        return "only Linux has network namespaces"
    child = os.fork()  # tries first: a namespace whose loopback can not be switched on would end everything
    if child == 0:
        os._exit(0 if _enter_namespace() else 1)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) or not _enter_namespace():
        return "this machine gives an ordinary process no network namespace of its own"
    return ""


def confined() -> bool:
    """Whether this process sees no network interface but loopback."""
    return [name for _, name in socket.if_nameindex()] == ["lo"]


def _enter_namespace() -> bool:
    user, group = os.geteuid(), os.getegid()
    try:
        # Who is not root is root's equal in a namespace of users, for as long as it takes; under the same name.
        _unshare(_NEW_NETWORK if user == 0 else _NEW_USER | _NEW_NETWORK)
        if user != 0:
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            fcntl.ioctl(any_socket, _SET_INTERFACE_FLAGS, struct.pack("16sH14x", b"lo", _UP_AND_RUNNING))
    except OSError:
        return False
    return True


def _unshare(flags: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)  # os.unshare came with Python 3.12
    if library.unshare(flags):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


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
