"""Trust policies (c2sp.org/tlog-policy): which logs and witnesses are known, and how many witnesses it takes.

Rules of the file, line by line: ``log VKEY [URL]`` · ``witness NAME VKEY [URL]`` · ``group NAME all|any|K NAME…`` ·
``quorum NAME|none``, once. A name stands before it is used, and in one group at most.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from portal.wire.ledger.note import (
    ED25519,
    ED25519_COSIGNATURE,
    ML_DSA_44_COSIGNATURE,
    NoteError,
    VerifierKey,
    check_length,
    parse_vkey,
)

POLICY_MAX_BYTES: Final = 256 * 1024
NAMES_MAX: Final = 64
NONE: Final = "none"
_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_THRESHOLD: Final = re.compile(r"[1-9][0-9]?")


@dataclass(frozen=True, slots=True)
class Group:
    """It has witnessed when ``threshold`` of its ``members`` (witnesses or groups) have."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """What makes a checkpoint count: one of ``logs``, and the witnesses that ``quorum`` names."""

    logs: tuple[VerifierKey, ...]
    witnesses: Mapping[str, VerifierKey]
    groups: Mapping[str, Group]
    quorum: str

    def is_met(self, cosigned: Collection[str]) -> bool:
        """Tell whether the witnesses with the names ``cosigned`` are enough."""
        return self.quorum == NONE or self._witnessed(self.quorum, cosigned)

    def _witnessed(self, name: str, cosigned: Collection[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in cosigned
        return sum(self._witnessed(member, cosigned) for member in group.members) >= group.threshold


NO_POLICY: Final = Policy((), {}, {}, NONE)
"""No witness is known, none is asked for."""


def parse_policy(text: str) -> Policy:
    """Read a policy file.

    Raises:
        NoteError: it breaks a rule; the message says in which line.
    """
    check_length(text, POLICY_MAX_BYTES)
    if _FORBIDDEN.search(text):
        msg = "a policy has no control characters"
        raise NoteError(msg)
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), 1):
        words = [word for word in re.split(r"[ \t]+", line) if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            reader.take(words)
        except NoteError as error:
            msg = f"line {number}: {error}"
            raise NoteError(msg) from error
    return reader.done()


class _Reader:
    def __init__(self) -> None:
        self._logs: list[VerifierKey] = []
        self._witnesses: dict[str, VerifierKey] = {}
        self._groups: dict[str, Group] = {}
        self._quorum: str | None = None
        self._members: set[str] = set()

    def take(self, words: list[str]) -> None:
        word, *rest = words
        if word == "log" and len(rest) in {1, 2}:
            self._logs.append(_key(rest[0], {ED25519}, self._logs))
        elif word == "witness" and len(rest) in {2, 3}:
            kinds = {ED25519_COSIGNATURE, ML_DSA_44_COSIGNATURE}
            self._witnesses[self._new(rest[0])] = _key(rest[1], kinds, self._witnesses.values())
        elif word == "group" and len(rest) >= 3:
            name = self._new(rest[0])
            self._groups[name] = self._group(rest[1], rest[2:])
        elif word == "quorum" and len(rest) == 1 and self._quorum is None:
            self._quorum = rest[0] if rest[0] == NONE else self._known(rest[0])
        else:
            msg = "not a line of a policy"
            raise NoteError(msg)

    def done(self) -> Policy:
        if self._quorum is None:
            msg = "a policy has one quorum line"
            raise NoteError(msg)
        return Policy(tuple(self._logs), self._witnesses, self._groups, self._quorum)

    def _group(self, word: str, members: list[str]) -> Group:
        for member in members:
            if member in self._members:
                msg = "a name is a member once"
                raise NoteError(msg)
            self._members.add(self._known(member))
        named = {"all": len(members), "any": 1}
        threshold = named.get(word) or (int(word) if _THRESHOLD.fullmatch(word) else 0)
        if not 1 <= threshold <= len(members):
            msg = "a group's threshold is all, any, or from 1 to its members"
            raise NoteError(msg)
        return Group(threshold, tuple(members))

    def _new(self, name: str) -> str:
        if name == NONE or name in self._witnesses or name in self._groups:
            msg = "a name is defined once"
            raise NoteError(msg)
        if len(self._witnesses) + len(self._groups) >= NAMES_MAX:
            msg = f"a policy has at most {NAMES_MAX} names"
            raise NoteError(msg)
        return name

    def _known(self, name: str) -> str:
        if name not in self._witnesses and name not in self._groups:
            msg = "a name is defined before it is used"
            raise NoteError(msg)
        return name


def _key(text: str, kinds: Collection[int], present: Collection[VerifierKey]) -> VerifierKey:
    key = parse_vkey(text)
    if key.kind not in kinds:
        msg = "a key of a type that does not belong here"
        raise NoteError(msg)
    if any(key.key == other.key for other in present):
        msg = "a key stands once"
        raise NoteError(msg)
    return key
