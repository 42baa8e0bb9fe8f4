"""The doors that keep tests inside this machine, tried from both sides."""

import errno
import socket
import subprocess
import sys
import urllib.request

import gevent.socket
import pytest

from tests.machine.network import OutsideError, confined


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "10.0.0.1"])
def test_no_other_machine_is_reached(address: str) -> None:
    with pytest.raises(OutsideError):
        socket.create_connection((address, 443), timeout=1)


def test_no_name_is_looked_up() -> None:
    with pytest.raises(OutsideError):
        urllib.request.urlopen("https://portal.example.org/", timeout=1)


def test_cooperative_sockets_are_held_back_too() -> None:
    with pytest.raises(OutsideError):
        gevent.socket.create_connection(("192.0.2.1", 443), timeout=1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_reached(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection((host, server.getsockname()[1]), timeout=1) as connection:
            peer, _ = server.accept()
            connection.sendall(b"inside")
            assert peer.recv(6) == b"inside"
        peer.close()


def test_programs_that_tests_start_find_no_way_out() -> None:
    if not confined():
        pytest.skip("the machine lacks network namespaces: that servers and browsers stay inside was NOT TESTED")
    script = "import socket; s = socket.socket(); s.settimeout(1); print(s.connect_ex(('192.0.2.1', 443)))"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert int(said) == errno.ENETUNREACH
