"""How the processes of a whole run share the tests: a file each, and of the client's own tests one of Node's files."""

from pathlib import Path
from typing import Final

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

_TESTS: Final = Path(__file__).resolve().parents[1]
_BROWSERS: Final = _TESTS / "browser"
CLIENT: Final = "tests/test_client.py"
"""Each of its tests is a file for Node; in one process, all of them are longer than everything else in another."""


def share_of(nodeid: str) -> str:
    """Tests of the same share run in one process, one after the other."""
    path = nodeid.partition("::")[0]
    return nodeid if path == CLIENT else path


def mixed(items: list[pytest.Item]) -> list[pytest.Item]:
    """The shares with browsers laid evenly among the others, so that processes do not all wait for browsers at once.

    The others begin with those of the folder tests itself, which are the longest: the client's own, and the types.
    """
    shares: dict[str, list[pytest.Item]] = {}
    for item in items:
        shares.setdefault(share_of(item.nodeid), []).append(item)
    firsts = {share: part[0].path for share, part in shares.items()}
    browsers = [share for share, path in firsts.items() if _BROWSERS in path.parents]
    others = [share for share, path in firsts.items() if _BROWSERS not in path.parents]
    others.sort(key=lambda share: firsts[share].parent != _TESTS)
    placed = sorted(
        ((index + 0.5) / len(part), share) for part in (browsers, others) for index, share in enumerate(part)
    )
    return [item for _, share in placed for item in shares[share]]


class Sharing(LoadFileScheduling):  # type: ignore[misc] # xdist carries no types
    """xdist's ``loadfile``, by shares."""

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)


def scheduler(config: pytest.Config, log: Producer) -> Sharing | None:
    """In place of xdist's own where it would share by files."""
    return Sharing(config, log) if config.getvalue("dist") == "loadfile" else None
