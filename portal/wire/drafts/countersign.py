"""What confirms a snapshot: its number, and the hash of the state that the other found too (docs/protocol.md §10)."""

from typing import Final, NamedTuple

from portal.wire.canonical import canonical_json
from portal.wire.fields import bytes_field, number_field, read_fields
from portal.wire.ids import b64

HASH_BYTES: Final = 32
_MAX_BYTES: Final = 256
_FIELDS: Final = frozenset({"hash", "snapshot", "v"})


class Countersign(NamedTuple):
    """``snapshot`` is the item's number in its stream; ``state_hash`` (32 bytes) that of the state in it."""

    snapshot: int
    state_hash: bytes


def countersign_body(countersign: Countersign) -> bytes:
    """Return the body of the item that says so."""
    return canonical_json({"hash": b64(countersign.state_hash), "snapshot": countersign.snapshot, "v": 1})


def parse_countersign(body: bytes) -> Countersign:
    """Read the body of a countersign; StatementError (a ValueError) for anything else."""
    fields = read_fields(body, _MAX_BYTES, _FIELDS)
    return Countersign(number_field(fields, "snapshot"), bytes_field(fields, "hash", HASH_BYTES))
