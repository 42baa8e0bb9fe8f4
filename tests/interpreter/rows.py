"""Rows of a record for tests of what is read out of them: no keys, no server."""

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from portal.member.content import Content, encode_content, parse_content
from portal.member.rows import Row
from portal.wire.envelope import ItemKind
from portal.wire.ids import AccountId, DeviceId, Id, ItemId, b64

MINUTE_MS: Final = 60_000


def name(kind: str, number: int) -> Id:
    """A fixed identifier."""
    return Id(b64(hashlib.sha256(f"{kind} {number}".encode()).digest()[:16]))


ADA, BORIS, HERE, OTHER = (AccountId(name("account", number)) for number in range(4))
"""Two people, the interpreter of these tests, and another one."""


@dataclass
class Record:
    """A record that grows; a row a minute."""

    rows: list[Row] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, account: AccountId, content: Content, state: str = "open") -> Row:
        """Put one more row at the end."""
        number = next(self._numbers)
        plaintext = encode_content(content, number * MINUTE_MS)
        assert parse_content(plaintext) == content
        row = Row(
            number=number,
            at_ms=number * MINUTE_MS,
            kind=ItemKind.CONTENT,
            device=DeviceId(name(f"device of {account}", 0)),
            account=account,
            item=ItemId(name("item", number)),
            epoch=0,
            head=b"",
            state=state,  # type: ignore[arg-type]
            plaintext=plaintext if state == "open" else None,
        )
        self.rows.append(row)
        return row
