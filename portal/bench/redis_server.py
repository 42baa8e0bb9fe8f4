"""A Redis of one's own, on a free port of the loopback interface, that keeps nothing."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from portal.bench.process import free_port

START_S: Final = 10.0


class RedisError(RuntimeError):
    """Redis could not be started."""


def redis_program() -> Path | None:
    """Return a Redis server, or Valkey, which speaks the same."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    return None if found is None else Path(found)


class Redis:
    """A server that can be stopped and started; its address stays."""

    def __init__(self, program: Path, folder: str) -> None:
        self.port = free_port()
        self._command = [str(program), "--bind", "127.0.0.1", "--port", str(self.port), "--dir", folder, "--save", ""]
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address as a setting."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it answers. Raises RedisError."""
        self._server = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)  # noqa: S603
        deadline_s = time.monotonic() + START_S
        while time.monotonic() < deadline_s and self._server.poll() is None:
            try:
                if self.say("PING").startswith(b"+PONG"):
                    return
            except ConnectionError:
                time.sleep(0.02)
        msg = "Redis did not start"
        raise RedisError(msg)

    def stop(self) -> None:
        """Kill it; it had nothing to keep."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None

    def say(self, command: str) -> bytes:
        """Send one inline command and give the first bytes of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=START_S) as connection:
            connection.sendall(command.encode() + b"\r\n")
            return connection.recv(4096)


@contextmanager
def running_redis(program: Path) -> Iterator[Redis]:
    """Run ``program`` until the block ends. Raises RedisError."""
    with tempfile.TemporaryDirectory(prefix="portal-redis-") as folder:
        redis = Redis(program, folder)
        try:
            redis.start()
            yield redis
        finally:
            redis.stop()
