"""There is one encoding of everything, and only that is read (RFC 9420 §2.1)."""

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.mls.codec import OPAQUE_MAX_BYTES, Reader, decode, length, opaque
from portal.mls.commits import Commit
from portal.mls.context import GroupContext, GroupInfo
from portal.mls.errors import CODES, MalformedError, MlsError, RefusedError
from portal.mls.framing import PrivateMessage, PublicMessage
from portal.mls.key_packages import KeyPackage
from portal.mls.ratchet_tree import RatchetTree
from portal.mls.suites import suite_of
from portal.mls.welcome_format import Welcome
from portal.mls.wire_format import open_message
from tests.mls.people import Person, group_of, refused


@pytest.mark.parametrize("size", [0, 63, 64, 16383, 16384, OPAQUE_MAX_BYTES])
def test_lengths_go_through(size: int) -> None:
    reader = Reader(length(size))
    assert reader.length() == size
    assert not reader.left


@pytest.mark.parametrize("raw", ["4000", "403f", "80000000", "80003fff", "c000000000000040", "ff"])
def test_lengths_in_another_form_are_refused(raw: str) -> None:
    with refused("malformed.length"):
        Reader(bytes.fromhex(raw)).length()


def test_longer_than_can_be_is_refused() -> None:
    with refused("use.size"):
        length(OPAQUE_MAX_BYTES + 1)


def test_a_presence_is_zero_or_one() -> None:
    with refused("malformed.value"):
        Reader(b"\x02").optional(Reader.opaque)


def everything() -> dict[type[Any], bytes]:
    """One of each structure, as bytes."""
    ann, _ = group_of("ann", "ben")
    pair = Person("new").package()
    pending = ann.commit(add=[pair.public])
    return {
        KeyPackage: open_message(pair.public)[1],
        PublicMessage: open_message(pending.message)[1],
        Welcome: open_message(pending.welcome or b"")[1],
        GroupInfo: open_message(ann.group.group_info())[1],
        GroupContext: ann.group.public.context.encode(),
        RatchetTree: pending.group.public.tree.encode(),
    }


def test_every_structure_is_read_whole_or_not_at_all() -> None:
    for structure, raw in everything().items():
        read = decode(structure, raw)
        assert read.encode() == raw
        with refused("malformed.trailing"):
            decode(structure, raw + b"\0")
        for end in (*range(0, len(raw), 17), len(raw) - 1):
            with pytest.raises(MlsError):
                decode(structure, raw[:end])


@settings(max_examples=150)
@given(raw=st.binary(max_size=200), structure=st.sampled_from([Commit, PublicMessage, PrivateMessage, RatchetTree]))
def test_random_bytes_are_refused_or_read_as_they_are(raw: bytes, structure: type[Any]) -> None:
    with contextlib.suppress(MalformedError):
        assert decode(structure, raw).encode() == raw


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (opaque(b""), "malformed.tree"),
        (opaque(b"\0"), "malformed.tree"),
        (opaque(b"\x01\x02" + b"\0\0\0"), "malformed.tree"),
        (opaque(b"\x01\x03"), "malformed.value"),
    ],
)
def test_trees_that_can_not_be(raw: bytes, code: str) -> None:
    with refused(code):
        decode(RatchetTree, raw)


def test_messages_of_other_versions_and_kinds_are_refused() -> None:
    for raw in (b"\0\2\0\1", b"\0\1\0\6", b"\0\1\0\0"):
        with refused("malformed.value"):
            open_message(raw)
    with refused("suite.unsupported"):
        suite_of(2)


def test_every_code_has_words_and_no_other_is_possible() -> None:
    assert all(text and "." in code for code, text in CODES.items())
    assert str(RefusedError("commit.no_path", "leaf 3")).endswith("(leaf 3)")
    with pytest.raises(KeyError):
        RefusedError("no.such.code")
