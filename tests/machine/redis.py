"""A Redis of the tests' own, on a free port of the loopback interface, that keeps nothing."""

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

START_TIMEOUT_S: Final = 10.0


class Redis:
    """A running server."""

    def __init__(self, port: int) -> None:
        self.port = port

    @property
    def url(self) -> str:
        """Its address as a setting."""
        return f"redis://127.0.0.1:{self.port}/0"

    def say(self, command: str) -> bytes:
        """Send one inline command and give the first bytes of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=START_TIMEOUT_S) as connection:
            connection.sendall(command.encode() + b"\r\n")
            return connection.recv(4096)


@contextmanager
def running_redis(program: Path) -> Iterator[Redis]:
    """Run ``program`` until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    redis = Redis(port)
    with tempfile.TemporaryDirectory(prefix="portal-redis-") as folder:
        command = [str(program), "--bind", "127.0.0.1", "--port", str(port), "--dir", folder, "--save", ""]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            try:
                _wait_for(redis, server)
                yield redis
            finally:
                server.kill()


def _wait_for(redis: Redis, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        assert server.poll() is None, "redis-server ended at once"
        try:
            if redis.say("PING").startswith(b"+PONG"):
                return
        except ConnectionRefusedError:
            time.sleep(0.02)
    msg = f"redis-server did not answer within {START_TIMEOUT_S} s"
    raise TimeoutError(msg)
