"""Every parser of the Python side that reads what somebody else wrote, with what it may refuse by.

Whatever comes out of a parser besides its result is one of its own refusals; anything else is a defect. The fuzzers of
``./dev fuzz`` and ``portal bench malformed`` both go by this table.
"""

import io
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from portal.member.content import parse_content
from portal.member.drafts.lib0 import NoUpdateError
from portal.member.drafts.update import read_update
from portal.member.e2ee.draft_state import parse_draft_state
from portal.member.e2ee.identity import parse_credential
from portal.member.e2ee.recovery import parse_recovery_key
from portal.member.e2ee.refusal import Refusal
from portal.member.e2ee.verify import verify_bundle
from portal.mls.codec import decode
from portal.mls.errors import MlsError
from portal.mls.framing import PrivateMessage
from portal.mls.key_packages import read_key_package
from portal.mls.public import read_commit, read_group_info
from portal.mls.suites import suite_of
from portal.mls.welcome_format import Welcome
from portal.server.core.frames import FrameError, FrameReader
from portal.server.core.heads import MalformedHeadError, read_fields, read_request_line
from portal.server.core.packets import MalformedPacketError, decode_packet
from portal.server.feedback.receipts import CodeError, parse_code
from portal.translation.errors import ExchangeError, PackageRefusedError
from portal.translation.exchange import read_csv, read_tbx, read_tmx
from portal.translation.packages.archive import Limits, unpack
from portal.verify.draft_bundle import NoBundleError, read_bundle
from portal.wire import agenda
from portal.wire.canonical import NotCanonicalError, parse_canonical
from portal.wire.device_list import DeviceListError, parse_statement
from portal.wire.drafts.countersign import parse_countersign
from portal.wire.drafts.envelope import MalformedDraftItemError, decode_draft_item
from portal.wire.drafts.jcs import parse_jcs
from portal.wire.drafts.reading import read_act
from portal.wire.drafts.rights import MalformedRightsError, parse_rights
from portal.wire.drafts.statements import read_objection, read_signature
from portal.wire.drafts.streams import parse_stream_name
from portal.wire.enrolment import parse_enrolment, read_code
from portal.wire.envelope import MalformedEnvelopeError, decode_envelope
from portal.wire.fields import StatementError
from portal.wire.founding import MalformedFoundingError, parse_founding
from portal.wire.ids import Id, RoomId
from portal.wire.ledger.checkpoint import parse_checkpoint
from portal.wire.ledger.entries import parse_entry
from portal.wire.ledger.note import NoteError, parse_note, parse_vkey
from portal.wire.ledger.policy import parse_policy
from portal.wire.ledger.promise import parse_promise
from portal.wire.ledger.proof import parse_proof
from portal.wire.ledger.receipt import parse_receipt
from portal.wire.ledger.tiles import parse_bundle, parse_tile_place
from portal.wire.vouching import parse_vouching

_ANY_ID: Final = "A" * 22
_FRAME_BYTES: Final = 64 * 1024
_PACKAGE: Final = Limits(archive_bytes=1 << 20, content_bytes=4 << 20, entries=64)
_SUITE: Final = suite_of(83)


@dataclass(frozen=True, slots=True)
class Parser:
    """``parse`` takes any bytes; ``refusals`` are all that it may raise. ``textual`` ones read UTF-8 text."""

    parse: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...] = ()
    textual: bool = False

    def survives(self, raw: bytes) -> bool:
        """Tell whether ``raw`` is taken; whatever is no refusal of the parser's own comes out."""
        try:
            self.parse(raw)
        except self.refusals:
            return False
        return True


def _text(parse: Callable[[str], object], *refusals: type[Exception]) -> Parser:
    return Parser(lambda raw: parse(raw.decode("utf-8", "replace")), refusals, textual=True)


def _frames(raw: bytes) -> object:
    reader = FrameReader(_FRAME_BYTES)
    middle = len(raw) // 2
    return [*reader.feed(raw[:middle]), *reader.feed(raw[middle:])]


def _head(raw: bytes) -> object:
    lines = io.BytesIO(raw)
    return read_fields(lines.readline, read_request_line(lines.readline().decode("latin-1")))


def _package(raw: bytes) -> object:
    with tempfile.TemporaryDirectory(prefix="portal-package-") as name:
        archive = Path(name) / "package.argosmodel"
        archive.write_bytes(raw)
        folder = Path(name) / "unpacked"
        folder.mkdir()
        return unpack(archive, folder, _PACKAGE)


PARSERS: Final[Mapping[str, Parser]] = MappingProxyType(
    {
        "frames": Parser(_frames, (FrameError,)),
        "head": Parser(_head, (MalformedHeadError,)),
        "packet": _text(decode_packet, MalformedPacketError),
        "envelope": Parser(decode_envelope, (MalformedEnvelopeError,)),
        "founding": Parser(lambda raw: parse_founding(raw, RoomId(Id(_ANY_ID))), (MalformedFoundingError,)),
        "draft item": Parser(decode_draft_item, (MalformedDraftItemError,)),
        "draft rights": Parser(lambda raw: parse_rights(raw, _ANY_ID, _ANY_ID), (MalformedRightsError,)),
        "draft countersign": Parser(parse_countersign, (StatementError,)),
        "draft act": Parser(read_act),
        "draft signature": _text(read_signature),
        "draft objection": _text(read_objection),
        "draft state": Parser(parse_draft_state, (Refusal,)),
        "draft stream": _text(parse_stream_name),
        "draft update": Parser(read_update, (NoUpdateError,)),
        "draft bundle": Parser(read_bundle, (NoBundleError,)),
        "content": Parser(parse_content),
        "canonical": Parser(parse_canonical, (NotCanonicalError,)),
        "jcs": Parser(parse_jcs, (ValueError,)),
        "statement": Parser(parse_statement, (DeviceListError,)),
        "credential": Parser(parse_credential, (Refusal,)),
        "vouching": Parser(parse_vouching, (StatementError,)),
        "enrolment": Parser(parse_enrolment, (StatementError,)),
        "enrolment code": _text(read_code, StatementError),
        "recovery key": _text(parse_recovery_key, Refusal),
        "key package": Parser(lambda raw: read_key_package(raw, _SUITE), (MlsError,)),
        "commit": Parser(read_commit, (MlsError,)),
        "group info": Parser(read_group_info, (MlsError,)),
        "welcome": Parser(lambda raw: decode(Welcome, raw), (MlsError,)),
        "private message": Parser(lambda raw: decode(PrivateMessage, raw), (MlsError,)),
        "room bundle": _text(lambda text: verify_bundle(text.splitlines())),
        "ledger entry": Parser(parse_entry, (NoteError,)),
        "ledger tile": _text(parse_tile_place, NoteError),
        "ledger bundle": Parser(lambda raw: parse_bundle(raw, 2), (NoteError,)),
        "ledger note": _text(parse_note, NoteError),
        "ledger checkpoint": _text(parse_checkpoint, NoteError),
        "ledger vkey": _text(parse_vkey, NoteError),
        "ledger proof": _text(parse_proof, NoteError),
        "ledger promise": _text(parse_promise, NoteError),
        "ledger policy": _text(parse_policy, NoteError),
        "receipt": _text(parse_receipt, NoteError),
        "receipt code": _text(parse_code, CodeError),
        "ballots": Parser(agenda.parse, (agenda.BallotFileError,)),
        "glossary csv": Parser(read_csv, (ExchangeError,)),
        "glossary tbx": Parser(read_tbx, (ExchangeError,)),
        "memory tmx": Parser(read_tmx, (ExchangeError,)),
        "package": Parser(_package, (PackageRefusedError,)),
    }
)
