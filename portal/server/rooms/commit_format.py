"""Reading the public half of an MLS commit (RFC 9420 §6.1, §12.4), so that nobody ends a room with what is none.

What needs the group's secrets stays unchecked: the confirmation tag and the path's ciphertexts. Members check those.
"""

from dataclasses import dataclass, field
from typing import Final

from portal.server.rooms.key_package_format import SOURCE_COMMIT, Leaf, take_key_package, take_leaf_head
from portal.server.rooms.mls_format import MLS10, Reader, refuse, vector, verify
from portal.wire.founding import HISTORY_EXTENSION

WIRE_FORMAT_PUBLIC_MESSAGE: Final = 1
SENDER_MEMBER: Final = 1
CONTENT_COMMIT: Final = 3
PROPOSAL_INLINE: Final = 1
PROPOSAL_ADD: Final = 1
PROPOSAL_REMOVE: Final = 3
PROPOSAL_EXTENSIONS: Final = 7
LIFETIME_MAX_S: Final = 366 * 86_400
"""Of an added key package, from its first second to its last: what browsers accept, a year and a day for clocks."""
HASH_BYTES: Final = 64
"""Of SHA-512: parent hashes, confirmation and membership tags."""


@dataclass(slots=True)
class PublicCommit:
    """A commit as everybody can read it. ``sender`` and ``removed`` are leaf indices; ``added`` in their order.

    ``history`` is the new history policy, if the commit sets one.
    """

    group: bytes
    epoch: int
    sender: int
    authenticated_data: bytes
    path_leaf: Leaf
    added: list[Leaf] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    history: str | None = None


def read_commit(raw: bytes) -> PublicCommit:
    """Parse ``raw``, an MLSMessage that holds a PublicMessage with a commit by a member.

    Raises:
        MalformedMlsError: anything else; a commit without path; a proposal by reference, or of another kind than add,
            remove and group_context_extensions.
    """
    reader = Reader(raw)
    reader.expect(2, MLS10, "MLS version")
    reader.expect(2, WIRE_FORMAT_PUBLIC_MESSAGE, "wire format")
    group, epoch = reader.vector(), reader.number(8)
    reader.expect(1, SENDER_MEMBER, "sender type")
    sender, authenticated_data = reader.number(4), reader.vector()
    reader.expect(1, CONTENT_COMMIT, "content type")
    proposals = Reader(reader.vector())
    reader.expect(1, 1, "presence of the path")
    commit = PublicCommit(group, epoch, sender, authenticated_data, _take_path(reader, group, sender))
    while proposals.left:
        _take_proposal(proposals, commit)
    reader.vector(64)  # signature: over the group's context, which the server does not keep
    reader.vector(HASH_BYTES)  # confirmation tag
    reader.vector(HASH_BYTES)  # membership tag
    reader.end()
    return commit


def _take_path(reader: Reader, group: bytes, sender: int) -> Leaf:
    start = reader.at
    leaf = take_leaf_head(reader)
    reader.expect(1, SOURCE_COMMIT, "leaf node source")
    reader.vector()  # parent hash, empty in a group of one
    reader.vector(0)  # extensions
    place = vector(group) + sender.to_bytes(4, "big")
    verify(leaf.key, b"LeafNodeTBS", reader.since(start) + place, reader.vector(64))
    reader.vector()  # the path's nodes
    return leaf


def _take_proposal(reader: Reader, commit: PublicCommit) -> None:
    reader.expect(1, PROPOSAL_INLINE, "proposal by value")
    kind = reader.number(2)
    if kind == PROPOSAL_ADD:
        commit.added.append(_take_added(reader))
    elif kind == PROPOSAL_REMOVE:
        commit.removed.append(reader.number(4))
    elif kind == PROPOSAL_EXTENSIONS and commit.history is None:
        commit.history = _history(reader.vector())
    else:
        refuse(f"proposal {kind}")


def _take_added(reader: Reader) -> Leaf:
    claims = take_key_package(reader)
    if claims.not_after_s - claims.not_before_s > LIFETIME_MAX_S:
        refuse("lifetime")
    return claims.leaf


def _history(raw: bytes) -> str:
    reader = Reader(raw)
    reader.expect(2, HISTORY_EXTENSION, "extension")
    text = reader.vector()
    reader.end()
    if not text.isascii():
        refuse("history is no text")
    return text.decode("ascii")
